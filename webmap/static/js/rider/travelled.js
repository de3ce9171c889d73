// How far a station is from a private start, handed from the first page to the station's own within one tab: words and
// metres of one station, and no position.

const KEY = "fuchun.travel";
const OLD_MS = 15 * 60_000;

/**
 * Leave how far a station is.
 * @param {string} code
 * @param {{travel: string, distance: string, mode: string}} words
 */
export function leaveTravel(code, words) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ code, ...words, at: Date.now() }));
  } catch {
    // A window that keeps nothing: the page says nothing of the distance.
  }
}

/**
 * Return what was left of a station, null where there is nothing, or it is old.
 * @param {string} code
 * @returns {{travel: string, distance: string, mode: string}|null}
 */
export function leftTravel(code) {
  try {
    const left = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return left?.code === code && Math.abs(Date.now() - left.at) < OLD_MS ? left : null;
  } catch {
    return null;
  }
}
