// @ts-check
// The map beside the list of places and routes: each place with the number of routes that pass it, and the routes.

import { createMap } from "../map/map.js";

class ChainPage {
  /** @type {HTMLElement} */
  #page = document.querySelector(".chain");
  #rows = /** @type {HTMLElement[]} */ ([...this.#page.querySelectorAll("li[data-lon]")]);
  /** @type {any} */
  #view = null; // until the map is there, and where it cannot be drawn
  #stopped = new AbortController();

  async load() {
    this.#view = await createMap(document.getElementById("map"));
    if (!this.#view) return;
    const { signal } = this.#stopped;
    const places = { type: "FeatureCollection", features: this.#rows.map(featureOf) };
    this.#view.setStops(places);
    if (places.features.length) this.#view.fit(places);
    for (const row of this.#rows) {
      row.addEventListener("mouseenter", () => this.#pointAt(row), { signal });
      row.addEventListener("focusin", () => this.#pointAt(row), { signal });
      row.addEventListener("mouseleave", () => this.#view.popup(null), { signal });
    }
    await this.#drawRoutes(signal);
  }

  unload() {
    this.#stopped.abort();
  }

  async #drawRoutes(signal) {
    const answers = await Promise.all(
      (this.#page.dataset.tours ?? "").split(" ").filter(Boolean).map((address) =>
        fetch(address, { signal }).then((response) => (response.ok ? response.json() : null)).catch(() => null),
      ),
    );
    const legs = answers.flatMap((answer) => answer?.features ?? []).filter(({ properties }) => properties.role === "leg");
    if (legs.length && !signal.aborted) this.#view.showRoute({ type: "FeatureCollection", features: legs });
  }

  #pointAt(row) {
    const name = document.createElement("b");
    name.textContent = row.dataset.name;
    this.#view.popup({ lon: Number(row.dataset.lon), lat: Number(row.dataset.lat) }, name);
  }
}

/** @param {HTMLElement} row */
function featureOf(row) {
  const { lon, lat, name, tours } = row.dataset;
  return { type: "Feature", geometry: { type: "Point", coordinates: [Number(lon), Number(lat)] }, properties: { name, number: tours } };
}

const page = new ChainPage();
page.load();
addEventListener("pagehide", () => page.unload(), { once: true });
