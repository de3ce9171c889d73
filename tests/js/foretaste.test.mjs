// What waiting presses make of a day before the server has them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { clock, withWaiting } from "../../webmap/static/js/organiser/foretaste.js";

const row = (key, arrive, depart, mark = "ahead") => ({ key, mark, arrive, depart });
const day = { rows: [row("1", 540, 540, "now"), row("2", 560, 740), row("3", 770, 830), row("4", 960, 960)], next: 0, event: "depart" };
const times = ({ rows }) => rows.map(({ arrive }) => arrive);

test("a delay before leaving makes all later, and the day it was made of stays as it was", () => {
  const made = withWaiting(day, [{ kind: "delay", minute: 530, minutes: 20 }]);
  assert.deepEqual(times(made), [540, 580, 790, 980]);
  assert.equal(made.rows[0].depart, 560);
  assert.deepEqual(times(day), [540, 560, 770, 960]);
});

test("without a connection a leader goes from stop to stop to the end of the day", () => {
  const presses = [["departed", "1", 545], ["arrived", "2", 570], ["departed", "2", 745], ["arrived", "3", 770]].map(
    ([kind, stop, minute]) => ({ kind, stop, minute }),
  );
  const made = withWaiting(day, presses);
  assert.deepEqual([made.next, made.event], [2, "depart"]);
  assert.deepEqual(made.rows.map(({ mark }) => mark), ["done", "done", "now", "ahead"]);
  const over = withWaiting(made, [{ kind: "departed", stop: "3", minute: 840 }, { kind: "arrived", stop: "4", minute: 965 }]);
  assert.deepEqual([over.next, over.event], [-1, null]);
});

test("who is early waits, who is late is late everywhere, and a skipped stop is passed", () => {
  const left = { kind: "departed", stop: "1", minute: 540 };
  assert.deepEqual(times(withWaiting(day, [left, { kind: "arrived", stop: "2", minute: 550 }])), [540, 550, 770, 960]);
  assert.deepEqual(times(withWaiting(day, [left, { kind: "arrived", stop: "2", minute: 590 }])), [540, 590, 800, 990]);
  const past = withWaiting(day, [left, { kind: "skip", stop: "2", minute: 541 }]);
  assert.equal(past.next, 2);
  assert.equal(withWaiting(day, [left, { kind: "set_time", minute: 541, minutes: 600 }]).rows[1].arrive, 600);
});

test("a time after midnight is a time of the next day", () => {
  assert.equal(clock(1450), "00:10");
  assert.equal(clock(null), "—");
});
