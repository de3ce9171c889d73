// What a map is drawn from: the library, its styles, the style of the box, the first tiles; fetched when the map is wanted,
// or ahead of that.

const VENDOR = new URL("../../vendor/maplibre/", import.meta.url);
const PX_OF_TILE = 512;
const AHEAD = { credentials: "omit", priority: "low" };

/** Pixels around the district in its box, as in the overview (css/map/map.css). */
export const AROUND_PX = 16;

/** The address of a file of the library. */
const vendor = (name) => new URL(name, VENDOR).href;

const WORKER = vendor("maplibre-gl-worker.mjs");
const DRAWING = new URL("map.js", import.meta.url).href;
const LIBRARY = [vendor("maplibre-gl.css"), vendor("maplibre-gl.mjs"), WORKER];

/** Whether the system is dark; it may change. */
export const theme = () => window.matchMedia("(prefers-color-scheme: dark)");

/** The files of the map of one box: what was fetched of them is used again. */
export class MapFiles {
  #box;
  #ahead = null; // the style that was fetched, with its address
  #styles = null; // the promise of the library's own styles

  /** @param {HTMLElement} box */
  constructor(box) {
    this.#box = box;
  }

  /** The address of the style of the map in the present theme. */
  get styleAddress() {
    const name = theme().matches ? "dark" : "light";
    const { style } = this.#box.dataset;
    // A folder of files has one for each theme; the server is asked for it.
    const address = new URL(style.replace("{theme}", name), location.href);
    if (!style.includes("{theme}")) address.searchParams.set("theme", name);
    return address.href;
  }

  /** The style of the map in the present theme. */
  async style() {
    const address = this.styleAddress;
    return this.#ahead?.address === address ? this.#ahead.style : (await get(address)).json();
  }

  /** The code that draws; a list does without. Asked for plainly first, as the library is. */
  async drawing() {
    await fetchBody(DRAWING);
    return import("./map.js");
  }

  /** The library, ready to draw. What did not come may be asked for again. */
  async library() {
    // Asked for plainly first: browsers remember for the life of a page that an import failed, and of a worker nobody hears it.
    await Promise.all(LIBRARY.map((file) => fetchBody(file)));
    const [maplibre] = await Promise.all([import(vendor("maplibre-gl.mjs")), (this.#styles ??= this.#addStyles())]);
    maplibre.setWorkerUrl(WORKER);
    return maplibre;
  }

  /** Put the library's own styles under ours. */
  #addStyles() {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = vendor("maplibre-gl.css");
    const loaded = new Promise((resolve, reject) => {
      link.onload = resolve;
      link.onerror = () => {
        link.remove();
        this.#styles = null;
        reject(new Error("no styles"));
      };
    });
    document.querySelector('link[href$="/css/map/map.css"], style').before(link); // the first page's styles stand in it
    return loaded;
  }

  /**
   * Fetch what the map needs at first, and draw nothing: when it is wanted it comes quickly, and without a connection.
   * `data-fetched` on the box says that all of it is there.
   */
  async fetchAhead() {
    if (navigator.connection?.saveData) return;
    try {
      const address = this.styleAddress;
      await this.drawing();
      this.#ahead = { address, style: await (await get(address, AHEAD)).json() };
      for (const file of [...LIBRARY, ...firstTiles(this.#box, this.#ahead)]) await fetchBody(file, AHEAD);
      this.#box.setAttribute("data-fetched", "");
    } catch (error) {
      console.info("map:", error.message); // it is asked for again when the map is wanted
    }
  }
}

/** Say in the box in one line why there is no map. */
export function sayThatItFailed(box, words) {
  const line = document.createElement("p");
  line.className = "map-note";
  line.textContent = words;
  box.replaceChildren(line);
  box.setAttribute("data-failed", "");
}

async function get(address, options) {
  const response = await fetch(address, options);
  if (!response.ok) throw new Error(`${response.status} ${address}`);
  return response;
}

async function fetchBody(address, options) {
  return (await get(address, options)).arrayBuffer();
}

/** The addresses of the tiles of a map that is as wide as the district, in a box as high as the window. */
function firstTiles(box, { address, style }) {
  const { tiles, bounds: there, maxzoom } = style.sources.district;
  const [west, south, east, north] = edges(box.dataset.bounds.split(",").map(Number));
  const pxOfWorld = (box.clientWidth - 2 * AROUND_PX) / (east - west);
  const z = Math.min(maxzoom, Math.max(0, Math.floor(Math.log2(pxOfWorld / PX_OF_TILE))));
  const aside = AROUND_PX / pxOfWorld;
  const above = Math.max(window.innerHeight / pxOfWorld - (south - north), 0) / 2;
  const shown = [west - aside, south + above, east + aside, north - above];
  const [left, bottom, right, top] = edges(there).map((edge, side) => {
    const nearer = side === 0 || side === 3 ? Math.max : Math.min;
    return Math.floor(nearer(edge, shown[side]) * 2 ** z);
  });
  const found = [];
  for (let x = left; x <= right; x += 1) {
    for (let y = top; y <= bottom; y += 1) {
      found.push(new URL(tiles[0].replace("{z}", z).replace("{x}", x).replace("{y}", y), address).href);
    }
  }
  return found;
}

/** Bounds in degrees as shares of the world's square, which begins in the north-west. */
function edges([west, south, east, north]) {
  return [columnOf(west), rowOf(south), columnOf(east), rowOf(north)];
}

function columnOf(lon) {
  return (lon + 180) / 360;
}

function rowOf(lat) {
  return 0.5 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI);
}
