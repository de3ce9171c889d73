// The coverage page without page loads: the question becomes the address, the page is fetched with it, and its numbers and
// legend replace those that are shown. So every word and number is written in one place, the templates.

import { Numbers } from "./numbers.js";
import { isWide, PlanMap } from "./planmap.js";

const CLOSES_ELSEWHERE = "details.about[open], details.menu[open]"; // explanations and menus

class PlanPage {
  /** @type {any} */
  #form = document.getElementById("question");
  #opened = new Set(); // long tables that were opened
  #map = new PlanMap(this.#form, () => this.#numbers.box);
  #numbers = new Numbers(this.#opened, this.#map);
  #running = null; // aborts the question that is being answered

  async load() {
    this.#numbers.load(document.getElementById("numbers"));
    this.#listen();
    await this.#map.load(document.getElementById("map"));
    if (!this.#map.view) return;
    this.#running ??= new AbortController();
    try {
      await this.#map.draw(this.#running.signal);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }

  #listen() {
    this.#form.addEventListener("input", ({ target }) => {
      if (target.name === "minutes") this.#form.querySelector("output b").textContent = target.value;
      this.#ask();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask();
    });
    document.addEventListener("click", (event) => this.#onClick(event));
    document.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return;
      this.#map.view?.popup(null);
      for (const open of document.querySelectorAll(CLOSES_ELSEWHERE)) open.open = false;
    });
    for (const kind of ["mouseover", "focusin"]) {
      document.addEventListener(kind, ({ target }) => {
        if (!this.#numbers.box.contains(target)) return;
        this.#map.highlight(target.closest("tr[data-code]")?.dataset.code ?? "");
        this.#map.showArea(target.closest("tr[data-station]")?.dataset.station ?? "");
      });
    }
    this.#numbers.box.parentElement.addEventListener("mouseleave", () => this.#map.highlight(""));
  }

  #onClick(event) {
    const link = event.target.closest("a[data-set]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      for (const [name, value] of new URLSearchParams(link.dataset.set)) this.#form.elements[name].value = value;
      this.#ask();
    }
    const all = event.target.closest("a[data-all-gaps]");
    if (all && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      this.#numbers.openGaps(all);
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) this.#copy(copy);
    const more = event.target.closest("[data-more]");
    if (more) this.#numbers.open(more.dataset.more);
    const town = event.target.closest("tr[data-bounds]");
    if (town && this.#map.view && !event.target.closest(".entry")) {
      event.preventDefault();
      this.#map.fit(town.dataset.bounds.split(",").map(Number));
      if (!isWide()) document.querySelector(".map-pane").scrollIntoView({ block: "center" });
    }
    for (const open of document.querySelectorAll(CLOSES_ELSEWHERE)) {
      if (!open.contains(event.target)) open.open = false;
    }
  }

  /** Copy the answer in words; a page without that right selects them in the button's place. */
  async #copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.copied;
    } catch {
      const text = document.createElement("textarea");
      text.value = button.dataset.copy;
      text.rows = 4;
      button.replaceWith(text);
      text.select();
    }
  }

  /** Fetch the page of what the form says now; a newer question replaces one that is still running. */
  async #ask() {
    this.#running?.abort();
    this.#running = new AbortController();
    const { signal } = this.#running;
    const query = new URLSearchParams(/** @type {any} */ (new FormData(this.#form)));
    if (query.get("when") !== "week") ["weekday", "hour"].forEach((name) => query.delete(name));
    const address = `${this.#form.getAttribute("action").split("?")[0]}?${query}`;
    history.replaceState(null, "", address);
    this.#numbers.box.setAttribute("aria-busy", "true");
    try {
      // The answer alone; what is looked at later is fetched then.
      const answer = address.replace("/plan?", "/plan/answer?");
      const response = await fetch(answer, { signal, headers: { Accept: "text/html" } });
      if (!response.ok) throw new Error(String(response.status));
      this.#takeOver(new DOMParser().parseFromString(await response.text(), "text/html"));
      await this.#map.draw(signal);
    } catch (error) {
      // What cannot be answered in place is answered by the page itself, which says why.
      if (error.name !== "AbortError") location.assign(address);
    }
  }

  /** Replace the numbers and the legend with those of another page; explanation and focus stay where they are. */
  #takeOver(page) {
    const fresh = page.getElementById("numbers");
    if (!fresh) throw new Error("no numbers");
    const { box } = this.#numbers;
    const focused = /** @type {any} */ (document.activeElement?.closest?.("a[data-set]"))?.dataset.set;
    const about = box.querySelector("details.about[open]");
    const openAt = about ? [...box.querySelectorAll("details.about")].indexOf(about) : -1;
    this.#numbers.unload();
    box.replaceWith(fresh);
    this.#numbers = new Numbers(this.#opened, this.#map);
    this.#numbers.load(fresh);
    document.getElementById("legend").replaceWith(page.getElementById("legend"));
    this.#form.querySelector(".services summary").textContent = fresh.dataset.servicesWords;
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".site-tools a[hreflang]"))) {
      const there = new URL(location.href);
      there.searchParams.set("lang", new URL(link.href).searchParams.get("lang"));
      link.href = there.href;
    }
    if (openAt >= 0) fresh.querySelectorAll("details.about")[openAt].open = true;
    if (focused) document.querySelector(`a[data-set="${focused}"]`)?.focus({ preventScroll: true });
  }
}

new PlanPage().load();
