// The pure modules of the browser's side, run by `node --test` (make lint and make test).
import assert from "node:assert/strict";
import { test } from "node:test";

import { layGrid } from "../../webmap/static/js/map/overview.js";
import { hoursAt } from "../../webmap/static/js/offline/hours.js";
import { pressed } from "../../webmap/static/js/rider/choices.js";
import { placeOnLine } from "../../webmap/static/js/rider/follow.js";

const MINUTE = 60_000;

test("a place is open within its intervals, closed between them, and unknown after the days that are told", () => {
  const document = { from: 0, days: 2, limits: { closing_horizon_days: 14, opening_horizon_days: 8 } };
  const hours = { open: [480, 720, 1920, 2160], unknown: [720, 780] };
  assert.deepEqual(hoursAt(document, hours, 500 * MINUTE), { state: "open", closes: 720 * MINUTE, opens: null });
  assert.equal(hoursAt(document, hours, 720 * MINUTE).state, "unknown");
  assert.deepEqual(hoursAt(document, hours, 800 * MINUTE), { state: "closed", closes: null, opens: 1920 * MINUTE });
  assert.equal(hoursAt(document, hours, 2 * 1440 * MINUTE).state, "unknown");
  assert.equal(hoursAt(document, hours, -MINUTE).state, "unknown");
});

test("half-way along a line half of it is left, and off it is how far the line is", () => {
  const line = [[120, 30], [120.01, 30], [120.02, 30]];
  const { left, off } = placeOnLine(line, { lon: 120.01, lat: 30.001 });
  assert.ok(Math.abs(left - 0.5) < 1e-6);
  assert.ok(Math.abs(off - 111.2) < 0.5);
});

test("the corners of the district lie inside the overview, north above south", () => {
  const place = layGrid([119, 29, 121, 31], [1000, 750]);
  const [south, north] = [place([119, 29]), place([121, 31])];
  assert.ok(south[0] < north[0] && south[1] > north[1]);
});

test("a click on a choice changes that choice and keeps what was pressed before it", () => {
  const base = { mode: "walk", kind: "rest_station", services: [], always: false };
  const wanted = pressed({ ...base, services: ["toilet"] }, base, { ...base, services: ["drinking_water"] });
  assert.deepEqual([...wanted.services].sort(), ["drinking_water", "toilet"]);
});
