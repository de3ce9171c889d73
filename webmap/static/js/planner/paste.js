// Candidates and those that are pasted: a click on one leads to its page, one elsewhere on the map writes its position behind the
// first line that has none.

import { createMap } from "../map/map.js";
import { addCandidates, CANDIDATES } from "./candidates.js";

const HAS_POSITION = /\d{1,3}\.\d{3,}\s*[,，;；\s/]\s*-?\d{1,3}\.\d{3,}/;

class PastePage {
  /** @type {any} */
  #text = document.getElementById("text");

  /** @type {any} */
  #view = null;

  async load() {
    const pane = document.getElementById("candidate-map");
    this.#view = await createMap(document.getElementById("map"), { onTap: (point) => this.#place(point) });
    this.#view?.map.on("style.load", () => addCandidates(this.#view.map, JSON.parse(pane.dataset.candidates)));
  }

  #place({ lon, lat }) {
    const { map } = this.#view;
    const [known] = map.getLayer(CANDIDATES) ? map.queryRenderedFeatures(map.project([lon, lat]), { layers: [CANDIDATES] }) : [];
    if (known) {
      this.#view.popup({ lon, lat }, about(known.properties, Boolean(this.#text)));
      return;
    }
    if (!this.#text) return;
    const lines = this.#text.value.split("\n");
    const open = lines.findIndex((line) => line.trim() && !HAS_POSITION.test(line));
    const position = `${lon.toFixed(6)}, ${lat.toFixed(6)}`;
    if (open >= 0) lines[open] = `${lines[open].trim()} ${position}`;
    else lines.push(` ${position}`);
    this.#text.value = lines.join("\n").replace(/^\n/, "");
    this.#text.focus();
  }
}

/** What the bubble of a candidate says: its name, which leads planners to its page. */
function about({ code, name }, isPlanner) {
  const link = document.createElement(isPlanner ? "a" : "span");
  const [path, query] = location.href.split("?");
  if (link instanceof HTMLAnchorElement) link.href = `${path}/${encodeURIComponent(code)}${query ? `?${query}` : ""}`;
  link.textContent = name;
  return link;
}

new PastePage().load();
