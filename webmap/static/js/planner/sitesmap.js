// The map of /plan/sites: people who are missed now or by the plan, stations, candidates, and the sites as marks that a hand drags.

import { createMap } from "../map/map.js";
import { addCandidates, CANDIDATES } from "./candidates.js";

/** Kinds of what is done with a place that is there: it does not move. */
const OF_A_PLACE = ["function", "hours", "equipment", "both"];

export class SitesMap {
  /** The map that is drawn; null where none can be drawn. @type {any} */
  view = null;
  #page;
  #words;
  #on;
  /** @type {any[]} */
  #marks = [];

  /**
   * @param {HTMLElement} page
   * @param {Record<string, string>} words
   * @param {{drag: any, drop: any, remove: any, pin: any, add: any, station: any}} on what a hand does
   */
  constructor(page, words, on) {
    this.#page = page;
    this.#words = words;
    this.#on = on;
  }

  /** @param {HTMLElement} box */
  async load(box) {
    this.view = await createMap(box, {
      onTap: (point) => this.#offer(point, ""),
      onStation: (properties, point) => this.#on.station(properties, point),
    });
    if (!this.view) return;
    this.view.map.on("style.load", () => addCandidates(this.view.map, JSON.parse(this.#page.dataset.candidates)));
    this.view.map.on("click", CANDIDATES, ({ features }) => {
      const [lon, lat] = features[0].geometry.coordinates;
      this.#offer({ lon, lat }, features[0].properties.name, features[0].properties.code);
    });
  }

  /** Show whom nobody reaches, in the classes of the page. */
  showMissed(geojson) {
    this.view?.setGaps(geojson, JSON.parse(this.#page.dataset.breaks));
  }

  /** Draw the sites as marks. */
  drawSites(sites) {
    for (const mark of this.#marks) mark.remove();
    this.#marks = [];
    if (!this.view) return;
    this.#marks = sites.map((site, index) => {
      const mark = this.view.addMark(siteMark(index, site, this.#words), site, { isDraggable: !OF_A_PLACE.includes(site.kind) });
      mark.on("drag", () => this.#on.drag(index, pointOf(mark)));
      mark.on("dragend", () => this.#on.drop(index, pointOf(mark)));
      mark.getElement().addEventListener("click", (event) => {
        event.stopPropagation();
        this.#about(index, site, pointOf(mark));
      });
      return mark;
    });
  }

  /** Leave out the marks of sites that lie on the side of the present. @param {number} lon */
  hideSitesWestOf(lon) {
    for (const mark of this.#marks) mark.getElement().hidden = mark.getLngLat().lng < lon;
  }

  /** Look at the sites. */
  fit(sites) {
    if (!this.view || !sites.length) return;
    const coordinates = sites.map(({ lon, lat }) => [lon, lat]);
    // The legend stands right or, where there is little room, above; the numbers of sites stand at the foot.
    const hasRoom = matchMedia("(min-width: 1280px)").matches;
    const padding = { top: hasRoom ? 72 : 120, left: 72, right: hasRoom ? 200 : 72, bottom: 184 };
    this.view.fit({ type: "MultiPoint", coordinates }, { padding, maxZoom: 14 });
  }

  #about(index, site, point) {
    const box = document.createElement("div");
    const name = document.createElement("h3");
    name.textContent = `◆${index + 1} ${site.name}`;
    box.append(
      name,
      button(site.isPinned ? this.#words.pinned : this.#words.pin, () => this.#on.pin(index)),
      button(this.#words.remove, () => this.#on.remove(index)),
    );
    this.view.popup(point, box);
  }

  #offer(point, name, code = "") {
    const box = document.createElement("div");
    const title = document.createElement("p");
    title.textContent = name;
    box.append(title, button(this.#words.here, () => this.#on.add(point, name, code)));
    this.view.popup(point, box);
  }
}

/** A button in a bubble. */
export function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button small";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

function siteMark(index, site, words) {
  const mark = document.createElement("button");
  mark.type = "button";
  mark.className = site.isPinned ? "site-mark pinned" : "site-mark";
  mark.textContent = String(index + 1);
  mark.setAttribute("aria-label", `◆${index + 1} ${site.name}. ${words.drag}`);
  return mark;
}

function pointOf(mark) {
  const { lng: lon, lat } = mark.getLngLat();
  return { lon: Number(lon.toFixed(6)), lat: Number(lat.toFixed(6)) };
}
