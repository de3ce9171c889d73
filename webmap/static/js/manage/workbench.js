// The workbench's map: all stations faint, those that a matter is about lit; a matter on the left sets its places off.

import { addCircles } from "../map/circles.js";
import { createMap } from "../map/map.js";

class Workbench {
  #page = document.getElementById("workbench");
  #found = JSON.parse(document.getElementById("spots").textContent);
  /** @type {any} */
  #view = null;

  async load() {
    this.#page.addEventListener("click", this.#copy);
    this.#view = await createMap(document.getElementById("map"), {});
    if (!this.#view) return;
    const { map } = this.#view;
    map.on("style.load", () => this.#addLayers());
    if (map.isStyleLoaded()) this.#addLayers();
    for (const kind of ["mouseover", "focusin"]) this.#page.querySelector(".panel").addEventListener(kind, this.#look);
  }

  unload() {
    this.#page.removeEventListener("click", this.#copy);
    for (const kind of ["mouseover", "focusin"]) this.#page.querySelector(".panel").removeEventListener(kind, this.#look);
  }

  #addLayers() {
    const { map } = this.#view;
    if (map.getSource("waiting")) return;
    const tokens = getComputedStyle(document.documentElement);
    const [ink, paper, edge, late] = ["--ink", "--paper", "--edge", "--closing"].map((name) => tokens.getPropertyValue(name).trim());
    map.addSource("stations-faint", { type: "geojson", data: points(this.#found.stations.map(([lon, lat]) => ({ lon, lat }))) });
    addCircles(map, { id: "stations-faint", type: "circle", source: "stations-faint", paint: { "circle-radius": 4, "circle-color": paper, "circle-stroke-color": edge, "circle-stroke-width": 1.5 } });
    map.addSource("waiting", { type: "geojson", data: points(this.#found.spots) });
    const paint = { "circle-radius": 7, "circle-color": late, "circle-stroke-color": paper, "circle-stroke-width": 2 };
    addCircles(map, { id: "waiting", type: "circle", source: "waiting", paint });
    const layout = {
      "text-field": ["get", "name"], "text-font": ["Bold"], "text-size": 14, "text-padding": 4, "text-justify": "auto",
      "text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 0.9,
    };
    // Below the names of towns, which are placed first: a station's name moves aside or gives way.
    const names = map.getLayer("region-names") ? "region-names" : undefined;
    map.addLayer({ id: "waiting-names", type: "symbol", source: "waiting", layout, paint: { "text-color": ink, "text-halo-color": paper, "text-halo-width": 2 } }, names);
    this.#page.dataset.drawn = "";
  }

  #look = ({ target }) => {
    const row = /** @type {HTMLElement} */ (target).closest("li[data-kind]");
    if (!(row instanceof HTMLElement) || row.classList.contains("current")) return;
    const spots = this.#found.spots.filter(({ kind }) => kind === row.dataset.kind);
    for (const each of this.#page.querySelectorAll("li.current")) each.classList.remove("current");
    row.classList.add("current");
    const { map } = this.#view;
    const filter = spots.length ? ["==", ["get", "kind"], row.dataset.kind] : null;
    for (const layer of ["waiting", "waiting-names", "waiting-room"]) if (map.getLayer(layer)) map.setFilter(layer, filter);
    if (spots.length) this.#view.fit(points(spots), { maxZoom: 14 });
  };

  #copy = async ({ target }) => {
    const button = /** @type {HTMLElement} */ (target).closest("[data-copy]");
    if (!(button instanceof HTMLElement) || !navigator.clipboard) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    document.getElementById("said").textContent = /** @type {HTMLElement} */ (button.closest("section")).dataset.copied;
  };
}

/** @param {{lon: number, lat: number}[]} spots */
function points(spots) {
  const features = spots.map(({ lon, lat, ...properties }) => ({ type: "Feature", geometry: { type: "Point", coordinates: [lon, lat] }, properties }));
  return { type: "FeatureCollection", features };
}

const page = new Workbench();
page.load();
addEventListener("pagehide", () => page.unload(), { once: true });
