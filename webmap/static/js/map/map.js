// The map of every page: one box (macro map_box), one style from the server, a few named things to show on it.
// The style has an empty source for each of them, so what lies above what is decided in webmap/map/style.py alone.

import { AROUND_PX, MapFiles, sayThatItFailed, theme } from "./mapfiles.js";
import { stationMark } from "./overview.js";

const EMPTY = { type: "FeatureCollection", features: [] };
const ICON_RATIO = 2;
const FINEST = 2; // pixels a point
const CLUSTERED = 60; // stations in the district from which on those that lie too close are shown as one
const CROWDED = 300; // from which on they are so in a closer view too: each that is drawn makes moving the map slower
const PERSON_PX = 16; // half the mark of a person, and a little
const CLUSTER = { clusterRadius: 36, clusterMaxZoom: 12 };
const CLUSTER_CROWD = { clusterRadius: 48, clusterMaxZoom: 16 };
const STATION_IMAGES = ["open", "closing", "closed", "unknown", "any"]; // any: hours are not regarded

/**
 * Draw a map in a box made by the macro `map_box`.
 * @param {HTMLElement} box
 * @param {{cooperative?: boolean, files?: MapFiles, onTap?: (point: {lon: number, lat: number}) => void,
 *   onStation?: (properties: object, point: {lon: number, lat: number}) => void}} [options]
 *   cooperative: the page scrolls under one finger, the map moves under two; files: those of the box, if some were fetched.
 * @returns {Promise<MapView|null>} null where no map can be drawn, or what it is drawn from did not come; the box then says
 *   which in one line, and may be given again.
 */
export async function createMap(box, { files = new MapFiles(box), ...options } = {}) {
  const { fail, lost } = box.dataset;
  let words = fail;
  box.replaceChildren();
  box.removeAttribute("data-failed");
  box.setAttribute("data-drawing", "");
  try {
    if (!(await canDraw())) throw new Error("no WebGL 2");
    words = lost;
    const [maplibre, style] = await Promise.all([files.library(), files.style()]);
    words = fail;
    return new MapView(maplibre, style, { box, files }, options);
  } catch (error) {
    console.warn("map:", error.message);
    sayThatItFailed(box, words);
    return null;
  }
}

/** Tell whether this browser draws with WebGL 2. */
function canDraw() {
  const askHere = () => Boolean(document.createElement("canvas").getContext("webgl2"));
  if (!window.OffscreenCanvas) return askHere();
  return new Promise((resolve) => {
    const worker = new Worker(new URL("graphics.js", import.meta.url));
    // Some draw in pages but not in workers.
    const tell = (can) => {
      worker.terminate();
      resolve(can || askHere());
    };
    worker.onmessage = ({ data }) => tell(data);
    worker.onerror = () => tell(false);
  });
}

/** Return [west, south, east, north] of GeoJSON, null of nothing. */
export function boundsOf(geojson) {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  const visit = (coordinates) => {
    if (typeof coordinates[0] !== "number") return coordinates.forEach(visit);
    const [lon, lat] = coordinates;
    bounds.splice(0, 4, Math.min(bounds[0], lon), Math.min(bounds[1], lat), Math.max(bounds[2], lon), Math.max(bounds[3], lat));
  };
  const features = geojson.features ?? [geojson];
  for (const feature of features) visit((feature.geometry ?? feature).coordinates);
  return Number.isFinite(bounds[0]) ? bounds : null;
}

/** A drawn map. `map` is MapLibre's own object for what is not offered here. */
class MapView {
  #data = {};
  #selected = "";
  #regionColours = {};
  #popup = null;
  #person = null;
  #isHeld = false;
  #isDrawn = false; // until then there is nothing to glide over
  #maplibre;
  #bounds;
  #files;
  #closingSoonS;
  #hasHole = false; // a tile has not come
  #onHole = null;

