// The page on which tours are built. Every change is a form that the server answers with the whole page; this script sends
// it without leaving, takes over the plan of the answer, lets cards be dragged, and shows the chosen day on the map. While a
// job looks for better plans the same address is asked again.

import { createMap } from "../map/map.js";

const EVERY_MS = 1000;
const LONGEST_MS = 15_000; // between two requests while the server is away

/** What tells a part that opens from the others, in every rendering of the page. */
function nameOfDetails(details) {
  const summary = details.querySelector("summary");
  return details.className + (summary.getAttribute("aria-label") ?? summary.textContent.split("(")[0]);
}

/** Fields of the plan that somebody has changed since the page was made, by id; those of the form `sent` are done with. */
function keptFields(plan, sent) {
  const isChanged = (field) =>
    field.tagName === "SELECT" ? [...field.options].some((each) => each.selected !== each.defaultSelected) : field.value !== field.defaultValue;
  const fields = [...plan.querySelectorAll("input[id]:not([type=hidden]), select[id]")];
  return fields.filter((field) => field.form !== sent && isChanged(field)).map((field) => [field.id, field.value]);
}

class BuildPage {
  /** @type {HTMLElement} */
  #page = document.querySelector(".build");
  /** @type {any} */
  #view = null;
  #features = null;
  #day = "1";
  #dragged = null; // the card under the hand
  #isSending = false;

  async load() {
    this.#layFold();
    document.addEventListener("submit", (event) => this.#submit(event));
    document.addEventListener("click", (event) => this.#click(event));
    for (const kind of ["dragstart", "dragover", "dragleave", "drop", "dragend"]) {
      document.addEventListener(kind, (event) => this.#drag(/** @type {DragEvent} */ (event)));
    }
    this.#wait(EVERY_MS);
    const box = document.getElementById("map");
    this.#view = box && (await createMap(box));
    await this.#draw();
  }

  /** What is asked is folded into a line above the plan, or open beside it where there is room; css/organiser/build.css. */
  #layFold() {
    /** @type {HTMLDetailsElement|null} */
    const fold = document.querySelector(".wish-fold");
    if (!fold) return;
    const room = matchMedia("(min-width: 1280px)");
    const lay = () => {
      fold.open = room.matches;
      /** @type {HTMLDetailsElement} */ (fold.querySelector(".fields")).open = !room.matches;
    };
    lay();
    fold.dataset.laid = "";
    room.addEventListener("change", lay);
  }

  get #plan() {
    return document.getElementById("plan");
  }

  // ---- Changes ----

  #submit(event) {
    const form = event.target.closest("form[data-change]");
    if (!form) return;
    event.preventDefault();
    this.#send(form.action, new FormData(form), form);
  }

