// Pasted candidates: a click on the map writes its position behind the first line that has none.

import { createMap } from "../map/map.js";

const HAS_POSITION = /\d{1,3}\.\d{3,}\s*[,，;；\s/]\s*-?\d{1,3}\.\d{3,}/;

class PastePage {
  /** @type {any} */
  #text = document.getElementById("text");

  async load() {
    await createMap(document.getElementById("map"), { onTap: (point) => this.#place(point) });
  }

  #place({ lon, lat }) {
    const lines = this.#text.value.split("\n");
    const open = lines.findIndex((line) => line.trim() && !HAS_POSITION.test(line));
    const position = `${lon.toFixed(6)}, ${lat.toFixed(6)}`;
    if (open >= 0) lines[open] = `${lines[open].trim()} ${position}`;
    else lines.push(` ${position}`);
    this.#text.value = lines.join("\n").replace(/^\n/, "");
    this.#text.focus();
  }
}

new PastePage().load();