  /**
   * @param {any} maplibre
   * @param {any} style
   * @param {{box: HTMLElement, files: MapFiles}} place
   * @param {{cooperative?: boolean, onTap?: any, onStation?: any}} options
   */
  constructor(maplibre, style, { box, files }, { cooperative = false, onTap, onStation }) {
    this.#files = files;
    this.#closingSoonS = Number(box.dataset.closingSoonS);
    const [west, south, east, north] = (this.#bounds = box.dataset.bounds.split(",").map(Number));
    const around = 2 * Math.max(east - west, north - south);
    this.#maplibre = maplibre;
    this.map = new maplibre.Map({
      container: box,
      style,
      bounds: this.#bounds,
      fitBoundsOptions: { padding: AROUND_PX },
      maxBounds: [west - around, south - around, east + around, north + around],
      maxZoom: 18,
      // A phone of three pixels a point would draw more than twice as many for what nobody sees.
      ...(window.devicePixelRatio > FINEST ? { pixelRatio: FINEST } : {}),
      // Relative addresses in the style are ours; the worker that fetches tiles has no page to resolve them against.
      transformRequest: (url) => ({ url: new URL(url, files.styleAddress).href }),
      locale: JSON.parse(box.dataset.words),
      localIdeographFontFamily: getComputedStyle(document.documentElement).fontFamily,
      cooperativeGestures: cooperative,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      attributionControl: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new maplibre.ScaleControl(), "bottom-left");
    this.map.addControl(new maplibre.AttributionControl({ customAttribution: [] }), "bottom-right");
    if (box.dataset.mark) this.map.addControl(new Mark(box.dataset.mark), "top-left");

    this.map.on("style.load", () => this.#restore());
    // A missing tile leaves a hole that the next view may fill.
    this.map.on("error", ({ error, sourceId }) => {
      console.warn("map:", error?.message);
      if (sourceId !== "district") return;
      this.#hasHole = true;
      this.#tellHole();
    });
    this.map.on("idle", () => {
      this.#isDrawn = true;
      box.setAttribute("data-drawn", "");
    });
    this.map.once("load", () => {
      // In a small box the credits would cover the picture: they open at a click, and are at the foot of the page.
      if (box.clientWidth >= 640) return;
      const credits = box.querySelector(".maplibregl-ctrl-attrib");
      credits?.classList.remove("maplibregl-compact-show");
      credits?.removeAttribute("open");
    });
    theme().addEventListener("change", () => this.#restyle());

    this.map.on("click", (event) => {
      const radius = 12; // with the marker's own half width a target of 44 px
      const { x, y } = event.point;
      const near = [[x - radius, y - radius], [x + radius, y + radius]];
      const found = (layer) => (this.map.getLayer(layer) ? this.map.queryRenderedFeatures(near, { layers: [layer] }) : []);
      const [chosen] = found("chosen");
      if (!chosen && this.#openCluster(event)) return;
      const [station] = chosen ? [chosen] : found("stations");
      const { lng: lon, lat } = event.lngLat;
      if (station) onStation?.(inOurWords(station.properties), pointOf(station.geometry));
      else onTap?.({ lon, lat });
    });
    for (const kind of ["dragstart", "zoomstart"]) this.map.on(kind, ({ originalEvent }) => (this.#isHeld ||= Boolean(originalEvent)));
    this.map.on("mousemove", "stations", () => (this.map.getCanvas().style.cursor = "pointer"));
    this.map.on("mouseleave", "stations", () => (this.map.getCanvas().style.cursor = ""));
  }

  /** Look closer at the cluster at a point. Returns whether there is one. */
  #openCluster({ point }) {
    const [cluster] = this.map.getLayer("station-clusters") ? this.map.queryRenderedFeatures(point, { layers: ["station-clusters"] }) : [];
    if (!cluster) return false;
    const source = /** @type {any} */ (this.map.getSource("stations"));
    source.getClusterExpansionZoom(cluster.properties.cluster_id).then((zoom) => {
      this.map.easeTo({ center: cluster.geometry.coordinates, zoom, duration: calm() ? 0 : 600 });
    });
    return true;
  }

  /** Show stations: the answer of GET /api/v1/stations. */
  setStations(geojson) {
    const features = geojson.features.map((feature) => ({
      ...feature,
      properties: { ...feature.properties, mark: stationMark(feature.properties, this.#closingSoonS) },
    }));
    this.#put("stations", { type: "FeatureCollection", features });
    this.select(this.#selected);
  }

  /** Set one station off from the others, also where it would be shown as one with its neighbours; null: none. */
  select(code) {
    this.#selected = code ?? "";
    const stations = this.#data.stations?.features ?? [];
    this.#put("chosen", stations.find(({ properties }) => properties.code === this.#selected));
  }

  /** Show where the person is; null: nowhere. */
  setStart(point) {
    this.#put("start", point && { type: "Point", coordinates: [point.lon, point.lat] });
  }

  /**
   * Show the person under way and have the map come along, until a hand moves it; null: no longer.
   * @param {{lon: number, lat: number}|null} point
   * @param {string} [words] what the mark is called
   * @param {number} [covered] pixels at the foot of the map that something lies over
   */
  setPerson(point, words, covered = 0) {
    if (!point) {
      this.#person?.remove();
      this.#person = null;
      return;
    }
    const where = [point.lon, point.lat];
    if (!this.#person) {
      this.#person = new this.#maplibre.Marker({ element: personMark(words) }).setLngLat(where).addTo(this.map);
      this.#isHeld = false;
      this.#lookAt(where, Math.max(this.map.getZoom(), 16), covered);
      return;
    }
    this.#person.setLngLat(where);
    if (this.#isHeld) return;
    // What is in view half way to an earlier point may not be there at the end.
    if (this.map.isMoving()) this.#lookAt(where, Math.max(this.map.getZoom(), 16), covered);
    else if (!this.#isWellInView(where, covered)) this.#lookAt(where, this.map.getZoom(), covered);
  }

  /**
   * Put an element of the page on the map; MapLibre's marker, which has `remove`, `on("drag")` and `getLngLat`.
   * @param {HTMLElement} element
   * @param {{lon: number, lat: number}} point
   * @param {{isDraggable?: boolean, offset?: [number, number]}} [options] offset: in pixels, to the right and down
   */
  addMark(element, { lon, lat }, { isDraggable = false, offset = undefined } = {}) {
    return new this.#maplibre.Marker({ element, draggable: isDraggable, offset }).setLngLat([lon, lat]).addTo(this.map);
  }

  /** Show ways: the geometry of a route, or GeoJSON of several; null: none. */
  showRoute(geojson) {
    this.#put("route", geojson);
  }

  /** Show streets that the phone keeps, where tiles are missing: a MultiLineString; null: none. */
  setKeptStreets(geojson) {
    this.#put("kept-streets", geojson);
  }

  /** Call once when the tiles of the streets do not come: at once where one has not come already, or there is no connection. */
  whenTilesFail(callback) {
    this.#onHole = callback;
    if (this.#hasHole || navigator.onLine === false) this.#tellHole();
  }

  #tellHole() {
    this.#onHole?.();
    this.#onHole = null;
  }

  /** Show a service area: the answer of GET /api/v1/coverage/service-area; null: none. */
  setReach(geojson) {
    this.#put("reach", geojson);
  }

  /** Show numbered stops: points with `number` and `name`; null: none. */
  setStops(geojson) {
    this.#put("stops", geojson);
  }

  /** Show uncovered people: the answer of GET /api/v1/coverage/squares, in the classes that `breaks` part; null: none. */
  setGaps(geojson, breaks = [50, 200, 800]) {
    const features = (geojson?.features ?? []).map((feature) => ({
      ...feature,
      properties: { ...feature.properties, class: breaks.filter((least) => feature.properties.people >= least).length },
    }));
    this.#put("gaps", { type: "FeatureCollection", features });
  }

  /** Show streets that are joined to no others: the answer of GET /api/v1/coverage/cut-off; null: none. */
  setCutOff(geojson) {
    this.#put("cut-off", geojson);
  }

  /** Colour towns: an object from code to a CSS colour; null: none. */
  setRegionColours(colours) {
    this.#regionColours = colours ?? {};
    this.#paintRegions();
  }

  /**
   * Look at GeoJSON or [west, south, east, north]; without it at the whole district.
   * @param {any} [target]
   * @param {{padding?: any, maxZoom?: number}} [options]
   */
  fit(target = this.#bounds, { padding, maxZoom = 16 } = {}) {
    const bounds = Array.isArray(target) ? target : boundsOf(target);
    this.map.resize(); // the box may just have changed
    const { clientWidth, clientHeight } = this.map.getContainer();
    const [across, upright] = [clientWidth, clientHeight].map((length) => Math.min(64, length / 6));
    const mark = 56; // the word for sample data stands at the top
    padding ??= { left: across, right: across, top: Math.max(upright, mark), bottom: upright };
    padding = leaveRoom(padding, clientWidth, clientHeight);
    if (bounds) this.map.fitBounds(bounds, { padding, maxZoom, duration: calm() || !this.#isDrawn ? 0 : 600 });
  }

  /** The whole district: [west, south, east, north]. */
  get bounds() {
    return this.#bounds;
  }

  /** Whether a hand has moved the map. */
  get isHeld() {
    return this.#isHeld;
  }

  /** Open a bubble with a DOM node at a point; null closes it. */
  popup(point, node) {
    this.#popup?.remove();
    this.#popup =
      point &&
      new this.#maplibre.Popup({ closeButton: false, offset: 16, maxWidth: "280px" })
        .setLngLat([point.lon, point.lat])
        .setDOMContent(node)
        .addTo(this.map);
  }

  /** Say whether the page scrolls under one finger (and the map moves under two). */
  setCooperative(isCooperative) {
    this.map.cooperativeGestures[isCooperative ? "enable" : "disable"]();
  }

  /** Look at a point from a little below: what is written at the foot of the map covers none of it. */
  #lookAt(center, zoom = this.map.getZoom(), covered = 0) {
    const offset = [0, -Math.max(this.map.getContainer().clientHeight / 8, covered / 2)];
    this.map.easeTo({ center, zoom, offset, duration: calm() ? 0 : 600 });
  }

  #isWellInView(where, covered) {
    const { x, y } = this.map.project(where);
    const { clientWidth, clientHeight } = this.map.getContainer();
    const [top, bottom] = [covered ? PERSON_PX : 0.2 * clientHeight, Math.min(0.8 * clientHeight, clientHeight - covered - PERSON_PX)];
    return Math.abs(x / clientWidth - 0.5) < 0.3 && y > top && y < bottom;
  }

  /** Take the style of the theme there is now; where it does not come, the map stays as it is. */
  async #restyle() {
    try {
      this.map.setStyle(await this.#files.style(), { diff: false });
    } catch (error) {
      console.warn("map:", error.message);
    }
  }

  #put(name, data) {
    this.#data[name] = data ?? EMPTY;
    this.#fill(name);
  }

  /** Give a source of the style what it shows. */
  #fill(name) {
    const source = this.map.getSource(name);
    const number = this.#data.stations?.features.length ?? 0;
    if (name === "stations") source?.setClusterOptions({ cluster: number > CLUSTERED, ...(number > CROWDED ? CLUSTER_CROWD : CLUSTER) });
    source?.setData(this.#data[name]);
  }

  #restore() {
    const colour = colours();
    for (const mark of STATION_IMAGES) {
      if (!this.map.hasImage(`station-${mark}`)) {
        this.map.addImage(`station-${mark}`, stationImage(mark, colour), { pixelRatio: ICON_RATIO });
      }
    }
    const classes = [0, 1, 2, 3].flatMap((number) => [number, colour(`gap-${number}`)]).slice(1);
    this.map.setPaintProperty("gaps", "fill-color", ["step", ["get", "class"], ...classes]);
    for (const name of Object.keys(this.#data)) this.#fill(name);
    this.#paintRegions();
  }

  #paintRegions() {
    if (!this.map.getLayer("region-fill")) return;
    const pairs = Object.entries(this.#regionColours).flat();
    const paint = pairs.length ? ["match", ["get", "code"], ...pairs, "transparent"] : "transparent";
    this.map.setPaintProperty("region-fill", "fill-color", paint);
  }
}

/** The word that stands inside the picture of sample data. */
class Mark {
  constructor(words) {
    this.words = words;
  }

  onAdd() {
    this.element = document.createElement("div");
    this.element.className = "maplibregl-ctrl map-mark";
    this.element.textContent = this.words;
    return this.element;
  }

  onRemove() {
    this.element.remove();
  }
}

/** The person under way; the start, who stands still, is a layer of the style. */
function personMark(words) {
  const mark = document.createElement("div");
  mark.className = "map-person";
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", words);
  return mark;
}

/** Draw a station's marker: our outline, the state as fill and shape (as the symbols state-* of the icon sprite). */
function stationImage(mark, colour) {
  const size = 28;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * ICON_RATIO;
  const pen = canvas.getContext("2d");
  pen.scale(ICON_RATIO, ICON_RATIO);
  const disc = (radius, fill, from = 0, to = 2 * Math.PI) => {
    pen.fillStyle = fill;
    pen.beginPath();
    pen.arc(size / 2, size / 2, radius, from, to);
    pen.fill();
  };
  disc(13, colour("surface"));
  disc(12, colour("red"));
  disc(9, colour("surface"));
  if (mark === "open") disc(7.5, colour("open"));
  if (mark === "closing") disc(7.5, colour("closing"), Math.PI / 2, (3 * Math.PI) / 2);
  if (mark === "closed") {
    pen.strokeStyle = colour("closed");
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(size / 2, size / 2, 5, 0, 2 * Math.PI);
    pen.stroke();
  }
  if (mark === "unknown") {
    pen.fillStyle = colour("unknown");
    pen.font = "bold 14px sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText("?", size / 2, size / 2 + 0.5);
  }
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function colours() {
  const tokens = getComputedStyle(document.documentElement);
  return (name) => tokens.getPropertyValue(`--${name}`).trim();
}

function pointOf({ coordinates: [lon, lat] }) {
  return { lon, lat };
}

/** A station as the language of the page calls it. */
function inOurWords(station) {
  const isChinese = document.documentElement.lang.startsWith("zh");
  return isChinese || !station.name_en ? station : { ...station, name: station.name_en };
}

/** Paddings of a box, made less where they would leave less than a third of it to what is looked at. */
function leaveRoom(padding, width, height) {
  const { top, right, bottom, left } = typeof padding === "number" ? square(padding) : padding;
  const [across, upright] = [width / (left + right), height / (top + bottom)].map((share) => Math.min((share * 2) / 3, 1));
  return { top: top * upright, right: right * across, bottom: bottom * upright, left: left * across };
}

function square(px) {
  return { top: px, right: px, bottom: px, left: px };
}

function calm() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
