// Layers that a page adds below the names of places: a circle never covers the name of a town.

/** The names of landmarks, stations and towns, in the order of the style (`name_layers` of webmap/map/layers.py). */
const NAMES = ["landmarks", "station-names", "region-names"];

/**
 * Add a layer below the names; on top where the ground is somebody else's tiles, which have no names of ours.
 * @param {any} map MapLibre's map
 * @param {any} layer
 */
export function addBelowNames(map, layer) {
  map.addLayer(layer, NAMES.find((name) => map.getLayer(name)));
}
