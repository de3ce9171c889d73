// Whether a place is open, from the intervals that the server expanded (webmap/offline/places.py): no rules are read here.

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * Return the state of a function of a place at an instant.
 * @param {{from: number, days: number, limits: {closing_horizon_days: number, opening_horizon_days: number}}} document epoch
 *   minute that intervals count from, days that they are told for, how far ahead a closing and an opening are told
 * @param {{open: number[], unknown: number[]}} hours begin and end of each interval in turn, minutes
 * @param {number} at epoch milliseconds
 * @returns {{state: "open"|"closed"|"unknown", closes: number|null, opens: number|null}} epoch milliseconds; `closes`
 *   null where it is not open or stays open, `opens` null where it is not closed or that is not known for a week
 */
export function hoursAt(document, hours, at) {
  const start = document.from * MINUTE;
  const none = /** @type {const} */ ({ state: "unknown", closes: null, opens: null });
  if (at < start || at >= start + document.days * DAY) return none;
  const minute = (at - start) / MINUTE;
  const now = intervalAt(hours.open, minute);
  if (now !== null) {
    const closes = start + hours.open[now + 1] * MINUTE;
    return { state: "open", closes: closes < at + document.limits.closing_horizon_days * DAY ? closes : null, opens: null };
  }
  if (intervalAt(hours.unknown, minute) !== null) return none;
  return { state: "closed", closes: null, opens: nextOpening(hours.open, minute, document) };
}

/** As `webmap.words.times.opening_words`; null: none within the horizon. */
function nextOpening(open, minute, { from, limits }) {
  const last = minute + limits.opening_horizon_days * (DAY / MINUTE);
  for (let i = 0; i < open.length; i += 2) {
    if (open[i] > minute) return open[i] < last ? (from + open[i]) * MINUTE : null;
  }
  return null;
}

/** Index of the interval that holds a minute: its begin included, its end not. */
function intervalAt(pairs, minute) {
  for (let i = 0; i < pairs.length; i += 2) {
    if (pairs[i] <= minute && minute < pairs[i + 1]) return i;
  }
  return null;
}
