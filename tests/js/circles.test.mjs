// Circles that pages draw lie below the names of places, and the names keep off them.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const scripts = new URL("../../webmap/static/js/", import.meta.url);
const { addCircles } = await import(new URL("map/circles.js", scripts).href);

/** A map that keeps the order of its layers. */
function mapOf(...names) {
  const order = [...names];
  return {
    order,
    getLayer: (id) => order.includes(id),
    addLayer: ({ id }, before) => order.splice(before === undefined ? order.length : order.indexOf(before), 0, id),
  };
}

test("a circle lies below the names of landmarks, stations and towns, and what they keep off lies on top", () => {
  const map = mapOf("streets", "landmarks", "station-names", "region-names", "stations");
  addCircles(map, { id: "candidates" });
  const names = ["landmarks", "station-names", "region-names"];
  assert.deepEqual(map.order, ["streets", "candidates", ...names, "stations", "candidates-room"]);
});

test("over somebody else's tiles a circle lies on top", () => {
  const map = mapOf("basemap-0", "stations");
  addCircles(map, { id: "candidates" });
  assert.deepEqual(map.order, ["basemap-0", "stations", "candidates"]);
});

test("no page draws a circle over the names", () => {
  const paths = readdirSync(scripts, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".js"));
  const over = paths.filter((path) => /map\.addLayer\(\s*\{[^}]*type: "circle"/.test(readFileSync(new URL(path, scripts), "utf8")));
  assert.deepEqual(over, []);
});
