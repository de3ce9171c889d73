// What a hand changes on the page of sites, and the present beside the plan.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Hand } from "../../webmap/static/js/planner/hand.js";
import { besideEachOther } from "../../webmap/static/js/planner/swipe.js";

const site = (code, kind, isFixed = false) => ({ option: { name: code, lon: 1, lat: 2, code, kind, fixed: isFixed } });
const square = (west) => ({ geometry: { coordinates: [[[west, 0]]] } });

test("a site keeps its code and kind until it is moved", () => {
  const hand = new Hand();
  hand.start([site("c1", "candidate"), site("gap-1", "area")]);
  assert.equal(hand.isChanged, false);
  assert.deepEqual(hand.changes().sites[1], { name: "gap-1", lon: 1, lat: 2, code: "gap-1", kind: "area" });
  hand.move(0, { lon: 3, lat: 4 }, "by hand");
  assert.deepEqual(hand.changes().sites[0], { name: "by hand", lon: 3, lat: 4, code: "", kind: "pinned" });
  hand.undo();
  assert.equal(hand.changes().sites[0].code, "c1");
});

test("stations of a saved plan are closed before the hand has done a step", () => {
  const hand = new Hand();
  hand.start([site("c1", "candidate", true)]);
  hand.take({ closed: ["S1"] });
  assert.equal(hand.isChanged, false);
  assert.deepEqual([hand.now.closed, hand.now.extended], [["S1"], []]);
});

test("the engine keeps candidates by their codes and search areas by their places", () => {
  const hand = new Hand();
  hand.start([site("c1", "candidate", true), site("gap-1", "area", true), site("c2", "candidate")]);
  const { fixed, pinned } = hand.decided();
  assert.deepEqual(fixed, ["c1"]);
  assert.deepEqual(pinned.map(({ code, kind }) => [code, kind]), [["gap-1", "area"]]);
});

test("left of the line are the squares of now, right of it those of the plan", () => {
  const now = { features: [square(1), square(3)] };
  const plan = { features: [square(1.5), square(3.5)] };
  const westOf = (lon) => besideEachOther(now, plan, lon).features.map((each) => each.geometry.coordinates[0][0][0]);
  assert.deepEqual(westOf(2), [1, 3.5]);
  assert.deepEqual(westOf(-Infinity), [1.5, 3.5]);
  assert.deepEqual(westOf(Infinity), [1, 3]);
  assert.deepEqual(besideEachOther(null, null, 2).features, []);
});
