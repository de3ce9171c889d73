// The page's own steps in the history of its tab: a start, then a route. Back closes the route, then the list from the start,
// then leaves the page. The start stands in the tab's history alone, so that it is there again after a station's page; it
// goes with the tab.

/** @typedef {{lon: number, lat: number, name: string, landmark?: string, accuracy?: number}} Start */
/** @typedef {{start?: Start, to?: {code: string, name: string}}} Step */

export class Trail {
  /** @param {(step: Step) => void} onTurn somebody went back or forward to a step of this page */
  constructor(onTurn) {
    window.addEventListener("popstate", ({ state }) => onTurn(state?.fuchun ?? {}));
  }

  /** The step that is shown. @returns {Step} */
  get step() {
    return history.state?.fuchun ?? {};
  }

  /** A start was chosen: a step of its own, in place of an earlier start. @param {Start} start */
  addStart(start) {
    this.#write({ start }, Boolean(this.step.start));
  }

  /** A route is shown: a step of its own, in place of an earlier route. @param {{code: string, name: string}} to */
  addRoute(to) {
    this.#write({ ...this.step, to }, Boolean(this.step.to));
  }

  /** The route was closed without going back: its step stands for the list from now on. */
  dropRoute() {
    const { to, ...step } = this.step;
    if (to) this.#write(step, true);
  }

  /** Change the address of the step that is shown. */
  setAddress(address) {
    history.replaceState(history.state, "", address);
  }

  #write(step, isInPlace) {
    history[isInPlace ? "replaceState" : "pushState"]({ fuchun: step }, "");
  }
}
