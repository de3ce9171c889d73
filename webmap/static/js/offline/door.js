// Rules for door reports: twin of webmap/logic/door_reports/rules.py.

const WATER = "drinking_water";
const ORDER = ["locked", "open", "no_water", "broken", "other"];

/** The kinds that speak of the door itself: of each person the last word counts. */
const isOfDoor = (kind) => kind === "open" || kind === "locked";

/**
 * Return what the reports of one place mean at an instant.
 * @param {[string, string|null, number, number][]} reports kind, service, epoch second, number of the person
 * @param {number} at epoch milliseconds
 * @param {{report_window_s: number, independent_reports: number}} limits how long a report counts, how many people agree
 * @returns {{heard: {kind: string, service: string|null, people: number, latest: number, isHeeded: boolean}[],
 *   isLocked: boolean, lacking: Set<string>}}
 */
export function readDoor(reports, at, { report_window_s: windowS, independent_reports: independent }) {
  const recent = reports
    .map(([kind, service, second, person]) => ({ kind, service, person, at: 1000 * second }))
    .filter((report) => at - 1000 * windowS < report.at && report.at <= at)
    .sort((a, b) => a.at - b.at);
  const lastWord = new Map(recent.filter(({ kind }) => isOfDoor(kind)).map(({ person, kind }) => [person, kind]));
  const nLocked = [...lastWord.values()].filter((kind) => kind === "locked").length;
  const isLocked = nLocked - (lastWord.size - nLocked) >= independent;
  const groups = new Map();
  for (const report of recent) {
    const { kind, service, person } = report;
    if (isOfDoor(kind) && lastWord.get(person) !== kind) continue; // the same person found it otherwise later
    const key = `${kind} ${service ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), report]);
  }
  const lacking = new Set();
  const heard = [...groups.values()].map((group) => {
    const { kind, service, at: latest } = group[group.length - 1];
    const people = new Set(group.map(({ person }) => person)).size;
    const about = kind === "no_water" ? WATER : kind === "broken" ? service : null;
    if (about !== null && people >= independent) lacking.add(about);
    return { kind, service, people, latest, isHeeded: kind === "locked" ? isLocked : lacking.has(about) };
  });
  heard.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || ((a.service ?? "") < (b.service ?? "") ? -1 : 1));
  return { heard, isLocked, lacking };
}

/** Whether somebody who needs these services should rather go elsewhere. */
export function bars({ isLocked, lacking }, services) {
  return isLocked || services.some((service) => lacking.has(service));
}
