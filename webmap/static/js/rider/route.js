// The panel of a route: its steps, the links to other apps, and following it under way. The position of a person stays in
// these functions.

import { distanceWords, minutesWithin } from "./accuracy.js";
import { Follower, placeOnLine } from "./follow.js";
import { rememberApp, setLinks } from "../map/maplinks.js";

const OFF_M = 50;
const STEPS_PX = 104; // two steps and the beginning of the third: there is more to read

export class RoutePanel {
  /** The route that is shown: its line, metres, seconds and mode; null where there is none. */
  way = null;
  box = document.getElementById("route");
  #followBox = document.getElementById("follow");
  #button = this.#followBox.querySelector("button");
  #words;
  #view;
  #start;
  #follower = new Follower({
    onMove: (person) => this.#showPerson(person),
    onLost: () => this.#tell(this.#words.followLost),
    onEnd: (why) => this.#endFollowing(why),
  });

  /**
   * @param {{words: DOMStringMap, view: () => any, start: () => object|null}} page the page's sentences, its map once it is
   *   drawn, and the start that is shown
   */
  constructor({ words, view, start }) {
    this.#words = words;
    this.#view = view;
    this.#start = start;
    rememberApp(this.box.querySelector(".map-links"));
    this.#button.addEventListener("click", () => (this.#follower.isOn ? this.#follower.stop() : this.#follow()));
  }

  /** Show the route of an answer, in place of the one before. */
  load(answer) {
    this.#follower.stop();
    this.way = answer;
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
    this.#follower.start();
  }

  #showPerson({ lon, lat, accuracy }) {
    const { left, off } = placeOnLine(this.way.geometry.coordinates, { lon, lat });
    this.#view()?.setPerson({ lon, lat }, this.#words.you);
    if (off > OFF_M + accuracy) this.#tell(this.#words.followOff.replace("{}", this.#distanceWords(off)));
    else this.#tell(null, this.#leftWords(left));
  }

  #endFollowing(why) {
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
   */
  #tell(fault, left) {
    for (const [id, text] of [["follow-hint", fault], ["follow-left", left]]) {
      const line = document.getElementById(id);
      line.textContent = text ?? "";
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
