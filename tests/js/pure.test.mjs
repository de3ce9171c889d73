// The pure modules of the browser's side, run by `node --test` (make lint and make test).
import assert from "node:assert/strict";
import { test } from "node:test";

import { layGrid } from "../../webmap/static/js/map/overview.js";
import { hoursAt } from "../../webmap/static/js/offline/hours.js";
import { Hand, Latest } from "../../webmap/static/js/planner/hand.js";
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

const PLAN = [
  { option: { name: "A", lon: 120, lat: 30, code: "a", kind: "candidate" } },
  { option: { name: "B", lon: 120.1, lat: 30, code: "b", kind: "candidate", fixed: true } },
];

test("a site that a hand has moved is no candidate any more and is kept; each step can be undone", () => {
  const hand = new Hand();
  hand.start(PLAN);
  assert.deepEqual(hand.decided(), { fixed: ["b"], pinned: [], closed: [] });
  hand.move(0, { lon: 120.05, lat: 30 }, "put by hand");
  hand.close("S1");
  assert.deepEqual(hand.decided(), {
    fixed: ["b"],
    pinned: [{ name: "put by hand", lon: 120.05, lat: 30, code: "", kind: "pinned" }],
    closed: ["S1"],
  });
  hand.undo();
  assert.deepEqual(hand.changes().closed, []);
  hand.undo();
  assert.equal(hand.isChanged, false);
  assert.deepEqual(hand.changes().sites[0], { name: "A", lon: 120, lat: 30, code: "a", kind: "candidate" });
});

test("while a site is in the hand it stands where the hand is, and is let go of where it was", () => {
  const hand = new Hand();
  hand.start(PLAN);
  assert.equal(hand.changes({ index: 1, lon: 121, lat: 31 }).sites[1].lon, 121);
  assert.equal(hand.changes().sites[1].lon, 120.1);
  assert.equal(hand.isChanged, false);
});

test("a station is closed or kept open, not both, and the second time neither", () => {
  const hand = new Hand();
  hand.extend("S1");
  hand.close("S1");
  assert.deepEqual([hand.now.closed, hand.now.extended], [["S1"], []]);
  hand.close("S1");
  assert.deepEqual(hand.now.closed, []);
});

test("of the questions that come while one is answered only the newest is asked", async () => {
  const asked = [];
  const latest = new Latest(async (question) => {
    asked.push(question);
    await new Promise((resolve) => setTimeout(resolve, 1));
  });
  await Promise.all([1, 2, 3, 4].map((question) => latest.put(question)));
  assert.deepEqual(asked, [1, 4]);
});
