// A tour's page: one day at a time beside its map, and printing. Without this script all days are below each other.

import { createMap } from "../map/map.js";
import { whenWanted } from "../map/wanted.js";

class TourPage {
  /** @type {HTMLElement} */
  #tour = document.querySelector(".tour");
  #days = /** @type {HTMLElement[]} */ ([...this.#tour.querySelectorAll("article.day")]);
  #tabs = /** @type {HTMLAnchorElement[]} */ ([...this.#tour.querySelectorAll(".days a")]);
  /** @type {any} */
  #view = null; // until the map is there, and where it cannot be drawn
  #features = null; // the GeoJSON of the tour
  #walks = null; // between coach and stop, of the day that is shown

  async load() {
    this.#tour.classList.toggle("tabbed", this.#tabs.length > 0);
    /** @type {HTMLButtonElement} */
    const print = this.#tour.querySelector("button.print");
    print.hidden = false;
    print.addEventListener("click", () => window.print());
    /** @type {HTMLButtonElement} */
    const share = this.#tour.querySelector("button.share");
    share.hidden = false;
    share.addEventListener("click", () => this.#share(share));
    for (const tab of this.#tabs) {
      tab.addEventListener("click", (event) => {
        event.preventDefault();
        history.replaceState(null, "", tab.hash);
        this.#show(tab.dataset.day);
      });
    }
    window.addEventListener("hashchange", () => this.#show(this.#dayOfAddress()));
    for (const stop of this.#tour.querySelectorAll(".stop")) {
      stop.addEventListener("mouseenter", () => this.#pointAt(stop));
      stop.addEventListener("mouseleave", () => this.#view?.popup(null));
    }
    this.#show(this.#dayOfAddress());
    const box = document.getElementById("map");
    await whenWanted(box);
    [this.#view, this.#features] = await Promise.all([
      createMap(box, { cooperative: !window.matchMedia("(min-width: 960px)").matches }),
      fetch(this.#tour.dataset.tour).then((response) => (response.ok ? response.json() : null)),
    ]);
    this.#view?.map.on("style.load", () => this.#walks && this.#drawWalks());
    this.#show(this.#dayOfAddress());
  }

  /** Hand the page's address to the phone's own menu; where there is none it is copied, or shown to be copied. */
  async #share(button) {
    const address = new URL(location.href);
    address.hash = "";
    if (navigator.share) {
      // Somebody who closes the menu again has changed their mind: nothing failed.
      return navigator.share({ title: button.dataset.title, url: address.href }).catch(() => {});
    }
    /** @type {HTMLElement} */
    const said = this.#tour.querySelector(".shared-link");
    said.hidden = false;
    try {
      await navigator.clipboard.writeText(address.href);
      said.textContent = button.dataset.copied;
    } catch {
      said.textContent = address.href;
    }
  }

  #dayOfAddress() {
    const day = location.hash.startsWith("#day-") && location.hash.slice("#day-".length);
    return this.#days.some((article) => article.dataset.day === day) ? day : this.#days[0]?.dataset.day;
  }

  #show(day) {
    for (const article of this.#days) article.hidden = article.dataset.day !== day;
    for (const tab of this.#tabs) {
      if (tab.dataset.day === day) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    }
    // The browser scrolls to the day that an address names, past the name of the tour.
    if (this.#tabs.length) this.#tour.querySelector(".panel").scrollTop = 0;
    if (!this.#view || !this.#features) return;
    const ofDay = this.#features.features.filter(({ properties }) => String(properties.day) === day);
    const role = (name) => ({ type: "FeatureCollection", features: ofDay.filter(({ properties }) => properties.role === name) });
    this.#view.showRoute(role("leg"));
    this.#view.setStops(merged(role("stop")));
    this.#walks = role("walk");
    this.#drawWalks();
    this.#view.fit({ type: "FeatureCollection", features: ofDay });
  }

  // The steps between coach and stop are drawn as what they are: straight, on foot, not a route by the streets.
  #drawWalks() {
    const { map } = this.#view;
    if (map.getSource("walks")) return map.getSource("walks").setData(this.#walks);
    if (!map.getLayer("stops")) return;
    const colour = getComputedStyle(document.documentElement).getPropertyValue("--grey").trim();
    map.addSource("walks", { type: "geojson", data: this.#walks });
    const paint = { "line-color": colour, "line-width": 2, "line-dasharray": [1, 2] };
    map.addLayer({ id: "walks", type: "line", source: "walks", paint }, "stops");
  }

  #pointAt(stop) {
    const { day } = stop.closest("article").dataset;
    const found = this.#features?.features.find(
      ({ properties: p }) => p.role === "stop" && String(p.day) === day && String(p.stop) === stop.dataset.stop,
    );
    if (!found || !this.#view) return;
    const name = document.createElement("b");
    name.textContent = found.properties.name;
    this.#view.popup({ lon: found.geometry.coordinates[0], lat: found.geometry.coordinates[1] }, name);
  }
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

new TourPage().load();
