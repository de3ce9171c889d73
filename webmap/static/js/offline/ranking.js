// The order of places, as webmap/logic/nearest.py has it: by time, those of unknown hours as if farther; last what is closed
// on arrival, or was just reported to be locked or without what is needed.

/**
 * Return the places in their order.
 * @param {{place: {code: string}, cost: number, state: string, isClosed: boolean}[]} reached `cost`: deciseconds
 * @param {number|undefined} unknownS seconds that unknown hours count; a document kept from before has none
 */
export function inOrder(reached, unknownS) {
  const rank = (each) => each.cost + (each.state === "unknown" && !each.isClosed ? 10 * (unknownS ?? 0) : 0);
  return [...reached].sort(
    (a, b) => Number(a.isClosed) - Number(b.isClosed) || rank(a) - rank(b) || (a.place.code < b.place.code ? -1 : 1),
  );
}

/** Return the first `count`; the soonest that is surely open is among them, in place of the last if need be. */
export function firstOf(ordered, count) {
  const first = ordered.slice(0, count);
  // Among the open ones the order is by cost.
  const open = ordered.find((each) => each.state === "open" && !each.isClosed);
  if (open && first.length > 0 && !first.includes(open)) first[first.length - 1] = open;
  return first;
}
