// The first page with scripts: the list of stations, the start, the map and the route work together here.
// A position is held in the start of a list only. It travels in the bodies of POST requests, until the phone answers by itself.

import { circleOf, distanceWords, SAID_M } from "./accuracy.js";
import { Answers, Refusal } from "./answers.js";
import { offered, pressed, readChoices } from "./choices.js";
import { Locator } from "./locator.js";
import { isPhone, RiderMap } from "./ridermap.js";
import { makeSheet } from "./sheet.js";
import { StationList } from "./stationlist.js";
import { Trail } from "./trail.js";
import { leaveTravel } from "./travelled.js";

const OLD_MS = 2 * 60_000;
const SHOWN_WITH_START = 2; // stations that the map shows together with the start

/** The page: two states, the list and, above it, a route. */
class RiderPage {
  #page;
  #words;
  #answers;
  #list;
  #map;
  #locator;
  #sheet;
  #searchBox = document.getElementById("search");
  /** @type {Promise<import("./startsearch.js").StartSearch>|undefined} */
  #search; // fetched when somebody turns to it, or when the phone answers by itself
  #trail = new Trail((step) => this.#turnTo(step));
  /** The start that the server has answered from: a landmark, or none. */
  #firstStart;
  #hint = document.getElementById("hint");
  #routeBox = document.getElementById("route");
  /** @type {import("./route.js").RoutePanel|null} */
  #route = null; // fetched with the first route
  #hasMarks; // whether the stations on the map are those of now
  #listedAt; // ms

