// The planner's page without page loads: whatever is asked becomes the address, the page is asked for it anew, and its
// numbers and legend take the place of the old ones. So every word and number is written in one place, the templates.

import { showEntries } from "./entries.js";
import { createMap } from "../map/map.js";

const form = document.getElementById("question");
const wide = window.matchMedia("(min-width: 960px)");
let numbers = document.getElementById("numbers");
let running = null;

const opened = new Set(); // long tables of which all rows are shown
const SHOWN = { towns: 8, gaps: 10 };

let view = null; // until the map is there, and where it cannot be drawn
let towns = null;

showRows();
drawCurve();
showEntries(numbers);
form.addEventListener("input", (event) => {
  if (event.target.name === "minutes") form.querySelector("output b").textContent = event.target.value;
  ask();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-set]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    for (const [name, value] of new URLSearchParams(link.dataset.set)) form.elements[name].value = value;
    ask();
  }
  const more = event.target.closest("[data-more]");
  if (more) {
    opened.add(more.dataset.more);
    showRows();
  }
  const town = event.target.closest("tr[data-bounds]");
  if (town && view && !event.target.closest(".entry")) {
    event.preventDefault();
    view.fit(town.dataset.bounds.split(",").map(Number));
    if (!wide.matches) document.querySelector(".map-pane").scrollIntoView({ block: "center" });
  }
  // An open explanation or menu closes when something else is touched.
  for (const open of document.querySelectorAll("details.about[open], details.menu[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  view?.popup(null);
  for (const open of document.querySelectorAll("details.about[open], details.menu[open]")) open.open = false;
});
for (const kind of ["mouseover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    if (numbers.contains(event.target)) towns?.highlight(event.target.closest("tr[data-code]")?.dataset.code ?? "");
  });
}
numbers.parentElement.addEventListener("mouseleave", () => towns?.highlight(""));

view = await createMap(document.getElementById("map"), {
  cooperative: !wide.matches,
  onStation: showStation,
  onTap: () => view.popup(null),
});
if (view) {
  followStations(view.map);
  towns = townHighlight(view.map);
  // Where the map is narrow its legend would lie over the district.
  const legend = document.getElementById("legend");
  if (view.map.getContainer().offsetWidth < 700) {
    const padding = { top: 56, left: 16, right: 16, bottom: legend.offsetHeight + 48 };
    view.map.once("load", () => view.fit(undefined, { padding }));
  }
  running ??= new AbortController();
  await drawLayers(running.signal).catch((error) => {
    if (error.name !== "AbortError") throw error;
  });
}

/** Ask the page for what the form says now; a newer question replaces one that is still running. */
async function ask() {
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  const query = new URLSearchParams(/** @type {any} */ (new FormData(form)));
  if (query.get("when") !== "week") ["weekday", "hour"].forEach((name) => query.delete(name));
  const address = `${form.getAttribute("action").split("?")[0]}?${query}`;
  history.replaceState(null, "", address);
  numbers.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address, { signal, headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(String(response.status));
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    takeOver(page);
    await drawLayers(signal);
  } catch (error) {
    // What cannot be answered in place is answered by the page itself, which says why.
    if (error.name !== "AbortError") location.assign(address);
  }
}

function takeOver(page) {
  const fresh = page.getElementById("numbers");
  if (!fresh) throw new Error("no numbers");
  const focused = document.activeElement?.closest?.("a[data-set]")?.dataset.set;
  const opened = numbers.querySelector("details.about[open]");
  const openAt = opened && [...numbers.querySelectorAll("details.about")].indexOf(opened);
  numbers.replaceWith(fresh);
  numbers = fresh;
  showRows();
  drawCurve();
  showEntries(numbers);
  document.getElementById("legend").replaceWith(page.getElementById("legend"));
  form.querySelector(".services summary").textContent = page.querySelector(".services summary").textContent;
  for (const link of document.querySelectorAll(".site-tools a[hreflang]")) {
    link.href = page.querySelector(`.site-tools a[hreflang="${link.hreflang}"]`)?.href ?? link.href;
  }
  if (openAt !== null && openAt >= 0) numbers.querySelectorAll("details.about")[openAt].open = true;
  if (focused) document.querySelector(`a[data-set="${focused}"]`)?.focus({ preventScroll: true });
}

/** Long tables begin short; what was opened stays open. */
function showRows() {
  for (const [name, shown] of Object.entries(SHOWN)) {
    const button = numbers.querySelector(`[data-more="${name}"]`);
    if (!button) continue;
    const rows = [...numbers.querySelectorAll(`#${name} > tbody > tr:not(.gap-details)`)];
    const isOpen = opened.has(name);
    // The row that the address names is shown wherever it stands.
    rows.forEach((row, index) => (row.hidden = !isOpen && index >= shown && !row.classList.contains("asked")));
    button.hidden = isOpen;
  }
}

/** The curve of coverage by minutes; its library is fetched once, after the numbers stand. */
async function drawCurve() {
  const box = numbers.querySelector("#curve");
  if (!box) return;
  const { drawCurve: draw } = await import("./curve.js");
  if (box.isConnected) draw(box);
}

