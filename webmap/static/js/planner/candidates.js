// Candidate sites on a map; those whose hosts refuse are pale.

import { addCircles } from "../map/circles.js";

export const CANDIDATES = "candidates";

/**
 * Draw candidates, once.
 * @param {any} map
 * @param {{code: string, name: string, lon: number, lat: number, willingness: string}[]} rows
 */
export function addCandidates(map, rows) {
  if (map.getSource(CANDIDATES)) return;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const features = rows.map(({ code, name, lon, lat, willingness }) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [lon, lat] },
    properties: { code, name, willingness },
  }));
  map.addSource(CANDIDATES, { type: "geojson", data: { type: "FeatureCollection", features } });
  addCircles(map, {
    id: CANDIDATES,
    type: "circle",
    source: CANDIDATES,
    paint: {
      "circle-radius": 5,
      "circle-color": colour("surface"),
      "circle-stroke-width": 2,
      "circle-stroke-color": colour("grey"),
      "circle-opacity": ["case", ["==", ["get", "willingness"], "refused"], 0.3, 0.9],
      "circle-stroke-opacity": ["case", ["==", ["get", "willingness"], "refused"], 0.3, 0.9],
    },
  });
}
