// @ts-check
// A plan before a meeting: the map fills the screen, the arrow keys lead from the whole to each site and back, Escape ends it.

/** @typedef {{head: string, figure: string, lines: string[], site: {lon: number, lat: number}|null}} Slide */

const NEXT = ["ArrowRight", "ArrowDown", "PageDown", " "];
const BACK = ["ArrowLeft", "ArrowUp", "PageUp"];
const NEAR_ZOOM = 15;

export class Projection {
  /** @type {Slide[]} */
  #slides;
  #map;
  #words;
  #at = 0;
  #card = document.createElement("section");
  #onKey = (/** @type {KeyboardEvent} */ event) => this.#press(event);
  #onScreen = () => {
    if (!document.fullscreenElement) this.unload();
  };

  /**
   * @param {Slide[]} slides
   * @param {{view: any, fit: (sites: any[]) => void}} map
   * @param {Record<string, string>} words
   */
  constructor(slides, map, words) {
    this.#slides = slides;
    this.#map = map;
    this.#words = words;
  }

  async load() {
    document.body.classList.add("projecting");
    this.#card.className = "slide";
    this.#card.setAttribute("aria-live", "polite");
    document.querySelector(".map-pane")?.append(this.#card);
    document.addEventListener("keydown", this.#onKey, true);
    this.#show();
    try {
      await document.documentElement.requestFullscreen();
      document.addEventListener("fullscreenchange", this.#onScreen);
    } catch {
      // Where the browser does not allow it, the window is the screen.
    }
  }

  unload() {
    document.body.classList.remove("projecting");
    document.removeEventListener("keydown", this.#onKey, true);
    document.removeEventListener("fullscreenchange", this.#onScreen);
    if (document.fullscreenElement) document.exitFullscreen();
    this.#card.remove();
    this.#map.fit(this.#sites());
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key === "Escape") this.unload();
    else if (NEXT.includes(event.key)) this.#go(1);
    else if (BACK.includes(event.key)) this.#go(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} step */
  #go(step) {
    this.#at = Math.min(Math.max(this.#at + step, 0), this.#slides.length - 1);
    this.#show();
  }

  #sites() {
    return this.#slides.flatMap(({ site }) => (site ? [site] : []));
  }

  #show() {
    const { head, figure, lines, site } = this.#slides[this.#at];
    const title = document.createElement("h2");
    title.textContent = this.#at ? `◆${this.#at} ${head}` : head;
    const keys = this.#words.keys.replace("{at}", String(this.#at + 1)).replace("{all}", String(this.#slides.length));
    /** @type {HTMLElement[]} */
    const parts = figure ? [paragraph(figure, "figure")] : [];
    parts.push(...lines.map((line) => paragraph(line, "")), paragraph(keys, "keys"));
    this.#card.replaceChildren(title, ...parts);
    if (!this.#map.view) return;
    if (site) this.#map.view.fit({ type: "Point", coordinates: [site.lon, site.lat] }, { maxZoom: NEAR_ZOOM });
    else this.#map.fit(this.#sites());
  }
}

/** @param {string} text @param {string} name */
function paragraph(text, name) {
  const made = document.createElement("p");
  made.className = name;
  made.textContent = text;
  return made;
}
