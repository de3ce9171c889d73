// The map of the coverage page: uncovered people or coloured towns, the stations that count, the service area of a station
// under the pointer, and the town of a table's row.

import { boundsOf, createMap } from "../map/map.js";
import { whenWanted } from "../map/wanted.js";
import { fitBeside } from "./legendroom.js";

const NOTHING = { type: "FeatureCollection", features: [] };

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
  /** @type {any} */
  #areaShape = NOTHING; // outline of the key area asked about
  /** @type {string|undefined} */
  #area;
  #gap = { type: "FeatureCollection", features: [] }; // outline of the chosen gap
  #cutOff; // address of the cut-off streets that are drawn
  /** @type {any} */
  #places = null; // the stations as they were fetched last

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
    await whenWanted(box);
    this.view = await createMap(box, {
      cooperative: !isWide(),
      onStation: (properties, point) => this.#showStation(properties, point),
      onTap: (point) => this.#showHere(point),
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
    map.once("load", () => this.#numbers().querySelector("#gap[data-outline]") || this.fit(this.view.bounds));
  }

  /** Look at GeoJSON or [west, south, east, north], where the legend does not lie over it. @param {any} target */
  fit(target) {
    if (this.view) fitBeside(this.view, document.getElementById("legend"), target);
  }

  /** Show what the numbers say: squares or towns, and the stations that are counted. */
  async draw(/** @type {AbortSignal|undefined} */ signal = undefined) {
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
    this.#places = places;
    this.view.setGaps(squares, JSON.parse(breaks));
    if (cutOff !== this.#cutOff) this.view.setCutOff(streets);
    this.#cutOff = cutOff;
    this.view.setRegionColours(picture === "towns" ? this.#townColours() : null);
    const counted = places.features.filter((f) => wanted.every((code) => f.properties.services.includes(code)));
    this.view.setStations({ ...places, features: "anyTime" in dataset ? counted.map(regardlessOfHours) : counted });
    this.#drawGap();
    dataset.drawn = "";
  }

  /**
   * Show an hour of the week in place of what the question asks.
   * @param {Record<string, number>} towns the class of each town by its code
   * @param {Record<string, string>|null} states of the stations by their codes; null: as they are
   */
  showHour(towns, states) {
    if (!this.view) return;
    const tokens = getComputedStyle(document.documentElement);
    const colours = Object.entries(towns).map(([code, number]) => [code, tokens.getPropertyValue(`--gap-${number}`).trim()]);
    this.view.setGaps(null);
    this.view.setRegionColours(Object.fromEntries(colours));
    if (!states || !this.#places) return;
    const features = this.#places.features.filter(({ properties }) => properties.code in states);
    const inHour = features.map((f) => ({ ...f, properties: { ...f.properties, state: states[f.properties.code], closes_at: null } }));
    this.view.setStations({ ...this.#places, features: inHour });
  }

  /** Show again what the question asks. */
  async endHours() {
    await this.draw();
  }

  /** What the map stands in. */
  pane() {
    return /** @type {HTMLElement} */ (document.querySelector(".map-pane"));
  }

  /** Draw the outline of the gap that is chosen, with its name, and of the key area that is asked about. */
  #drawGap() {
    const { map } = this.view;
    const { area } = this.#numbers().dataset;
    if (area !== this.#area) {
      this.#area = area;
      this.#areaShape = area ? { type: "Feature", geometry: JSON.parse(area), properties: {} } : NOTHING;
      map.getSource("asked-area")?.setData(this.#areaShape);
      if (area) this.fit({ features: [this.#areaShape] });
    }
    /** @type {HTMLElement|null} */
    const gap = this.#numbers().querySelector("#gap[data-outline]");
    const geometry = gap && JSON.parse(gap.dataset.outline);
    const outline = { type: "Feature", geometry, properties: {} };
    const bounds = gap && boundsOf(outline);
    // The name stands once, in the middle: a surface would bear it in every tile.
    const middle = bounds && { type: "Point", coordinates: [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2] };
    const features = gap ? [outline, { type: "Feature", geometry: middle, properties: { name: gap.dataset.name } }] : [];
    const isOther = gap && JSON.stringify(this.#gap.features) !== JSON.stringify(features);
    this.#gap = { type: "FeatureCollection", features };
    if (isOther) this.fit(bounds);
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
    if (!map.getSource("asked-area")) {
      map.addSource("asked-area", { type: "geojson", data: this.#areaShape });
      const paint = { "line-color": ink, "line-width": 3, "line-dasharray": [2, 1] };
      map.addLayer({ id: "asked-area", type: "line", source: "asked-area", paint });
    }
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

  /** Say what is known of a place that was pressed: its square, else its town. */
  #showHere(point) {
    const { map } = this.view;
    const at = map.project([point.lon, point.lat]);
    const layers = ["gaps", "region-fill"].filter((id) => map.getLayer(id));
    const found = map.queryRenderedFeatures(at, { layers });
    const square = found.find(({ layer }) => layer.id === "gaps");
    const town = found.find(({ layer }) => layer.id === "region-fill");
    const { dataset } = this.#numbers();
    const box = document.createElement("div");
    const row = town && this.#numbers().querySelector(`tr[data-code="${CSS.escape(town.properties.code)}"]`);
    if (row) {
      const [name, people, share, missed] = [...row.cells].map((cell) => cell.innerText.trim());
      const title = document.createElement("h3");
      title.textContent = name;
      box.append(title, sentence(dataset.town, { s: share, p: people, m: missed }));
    }
    if (square) {
      const { people, nearest_min: minutes } = square.properties;
      const words = minutes === null || minutes === undefined || minutes === "null" ? dataset.squareFar : dataset.square;
      box.append(sentence(words, { p: Math.round(people).toLocaleString("en"), m: Math.round(minutes) }));
    }
    this.view.popup(box.childElementCount ? point : null, box);
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
    const row = this.#numbers().querySelector(`tr[data-station="${CSS.escape(properties.code)}"] td`);
    if (row) box.append(sentence(this.#numbers().dataset.alone, { p: row.textContent.trim() }));
    const acts = document.createElement("p");
    acts.className = "acts";
    for (const [words, address] of JSON.parse(this.#numbers().dataset.try ?? "[]")) {
      const link = document.createElement("a");
      link.className = "button small";
      link.href = address + encodeURIComponent(properties.code);
      link.textContent = words;
      acts.append(link, " ");
    }
    box.append(acts);
    this.view.popup(point, box);
  }
}

/** A paragraph of a sentence with values in braces. */
function sentence(words, values) {
  const line = document.createElement("p");
  line.textContent = words.replace(/\{(\w)\}/g, (all, name) => String(values[name] ?? all));
  return line;
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
