// @ts-check
// Looking at something on a map over whose lower left corner the legend lies: beside or above it, wherever it is seen larger.

import { boundsOf } from "../map/map.js";

const GAP_PX = 16;
const FREE = { top: 56, left: 48, right: 64, bottom: 40 }; // the word for sample data, the scale and the buttons

/**
 * Return the two ways to leave what the legend covers free; one where it lies beside the map.
 * @param {{left: number, right: number, top: number, bottom: number}} map in the window
 * @param {{left: number, right: number, top: number, bottom: number}} legend
 */
export function roomsBeside(map, legend) {
  const isOver = legend.left < map.right && legend.right > map.left && legend.top < map.bottom && legend.bottom > map.top;
  if (!isOver) return [FREE];
  return [
    { ...FREE, left: legend.right - map.left + GAP_PX },
    { ...FREE, bottom: map.bottom - legend.top + GAP_PX },
  ];
}

/**
 * Look at GeoJSON or [west, south, east, north].
 * @param {any} view the map
 * @param {Element} legend
 * @param {any} target
 */
export function fitBeside(view, legend, target) {
  const { map } = view;
  map.resize(); // the box may just have changed
  const bounds = Array.isArray(target) ? target : boundsOf(target);
  const rooms = roomsBeside(map.getContainer().getBoundingClientRect(), legend.getBoundingClientRect());
  const zooms = rooms.map((padding) => map.cameraForBounds(bounds, { padding })?.zoom ?? -Infinity);
  view.fit(bounds, { padding: rooms[zooms.indexOf(Math.max(...zooms))] });
}
