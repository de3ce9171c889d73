// The map of the coverage page: uncovered people or coloured towns, the stations that count, the service area of a station
// under the pointer, and the town of a table's row.

import { createMap } from "../map/map.js";

const NARROW_PX = 700; // below, the legend would lie over the district

/** Whether map and numbers are beside each other. */
export const isWide = () => window.matchMedia("(min-width: 960px)").matches;

export class PlanMap {
  /** The map that is drawn; null until then, and where none can be drawn. @type {any} */
  view = null;
  #form;
  #numbers;
  #areas = new Map(); // address → promise of a service area
  #station = ""; // whose service area is shown
  #town = ""; // that is set off
  #gap = { type: "FeatureCollection", features: [] }; // outline of the chosen gap
  #cutOff; // address of the cut-off streets that are drawn

  /**
   * @param {HTMLFormElement} form the question
   * @param {() => HTMLElement} numbers the numbers that are shown
   */
  constructor(form, numbers) {
    this.#form = form;
    this.#numbers = numbers;
  }

  /** @param {HTMLElement} box */
  async load(box) {
    this.view = await createMap(box, {
      cooperative: !isWide(),
      onStation: (properties, point) => this.#showStation(properties, point),
      onTap: () => this.view.popup(null),
    });
    if (!this.view) return;
    const { map } = this.view;
    map.on("style.load", () => this.#addLayers());
    map.on("mousemove", "stations", ({ features }) => this.showArea(features[0].properties.code));
    map.on("mouseleave", "stations", () => this.showArea(""));
    map.on("mousemove", ({ point }) => {
      if (!map.getLayer("region-fill")) return;
      this.#setTown(map.queryRenderedFeatures(point, { layers: ["region-fill"] })[0]?.properties.code ?? "", true);
    });
    map.on("mouseout", () => this.#setTown("", true));
    map.on("click", "cut-off", ({ features, lngLat }) => this.#showCutOff(features[0].properties, lngLat));
    if (map.getContainer().offsetWidth >= NARROW_PX) return;
    const padding = { top: 56, left: 16, right: 16, bottom: document.getElementById("legend").offsetHeight + 48 };
    map.once("load", () => this.view.fit(undefined, { padding }));
  }

  /** Show what the numbers say: squares or towns, and the stations that are counted. */
  async draw(signal) {
    if (!this.view) return;
    const { dataset } = this.#numbers();
    const { gaps, cutOff, stations, view: picture, breaks, services } = dataset;
    const wanted = services ? services.split(" ") : [];
    const [squares, streets, places] = await Promise.all([
      picture === "gaps" ? getJson(gaps, signal) : null,
      // The same for every question about a mode: fetched once.
      cutOff && cutOff !== this.#cutOff ? getJson(cutOff, signal) : null,
      getJson(stations, signal),
    ]);
    this.view.setGaps(squares, JSON.parse(breaks));
    if (cutOff !== this.#cutOff) this.view.setCutOff(streets);
    this.#cutOff = cutOff;
    this.view.setRegionColours(picture === "towns" ? this.#townColours() : null);
    const counted = places.features.filter((f) => wanted.every((code) => f.properties.services.includes(code)));
    this.view.setStations({ ...places, features: "anyTime" in dataset ? counted.map(regardlessOfHours) : counted });
    this.#drawGap();
    dataset.drawn = "";
  }

  /** Draw the outline of the gap that is chosen, with its name. */
  #drawGap() {
    const { map } = this.view;
    /** @type {HTMLElement|null} */
    const gap = this.#numbers().querySelector("#gap[data-outline]");
    const geometry = gap && JSON.parse(gap.dataset.outline);
    const features = gap ? [{ type: "Feature", geometry, properties: { name: gap.dataset.name } }] : [];
    this.#gap = { type: "FeatureCollection", features };
    map.getSource("gap-outline")?.setData(this.#gap);
  }

  /** Show the streets from which a station is reached in time; "": of none. */
  async showArea(code) {
    if (!this.view || code === this.#station) return;
    this.#station = code;
    if (!code) return this.view.setReach(null);
    const address = `${this.#numbers().dataset.reach}&station=${encodeURIComponent(code)}`;
    const areas = this.#areas;
    if (!areas.has(address)) areas.set(address, getJson(address).catch(() => areas.delete(address) && null));
    const area = await areas.get(address);
    if (code === this.#station) this.view.setReach(area);
  }

  /** Set the town of a row off; "": none. */
  highlight(code) {
    if (this.view) this.#setTown(code, false);
  }

  #setTown(code, isFromMap) {
    if (code === this.#town) return;
    this.#town = code;
    const { map } = this.view;
    if (map.getLayer("town")) map.setFilter("town", ["==", ["get", "code"], code]);
    const numbers = this.#numbers();
    for (const row of numbers.querySelectorAll("tr.current")) row.classList.remove("current");
    const row = code && numbers.querySelector(`tr[data-code="${CSS.escape(code)}"]`);
    if (!row) return;
    row.classList.add("current");
    if (isFromMap && isWide()) row.scrollIntoView({ block: "nearest" });
  }

  #addLayers() {
    const { map } = this.view;
    if (!map.hasImage("station-any")) map.addImage("station-any", plainMarker(), { pixelRatio: 2 });
    const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
    const paper = getComputedStyle(document.documentElement).getPropertyValue("--paper").trim();
    if (!map.getSource("gap-outline")) {
      map.addSource("gap-outline", { type: "geojson", data: this.#gap });
      const below = map.getLayer("stations") ? "stations" : undefined;
      const source = "gap-outline";
      map.addLayer({ id: "gap-casing", type: "line", source, paint: { "line-color": paper, "line-width": 5 } }, below);
      map.addLayer({ id: "gap-line", type: "line", source, paint: { "line-color": ink, "line-width": 2.5 } }, below);
      const layout = { "text-field": ["get", "name"], "text-size": 15, "text-allow-overlap": true };
      const paint = { "text-color": ink, "text-halo-color": paper, "text-halo-width": 2 };
      map.addLayer({ id: "gap-name", type: "symbol", source, layout, paint });
    }
    if (!map.getLayer("region-fill")) return;
    // Towns are coloured below the water and the streets, which stay in sight.
    if (map.getLayer("water")) map.moveLayer("region-fill", "water");
    map.setPaintProperty("region-fill", "fill-opacity", 0.75);
    const colour = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
    const { source, sourceLayer } = map.getLayer("region-fill");
    const town = { source, "source-layer": sourceLayer, filter: ["==", ["get", "code"], this.#town] };
    map.addLayer({ id: "town", type: "line", ...town, paint: { "line-color": colour, "line-width": 3 } }, "region-names");
  }

  #townColours() {
    const tokens = getComputedStyle(document.documentElement);
    const rows = /** @type {HTMLElement[]} */ ([...this.#numbers().querySelectorAll("tr[data-code][data-class]")]);
    return Object.fromEntries(rows.map((r) => [r.dataset.code, tokens.getPropertyValue(`--gap-${r.dataset.class}`).trim()]));
  }

  #showCutOff({ length_m: metres, is_gap: isGap }, { lng: lon, lat }) {
    const { words, gap } = document.getElementById("cut-off").dataset;
    const line = document.createElement("p");
    line.textContent = (isGap ? gap : words).replace("{m}", String(Math.round(metres)));
    this.view.popup({ lon, lat }, line);
  }

  #showStation(properties, point) {
    const box = document.createElement("div");
    const name = document.createElement("h3");
    name.textContent = properties.name;
    // MapLibre hands lists over as text.
    const services = typeof properties.services === "string" ? JSON.parse(properties.services) : properties.services;
    const wordsOf = (code) => this.#form.querySelector(`input[name="service"][value="${code}"]`)?.parentElement.textContent.trim();
    const line = document.createElement("p");
    line.textContent = services.map(wordsOf).filter(Boolean).join(" · ");
    box.append(name, line);
    this.view.popup(point, box);
  }
}

async function getJson(address, signal) {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

// Where hours are not regarded a marker must not tell of them.
function regardlessOfHours(station) {
  return { ...station, properties: { ...station.properties, state: "any", closes_at: null } };
}

/** Draw a station of which nothing is said but that it is there. */
function plainMarker() {
  const tokens = getComputedStyle(document.documentElement);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 56;
  const pen = canvas.getContext("2d");
  const rings = /** @type {[number, string][]} */ ([[26, "--surface"], [24, "--red"], [10, "--surface"]]);
  for (const [radius, colour] of rings) {
    pen.fillStyle = tokens.getPropertyValue(colour).trim();
    pen.beginPath();
    pen.arc(28, 28, radius, 0, 2 * Math.PI);
    pen.fill();
  }
  return pen.getImageData(0, 0, 56, 56);
}
