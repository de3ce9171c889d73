// The ledger beside the gaps of /plan: staff who have logged in see the state of each gap that is followed up, and come
// to its entry. The page itself is the same for everybody and knows nothing of the ledger.

import { forgetStaff, mayBeStaff } from "../web/staff.js";

const MARKS = { todo: "○", talking: "◐", open: "●", declined: "✕" };

/** Show the states in the table of gaps below `root`; does nothing for the public. */
export async function showEntries(root) {
  const table = root.querySelector("#gaps[data-entries]");
  if (!table || !mayBeStaff()) return;
  const response = await fetch(table.dataset.entries, { headers: { Accept: "application/json" } }).catch(() => null);
  if (response?.status === 401 || response?.status === 403) forgetStaff();
  if (!response?.ok) return;
  const states = JSON.parse(table.dataset.states);
  for (const entry of (await response.json()).entries) {
    const name = entry.gap && table.querySelector(`tr[data-gap="${CSS.escape(entry.gap)}"] > th`);
    if (!name) continue;
    const link = document.createElement("a");
    link.href = table.dataset.entry.replace(/\/0(?=$|\?)/, `/${entry.id}`);
    link.className = `entry entry-${entry.state}`;
    const mark = document.createElement("span");
    mark.ariaHidden = "true";
    mark.textContent = MARKS[entry.state];
    link.append(mark, ` ${states[entry.state]}`);
    link.title = entry.name;
    name.append(link);
  }
}
