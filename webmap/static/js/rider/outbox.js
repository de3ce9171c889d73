// Reports from a door that could not be sent: they stay on the phone for as long as they would hold, and are offered again.
// A report says what was found at which station and when; who sends it is said by nothing in it.

const KEY = "fuchun.unsent";

/** For how long a report holds, as WINDOW of webmap/logic/door_reports/rules.py; the server refuses older ones. */
export const HOLDS_MS = 2 * 3600_000;

/** @typedef {{address: string, place: string, found: string, words: string, at: number}} Report `at`: epoch ms */

/** The reports that wait, oldest first. @returns {Report[]} */
export function waiting(now = Date.now()) {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return kept.filter(({ at }) => Math.abs(now - at) < HOLDS_MS);
  } catch {
    return [];
  }
}

/**
 * Keep a report; a newer one of the same place takes the place of the older.
 * @param {Report} report
 * @returns {boolean} false where this window keeps nothing
 */
export function keep(report) {
  return write([...waiting().filter(({ address }) => address !== report.address), report]);
}

/** @param {Report} report */
export function drop({ address, at }) {
  write(waiting().filter((each) => each.address !== address || each.at !== at));
}

/**
 * Send a report.
 * @param {Report} report
 * @returns {Promise<"sent"|"unsent"|string>} unsent: no answer came; else why the server refuses it
 */
export async function send({ address, found, at }) {
  const ago = Math.round((Date.now() - at) / 1000);
  const body = new URLSearchParams(ago > 0 ? { found, ago: String(ago) } : { found });
  try {
    // The page behind the answer need not come for the report to have arrived.
    const response = await fetch(address, { method: "POST", body, redirect: "manual", headers: { Accept: "application/problem+json" } });
    if (response.type === "opaqueredirect" || response.ok) return "sent";
    if (response.status >= 500) return "unsent";
    return (await response.json()).detail;
  } catch {
    return "unsent";
  }
}

function write(reports) {
  try {
    if (reports.length) localStorage.setItem(KEY, JSON.stringify(reports));
    else localStorage.removeItem(KEY);
    return true;
  } catch {
    return false;
  }
}
