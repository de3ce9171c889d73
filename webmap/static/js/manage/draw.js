// Hotspots and key areas, drawn on the map: what is pressed becomes GeoJSON, the form names it, the interface stores it.

import { createMap, boundsOf } from "../map/map.js";

const page = document.getElementById("drawing");
const form = document.getElementById("drawn");
const hint = document.getElementById("hint");
const words = page.dataset;
const CLOSE_PX = 14; // a press so near to the first corner closes the area
const EMPTY = { type: "FeatureCollection", features: [] };
const LISTS = { hotspots: words.hotspots, areas: words.areas };

let tool = null; // "spot", "field" or "area" while something is being drawn
let corners = [];
let geometry = null;
const stored = { hotspots: EMPTY, areas: EMPTY };

const view = await createMap(document.getElementById("map"), { onTap: press, onStation: (_, point) => press(point) });
view?.map.on("style.load", addLayers);
for (const button of page.querySelectorAll("[data-tool]")) button.addEventListener("click", () => begin(button.dataset.tool));
document.getElementById("discard").addEventListener("click", () => begin(null));
form.addEventListener("submit", save);
document.addEventListener("keydown", (event) => event.key === "Escape" && begin(null));
await Promise.all(Object.keys(LISTS).map(load));

/** Take up a tool; null puts everything down. */
function begin(next) {
  tool = next;
  corners = [];
  geometry = null;
  form.hidden = true;
  form.reset();
  page.classList.toggle("busy", tool !== null);
  for (const button of page.querySelectorAll("[data-tool]")) {
    button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
  }
  say(tool === null ? null : tool === "spot" ? words.pointHint : words.shapeHint);
  show();
}

function press(point) {
  if (!tool || geometry) return;
  const corner = [round(point.lon), round(point.lat)];
  if (tool === "spot") {
    geometry = { type: "Point", coordinates: corner };
  } else if (corners.length > 2 && isNear(corner, corners[0])) {
    geometry = { type: "Polygon", coordinates: [[...corners, corners[0]]] };
  } else {
    corners.push(corner);
  }
  show();
  if (geometry) ask();
}

/** What is drawn gets its name. */
function ask() {
  say(null);
  const isSpot = tool !== "area";
  form.querySelector(".spot-only").hidden = !isSpot;
  form.elements.weight.disabled = !isSpot;
  form.hidden = false;
  form.elements.name.focus();
}

async function save(event) {
  event.preventDefault();
  const kind = tool === "area" ? "areas" : "hotspots";
  const { name, weight, layer, note } = Object.fromEntries(new FormData(form));
  const body = { name, note: note || null, geometry };
  if (kind === "hotspots") Object.assign(body, { weight: Number(weight), layer });
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  const isStored = await send(LISTS[kind], "POST", body);
  button.disabled = false;
  if (isStored) {
    begin(null);
    await load(kind);
  }
}

async function remove(kind, feature, button) {
  if (button.dataset.asked === undefined) {
    button.dataset.asked = "";
    button.textContent = words.really;
    return;
  }
  const address = new URL(LISTS[kind], location.href);
  address.pathname += `/${feature.id}`;
  address.searchParams.set("version", feature.properties.version);
  if (await send(address, "DELETE")) await load(kind);
}

async function load(kind) {
  try {
    const response = await fetch(LISTS[kind]);
    if (!response.ok) throw new Error(String(response.status));
    stored[kind] = await response.json();
  } catch {
    return say(words.failed);
  }
  const items = stored[kind].features.map((feature) => {
    const item = document.createElement("li");
    const name = document.createElement("a");
    name.href = "#map";
    name.textContent = feature.properties.name;
    if (kind === "hotspots") name.textContent += ` · ${words.people.replace("{}", feature.properties.weight)}`;
    name.addEventListener("click", (event) => {
      event.preventDefault();
      view?.fit(boundsOf(feature), { maxZoom: 15 });
    });
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.remove;
    button.addEventListener("click", () => remove(kind, feature, button));
    item.append(name, button);
    return item;
  });
  document.getElementById(kind).replaceChildren(...items);
  show();
}

/** Returns whether it was stored; otherwise says why not, and loses nothing. */
async function send(address, method, body) {
  try {
    const response = await fetch(address, {
      method,
      headers: { "X-CSRFToken": words.csrf, Accept: "application/json", ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
    });
    if (response.ok) return true;
    say((await response.json()).detail);
  } catch {
    say(words.failed);
  }
  return false;
}

/* ---- The picture ---- */

function addLayers() {
  const { map } = view;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  for (const name of ["drawn-areas", "drawn-hotspots", "drawing"]) {
    if (!map.getSource(name)) map.addSource(name, { type: "geojson", data: EMPTY });
  }
  const isPoint = ["==", ["geometry-type"], "Point"];
  const layers = [
    { id: "areas-fill", type: "fill", source: "drawn-areas", paint: { "fill-color": colour("unknown"), "fill-opacity": 0.15 } },
    { id: "areas-line", type: "line", source: "drawn-areas", paint: { "line-color": colour("unknown"), "line-width": 2 } },
    { id: "spots-fill", type: "fill", source: "drawn-hotspots", paint: { "fill-color": colour("closing"), "fill-opacity": 0.35 } },
    { id: "spots", type: "circle", source: "drawn-hotspots", filter: isPoint, paint: { "circle-color": colour("closing"), "circle-radius": 8, "circle-stroke-width": 2, "circle-stroke-color": colour("surface") } },
    { id: "drawing-line", type: "line", source: "drawing", paint: { "line-color": colour("red"), "line-width": 3 } },
    { id: "drawing-corners", type: "circle", source: "drawing", filter: isPoint, paint: { "circle-color": colour("red"), "circle-radius": 6, "circle-stroke-width": 2, "circle-stroke-color": colour("surface") } },
  ];
  for (const layer of layers) if (!map.getLayer(layer.id)) map.addLayer(layer);
  show();
}

function show() {
  if (!view?.map.getSource("drawing")) return;
  const { map } = view;
  map.getSource("drawn-areas").setData(stored.areas);
  map.getSource("drawn-hotspots").setData(stored.hotspots);
  const shapes = corners.map((coordinates) => ({ type: "Point", coordinates }));
  if (geometry) shapes.push(geometry);
  else if (corners.length > 1) shapes.push({ type: "LineString", coordinates: corners });
  map.getSource("drawing").setData({
    type: "FeatureCollection",
    features: shapes.map((shape) => ({ type: "Feature", properties: {}, geometry: shape })),
  });
}

function isNear(a, b) {
  const [p, q] = [view.map.project(a), view.map.project(b)];
  return Math.hypot(p.x - q.x, p.y - q.y) <= CLOSE_PX;
}

function say(text) {
  hint.textContent = text ?? "";
  hint.hidden = !text;
}

/** Six decimals are a tenth of a metre. */
function round(degrees) {
  return Math.round(degrees * 1e6) / 1e6;
}
