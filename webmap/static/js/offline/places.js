// The places of a district as the phone keeps them: what they offer, when they are open, what was reported from their doors.
// Where somebody is does not matter here, and no streets are needed.

import { readDoor } from "./door.js";
import { hoursAt } from "./hours.js";

/** The places of a district. */
export class Places {
  #document;

  /** @param {object} document the answer of GET /device/<district>/stations.json */
  constructor(document) {
    this.#document = document;
  }

  get document() {
    return this.#document;
  }

  /** Take newer places and hours. */
  renew(document) {
    this.#document = document;
  }

  /** The place with a code. */
  place(code) {
    return this.#document.places.find((place) => place.code === code);
  }

  /** The places with a function that offer all of the services, and if asked around the clock. */
  choose({ kind, services, always }) {
    return this.#document.places.filter((place) => {
      const found = place.functions[kind];
      return found && services.every((service) => found.services.includes(service)) && (!always || found.always);
    });
  }

  /** All places with a function as GeoJSON, as GET /api/v1/stations answers them. */
  asGeojson(kind, at) {
    const features = this.choose({ kind, services: [], always: false }).map((place) => {
      const { state, closes } = this.hoursOf(place, kind, at);
      return {
        type: "Feature",
        geometry: { type: "Point", coordinates: [place.lon, place.lat] },
        properties: { code: place.code, name: place.name, state, closes_at: closes && new Date(closes).toISOString() },
      };
    });
    return { type: "FeatureCollection", features };
  }

  /** The state of a function of a place at an instant; see `hoursAt`. */
  hoursOf(place, kind, at) {
    return hoursAt(this.#document, place.functions[kind], at);
  }

  /** What is known of the door of a place at an instant; see `readDoor`. */
  reportsOf(place, at) {
    return readDoor(this.#document.reports?.[place.code] ?? [], at, this.#document.limits);
  }
}
