// The page of first data: files are sent as soon as they are dropped, checks appear when they are done, and the rows in
// question lie on the map beside them.

import "./jobs.js";
import { boundsOf, createMap } from "../map/map.js";

/** The box that files are dropped on: sent at once, unless they are too large together. */
class DropBox {
  /** @type {any} */
  #form = document.querySelector("form.drop");

  load() {
    if (!this.#form) return;
    const box = this.#form.querySelector(".drop-box");
    const input = this.#form.querySelector("input[type=file]");
    for (const kind of ["dragenter", "dragover"]) box.addEventListener(kind, (event) => this.#hover(event, box, true));
    for (const kind of ["dragleave", "drop"]) box.addEventListener(kind, (event) => this.#hover(event, box, false));
    box.addEventListener("drop", (event) => {
      input.files = event.dataTransfer.files;
      this.#send(input);
    });
    input.addEventListener("change", () => this.#send(input));
  }

  #hover(event, box, isOver) {
    event.preventDefault();
    box.classList.toggle("is-over", isOver);
  }

  #send(input) {
    const limit = Number(this.#form.dataset.maxMb);
    const files = [...input.files];
    const size = files.reduce((sum, file) => sum + file.size, 0) / 2 ** 20;
    const words = { file: files.map((file) => file.name).join(", "), size: size.toFixed(1), limit };
    const fault = size > limit ? this.#form.dataset.tooLarge.replace(/\{(\w+)\}/g, (_, name) => words[name]) : "";
    input.setCustomValidity(fault);
    if (!input.reportValidity() || !files.length) return;
    this.#form.querySelector("[role=status]").textContent = this.#form.dataset.sending;
    this.#form.requestSubmit();
  }
}

/** The map of the rows in question; a row's name moves it. */
class RowMap {
  #box = document.getElementById("check-map");
  #view = null;

  async load() {
    if (!this.#box) return;
    const points = JSON.parse(this.#box.dataset.points);
    this.#view = await createMap(document.getElementById("map"));
    this.#view?.map.on("style.load", () => this.#draw(points));
    document.addEventListener("click", (event) => this.#follow(event));
  }

  #draw(points) {
    const { map } = this.#view;
    const features = points.map(([row, name, lon, lat]) => ({
      type: "Feature", properties: { row: String(row), name }, geometry: { type: "Point", coordinates: [lon, lat] },
    }));
    const data = { type: "FeatureCollection", features };
    if (!map.getSource("asked")) map.addSource("asked", { type: "geojson", data });
    if (!map.getLayer("asked")) map.addLayer(layer());
    const bounds = boundsOf(data);
    if (bounds) this.#view.fit(bounds, { maxZoom: 13 });
  }

  #follow(event) {
    const link = event.target.closest?.("a[data-lon]");
    if (!link || !this.#view) return;
    event.preventDefault();
    const [lon, lat] = [Number(link.dataset.lon), Number(link.dataset.lat)];
    this.#view.fit([lon, lat, lon, lat], { maxZoom: 16 });
  }
}

function layer() {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  return {
    id: "asked", type: "circle", source: "asked",
    paint: { "circle-radius": 8, "circle-color": colour("closing"), "circle-stroke-width": 2, "circle-stroke-color": colour("surface") },
  };
}

for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-copy]"))) {
  button.addEventListener("click", () => navigator.clipboard?.writeText(button.dataset.copy));
}
// What has come of a check, and which step is done now, is on the page as the server shows it.
document.addEventListener("job-end", () => location.reload());
new DropBox().load();
new RowMap().load();
