// The ledger's map: the outline of every entry that is listed, by state; a row sets its outline off, an outline its row.

import { boundsOf, createMap } from "../map/map.js";

class LedgerPage {
  #page = document.getElementById("ledger");
  #outlines = JSON.parse(document.getElementById("outlines").textContent);
  /** @type {any} */
  #view = null;

  async load() {
    this.#view = await createMap(document.getElementById("map"), { onTap: () => this.#show("") });
    if (!this.#view) return;
    const { map } = this.#view;
    map.on("style.load", () => this.#addLayers());
    if (map.isStyleLoaded()) this.#addLayers();
    map.on("click", "entries", ({ features }) => this.#show(String(features[0].properties.id), true));
    for (const kind of ["mouseover", "focusin", "click"]) {
      this.#page.querySelector(".panel").addEventListener(kind, ({ target }) => {
        const row = /** @type {HTMLElement} */ (target).closest("li[data-entry]");
        if (!(row instanceof HTMLElement)) return;
        this.#show(row.dataset.entry);
        if (kind === "click") this.#view.fit(row.dataset.bounds.split(",").map(Number));
      });
    }
  }

  #addLayers() {
    const { map } = this.#view;
    if (map.getSource("entries")) return;
    const tokens = getComputedStyle(document.documentElement);
    const ink = tokens.getPropertyValue("--ink").trim();
    const paper = tokens.getPropertyValue("--paper").trim();
    map.addSource("entries", { type: "geojson", data: this.#outlines });
    const source = "entries";
    const open = ["==", ["get", "state"], "open"];
    const colour = ["case", open, tokens.getPropertyValue("--open").trim(), ["get", "late"], tokens.getPropertyValue("--closing").trim(), ink];
    map.addLayer({ id: "entries", type: "fill", source, paint: { "fill-color": colour, "fill-opacity": 0.25 } });
    map.addLayer({ id: "entry-lines", type: "line", source, paint: { "line-color": colour, "line-width": 2 } });
    const chosen = ["==", ["get", "id"], -1];
    map.addLayer({ id: "entry-chosen", type: "line", source, filter: chosen, paint: { "line-color": ink, "line-width": 5 } });
    const layout = { "text-field": ["get", "name"], "text-size": 14 };
    const paint = { "text-color": ink, "text-halo-color": paper, "text-halo-width": 2 };
    // A name stands once, in the middle: a surface would bear it in every tile.
    map.addSource("entry-middles", { type: "geojson", data: { type: "FeatureCollection", features: this.#outlines.features.map(middleOf) } });
    map.addLayer({ id: "entry-names", type: "symbol", source: "entry-middles", layout, paint });
    if (!("drawn" in this.#page.dataset) && this.#outlines.features.length) this.#view.fit(this.#outlines, { maxZoom: 13 });
    this.#page.dataset.drawn = "";
  }

  /** Set an entry off on both sides; "": none. */
  #show(id, isFromMap = false) {
    for (const row of this.#page.querySelectorAll("li.current")) row.classList.remove("current");
    const row = id && this.#page.querySelector(`li[data-entry="${CSS.escape(id)}"]`);
    if (row) row.classList.add("current");
    if (row && isFromMap) row.scrollIntoView({ block: "nearest" });
    const { map } = this.#view;
    if (map.getLayer("entry-chosen")) map.setFilter("entry-chosen", ["==", ["get", "id"], Number(id || -1)]);
  }
}

function middleOf(feature) {
  const [west, south, east, north] = boundsOf(feature);
  return { ...feature, geometry: { type: "Point", coordinates: [(west + east) / 2, (south + north) / 2] } };
}

new LedgerPage().load();
