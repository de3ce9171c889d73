// The sketch of a drawing: a point, or the corners of an area until a click near the first corner closes it.

const CLOSE_PX = 14; // a click so near to the first corner closes the area

export class Sketch {
  /** The finished geometry; null while corners are missing. @type {object|null} */
  geometry = null;
  #tool;
  #corners = [];

  /** @param {"spot"|"field"|"area"} tool */
  constructor(tool) {
    this.#tool = tool;
  }

  /** Whether it becomes a hotspot, and not a key area. */
  get isHotspot() {
    return this.#tool !== "area";
  }

  /**
   * Add a click.
   * @param {{lon: number, lat: number}} point
   * @param {(corner: number[]) => {x: number, y: number}} project degrees to pixels of the map
   */
  add({ lon, lat }, project) {
    const corner = [round(lon), round(lat)];
    if (this.#tool === "spot") {
      this.geometry = { type: "Point", coordinates: corner };
    } else if (this.#corners.length > 2 && isNear(project(corner), project(this.#corners[0]))) {
      this.geometry = { type: "Polygon", coordinates: [[...this.#corners, this.#corners[0]]] };
    } else {
      this.#corners.push(corner);
    }
  }

  /** Return the corners, and the line between them or the finished geometry. */
  asGeojson() {
    /** @type {object[]} */
    const shapes = this.#corners.map((coordinates) => ({ type: "Point", coordinates }));
    if (this.geometry) shapes.push(this.geometry);
    else if (this.#corners.length > 1) shapes.push({ type: "LineString", coordinates: this.#corners });
    return { type: "FeatureCollection", features: shapes.map((geometry) => ({ type: "Feature", properties: {}, geometry })) };
  }
}

function isNear(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y) <= CLOSE_PX;
}

/** Six decimals are a tenth of a metre. */
function round(degrees) {
  return Math.round(degrees * 1e6) / 1e6;
}