  /** @param {HTMLFormElement|null} form the form that is sent, if its fields are to be empty afterwards */
  async #send(address, body, form = null) {
    if (this.#isSending) return;
    this.#isSending = true;
    this.#plan.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, { method: "POST", body, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (response.ok) this.#take(page, form);
      else this.#say(page.querySelector("main")?.textContent.trim() ?? this.#page.dataset.failed);
    } catch {
      this.#say(this.#page.dataset.failed);
    } finally {
      this.#isSending = false;
      this.#plan.removeAttribute("aria-busy");
    }
  }

  /**
   * Take over the plan of another rendering of this page. What is being typed or chosen there stays, except in the form
   * that was sent.
   */
  #take(page, sent = null) {
    const fresh = page.getElementById("plan");
    if (!fresh) return;
    const kept = keptFields(this.#plan, sent);
    const at = document.activeElement?.id;
    // After a change the menu of a card closes; a better plan that comes by itself closes nothing.
    const opened = [...this.#plan.querySelectorAll("details[open]")].filter((each) => !sent || !each.matches(".by-hand")).map(nameOfDetails);
    this.#plan.replaceWith(document.adoptNode(fresh));
    for (const each of this.#plan.querySelectorAll("details")) if (opened.includes(nameOfDetails(each))) each.open = true;
    for (const [id, value] of kept) {
      const field = /** @type {HTMLInputElement|HTMLSelectElement|null} */ (this.#plan.querySelector(`#${CSS.escape(id)}`));
      const isThere = field instanceof HTMLSelectElement ? [...field.options].some((each) => each.value === value) : field;
      if (isThere) field.value = value;
    }
    if (at && this.#plan.querySelector(`#${CSS.escape(at)}`)) document.getElementById(at).focus({ preventScroll: true });
    const version = fresh.dataset.version;
    /** @type {HTMLInputElement|null} */
    const asked = document.querySelector("form.wish input[name=version]");
    if (asked && version) asked.value = version;
    this.#draw();
    this.#wait(EVERY_MS);
  }

  #say(words) {
    this.#plan.querySelector(".said")?.remove();
    const said = document.createElement("p");
    said.className = "notice fault said";
    said.setAttribute("role", "alert");
    said.textContent = words;
    this.#plan.prepend(said);
  }

  // ---- A job at work ----

  #wait(pause) {
    const plan = this.#plan;
    if (!("active" in plan.dataset)) return;
    setTimeout(async () => {
      if (!plan.isConnected) return; // another rendering waits for itself
      try {
        if (document.hidden) await new Promise((resolve) => addEventListener("visibilitychange", resolve, { once: true }));
        const response = await fetch(plan.dataset.address, { headers: { Accept: "text/html" } });
        if (response.redirected || response.status === 404) return;
        const page = response.ok && new DOMParser().parseFromString(await response.text(), "text/html");
        // What is in the hand, or just sent, stays as it is until the next time.
        if (page && !this.#dragged && !this.#isSending) {
          if (plan.isConnected) this.#take(page);
          return;
        }
      } catch {
        // The server is away: a later request will tell.
      }
      this.#wait(Math.min(2 * pause, LONGEST_MS));
    }, pause);
  }

  // ---- Dragging a card to another day or place ----

  #drag(event) {
    const at = /** @type {HTMLElement} */ (event.target);
    if (!(at instanceof Element)) return;
    if (event.type === "dragstart") {
      const card = /** @type {HTMLElement} */ (at.closest("[draggable][data-code]"));
      if (!card) return;
      this.#dragged = card;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", card.dataset.code);
      card.classList.add("dragged");
      return;
    }
    if (event.type === "dragend") {
      this.#dragged?.classList.remove("dragged");
      this.#dragged = null;
      this.#mark(null);
      return;
    }
    const column = /** @type {HTMLElement} */ (at.closest(".day-column"));
    if (!this.#dragged || !column) return;
    event.preventDefault();
    if (event.type === "dragover") this.#mark(column);
    if (event.type !== "drop") return;
    const position = this.#positionAt(column, event.clientY);
    this.#move(this.#dragged.dataset.code, column.dataset.day, position);
    this.#dragged = null;
    this.#mark(null);
  }

  #positionAt(column, y) {
    const others = [...column.querySelectorAll(".stop-card")].filter((card) => card !== this.#dragged);
    return others.filter((card) => y > card.getBoundingClientRect().top + card.getBoundingClientRect().height / 2).length;
  }

  #mark(column) {
    for (const each of document.querySelectorAll(".day-column")) each.classList.toggle("target", each === column);
  }

  #move(code, day, position) {
    /** @type {HTMLFormElement} */
    const form = this.#plan.querySelector("form[data-change]");
    const body = new FormData(form);
    for (const [name, value] of Object.entries({ do: "move", code, day, position })) body.set(name, String(value));
    this.#send(form.action, body);
  }

  // ---- The map ----

  #click(event) {
    const link = event.target.closest("[data-show]");
    if (!link) return;
    event.preventDefault();
    this.#day = link.dataset.show;
    this.#show();
  }

  async #draw() {
    const { features } = this.#plan.dataset;
    if (!this.#view || !features) return;
    const response = await fetch(features);
    if (!response.ok) return;
    this.#features = await response.json();
    this.#show();
  }

  #show() {
    for (const column of document.querySelectorAll(".day-column")) {
      column.classList.toggle("shown", /** @type {HTMLElement} */ (column).dataset.day === this.#day);
    }
    if (!this.#features?.features.length) return;
    const of = this.#features.features.filter(({ properties }) => String(properties.day) === this.#day);
    const role = (name) => of.filter(({ properties }) => properties.role === name);
    const stops = role("stop").map((each) => ({ ...each, properties: { ...each.properties, number: String(each.properties.stop) } }));
    this.#view.showRoute({ type: "FeatureCollection", features: role("leg") });
    this.#view.setStops({ type: "FeatureCollection", features: stops });
    if (of.length) this.#view.fit({ type: "FeatureCollection", features: of });
  }
}

new BuildPage().load();
