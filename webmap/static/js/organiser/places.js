// Places of tours: all of them on the map, the position of the one in the form set by a click or by dragging its mark, and
// only those fields shown that its kind has. Without this script the form takes typed degrees.

import { addCircles } from "../map/circles.js";
import { boundsOf, createMap } from "../map/map.js";

class PlacesPage {
  /** @type {HTMLElement} */
  #page = document.querySelector(".tour-places");
  #lon = /** @type {HTMLInputElement} */ (document.getElementById("f-lon"));
  #lat = /** @type {HTMLInputElement} */ (document.getElementById("f-lat"));
  #kind = /** @type {HTMLSelectElement} */ (document.getElementById("f-kind"));
  /** @type {any} */
  #view = null; // until the map is there, and where it cannot be drawn
  /** @type {any} */
  #mark = null; // of the place in the form
  #places = { type: "FeatureCollection", features: [] };

  async load() {
    this.#kind.addEventListener("change", () => this.#showFields());
    this.#showFields();
    for (const input of [this.#lon, this.#lat]) input.addEventListener("change", () => this.#placeMark());
    const box = document.getElementById("map");
    [this.#view, this.#places] = await Promise.all([
      createMap(box, { onTap: (point) => this.#take(point) }),
      fetch(this.#page.dataset.features).then((response) => (response.ok ? response.json() : this.#places)),
    ]);
    if (!this.#view) return;
    this.#view.map.on("style.load", () => this.#drawPlaces());
    this.#drawPlaces();
    this.#placeMark();
    const here = this.#point();
    if (here) this.#view.fit([here.lon, here.lat, here.lon, here.lat], { maxZoom: 14 });
    else if (boundsOf(this.#places)) this.#view.fit(this.#places);
  }

  /** Fields that only some kinds have are hidden for the others; what was entered in them stays. */
  #showFields() {
    for (const field of /** @type {NodeListOf<HTMLElement>} */ (this.#page.querySelectorAll("[data-for]"))) {
      const box = field.matches("fieldset") ? field : field.closest("p");
      /** @type {HTMLElement} */ (box).hidden = !field.dataset.for.split(" ").includes(this.#kind.value);
    }
  }

  #point() {
    const lon = Number.parseFloat(this.#lon.value);
    const lat = Number.parseFloat(this.#lat.value);
    return Number.isFinite(lon) && Number.isFinite(lat) ? { lon, lat } : null;
  }

  #take({ lon, lat }) {
    this.#lon.value = lon.toFixed(6);
    this.#lat.value = lat.toFixed(6);
    this.#placeMark();
  }

  #placeMark() {
    const point = this.#point();
    if (!this.#view || !point) return;
    if (this.#mark) return this.#mark.setLngLat([point.lon, point.lat]);
    const element = document.createElement("div");
    element.className = "place-mark";
    this.#mark = this.#view.addMark(element, point, { isDraggable: true });
    this.#mark.on("dragend", () => {
      const { lng, lat } = this.#mark.getLngLat();
      this.#take({ lon: lng, lat });
    });
  }

  #drawPlaces() {
    const { map } = this.#view;
    if (!map.getLayer("stops") || map.getSource("tour-places")) return; // the style is yet to come, or they are drawn
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    map.addSource("tour-places", { type: "geojson", data: this.#places });
    addCircles(map, {
      id: "tour-places", type: "circle", source: "tour-places",
      paint: { "circle-radius": 6, "circle-color": colour("surface"), "circle-stroke-width": 3, "circle-stroke-color": colour("ink") },
    });
    map.on("mouseenter", "tour-places", ({ features: [found] }) => {
      const name = document.createElement("a");
      name.href = this.#address(found.properties.code);
      name.textContent = found.properties.name;
      this.#view.popup({ lon: found.geometry.coordinates[0], lat: found.geometry.coordinates[1] }, name);
    });
  }

  #address(code) {
    const address = new URL(this.#page.dataset.address, location.href);
    address.pathname += `/${encodeURIComponent(code)}`;
    return address.href;
  }
}

new PlacesPage().load();
