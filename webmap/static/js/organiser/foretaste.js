// What presses that have not been sent make of the day's times, so that a leader without a connection can go on. The server
// works the day out as soon as it has them (geo/tours/running_day.py): it knows hours, waiting and ways past a skipped stop.

/** @typedef {{key: string, mark: string, arrive: number|null, depart: number|null}} Row minutes after midnight */
/** @typedef {{kind: string, minute: number, stop?: string, minutes?: number}} Waiting a press that waits; minute: of its moment */
/** @typedef {{rows: Row[], next: number, event: "arrive"|"depart"|null}} Day `next`: index of the stop that comes next */

/**
 * The day with presses that wait.
 * @param {Day} day
 * @param {Waiting[]} presses in order
 * @returns {Day} a new one
 */
export function withWaiting(day, presses) {
  const made = { rows: day.rows.map((row) => ({ ...row })), next: day.next, event: day.event };
  for (const press of presses) take(made, press);
  return made;
}

function take(day, press) {
  const { rows } = day;
  if (press.kind === "arrived" || press.kind === "departed") {
    const at = rows.findIndex(({ key }) => key === press.stop);
    if (at < 0) return;
    const event = press.kind === "arrived" ? "arrive" : "depart";
    const expected = rows[at][event];
    rows[at][event] = press.minute;
    // Who is early waits where people were told a time; who is late is late everywhere.
    const late = expected === null ? 0 : press.minute - expected;
    if (event === "arrive") {
      if (late > 0) shift(rows, at, "depart", late);
      advance(day, at, "depart");
    } else {
      if (late > 0) shift(rows, at + 1, "arrive", late);
      advance(day, at + 1, "arrive");
    }
  } else if (press.kind === "delay" && day.event) {
    shift(rows, day.next, day.event, press.minutes);
  } else if (press.kind === "set_time" && day.event) {
    const expected = rows[day.next][day.event];
    if (expected !== null) shift(rows, day.next, day.event, press.minutes - expected);
  } else if (press.kind === "skip") {
    const at = rows.findIndex(({ key }) => key === press.stop);
    if (at < 0) return;
    rows[at].mark = "skipped";
    if (at === day.next) advance(day, at + 1, "arrive");
  }
}

/** Move what comes next past skipped stops; nobody leaves the end of the day. */
function advance(day, next, event) {
  while (day.rows[next]?.mark === "skipped") [next, event] = [next + 1, "arrive"];
  const isOver = next >= day.rows.length || (next === day.rows.length - 1 && event === "depart");
  for (const row of day.rows.slice(0, next)) if (row.mark !== "skipped") row.mark = "done";
  [day.next, day.event] = isOver ? [-1, null] : [next, event];
  if (!isOver) day.rows[next].mark = event === "depart" ? "now" : "next";
}

function shift(rows, from, event, minutes) {
  rows.slice(from).forEach((row, index) => {
    if (row.arrive !== null && (index > 0 || event === "arrive")) row.arrive += minutes;
    if (row.depart !== null) row.depart += minutes;
  });
}

/** A time of day of minutes after midnight. */
export function clock(minutes) {
  if (minutes === null) return "—";
  const ofDay = ((minutes % 1440) + 1440) % 1440;
  return `${String(Math.floor(ofDay / 60)).padStart(2, "0")}:${String(ofDay % 60).padStart(2, "0")}`;
}
