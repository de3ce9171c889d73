// The nearest places, in the order of ranking.js.

import { snap, snapAside, layGrid } from "./snap.js";
import { bars } from "./door.js";
import { unpack } from "./pack.js";
import { lengthOf, piecesTo, routeTo } from "./path.js";
import { Places } from "./places.js";
import { firstOf, inOrder } from "./ranking.js";
import { costTo, searchFrom } from "./search.js";
import { describe } from "./steps.js";

/** A district on the device: its streets and the places that stand on them. */
export class Device extends Places {
  #network;
  #snapped = new Map(); // by mode, then by place

  /**
   * @param {ArrayBuffer} pack decompressed
   * @param {object} document the answer of GET /device/<district>/stations.json
   */
  constructor(pack, document) {
    super(document);
    this.#network = unpack(pack);
    layGrid(this.#network);
  }

  get network() {
    return this.#network;
  }

  renew(document) {
    super.renew(document);
    this.#snapped.clear();
  }

  /** Where a place joins the streets of a mode. */
  door(place, mode) {
    if (!this.#snapped.has(mode)) this.#snapped.set(mode, new Map());
    const doors = this.#snapped.get(mode);
    if (!doors.has(place)) doors.set(place, snap(this.#network, place.lon, place.lat, mode));
    return doors.get(place);
  }

  /**
   * Return the places reached soonest from a point.
   * @param {{lon: number, lat: number, mode: string, kind: string, services: string[], always: boolean, count: number,
   *   at: number}} asked `at`: epoch milliseconds of setting out
   * @returns {{stations: object[], backup: object|null, snapped: object, asideM?: number|null}} `snapped.edge` is -1 where no street is near;
   *   then there are no stations. `asideM`: see `#start`
   */
  nearest(asked) {
    const { lon, lat, mode, kind, services, count, at } = asked;
    const origin = snap(this.#network, lon, lat, mode);
    if (origin.edge < 0) return { stations: [], backup: null, snapped: origin };
    const candidates = this.choose(asked);
    const { search, asideM } = this.#start([lon, lat], origin, candidates, mode);
    const ranked = this.#rank(search, candidates, { kind, services, at });
    return {
      stations: firstOf(ranked, count).map((station) => ({ ...station, distance: this.#distance(search, station.place) })),
      backup: ranked.length ? this.#backup(ranked[0], candidates, { kind, services, mode }) : null,
      snapped: search.origin,
      asideM,
    };
  }

  /**
   * Search from the nearest street, or from one that leads to a place if the nearest leads to none.
   * @returns {{search: object, asideM: number|null}} `asideM`: metres to the nearest street where it is not started from
   */
  #start(point, origin, places, mode) {
    const search = searchFrom(this.#network, origin, mode);
    const doors = places.map((place) => this.door(place, mode));
    if (!doors.length || doors.some((door) => costTo(this.#network, search, door) < this.#network.unreachable_ds)) return { search, asideM: null };
    const moved = snapAside(this.#network, origin, point, doors, mode);
    return moved ? { search: searchFrom(this.#network, moved, mode), asideM: origin.leg } : { search, asideM: null };
  }

  /**
   * Return the route from a point to a place, as POST /api/v1/route answers it.
   * @returns {object|null} null: no way leads there
   */
  route({ lon, lat, mode, code }) {
    const place = this.place(code);
    if (!place) return null;
    const origin = snap(this.#network, lon, lat, mode);
    const door = this.door(place, mode);
    if (origin.edge < 0 || door.edge < 0) return null;
    const { search } = this.#start([lon, lat], origin, [place], mode);
    const way = routeTo(this.#network, search, door, [[lon, lat], [place.lon, place.lat]]);
    if (!way) return null;
    const { words, limits, links } = this.document;
    return {
      distance_m: lengthOf(this.#network, way.pieces) + search.origin.leg + door.leg,
      duration_s: costTo(this.#network, search, door) / 10,
      mode,
      geometry: { type: "LineString", coordinates: way.coordinates },
      steps: describe(this.#network, way, { words: words.directions, limits: limits.directions, isEnglish: words.lang === "en" }),
      links: links[code][mode],
    };
  }

  /**
   * Return the lines of the streets that pass through a box.
   * @param {[number, number, number, number]} box west, south, east and north
   * @returns {number[][][]}
   */
  streets([west, south, east, north]) {
    const { pointPtr, lon, lat } = this.#network;
    const lines = [];
    for (let edge = 0; edge < pointPtr.length - 1; edge += 1) {
      const [from, to] = [pointPtr[edge], pointPtr[edge + 1]];
      let isNear = false;
      for (let k = from; k < to && !isNear; k += 1) isNear = west <= lon[k] && lon[k] <= east && south <= lat[k] && lat[k] <= north;
      if (!isNear || to - from < 2) continue;
      const line = [];
      for (let k = from; k < to; k += 1) line.push([lon[k], lat[k]]);
      lines.push(line);
    }
    return lines;
  }

  #distance(search, place) {
    const door = this.door(place, search.mode);
    return search.origin.leg + lengthOf(this.#network, piecesTo(this.#network, search, door)) + door.leg;
  }

  #rank(search, candidates, { kind, services, at }) {
    const reached = [];
    for (const place of candidates) {
      const cost = costTo(this.#network, search, this.door(place, search.mode));
      if (cost >= this.#network.unreachable_ds) continue;
      const arrives = at + 100 * cost;
      const hours = this.hoursOf(place, kind, arrives);
      const reports = this.reportsOf(place, at);
      const isBarred = bars(reports, services);
      const isClosed = hours.state === "closed" || isBarred;
      reached.push({ place, cost, arrives, ...hours, reports, isBarred, isClosed });
    }
    return inOrder(reached, this.document.unknown_hours_s);
  }

  /** The first place by the same order, from the first of an answer on; null where all are closed by then. */
  #backup(first, candidates, { kind, services, mode }) {
    const door = this.door(first.place, mode);
    if (door.edge < 0) return null;
    const others = candidates.filter((place) => place !== first.place);
    const [next] = this.#rank(searchFrom(this.#network, door, mode), others, { kind, services, at: first.arrives });
    return next && !next.isClosed ? next : null;
  }
}
