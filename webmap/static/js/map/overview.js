// The picture of the district that the server drew into the page (webmap/map/overview.py): shown until the map is drawn.

const MARKS = ["open", "closing", "unknown", "closed"];
const SVG = "http://www.w3.org/2000/svg";

/**
 * Return the display state of a station: "open", "closing" (soon), "closed" or "unknown".
 * @param {any} properties of a station of GET /api/v1/stations
 * @param {number} soonS seconds before closing from which a station is shown as closing
 */
export function stationMark({ state, on_arrival: onArrival, closes_at: closesAt }, soonS) {
  const known = onArrival ?? state;
  return known === "open" && closesAt && Date.parse(closesAt) - Date.now() <= 1000 * soonS ? "closing" : known;
}

/**
 * Show other stations in the picture.
 * @param {object} geojson the answer of GET /api/v1/stations
 * @param {[number, number, number, number]} bounds west, south, east, north of the district
 * @param {(properties: object) => string} markOf the state of a station, as a mark is called
 */
export function markOverview(geojson, bounds, markOf) {
  const ground = /** @type {SVGSVGElement} */ (document.querySelector("#overview .ground"));
  const { width, height } = ground.viewBox.baseVal;
  const place = layGrid(bounds, [width, height]);
  const stations = geojson.features.map(({ geometry, properties }) => ({ at: place(geometry.coordinates), properties }));
  stations.sort((a, b) => MARKS.indexOf(markOf(a.properties)) - MARKS.indexOf(markOf(b.properties)));
  const shown = apart(stations, ground.dataset).reverse(); // the first lie uppermost
  const marks = shown.map(({ at: [x, y], properties }) => {
    const spot = document.createElementNS(SVG, "svg");
    spot.setAttribute("x", `${(100 * x).toFixed(2)}%`);
    spot.setAttribute("y", `${(100 * y).toFixed(2)}%`);
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", `#mark-${markOf(properties)}`);
    spot.append(use);
    return spot;
  });
  document.getElementById("overview-stations").replaceChildren(...marks);
}

/**
 * Return stations but those that lie in the same cell as an earlier one, as `apart` of webmap/map/overview.py.
 * @param {any[]} stations
 * @param {DOMStringMap} limits
 */
function apart(stations, { few, cells }) {
  if (stations.length <= Number(few)) return stations;
  const first = new Map();
  for (const station of stations) {
    const cell = station.at.map((share) => Math.floor(share * Number(cells))).join();
    if (!first.has(cell)) first.set(cell, station);
  }
  return [...first.values()];
}

/**
 * Return how points become shares of the picture's width and height, as `lay_grid` of geo/db/overview.py lays them.
 * @param {number[]} bounds west, south, east, north in degrees
 * @param {number[]} size width and height of the picture, of any unit
 */
export function layGrid([west, south, east, north], [width, height]) {
  const [left, bottom] = mercator([west, south]);
  const [right, top] = mercator([east, north]);
  const scale = Math.min(width / (right - left), height / (top - bottom));
  return (point) => {
    const [x, y] = mercator(point);
    return [0.5 + ((x - (left + right) / 2) * scale) / width, 0.5 - ((y - (bottom + top) / 2) * scale) / height];
  };
}

/** Web Mercator, radians. */
function mercator([lon, lat]) {
  return [(lon * Math.PI) / 180, Math.asinh(Math.tan((lat * Math.PI) / 180))];
}
