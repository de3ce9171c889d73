// Where the first page's answers come from: the server at first, the phone itself once it has the streets of the district.
// From then on no position leaves it.

import { distanceWords } from "./accuracy.js";
import { kept, OLD_MS } from "../web/install.js";

const PATIENCE_MS = 3_000;

/** What somebody asked for cannot be answered; `message` says why, in their language. */
export class Refusal extends Error {}

export class Answers {
  #words;
  #keeper = null;
  #makeList;
  #starting;

  /** @param {DOMStringMap} words data-* of the page: addresses and sentences */
  constructor(words) {
    this.#words = words;
  }

  /** Fetch what the phone needs to answer by itself, once; what did not come is requested again. Returns whether it does then. */
  async start() {
    this.#starting ??= this.#begin();
    try {
      return await this.#starting;
    } finally {
      if (!this.#device) this.#starting = null;
    }
  }

  /** Look for newer places and hours; soon over on a bad line too. */
  async renew() {
    await Promise.race([this.#keeper?.renew(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  }

  async #begin() {
    if (!this.#words.device) return false;
    await kept;
    // Both now: when an answer is wanted there may be no connection.
    const [{ Keeper }, { makeList }] = await Promise.all([
      import("../offline/keep.js"),
      import("../offline/list.js"),
      import("./route.js"), // the panel of a route is needed without a connection too
    ]);
    this.#makeList = makeList;
    this.#keeper = new Keeper(this.#words.device, { isOptional: Boolean(this.#words.list) });
    return (await this.#keeper.start()) !== null;
  }

  /** Whether the phone answers by itself. */
  get isLocal() {
    return this.#device !== null;
  }

  get #device() {
    return this.#keeper?.device ?? null;
  }

  /** Leave out what nobody here knows, as `webmap.rider.question.read_ask` does. */
  known(choices) {
    if (!this.#device) return choices;
    const { lists, words } = this.#device.document;
    const services = choices.services.filter((service) => service in words.choices);
    return { ...choices, services, kind: choices.kind in lists ? choices.kind : "rest_station" };
  }

  /** A landmark by its code, undefined where the phone knows none. */
  landmark(code) {
    return this.#device?.document.landmarks.find((landmark) => landmark.code === code);
  }

  /**
   * Return the list, to be put into the page.
   * @param {{lon: number, lat: number, name: string, landmark?: string}|null} start null only where the phone answers
   * @param {{mode: string, kind: string, services: string[], always: boolean}} choices
   */
  async list(start, choices) {
    await this.#requireSource();
    if (!this.#device) return this.#askList(start, choices);
    this.#keeper.renew();
    const { now } = this.#keeper;
    const reached = start && (await this.#nearest(start, choices, now));
    const { age } = this.#keeper;
    return this.#makeList(
      this.#device,
      { ...choices, landmark: start?.landmark },
      { reached, startName: start?.name, now, age: age > OLD_MS ? age : null },
    );
  }

  /** Return all places of a kind as GeoJSON, for the map. */
  async stations(kind) {
    await this.#requireSource();
    if (this.#device) return this.#device.asGeojson(kind, this.#keeper.now);
    const address = new URL(this.#words.stations, location.href);
    address.searchParams.set("kind", kind);
    const response = await fetch(address, { credentials: "omit" });
    if (!response.ok) throw new Error(response.statusText);
    return response.json();
  }

  /** Return the route to a station: geometry, metres, seconds, steps and links. */
  async route(start, code, mode) {
    const { lon, lat } = start;
    await this.#requireSource();
    if (this.#device) {
      const way = await this.#device.route({ lon, lat, mode, code });
      if (!way) throw new Refusal(this.#device.document.words.refused.no_way);
      return way;
    }
    const response = await post(this.#words.route, { from: { lon, lat }, to: { station: code }, mode });
    const answer = await response.json();
    if (!response.ok) throw new Refusal(answer.detail);
    return answer;
  }

  /**
   * Return the lines of the streets in a box that the phone keeps; none where it keeps no streets.
   * @param {[number, number, number, number]} box west, south, east and north
   */
  async streets(box) {
    return this.#device ? this.#device.streets(box) : [];
  }

  /** Where no streets are loaded: the straight line to the nearest place, as `nearest_straight` of webmap/logic/places.py. */
  #outsideWords(point, { kind }) {
    const { refused } = this.#device.document.words;
    const places = this.#device.choose({ kind, services: [], always: false });
    if (!places.length) return refused.outside_none;
    const metres = places.map((place) => straightMetres(point, place));
    const least = Math.min(...metres);
    const { name } = places[metres.indexOf(least)];
    return refused.outside.replace("{name}", name).replace("{distance}", distanceWords(least, this.#words));
  }

  /** In a folder of files there is no server to ask: the phone has to be ready. */
  async #requireSource() {
    if (this.#words.list || (await this.start())) return;
    throw new Error("the phone pack has not been loaded, and there is no server");
  }

  async #askList({ lon, lat, name }, choices) {
    const response = await post(this.#words.list, { lon, lat, ...choices, count: Number(this.#words.count) });
    if (!response.ok) throw new Refusal((await response.json()).detail);
    const template = document.createElement("template");
    template.innerHTML = await response.text();
    template.content.querySelector("[data-start-name]").textContent = name;
    return template.content;
  }

  async #nearest({ lon, lat }, choices, at) {
    const { bounds, words, limits } = this.#device.document;
    const [west, south, east, north] = bounds;
    if (!(west <= lon && lon <= east && south <= lat && lat <= north)) throw new Refusal(this.#outsideWords({ lon, lat }, choices));
    const reached = await this.#device.nearest({ lon, lat, ...choices, count: limits.count, at });
    const { edge, leg } = reached.snapped;
    if (edge >= 0) return reached;
    throw new Refusal(Number.isNaN(leg) ? words.refused.none : words.refused.barred.replace("{distance}", Math.round(leg)));
  }
}

/** Metres between two points, on a sphere of the earth's mean radius. */
function straightMetres(a, b) {
  const [phi, phi2] = [a.lat, b.lat].map((degrees) => (degrees * Math.PI) / 180);
  const lambda = ((b.lon - a.lon) * Math.PI) / 180;
  const half = Math.sin((phi2 - phi) / 2) ** 2 + Math.cos(phi) * Math.cos(phi2) * Math.sin(lambda / 2) ** 2;
  return 2 * 6_371_009 * Math.asin(Math.sqrt(half));
}

function post(address, body) {
  return fetch(address, {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json", Accept: "application/problem+json, application/json, text/html;q=0.9" },
    body: JSON.stringify(body),
  });
}
