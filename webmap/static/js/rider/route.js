// The panel of a route: its steps, the links to other apps, and following it under way. The position of a person stays in
// these functions.

import { distanceWords, minutesWithin } from "./accuracy.js";
import { Follower, placeOnLine } from "./follow.js";
import { Awake, hasArrived, stepAt } from "./guide.js";
import { keep, send } from "./outbox.js";
import { rememberApp, setLinks } from "../map/maplinks.js";

const OFF_M = 50;
const STEPS_PX = 104; // two steps and the beginning of the third: there is more to read

export class RoutePanel {
  /** The route that is shown: its line, metres, seconds and mode; null where there is none. */
  way = null;
  box = document.getElementById("route");
  #followBox = document.getElementById("follow");
  #button = /** @type {HTMLButtonElement} */ (document.getElementById("follow-button"));
  #again = /** @type {HTMLButtonElement} */ (document.getElementById("follow-again"));
  #arrived = document.getElementById("follow-arrived");
  #awake = new Awake();
  /** Where the route leads. */
  #to = { code: "", name: "" };
  #person = null; // where they were last
  #onAgain;
  #words;
  #view;
  #start;
  #follower = new Follower({
    onMove: (person) => this.#showPerson(person),
    onLost: () => this.#tell(this.#words.followLost),
    onEnd: (why) => this.#endFollowing(why),
  });

  /**
   * @param {{words: DOMStringMap, view: () => any, start: () => object|null,
   *   onAgain: (person: {lon: number, lat: number, accuracy: number}, to: {code: string, name: string}) => void}} page the
   *   page's sentences, its map once it is drawn, the start that is shown, and what makes a new route from where somebody is
   */
  constructor({ words, view, start, onAgain }) {
    this.#onAgain = onAgain;
    this.#words = words;
    this.#view = view;
    this.#start = start;
    rememberApp(this.box.querySelector(".map-links"));
    this.#again.addEventListener("click", () => this.#onAgain(this.#person, this.#to));
    this.#arrived.addEventListener("click", ({ target }) => this.#report(/** @type {Element} */ (target).closest("button")));
    this.#button.addEventListener("click", () => (this.#follower.isOn ? this.#follower.stop() : this.#follow()));
  }

  /**
   * Show the route of an answer, in place of the one before.
   * @param {any} answer
   * @param {{code: string, name: string}} to
   */
  load(answer, to) {
    this.#follower.stop();
    this.way = answer;
    this.#to = to;
    this.#arrived.hidden = true;
    this.#followBox.hidden = false;
  }

  /** Show the route in words. */
  describe(name) {
    const { way } = this;
    document.getElementById("route-title").textContent = this.#words.toWords.replace("{}", name);
    const minutes = document.createElement("b");
    const within = minutesWithin(way.duration_s, this.#start()?.accuracy, Number(this.#words[`${way.mode}Mps`]));
    minutes.textContent = within ? this.#words[way.mode].replace("{}", within.join("–")) : this.#travelWords(way.duration_s);
    const distance = document.createElement("span");
    distance.className = "muted";
    distance.textContent = within ? "" : this.#distanceWords(way.distance_m);
    document.getElementById("route-sum").replaceChildren(minutes, " ", distance);
    const steps = way.steps.map(({ text }) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    });
    document.getElementById("route-steps").replaceChildren(...steps);
    setLinks(this.box, way.links);
    this.box.hidden = false;
    this.box.scrollIntoView({ block: "start" });
  }

  unload() {
    this.#follower.stop();
    this.way = null;
    this.box.hidden = true;
    this.#followBox.hidden = true;
  }

  /**
   * Pixels from the top of the window to under the buttons that lead to other apps and the first steps, once the route is
   * scrolled there.
   */
  headHeight() {
    if (this.box.hidden) return 0;
    const { bottom } = this.box.querySelector(".map-links").getBoundingClientRect();
    const steps = Math.min(document.getElementById("route-steps").offsetHeight, STEPS_PX);
    return bottom - this.box.getBoundingClientRect().top + 2 * 8 + steps;
  }

  /* ---- Under way ---- */

  #follow() {
    this.#tell(this.#words.searching);
    this.#view()?.setStart(null); // one mark for one person
    this.#nameButton(true);
    this.#arrived.hidden = true;
    this.#awake.start();
    this.#follower.start();
  }

  /** Go on following on a route that was made on the way. */
  follow() {
    if (!this.#follower.isOn) this.#follow();
  }

  #showPerson({ lon, lat, accuracy }) {
    const { way } = this;
    const { left, off } = placeOnLine(way.geometry.coordinates, { lon, lat });
    this.#person = { lon, lat, accuracy };
    const isOff = off > OFF_M + accuracy;
    this.#again.hidden = !isOff;
    if (isOff) {
      this.#arrived.hidden = true;
      this.#tell(this.#words.followOff.replace("{}", this.#distanceWords(off)));
    } else this.#tellWay(left, accuracy);
    // The person stays above what is said at the foot of the map.
    const covered = this.#followBox.parentElement.getBoundingClientRect().bottom - this.#followBox.getBoundingClientRect().top;
    this.#view()?.setPerson({ lon, lat }, this.#words.you, covered);
  }

  /** Say what is left of the route and what comes next, or that somebody is there. */
  #tellWay(left, accuracy) {
    const { way } = this;
    const isThere = hasArrived(left * way.distance_m, accuracy);
    this.#arrived.hidden = !isThere || !this.#words.report;
    this.#arrived.querySelector("p").textContent = this.#words.arrived.replace("{}", this.#to.name);
    const { now, next, metres } = stepAt(way.steps, (1 - left) * way.distance_m);
    this.#markStep(now);
    const turn = next === null ? way.steps[now].text : this.#turnWords(metres, way.steps[next].text);
    this.#tell(null, isThere ? undefined : this.#leftWords(left), isThere ? null : turn);
  }

  #turnWords(metres, step) {
    return this.#words.turn.replace("{distance}", this.#distanceWords(metres)).replace("{step}", step);
  }

  /** Set the step that somebody is on off from the others, and keep it in view where the map is beside it; null: none. */
  #markStep(now) {
    document.querySelectorAll("#route-steps li").forEach((item, i) => {
      if (i !== now) return item.removeAttribute("aria-current");
      if (item.hasAttribute("aria-current")) return;
      item.setAttribute("aria-current", "step");
      const isBeside = this.#followBox.parentElement.getBoundingClientRect().left >= item.getBoundingClientRect().right;
      if (isBeside) item.scrollIntoView({ block: "nearest" });
    });
  }

  /** Send what somebody found at the door that they were led to. */
  async #report(button) {
    if (!button) return;
    const { code, name } = this.#to;
    const address = new URL(this.#words.report.replace("CODE", encodeURIComponent(code)), location.href).href;
    const report = { address, place: name, found: button.value, words: button.textContent.trim(), at: Date.now() };
    const answer = await send(report);
    if (answer === "unsent") keep(report);
    this.#arrived.hidden = true;
    this.#follower.stop();
    this.#tell({ sent: this.#words.thanks, unsent: this.#words.unsent }[answer] ?? answer);
  }

  #endFollowing(why) {
    this.#awake.stop();
    this.#again.hidden = true;
    this.#markStep(null);
    this.#view()?.setPerson(null);
    this.#view()?.setStart(this.#start());
    this.#nameButton(false);
    this.#tell({ denied: this.#words.followDenied, hidden: this.#words.followHidden }[why]);
  }

  #nameButton(isOn) {
    const label = this.#button.querySelector("span");
    this.#button.dataset.start ??= label.textContent;
    label.textContent = isOn ? this.#button.dataset.stop : this.#button.dataset.start;
  }

  /**
   * Say what is wrong, or what is left; the second changes too often to be read out.
   * @param {string|null} [fault]
   * @param {string} [left]
   * @param {string|null} [turn] what comes next
   */
  #tell(fault, left, turn) {
    for (const [id, text] of [["follow-hint", fault], ["follow-left", left], ["follow-turn", turn]]) {
      const line = document.getElementById(id);
      if (line.textContent !== (text ?? "")) line.textContent = text ?? ""; // what stays is not read out again
      line.hidden = !text;
    }
  }

  /** How much of the route is left: a share from 0 to 1. */
  #leftWords(left) {
    const travel = this.#travelWords(left * this.way.duration_s);
    const distance = this.#distanceWords(left * this.way.distance_m);
    return this.#words.left.replace("{travel}", travel).replace("{distance}", distance);
  }

  #travelWords(seconds) {
    return this.#words[this.way.mode].replace("{}", String(Math.max(1, Math.round(seconds / 60))));
  }

  #distanceWords(metres) {
    return distanceWords(metres, this.#words);
  }
}
