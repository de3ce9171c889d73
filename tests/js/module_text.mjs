// Runs the text of a module and answers what it left in `globalThis.said`.

import { readFileSync } from "node:fs";

const text = JSON.parse(readFileSync(0, "utf8"));
await import(`data:text/javascript,${encodeURIComponent(text)}`);
console.log(JSON.stringify(globalThis.said));
