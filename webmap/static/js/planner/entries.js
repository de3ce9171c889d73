// The ledger beside the gaps of /plan: staff who have logged in see the state of each gap that is followed up, and come
// to its entry. The page itself is the same for everybody and knows nothing of the ledger.

import { forgetStaff, mayBeStaff } from "../web/staff.js";

const MARKS = { todo: "○", talking: "◔", approved: "◑", building: "◕", open: "●", declined: "✕" };

/** Show the states in the table of gaps below `root`; does nothing for the public. */
export async function showEntries(root) {
  const table = root.querySelector("#gaps[data-entries]");
  if (!table || !mayBeStaff()) return;
  const response = await fetch(table.dataset.entries, { headers: { Accept: "application/json" } }).catch(() => null);
  if (response?.status === 401 || response?.status === 403) forgetStaff();
  if (!response?.ok) return;
  const states = JSON.parse(table.dataset.states);
  for (const entry of (await response.json()).entries) {
    const bounds = boundsOf(entry.outline.coordinates);
    for (const row of table.querySelectorAll("tr[data-gap]")) {
      // By where they are: the same gap is another cluster by another question.
      if (isWithin(row.dataset.bounds.split(",").map(Number), bounds)) mark(row.querySelector("th"), entry, table, states);
    }
  }
}

/** @returns {number[]} west, south, east, north of a MultiPolygon */
function boundsOf(polygons) {
  const points = polygons.flat(2);
  const [x, y] = [0, 1].map((axis) => points.map((point) => point[axis]));
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
}

/** Whether the middle of some bounds lies within others. @param {number[]} inner @param {number[]} outer */
function isWithin(inner, outer) {
  const [west, south, east, north] = inner;
  const [left, bottom, right, top] = outer;
  const [x, y] = [(west + east) / 2, (south + north) / 2];
  return left <= x && x <= right && bottom <= y && y <= top;
}

function mark(name, entry, table, states) {
  const link = document.createElement("a");
  link.href = table.dataset.entry.replace(/\/0(?=$|\?)/, `/${entry.id}`);
  link.className = `entry entry-${entry.state}`;
  const sign = document.createElement("span");
  sign.ariaHidden = "true";
  sign.textContent = MARKS[entry.state];
  link.append(sign, ` ${states[entry.state]}`);
  link.title = entry.name;
  name.append(link);
}
