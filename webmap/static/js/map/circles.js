// Circles that a page adds to a map: below the names of places, which move aside for them.

/** The names of landmarks, stations and towns, in the order of the style (`name_layers` of webmap/map/layers.py). */
const NAMES = ["landmarks", "station-names", "region-names"];

/**
 * Add a layer of circles below the names; on top where the ground is somebody else's tiles, which have no names of ours.
 *
 * Names do not see circles, only other symbols: a letter that nobody sees stands on each, and is placed first.
 * @param {any} map MapLibre's map
 * @param {any} layer of type circle
 */
export function addCircles(map, layer) {
  const above = NAMES.find((name) => map.getLayer(name));
  map.addLayer(layer, above);
  if (above === undefined) return;
  const layout = { "text-field": "o", "text-font": ["Bold"], "text-size": 14, "text-allow-overlap": true };
  map.addLayer({ id: `${layer.id}-room`, type: "symbol", source: layer.source, layout, paint: { "text-opacity": 0 } });
}
