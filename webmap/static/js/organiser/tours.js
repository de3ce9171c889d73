// A tour's page: one day at a time beside its map, and printing. Without this script all days stand below each other.

import { createMap } from "../map/map.js";

const tour = document.querySelector(".tour");
const days = [...tour.querySelectorAll("article.day")];
const tabs = [...tour.querySelectorAll(".days a")];
const wide = window.matchMedia("(min-width: 960px)");
const print = tour.querySelector("button.print");

tour.classList.toggle("tabbed", tabs.length > 0);
print.hidden = false;
print.addEventListener("click", () => window.print());

let view = null; // until the map is there, and where it cannot be drawn
let features = null;
let walks = null;

for (const tab of tabs) {
  tab.addEventListener("click", (event) => {
    event.preventDefault();
    history.replaceState(null, "", tab.hash);
    show(tab.dataset.day);
  });
}
window.addEventListener("hashchange", () => show(asked()));
for (const stop of tour.querySelectorAll(".stop")) {
  stop.addEventListener("mouseenter", () => pointAt(stop));
  stop.addEventListener("mouseleave", () => view?.popup(null));
}
show(asked());

[view, features] = await Promise.all([
  createMap(document.getElementById("map"), { cooperative: !wide.matches }),
  fetch(tour.dataset.tour).then((response) => (response.ok ? response.json() : null)),
]);
view?.map.on("style.load", () => walks && drawWalks());
show(asked());

function asked() {
  const day = location.hash.startsWith("#day-") && location.hash.slice("#day-".length);
  return days.some((article) => article.dataset.day === day) ? day : days[0]?.dataset.day;
}

function show(day) {
  for (const article of days) article.hidden = article.dataset.day !== day;
  for (const tab of tabs) {
    if (tab.dataset.day === day) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
  // The browser scrolls to the day that an address names, past the name of the tour.
  if (tabs.length) tour.querySelector(".panel").scrollTop = 0;
  if (!view || !features) return;
  const ofDay = features.features.filter(({ properties }) => String(properties.day) === day);
  const role = (name) => ({ type: "FeatureCollection", features: ofDay.filter(({ properties }) => properties.role === name) });
  view.showRoute(role("leg"));
  view.setStops(merged(role("stop")));
  walks = role("walk");
  drawWalks();
  view.fit({ type: "FeatureCollection", features: ofDay });
}

// A place that is stopped at twice carries both numbers.
function merged({ features: stops }) {
  const byPlace = new Map();
  for (const { geometry, properties } of stops) {
    const place = geometry.coordinates.join();
    const known = byPlace.get(place);
    if (known) known.properties.number += `,${properties.stop}`;
    else byPlace.set(place, { type: "Feature", geometry, properties: { ...properties, number: String(properties.stop) } });
  }
  return { type: "FeatureCollection", features: [...byPlace.values()] };
}

// The steps between coach and stop are drawn as what they are: straight, on foot, not a way by the streets.
function drawWalks() {
  const { map } = view;
  if (map.getSource("walks")) return map.getSource("walks").setData(walks);
  if (!map.getLayer("stops")) return;
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--grey").trim();
  map.addSource("walks", { type: "geojson", data: walks });
  const paint = { "line-color": colour, "line-width": 2, "line-dasharray": [1, 2] };
  map.addLayer({ id: "walks", type: "line", source: "walks", paint }, "stops");
}

function pointAt(stop) {
  const { day } = stop.closest("article").dataset;
  const found = features?.features.find(
    ({ properties: p }) => p.role === "stop" && String(p.day) === day && String(p.stop) === stop.dataset.stop,
  );
  if (!found || !view) return;
  const name = document.createElement("b");
  name.textContent = found.properties.name;
  view.popup({ lon: found.geometry.coordinates[0], lat: found.geometry.coordinates[1] }, name);
}
