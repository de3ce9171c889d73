// @ts-check
// Plays the 168 hours of a week on the map: towns in the colours of each hour, stations open or closed as they are then.

const HOUR_MS = 350;
const CALM_MS = 1200; // for who wants less motion
const STATES = { o: "open", c: "closed", u: "unknown" };

/**
 * @typedef {{share: number[], towns: Record<string, string>, stations: Record<string, string>,
 *   classes: {colour: number, words: string}[]}} Hours
 * @typedef {{showHour: (towns: Record<string, number>, states: Record<string, string>|null) => void, endHours: () => void,
 *   pane: () => HTMLElement}} Shown what the map offers
 */

export class WeekPlay {
  /** @type {AbortController|null} */
  #events = null;
  /** @type {Hours|null} */
  #hours = null;
  #box;
  #map;
  #button;
  #slider;
  #at = 0;
  #timer = 0;
  #states = ""; // of all stations in the hour that is shown
  /** @type {HTMLElement|null} */
  #clock = null;

  /**
   * @param {HTMLElement} box
   * @param {Shown} map
   */
  constructor(box, map) {
    this.#box = box;
    this.#map = map;
    this.#button = /** @type {HTMLButtonElement} */ (box.querySelector("button"));
    this.#slider = /** @type {HTMLInputElement} */ (box.querySelector("input"));
  }

  load() {
    this.#events = new AbortController();
    const { signal } = this.#events;
    this.#button.addEventListener("click", () => (this.#timer ? this.#pause() : this.#play()), { signal });
    this.#slider.addEventListener("input", (event) => this.#turnTo(event), { signal });
    this.#box.hidden = false;
  }

  unload() {
    this.#events?.abort();
    this.#end();
  }

  async #play() {
    if (!(await this.#fetch())) return;
    if (this.#at >= 167) this.#at = 0;
    const pace = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM_MS : HOUR_MS;
    this.#say(this.#button, this.#box.dataset.pause, "‖");
    this.#map.pane().scrollIntoView({ block: "nearest" });
    this.#show();
    this.#timer = window.setInterval(() => {
      this.#at += 1;
      this.#show();
      if (this.#at >= 167) this.#pause();
    }, pace);
  }

  #pause() {
    window.clearInterval(this.#timer);
    this.#timer = 0;
    this.#say(this.#button, this.#box.dataset.play, "▶");
  }

  /** @param {Event} event */
  async #turnTo(event) {
    event.stopPropagation(); // it is no part of the question
    this.#pause();
    this.#at = Number(this.#slider.value);
    if (await this.#fetch()) this.#show();
  }

  /** Leave the hours: the map shows what the question asks. */
  #end() {
    if (this.#timer) this.#pause();
    if (!this.#clock) return;
    this.#clock.remove();
    this.#clock = null;
    this.#states = "";
    this.#mark(null);
    this.#map.endHours();
  }

  async #fetch() {
    if (this.#hours) return true;
    const response = await fetch(this.#box.dataset.src ?? "").catch(() => null);
    if (!response?.ok) {
      this.#say(this.#button, this.#box.dataset.lost, "▶");
      return false;
    }
    this.#hours = await response.json();
    return !this.#events?.signal.aborted;
  }

  #show() {
    const { share, towns, stations } = /** @type {Hours} */ (this.#hours);
    const at = this.#at;
    this.#slider.value = String(at);
    const colours = Object.fromEntries(Object.entries(towns).map(([code, row]) => [code, Number(row[at])]));
    const states = Object.fromEntries(Object.entries(stations).map(([code, row]) => [code, STATES[row[at]]]));
    const all = Object.values(states).join();
    this.#map.showHour(colours, all === this.#states ? null : states);
    this.#states = all;
    const days = (this.#box.dataset.days ?? "").split(",");
    const words = (this.#box.dataset.said ?? "")
      .replace("{day}", days[Math.floor(at / 24)])
      .replace("{hour}", `${String(at % 24).padStart(2, "0")}:00`)
      .replace("{share}", `${(100 * share[at]).toFixed(1)}%`);
    this.#slider.setAttribute("aria-valuetext", words);
    this.#tell(words);
    this.#mark(at);
  }

  /** Say the hour over the map, with what the colours mean and the way back. @param {string} words */
  #tell(words) {
    this.#clock ??= this.#makeClock();
    /** @type {HTMLElement} */ (this.#clock.querySelector("b")).textContent = words;
  }

  #makeClock() {
    const clock = document.createElement("div");
    clock.className = "week-clock";
    const line = document.createElement("b");
    const classes = document.createElement("p");
    for (const { colour, words } of /** @type {Hours} */ (this.#hours).classes) {
      const swatch = document.createElement("span");
      swatch.className = `swatch gap-${colour}`;
      classes.append(swatch, words);
    }
    const back = document.createElement("button");
    back.type = "button";
    back.textContent = this.#box.dataset.end ?? "";
    back.addEventListener("click", () => this.#end());
    clock.append(line, classes, back);
    this.#map.pane().append(clock);
    return clock;
  }

  /** Set the cell of an hour off in the table of the week. @param {number|null} at */
  #mark(at) {
    const table = this.#box.parentElement?.querySelector(".heat tbody");
    table?.querySelector("td.playing")?.classList.remove("playing");
    if (at !== null) table?.querySelectorAll("td")[at]?.classList.add("playing");
  }

  /** @param {HTMLElement} button @param {string|undefined} words @param {string} sign */
  #say(button, words, sign) {
    /** @type {HTMLElement} */ (button.querySelector("b")).textContent = words ?? "";
    /** @type {HTMLElement} */ (button.querySelector("span")).textContent = sign;
  }
}
