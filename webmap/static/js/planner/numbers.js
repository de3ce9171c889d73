// The numbers of one question on the coverage page: tables that begin short, the chart, and the ledger's states. Each answer
// of the server loads a new one in place of the one before.

import { showEntries } from "./entries.js";

const SHOWN = { towns: 8 }; // rows of a long table before it is opened

export class Numbers {
  /** @type {HTMLElement} */
  box;
  #opened; // names of the long tables of which all rows are shown
  #curve = null;

  /** @param {Set<string>} opened the tables that were opened on this page, which stay open */
  constructor(opened) {
    this.#opened = opened;
  }

  /** @param {HTMLElement} box */
  load(box) {
    this.box = box;
    this.#showRows();
    this.#drawCurve();
    showEntries(box);
  }

  /** Put all rows of the gaps in place of the first; where they cannot be fetched, their page opens. @param {HTMLAnchorElement} link */
  async openGaps(link) {
    const response = await fetch(link.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!response?.ok) return location.assign(link.href);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const rows = page.querySelectorAll("#gaps > tbody > tr");
    const body = this.box?.querySelector("#gaps > tbody");
    if (!body) return;
    const asked = [...body.querySelectorAll("tr.asked, tr.gap-details")];
    body.replaceChildren(...rows);
    const same = asked.length && body.querySelector(`tr[data-gap="${CSS.escape(asked[0].dataset.gap)}"]`);
    if (same) same.replaceWith(...asked);
    link.remove();
    showEntries(this.box);
  }

  unload() {
    this.#curve?.unload();
    this.#curve = null;
    this.box = null;
  }

  /** Show all rows of a long table. */
  open(table) {
    this.#opened.add(table);
    this.#showRows();
  }

  #showRows() {
    for (const [name, shown] of Object.entries(SHOWN)) {
      /** @type {HTMLElement|null} */
      const button = this.box.querySelector(`[data-more="${name}"]`);
      if (!button) continue;
      const rows = /** @type {HTMLElement[]} */ ([...this.box.querySelectorAll(`#${name} > tbody > tr:not(.gap-details)`)]);
      const isOpen = this.#opened.has(name);
      // The row that the address names is shown wherever it is.
      rows.forEach((row, index) => (row.hidden = !isOpen && index >= shown && !row.classList.contains("asked")));
      button.hidden = isOpen;
    }
  }

  /** Draw the chart; its library is fetched once, after the numbers are there. */
  async #drawCurve() {
    const { box } = this;
    /** @type {HTMLElement|null} */
    const figure = box.querySelector("#curve");
    if (!figure) return;
    const { Curve } = await import("./curve.js");
    if (this.box !== box) return; // another answer came
    this.#curve = new Curve();
    this.#curve.load(figure);
  }
}
