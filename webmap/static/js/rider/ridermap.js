// The map of the first page: drawn when it is wanted, with the stations, the start, and the bubbles over them.

import { AROUND_PX, MapFiles, sayThatItFailed } from "../map/mapfiles.js";
import { markOverview, stationMark } from "../map/overview.js";

const AROUND_ROUTE = { top: 56, right: 72, bottom: 104, left: 40 }; // where nothing lies on the map
const AROUND_ROUTE_LOW = { top: 24, right: 72, bottom: 112, left: 40 }; // on a low map: what lies at its foot is the larger
const LOW_PX = 240;

const BESIDE_DEG = 0.006; // some 600 m of streets beside a route

export function isPhone() {
  return window.matchMedia("(max-width: 959px)").matches;
}

export class RiderMap {
  /** The map that is drawn; null until then. @type {any} */
  view = null;
  box;
  hasOverview = document.getElementById("overview") !== null;
  #files;
  #words;
  #calls;
  #drawing = null;
  #turn = 0; // the number of the route that is shown
  #marked = 0; // the number of the newest marks; older ones are dropped

  /**
   * @param {HTMLElement} box
   * @param {DOMStringMap} words
   * @param {{isTall: () => boolean, onDrawn: () => any, onStart: (point: {lon: number, lat: number}) => void,
   *   onStation: (properties: any, point: {lon: number, lat: number}) => void}} calls
   */
  constructor(box, words, calls) {
    this.box = box;
    this.#files = new MapFiles(box);
    this.#words = words;
    this.#calls = calls;
  }

  /**
   * Whether the map is drawn without being asked for: on a desk, and where there is a start to show. Else a phone shows the
   * picture of the district, which costs it nothing, until somebody opens the map.
   */
  isWanted(start) {
    return !this.hasOverview || !isPhone() || start !== null;
  }

  /** Draw the map, once. */
  load() {
    return (this.#drawing ??= this.#draw().finally(() => this.view || (this.#drawing = null)));
  }

  /** Fetch what the map is drawn from, unless it is drawn or was asked for. */
  fetchAhead() {
    return this.#drawing || this.#files.fetchAhead();
  }

  async #draw() {
    const { isTall, onDrawn, onStation } = this.#calls;
    const onTap = (point) => this.#offerStart(point);
    const drawing = await this.#files.drawing().catch(() => null);
    if (!drawing) {
      sayThatItFailed(this.box, this.box.dataset.lost);
      return;
    }
    this.view = await drawing.createMap(this.box, { files: this.#files, cooperative: isPhone() && !isTall(), onStation, onTap });
    if (this.view) await onDrawn();
  }

  /**
   * Show the stations in the picture and on the map.
   * @param {() => Promise<any>} fetchStations
   * @returns {Promise<boolean>} false: something newer was shown meanwhile
   */
  async mark(fetchStations) {
    const turn = ++this.#marked;
    try {
      const stations = await fetchStations();
      if (turn !== this.#marked) return false;
      const bounds = /** @type {[number, number, number, number]} */ (this.box.dataset.bounds.split(",").map(Number));
      const soon = Number(this.box.dataset.closingSoonS);
      if (this.hasOverview) markOverview(stations, bounds, (properties) => stationMark(properties, soon));
      this.view?.setStations(stations);
      return true;
    } catch (error) {
      if (turn !== this.#marked) return false;
      throw error;
    }
  }

  /** The sheet was made tall or low: let one finger move the map or scroll the page. */
  fitSheet(isTall) {
    this.view?.setCooperative(isPhone() && !isTall);
  }

  /** Look at the start and some stations. */
  look(start, stations) {
    this.box.dataset.elsewhere = "";
    this.view?.fit({ type: "MultiPoint", coordinates: [[start.lon, start.lat], ...stations] }, { maxZoom: 15 });
  }

  lookAtDistrict() {
    delete this.box.dataset.elsewhere;
    this.view?.fit(undefined, { padding: AROUND_PX });
  }

  lookAtStation(lon, lat) {
    if (!this.view) return;
    this.box.dataset.elsewhere = "";
    this.view?.map.easeTo({ center: [lon, lat], zoom: Math.max(this.view.map.getZoom(), 13.5) });
  }

  /**
   * @param {{geometry: any}} way
   * @param {boolean} isTall
   * @param {(box: [number, number, number, number]) => Promise<number[][][]>} findStreets those that the phone keeps, for
   *   where the tiles of the map do not come
   */
  showRoute({ geometry }, isTall, findStreets) {
    this.box.dataset.elsewhere = "";
    this.view?.showRoute(geometry);
    const around = this.box.clientHeight < LOW_PX ? AROUND_ROUTE_LOW : AROUND_ROUTE;
    this.view?.fit(geometry, { padding: isPhone() && !isTall ? undefined : around });
    this.#turn += 1;
    const turn = this.#turn;
    this.view?.whenTilesFail(async () => {
      const lons = geometry.coordinates.map(([lon]) => lon);
      const lats = geometry.coordinates.map(([, lat]) => lat);
      const box = /** @type {[number, number, number, number]} */ ([
        Math.min(...lons) - BESIDE_DEG, Math.min(...lats) - BESIDE_DEG, Math.max(...lons) + BESIDE_DEG, Math.max(...lats) + BESIDE_DEG,
      ]);
      const coordinates = await findStreets(box);
      if (turn !== this.#turn) return;
      this.view.setKeptStreets({ type: "MultiLineString", coordinates });
      this.box.dataset.keptStreets = String(coordinates.length);
    });
  }

  hideRoute() {
    this.#turn += 1;
    this.view?.showRoute(null);
    this.view?.setKeptStreets(null);
  }

  /**
   * Open a bubble over a station.
   * @param {{name: string, mark: string}} station
   * @param {{lon: number, lat: number}} point
   * @param {(() => void)|null} onGo what its button does; null: it has none
   */
  showStation({ name, mark }, point, onGo) {
    const node = document.createElement("div");
    node.className = "popup";
    const title = document.createElement("h3");
    title.textContent = name;
    const state = document.createElement("p");
    state.className = `state state-${mark}`;
    state.textContent = this.#words[mark];
    node.append(title, state);
    if (onGo) node.append(this.#button(this.#words.go, onGo));
    this.view.popup(point, node);
  }

  #offerStart(point) {
    this.view.popup(point, this.#button(this.#words.usePoint, () => this.#calls.onStart(point)));
  }

  /** A button of a bubble, which it closes. */
  #button(words, onClick) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "primary";
    button.textContent = words;
    button.addEventListener("click", () => {
      this.view.popup(null);
      onClick();
    });
    return button;
  }
}