/** Bring the map to what the numbers say: squares or towns, and the stations that are counted. */
async function drawLayers(signal) {
  if (!view) return;
  const { gaps, stations, view: picture, breaks, services } = numbers.dataset;
  const isAnyTime = "anyTime" in numbers.dataset;
  const wanted = services ? services.split(" ") : [];
  const [squares, places] = await Promise.all([
    picture === "gaps" ? getJson(gaps, signal) : null,
    getJson(stations, signal),
  ]);
  view.setGaps(squares, JSON.parse(breaks));
  view.setRegionColours(picture === "towns" ? townColours() : null);
  const counted = places.features.filter((f) => wanted.every((code) => f.properties.services.includes(code)));
  view.setStations({ ...places, features: isAnyTime ? counted.map(regardlessOfHours) : counted });
  numbers.setAttribute("data-drawn", "");
}

async function getJson(address, signal) {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

function townColours() {
  const tokens = getComputedStyle(document.documentElement);
  const rows = numbers.querySelectorAll("tr[data-code][data-class]");
  return Object.fromEntries([...rows].map((r) => [r.dataset.code, tokens.getPropertyValue(`--gap-${r.dataset.class}`).trim()]));
}

// Where hours are not regarded a marker must not tell of them.
function regardlessOfHours(station) {
  return { ...station, properties: { ...station.properties, state: "any", closes_at: null } };
}

function showStation(properties, point) {
  const box = document.createElement("div");
  const name = document.createElement("h3");
  name.textContent = properties.name;
  box.append(name);
  // MapLibre hands lists over as text.
  const services = typeof properties.services === "string" ? JSON.parse(properties.services) : properties.services;
  const words = services.map((code) => form.querySelector(`input[name="service"][value="${code}"]`)?.parentElement.textContent.trim());
  const line = document.createElement("p");
  line.textContent = words.filter(Boolean).join(" · ");
  box.append(line);
  view.popup(point, box);
}

/** A station under the hand, on the map or in a table, shows the streets from which it is reached in time. */
function followStations(map) {
  const kept = new Map(); // address → promise of the answer
  let current = "";
  const show = async (code) => {
    if (code === current) return;
    current = code;
    if (!code) return view.setReach(null);
    const address = `${numbers.dataset.reach}&station=${encodeURIComponent(code)}`;
    if (!kept.has(address)) kept.set(address, getJson(address).catch(() => kept.delete(address) && null));
    const reach = await kept.get(address);
    if (code === current) view.setReach(reach);
  };
  map.on("mousemove", "stations", ({ features }) => show(features[0].properties.code));
  map.on("mouseleave", "stations", () => show(""));
  for (const kind of ["mouseover", "focusin"]) {
    document.addEventListener(kind, ({ target }) => {
      if (numbers.contains(target)) show(target.closest("tr[data-station]")?.dataset.station ?? "");
    });
  }
}

/** Let a row of the table and its town on the map answer each other. */
function townHighlight(map) {
  let current = "";
  map.on("style.load", () => {
    if (!map.hasImage("station-any")) map.addImage("station-any", plainMarker(), { pixelRatio: 2 });
    if (!map.getLayer("region-fill")) return;
    // Towns are coloured below the water and the streets, which stay in sight.
    if (map.getLayer("water")) map.moveLayer("region-fill", "water");
    map.setPaintProperty("region-fill", "fill-opacity", 0.75);
    const colour = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
    const { source, sourceLayer } = map.getLayer("region-fill");
    const town = { source, "source-layer": sourceLayer, filter: ["==", ["get", "code"], current] };
    map.addLayer({ id: "town", type: "line", ...town, paint: { "line-color": colour, "line-width": 3 } }, "region-names");
  });
  const set = (code, isFromMap) => {
    if (code === current) return;
    current = code;
    if (map.getLayer("town")) map.setFilter("town", ["==", ["get", "code"], code]);
    for (const row of numbers.querySelectorAll("tr.current")) row.classList.remove("current");
    const row = code && numbers.querySelector(`tr[data-code="${CSS.escape(code)}"]`);
    if (!row) return;
    row.classList.add("current");
    if (isFromMap && wide.matches) row.scrollIntoView({ block: "nearest" });
  };
  map.on("mousemove", ({ point }) => {
    if (!map.getLayer("region-fill")) return;
    set(map.queryRenderedFeatures(point, { layers: ["region-fill"] })[0]?.properties.code ?? "", true);
  });
  map.on("mouseout", () => set("", true));
  return { highlight: (code) => set(code, false) };
}

/** Draw a station of which nothing is said but that it is there. */
function plainMarker() {
  const tokens = getComputedStyle(document.documentElement);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 56;
  const pen = canvas.getContext("2d");
  const rings = /** @type {[number, string][]} */ ([[26, "--surface"], [24, "--red"], [10, "--surface"]]);
  for (const [radius, colour] of rings) {
    pen.fillStyle = tokens.getPropertyValue(colour).trim();
    pen.beginPath();
    pen.arc(28, 28, radius, 0, 2 * Math.PI);
    pen.fill();
  }
  return pen.getImageData(0, 0, 56, 56);
}
