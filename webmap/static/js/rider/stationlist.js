// The list of stations on the first page: requests a list, puts it into the page, and keeps the focus, the start and the cards.

import { roughen } from "./accuracy.js";
import { Refusal } from "./answers.js";
import { shownAddress } from "./choices.js";

export class StationList {
  /** The start of the list that is shown; null: none was chosen. @type {any} */
  start;
  box;
  #answers;
  #onShown;
  #onFailed;
  #pending = null; // the list that was requested: its start and its choices
  #turn = 0; // of the newest request; the answer to an older one is dropped

  /**
   * @param {HTMLElement} box
   * @param {import("./answers.js").Answers} answers
   * @param {{onShown: (start: object|null) => void, onFailed: (reason: string|null) => void}} calls `onFailed`: the reason
   *   why there is no answer, null where none came
   */
  constructor(box, answers, { onShown, onFailed }) {
    this.box = box;
    this.#answers = answers;
    this.#onShown = onShown;
    this.#onFailed = onFailed;
    this.start = this.#readStart();
  }

  /** Return the start that the server has answered from: a landmark. */
  #readStart() {
    const { start } = /** @type {HTMLElement} */ (this.box.closest("#rider")).dataset;
    if (!start) return null;
    const [lon, lat] = start.split(",").map(Number);
    const name = this.box.querySelector("[data-start-name]").textContent;
    return { lon, lat, name, landmark: new URLSearchParams(location.search).get("landmark") };
  }

  /**
   * Show the list from a start, if there is one. What is shown stays until the newest list has come.
   * Returns whether a list came.
   */
  async load(choices, from = this.newestStart) {
    const turn = ++this.#turn;
    this.#pending = { start: from, choices };
    this.box.setAttribute("aria-busy", "true");
    try {
      const made = await this.#answers.list(from, choices);
      if (turn !== this.#turn) return false;
      const focused = this.#focusKey();
      const isOpen = this.#controls?.open && from === this.start;
      const { dataset } = /** @type {HTMLElement} */ (this.box.closest("#rider"));
      if (from) roughen(made, from.accuracy, { mode: choices.mode, words: dataset });
      this.box.replaceChildren(made);
      if (isOpen && this.#controls) this.#controls.open = true;
      this.#refocus(focused);
      this.#onShown(from);
      return true;
    } catch (error) {
      if (turn === this.#turn) this.#onFailed(error instanceof Refusal ? error.message : null);
      return false;
    } finally {
      if (turn === this.#turn) this.#stopWaiting();
    }
  }

  /** Drop the answer to every request so far. */
  drop() {
    this.#turn += 1;
    this.#stopWaiting();
  }

  /** The number of the newest request. */
  get turn() {
    return this.#turn;
  }

  /** The start of the list that was requested, else of the one that is shown. */
  get newestStart() {
    return this.#pending ? this.#pending.start : this.start;
  }

  /** The choices of the list that was requested; undefined: none was. */
  get requestedChoices() {
    return this.#pending?.choices;
  }

  /** The address of the choices that are shown. */
  get address() {
    return shownAddress(this.box);
  }

  /** The choices as they fold: there from a start on. @returns {HTMLDetailsElement|null} */
  get #controls() {
    return this.box.querySelector(".controls");
  }

  card(code) {
    return this.box.querySelector(`.station[data-code="${CSS.escape(code)}"]`);
  }

  /** The positions of the first cards. */
  positions(count) {
    return [...this.box.querySelectorAll(".station")].slice(0, count).map(({ dataset }) => [Number(dataset.lon), Number(dataset.lat)]);
  }

  /** Set one card off from the others; null: none. */
  select(code) {
    for (const card of this.box.querySelectorAll(".station")) card.classList.toggle("selected", card.dataset.code === code);
  }

  #stopWaiting() {
    this.#pending = null;
    this.box.removeAttribute("aria-busy");
  }

  #focusKey() {
    const focused = document.activeElement;
    return this.box.contains(focused) ? focused.textContent.trim() : null;
  }

  #refocus(text) {
    if (text === null) return;
    const same = [...this.box.querySelectorAll("a, button, summary")].find((element) => element.textContent.trim() === text);
    const closed = same?.closest("details:not([open])");
    (closed ? closed.querySelector("summary") : same)?.focus();
  }
}
