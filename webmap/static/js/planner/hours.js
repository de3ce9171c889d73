// The map of /plan/sites/hours: stations that stay open longer and new sites, numbered as in the two lists.

import { createMap } from "../map/map.js";

class HoursPage {
  #page = document.getElementById("site-hours");

  async load() {
    const view = await createMap(document.getElementById("map"), {});
    if (!view) return;
    const marks = JSON.parse(this.#page.dataset.marks);
    for (const mark of marks) view.addMark(markOf(mark), mark);
    if (marks.length) {
      const coordinates = marks.map(({ lon, lat }) => [lon, lat]);
      view.fit({ type: "MultiPoint", coordinates }, { maxZoom: 14 });
    }
  }
}

function markOf({ name, kind, number }) {
  const made = document.createElement("span");
  made.className = `hours-mark ${kind}`;
  made.textContent = String(number);
  made.title = name;
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", `${number} ${name}`);
  return made;
}

new HoursPage().load();