  /** @param {HTMLElement} page */
  constructor(page) {
    this.#page = page;
    this.#words = page.dataset;
    this.#answers = new Answers(this.#words);
    this.#list = new StationList(document.getElementById("find"), this.#answers, {
      onShown: (start) => this.#listShown(start),
      onFailed: (reason) => this.#listFailed(reason),
    });
    this.#firstStart = this.#list.start;
    this.#map = new RiderMap(document.getElementById("map"), this.#words, {
      isTall: () => this.#sheet.isTall,
      onDrawn: () => this.#mapDrawn(),
      onStart: (point) => this.#startFrom(point, this.#words.point),
      onStation: (station, point) => this.#showStation(station, point),
    });
    this.#locator = new Locator({
      onFound: (point) => this.#startFromPosition(point),
      onFailed: (why) => this.#positionFailed(why),
    });
    this.#sheet = makeSheet(
      document.getElementById("sheet"),
      /** @type {HTMLButtonElement} */ (document.getElementById("sheet-handle")),
      (isTall, hasTurned) => this.#turnSheet(isTall, hasTurned),
      () => this.#route?.headHeight() ?? 0,
    );
    this.#hasMarks = this.#map.hasOverview && Boolean(this.#words.list); // a folder of files says nothing of now
    this.#listedAt = this.#hasMarks ? Number(this.#words.made) : 0;
  }

  /** Answer clicks, then fetch what is not in the page: the streets come last, after the list, which is there, and the map. */
  async load() {
    if (!Element.prototype.replaceChildren) return; // too old: the page works as it does without scripts, by its links
    document.getElementById("here").addEventListener("click", () => this.#locate());
    document.getElementById("route-close").addEventListener("click", (event) => this.#leaveRoute(event));
    document.getElementById("landmarks")?.addEventListener("click", (event) => this.#keepChoices(event));
    this.#list.box.addEventListener("click", (event) => this.#onListClick(event));
    if (navigator.userAgent.includes("MicroMessenger")) {
      import("../map/maplinks.js").then(({ showWechatHint }) => showWechatHint(this.#routeBox));
    }
    document.getElementById("sheet").addEventListener("click", ({ target }) => {
      if (!this.#map.view && this.#map.box.contains(/** @type {Node} */ (target))) this.#sheet.setTall(true);
    });
    document.addEventListener("visibilitychange", () => document.hidden || this.#comeBack());
    this.#searchBox.addEventListener("focusin", () => this.#search || this.#openSearch());
    document.documentElement.dataset.script = "";
    const isAskedFor = this.#beginAsAsked();
    const isDrawnFirst = this.#map.isWanted(this.#list.start);
    if (isDrawnFirst) await this.#map.load();
    const isLocal = await this.#answers.start();
    await this.#catchUp(isLocal);
    await isAskedFor;
    if (isLocal && this.#trail.step.start && !this.#list.start) await this.#turnTo(this.#trail.step);
    if (isLocal) (await this.#findSearch()).fetchNames();
    if (!isDrawnFirst) await this.#map.fetchAhead();
  }

  /** Begin with the start and the route of this step of the history, or with the place that a station's page has named. */
  async #beginAsAsked() {
    const { show, to } = this.#words;
    if (this.#trail.step.start || this.#trail.step.to) return this.#turnTo(this.#trail.step);
    if (to && !this.#list.start) return this.#locate();
    if (!show) return;
    if (isPhone()) await this.#sheet.setTall(true);
    await this.#map.load();
    const card = this.#list.card(show);
    this.#select(show);
    if (card) this.#map.lookAtStation(Number(card.dataset.lon), Number(card.dataset.lat));
  }

  /**
   * Show a step of the history: the start and the route that it names, and no others.
   * @param {import("./trail.js").Step} step
   */
  async #turnTo({ start, to }) {
    const wanted = start ?? this.#firstStart;
    this.#stopLocating();
    if (!to) this.#closeRoute();
    const shown = this.#list.newestStart;
    if (wanted?.lon !== shown?.lon || wanted?.lat !== shown?.lat) {
      this.#closeRoute();
      if (!wanted && !this.#answers.isLocal) return void location.reload();
      await this.#list.load(this.#list.requestedChoices ?? this.#choicesOf(location.search), wanted);
    }
    if (to && this.#list.start) await this.#showRoute(to.code, this.#nameOf(to.code, to.name), { isNew: false });
  }

  /** A page that was kept from before may be of another hour, of other choices or of another start than its address. */
  async #catchUp(isLocal) {
    if (!isLocal) {
      if (this.#isOfAnotherAddress()) this.#say(this.#words.offline);
      return;
    }
    this.#page.dataset.local = "";
    const { start } = this.#list;
    if (start && !start.landmark) return;
    const query = new URLSearchParams(location.search);
    const wanted = this.#choicesOf(location.search);
    const isOther = JSON.stringify(wanted) !== JSON.stringify(this.#choicesOf(this.#list.address.search));
    const landmark = start ? null : this.#answers.landmark(query.get("landmark"));
    if (landmark) {
      await this.#startFrom(landmark, landmark.name, { landmark: landmark.code });
      if (query.has("to")) await this.#showRoute(query.get("to"), this.#nameOf(query.get("to")));
    } else if (isOther || Date.now() - Number(this.#words.made) > OLD_MS) {
      await this.#list.load(wanted);
    } else if (this.#hasMarks) {
      return;
    }
    this.#say(null);
    await this.#markPlaces(wanted.kind);
  }

  /** Whether the page is not the one its address names: without a connection the plain page stands in for all of them. */
  #isOfAnotherAddress() {
    const { box, address, start } = this.#list;
    const isFromElsewhere = new URLSearchParams(location.search).has("landmark") && !start;
    return isFromElsewhere || offered(location.search, box) !== offered(address.search, box);
  }

  /** A phone that was in a pocket for hours shows what is open now. */
  async #comeBack() {
    await this.#answers.renew();
    const isBusy = this.#route?.way || this.#list.requestedChoices || document.hidden;
    if (!this.#answers.isLocal || isBusy || Date.now() - this.#listedAt < OLD_MS) return;
    const choices = this.#choicesOf(this.#list.address.search);
    if (await this.#list.load(choices)) await this.#markPlaces(choices.kind);
  }

  /* ---- The map ---- */

  async #mapDrawn() {
    const { start } = this.#list;
    this.#showStart();
    if (start) this.#look();
    await this.#markPlaces(this.#choicesOf(this.#list.address.search).kind);
    if (this.#route?.way) this.#drawRoute();
    else if (this.#words.to && this.#list.start) this.#showRoute(this.#words.to, this.#nameOf(this.#words.to), { isQuiet: true, isNew: false });
  }

  /** The sheet has become tall, where the map is wanted, or low. */
  async #turnSheet(isTall, hasTurned) {
    await hasTurned;
    if (isTall) await this.#map.load();
    if (!this.#map.view) return;
    this.#map.fitSheet(this.#sheet.isTall);
    if (this.#map.view.isHeld || this.#route?.way) return;
    if (this.#list.start) this.#look();
    else this.#map.lookAtDistrict();
  }

  /** Show the places that are looked for, all of them. */
  async #markPlaces(kind) {
    try {
      if (await this.#map.mark(() => this.#answers.stations(kind))) this.#hasMarks = true;
    } catch {
      this.#say(this.#words.offline);
    }
  }

  /** Look at the start and the nearest stations. */
  #look() {
    this.#map.look(this.#list.start, this.#list.positions(SHOWN_WITH_START));
  }

  #showStation(station, point) {
    this.#select(station.code);
    this.#list.card(station.code)?.scrollIntoView({ block: "nearest" });
    const name = this.#nameOf(station.code, station.name);
    const go = this.#list.start ? () => this.#showRoute(station.code, station.name) : null;
    this.#map.showStation({ ...station, name }, point, go);
  }

  /* ---- The start ---- */

  #locate() {
    this.#say(this.#words.searching);
    this.#locator.start();
  }

  /** Say why no position came and what to do, and show what else there is to start from. */
  #positionFailed(why) {
    const isWechat = navigator.userAgent.includes("MicroMessenger");
    this.#say(why === "denied" && isWechat ? this.#words.deniedWechat : this.#words[why]);
    this.#offerSearch();
  }

  #offerSearch() {
    const controls = /** @type {HTMLDetailsElement|null} */ (this.#list.box.querySelector(".controls"));
    if (controls) controls.open = true; // the box is folded away with them
    this.#openSearch();
  }

  #findSearch() {
    this.#search ??= import("./startsearch.js").then(({ StartSearch }) => {
      const search = new StartSearch(this.#searchBox, (hit) => this.#startFromHit(hit));
      search.load();
      return search;
    });
    return this.#search;
  }

  async #openSearch() {
    await (await this.#findSearch()).open();
  }

  #startFromPosition({ lon, lat, accuracy }) {
    const { here, about } = this.#words;
    const distance = distanceWords(accuracy, this.#words);
    const name = accuracy >= SAID_M ? about.replace("{name}", here).replace("{distance}", distance) : here;
    return this.#startFrom({ lon, lat, accuracy }, name);
  }

  /** @param {import("../offline/names.js").Hit} hit */
  #startFromHit({ kind, name, lon, lat, more }) {
    return this.#startFrom({ lon, lat }, name, kind === "landmarks" ? { landmark: more } : {});
  }

  #stopLocating() {
    if (this.#locator.stop()) this.#say(null);
  }

  /**
   * @param {{lon: number, lat: number, accuracy?: number}} point
   * @param {string} name
   * @param {{landmark?: string}} [options]
   */
  async #startFrom(point, name, { landmark } = {}) {
    const place = landmark ? { lon: point.lon, lat: point.lat, landmark } : { lon: round(point.lon), lat: round(point.lat) };
    const from = { ...place, name, ...(point.accuracy ? { accuracy: Math.round(point.accuracy) } : {}) };
    const { to } = this.#words;
    this.#stopLocating();
    this.#closeRoute();
    if (!(await this.#list.load(this.#list.requestedChoices ?? this.#choicesOf(location.search), from))) return;
    this.#trail.addStart(from);
    this.#rememberChoices();
    if (to) await this.#showRoute(to, this.#nameOf(to));
  }

  /* ---- The list ---- */

  #listShown(start) {
    this.#say(this.#locator.isSearching ? this.#words.searching : null);
    this.#rememberChoices();
    this.#listedAt = Date.now();
    if (start === this.#list.start) return;
    this.#list.start = start;
    this.#showStart();
    if (start) this.#look();
    else this.#map.lookAtDistrict();
    if (start) this.#map.load();
  }

  /** Show the start on the map, with the circle that it lies in. */
  #showStart() {
    this.#map.view?.setStart(this.#list.start);
    this.#map.view?.setReach(circleOf(this.#list.start));
  }

  /** @param {string|null} reason of a refusal: then another start helps */
  #listFailed(reason) {
    if (reason === null) return this.#say(this.#words.offline);
    this.#say(`${reason} ${this.#words.tap}`);
    this.#offerSearch();
  }

  async #onListClick(event) {
    const link = event.target.closest("a, button");
    const card = event.target.closest(".station");
    const from = this.#list.newestStart;
    if (link?.hasAttribute("data-filter") && (this.#answers.isLocal || (from && !from.landmark))) {
      event.preventDefault();
      this.#closeRoute();
      this.#trail.dropRoute();
      const shown = this.#choicesOf(this.#list.address.search);
      const choices = pressed(this.#choicesOf(new URL(link.href).search), shown, this.#list.requestedChoices ?? shown);
      const isOther = choices.kind !== shown.kind;
      if ((await this.#list.load(choices)) && isOther) await this.#markPlaces(choices.kind);
    } else if (link?.hasAttribute("data-go")) {
      event.preventDefault();
      this.#showRoute(card.dataset.code, card.dataset.name);
    } else if (link?.hasAttribute("data-more") && this.#answers.isLocal) {
      event.preventDefault();
      this.#list.load({ ...this.#choicesOf(this.#list.address.search), hasMore: true });
    } else if (link?.classList.contains("details")) {
      this.#leaveTravel(card);
    } else if (card && (!link || link.hasAttribute("data-show"))) {
      event.preventDefault();
      this.#select(card.dataset.code);
      this.#map.lookAtStation(Number(card.dataset.lon), Number(card.dataset.lat));
    }
  }

  /** The choices are in the address; the start, unless it is a landmark, is not. */
  #choicesOf(search) {
    return this.#answers.known(readChoices(search, this.#list.box));
  }

  #rememberChoices() {
    const { address, start } = this.#list;
    if (start?.landmark) address.searchParams.set("landmark", start.landmark);
    this.#trail.setAddress(address);
  }

  /** The page of a station says how far it is from the start of this list. */
  #leaveTravel(card) {
    const { code } = card.dataset;
    const travel = card.querySelector(".travel");
    if (!travel) return;
    const [minutes, distance] = ["b", ".muted"].map((name) => travel.querySelector(name).textContent);
    leaveTravel(code, { travel: minutes, distance, mode: this.#list.address.searchParams.get("mode") });
  }

  #keepChoices(event) {
    const link = event.target.closest("a");
    if (!link) return;
    const here = this.#list.address;
    here.searchParams.set("landmark", new URL(link.href).searchParams.get("landmark"));
    event.preventDefault();
    location.assign(here);
  }

  /* ---- The route ---- */

  /**
   * @param {string} code
   * @param {string} name
   * @param {{isQuiet?: boolean, isNew?: boolean}} [options] isQuiet: its words are in the page; isNew: it is a step of the history
   */
  async #showRoute(code, name, { isQuiet = false, isNew = true } = {}) {
    if (!isQuiet) {
      this.#stopLocating();
      this.#list.drop();
    }
    const { turn, address } = this.#list;
    try {
      const answer = await this.#answers.route(this.#list.start, code, address.searchParams.get("mode"));
      // After the answer: browsers remember for the life of a page that an import failed.
      const { RoutePanel } = await import("./route.js");
      if (turn !== this.#list.turn) return;
      const [view, start] = [() => this.#map.view, () => this.#list.start];
      this.#route ??= new RoutePanel({ words: this.#words, view, start, onAgain: (person, to) => this.#routeAgain(person, to) });
      this.#route.load(answer, { code, name });
      this.#select(code);
      if (isNew) this.#trail.addRoute({ code, name });
      if (!isQuiet) {
        this.#route.describe(name);
        if (isPhone()) await this.#sheet.setTall(true);
        this.#routeBox.scrollIntoView({ block: "start" }); // only now may the page be long enough
      }
      this.#drawRoute();
    } catch (error) {
      if (turn === this.#list.turn) this.#say(error instanceof Refusal ? error.message : this.#words.offline);
    }
  }

  /** Make a new route to the same place from where somebody under way is, and go on leading them. */
  async #routeAgain(person, { code, name }) {
    this.#words.to = code;
    await this.#startFromPosition(person);
    if (!this.#route?.way) return this.#showRoute(code, name);
    this.#route.follow();
  }

  #drawRoute() {
    this.#map.showRoute(this.#route.way, this.#sheet.isTall, (box) => this.#answers.streets(box));
  }

  #leaveRoute(event) {
    event.preventDefault();
    const card = this.#list.box.querySelector(".station.selected");
    if (this.#trail.step.to) history.back(); // closes it
    else {
      this.#closeRoute();
      this.#rememberChoices(); // without the route
    }
    /** @type {HTMLElement|null} */ (card?.querySelector("[data-go]"))?.focus({ preventScroll: true });
  }

  #closeRoute() {
    delete this.#words.to;
    if (!this.#routeBox.hidden && isPhone()) this.#sheet.setTall(false);
    this.#route?.unload();
    this.#select(null);
    this.#map.hideRoute();
    this.#map.view?.popup(null);
  }

  /* ---- Small things ---- */

  #nameOf(code, otherwise = "") {
    return this.#list.card(code)?.dataset.name ?? otherwise;
  }

  #select(code) {
    this.#map.view?.select(code);
    this.#list.select(code);
  }

  #say(text) {
    this.#hint.textContent = text ?? "";
    this.#hint.hidden = !text;
  }
}

/** Five decimals are a metre: more is not needed to answer. */
function round(degrees) {
  return Math.round(degrees * 1e5) / 1e5;
}

new RiderPage(document.getElementById("rider")).load();
