// The numbers of one question on the coverage page: tables that begin short, the chart, and the ledger's states. Each answer
// of the server loads a new one in place of the one before.

import { showEntries } from "./entries.js";

const SHOWN = { towns: 8 }; // rows of a long table before it is opened

export class Numbers {
  /** @type {HTMLElement} */
  box;
  #opened; // names of the long tables of which all rows are shown
  #curve = null;
  /** @type {IntersectionObserver|null} */
  #seen = null; // tells when details come into view
  #map;
  /** @type {import("./weekplay.js").WeekPlay|null} */
  #week = null;

  /**
   * @param {Set<string>} opened the tables that were opened on this page, which stay open
   * @param {import("./weekplay.js").Shown} map plays the week
   */
  constructor(opened, map) {
    this.#opened = opened;
    this.#map = map;
  }

  /** @param {HTMLElement} box */
  load(box) {
    this.box = box;
    this.#showRows();
    this.#watchDetails();
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
    this.#seen?.disconnect();
    this.#week?.unload();
    this.#week = null;
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

  /** Fetch the details when they are looked at, and draw their chart then. */
  #watchDetails() {
    /** @type {HTMLElement} */
    const details = this.box.querySelector("#details");
    this.#seen = new IntersectionObserver(async (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      this.#seen.disconnect();
      if (details.dataset.src && !(await this.#fetchDetails(details))) return;
      this.#offerWeek();
      const figure = this.box?.querySelector("#curve");
      if (!figure) return;
      this.#seen = new IntersectionObserver((found) => {
        if (!found.some((entry) => entry.isIntersecting)) return;
        this.#seen.disconnect();
        this.#drawCurve();
      });
      this.#seen.observe(figure);
    });
    this.#seen.observe(details);
  }

  /** Offer to play the week, where there is one. */
  async #offerWeek() {
    const { box } = this;
    /** @type {HTMLElement|null} */
    const week = box?.querySelector("#week-play") ?? null;
    if (!week || this.#week) return;
    const { WeekPlay } = await import("./weekplay.js");
    if (this.box !== box || this.#week) return;
    this.#week = new WeekPlay(week, this.#map);
    this.#week.load();
  }

  async #fetchDetails(details) {
    details.setAttribute("aria-busy", "true");
    const response = await fetch(details.dataset.src, { headers: { Accept: "text/html" } }).catch(() => null);
    details.removeAttribute("aria-busy");
    if (!response?.ok || !this.box?.contains(details)) return false;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    details.replaceChildren(...page.body.childNodes);
    delete details.dataset.src;
    return true;
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
