// Drawing hotspots and key areas on the map: clicks become GeoJSON, the form adds the name, the API stores it.

import { boundsOf, createMap } from "../map/map.js";
import { Sketch } from "./sketch.js";

const EMPTY = { type: "FeatureCollection", features: [] };

class DrawPage {
  #page = document.getElementById("drawing");
  #words = this.#page.dataset;
  /** @type {any} */
  #form = document.getElementById("drawn");
  #hint = document.getElementById("hint");
  #addresses = { hotspots: this.#words.hotspots, areas: this.#words.areas };
  #stored = { hotspots: EMPTY, areas: EMPTY };
  /** @type {Sketch|null} */
  #sketch = null; // while something is being drawn
  #view = null; // the map, once it is drawn

  async load() {
    const press = (point) => this.#press(point);
    this.#view = await createMap(document.getElementById("map"), { onTap: press, onStation: (_, point) => press(point) });
    this.#view?.map.on("style.load", () => this.#addLayers());
    for (const button of this.#tools()) button.addEventListener("click", () => this.#begin(button.dataset.tool));
    document.getElementById("discard").addEventListener("click", () => this.#begin(null));
    this.#form.addEventListener("submit", (event) => this.#save(event));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.#begin(null));
    await Promise.all(Object.keys(this.#addresses).map((kind) => this.#read(kind)));
  }

  #tools() {
    return /** @type {HTMLElement[]} */ ([...this.#page.querySelectorAll("[data-tool]")]);
  }

  /** Draw with a tool ("spot", "field" or "area"), in place of what was drawn; null: with none. */
  #begin(tool) {
    this.#sketch = tool && new Sketch(tool);
    this.#form.hidden = true;
    this.#form.reset();
    this.#page.classList.toggle("busy", tool !== null);
    for (const button of this.#tools()) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    this.#say(tool === null ? null : tool === "spot" ? this.#words.pointHint : this.#words.shapeHint);
    this.#draw();
  }

  #press(point) {
    if (!this.#sketch || this.#sketch.geometry) return;
    this.#sketch.add(point, (corner) => this.#view.map.project(corner));
    this.#draw();
    if (this.#sketch.geometry) this.#askName();
  }

  #askName() {
    this.#say(null);
    const { isHotspot } = this.#sketch;
    this.#form.querySelector(".spot-only").hidden = !isHotspot;
    this.#form.elements.weight.disabled = !isHotspot;
    this.#form.hidden = false;
    this.#form.elements.name.focus();
  }

  async #save(event) {
    event.preventDefault();
    const { isHotspot, geometry } = this.#sketch;
    const kind = isHotspot ? "hotspots" : "areas";
    const { name, weight, layer, note } = /** @type {any} */ (Object.fromEntries(new FormData(this.#form)));
    const body = { name, note: note || null, geometry, ...(isHotspot && { weight: Number(weight), layer }) };
    const button = this.#form.querySelector("button[type=submit]");
    button.disabled = true;
    const isStored = await this.#send(this.#addresses[kind], "POST", body);
    button.disabled = false;
    if (isStored) {
      this.#begin(null);
      await this.#read(kind);
    }
  }

  async #remove(kind, feature, button) {
    if (button.dataset.asked === undefined) {
      button.dataset.asked = "";
      button.textContent = this.#words.really;
      return;
    }
    const address = new URL(this.#addresses[kind], location.href);
    address.pathname += `/${feature.id}`;
    address.searchParams.set("version", feature.properties.version);
    if (await this.#send(address, "DELETE")) await this.#read(kind);
  }

  async #read(kind) {
    try {
      const response = await fetch(this.#addresses[kind]);
      if (!response.ok) throw new Error(String(response.status));
      this.#stored[kind] = await response.json();
    } catch {
      return this.#say(this.#words.failed);
    }
    document.getElementById(kind).replaceChildren(...this.#stored[kind].features.map((feature) => this.#item(kind, feature)));
    this.#draw();
  }

  #item(kind, feature) {
    const item = document.createElement("li");
    const name = document.createElement("a");
    name.href = "#map";
    name.textContent = feature.properties.name;
    if (kind === "hotspots") name.textContent += ` · ${this.#words.people.replace("{}", feature.properties.weight)}`;
    name.addEventListener("click", (event) => {
      event.preventDefault();
      this.#view?.fit(boundsOf(feature), { maxZoom: 15 });
    });
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.#words.remove;
    button.addEventListener("click", () => this.#remove(kind, feature, button));
    item.append(name, button);
    return item;
  }

  /** Returns whether it was stored; otherwise says why not, and loses nothing. */
  async #send(address, method, body) {
    try {
      const response = await fetch(address, {
        method,
        headers: {
          "X-CSRFToken": this.#words.csrf,
          Accept: "application/json",
          ...(body && { "Content-Type": "application/json" }),
        },
        body: body && JSON.stringify(body),
      });
      if (response.ok) return true;
      this.#say((await response.json()).detail);
    } catch {
      this.#say(this.#words.failed);
    }
    return false;
  }

  #addLayers() {
    const { map } = this.#view;
    for (const name of ["drawn-areas", "drawn-hotspots", "drawing"]) {
      if (!map.getSource(name)) map.addSource(name, { type: "geojson", data: EMPTY });
    }
    for (const layer of layers()) if (!map.getLayer(layer.id)) map.addLayer(layer);
    this.#draw();
  }

  #draw() {
    if (!this.#view?.map.getSource("drawing")) return;
    const { map } = this.#view;
    map.getSource("drawn-areas").setData(this.#stored.areas);
    map.getSource("drawn-hotspots").setData(this.#stored.hotspots);
    map.getSource("drawing").setData(this.#sketch?.asGeojson() ?? EMPTY);
  }

  #say(text) {
    this.#hint.textContent = text ?? "";
    this.#hint.hidden = !text;
  }
}

/** The layers of what is stored and of what is being drawn, in the colours of the theme. */
function layers() {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const isPoint = ["==", ["geometry-type"], "Point"];
  const dot = (name, radius) => ({
    "circle-color": colour(name), "circle-radius": radius, "circle-stroke-width": 2, "circle-stroke-color": colour("surface"),
  });
  return [
    { id: "areas-fill", type: "fill", source: "drawn-areas", paint: { "fill-color": colour("unknown"), "fill-opacity": 0.15 } },
    { id: "areas-line", type: "line", source: "drawn-areas", paint: { "line-color": colour("unknown"), "line-width": 2 } },
    { id: "spots-fill", type: "fill", source: "drawn-hotspots", paint: { "fill-color": colour("closing"), "fill-opacity": 0.35 } },
    { id: "spots", type: "circle", source: "drawn-hotspots", filter: isPoint, paint: dot("closing", 8) },
    { id: "drawing-line", type: "line", source: "drawing", paint: { "line-color": colour("red"), "line-width": 3 } },
    { id: "drawing-corners", type: "circle", source: "drawing", filter: isPoint, paint: dot("red", 6) },
  ];
}

new DrawPage().load();
