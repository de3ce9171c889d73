// What the check of types takes for granted of pages: elements are found by selectors of templates, which it cannot read.

interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<any>;
}

interface NonElementParentNode {
  getElementById(id: string): any;
}

interface Document {
  getElementById(id: string): any;
}

interface EventTarget {
  closest(selectors: string): any;
  querySelector(selectors: string): any;
  contains(other: any): boolean;
  submit(): void;
  prepend(...nodes: any[]): void;
  readonly dataset: DOMStringMap;
  name: any;
  value: any;
}

interface Node {
  contains(other: any): boolean;
}

interface Navigator {
  readonly connection?: { readonly saveData?: boolean };
}

interface PerformanceEntry {
  readonly workerStart?: number;
}
