// The page of sites without page loads: the sentence starts a job, whose answer is fetched as it grows and replaces the one that is
// shown; by hand sites are put, dragged and taken away, and the server says who gains and who loses.

import { Hand, Latest } from "./hand.js";
import { Projection } from "./projection.js";
import { button, SitesMap } from "./sitesmap.js";
import { besideEachOther, Swipe } from "./swipe.js";

const EVERY_MS = 700;

class SitesPage {
  #page = document.getElementById("sites");
  #words = JSON.parse(this.#page.dataset.words);
  /** @type {any} */
  #form = document.getElementById("sentence");
  #hand = new Hand();
  /** @type {Swipe} */
  #swipe = new Swipe(
    /** @type {any} */ (document.getElementById("swipe")),
    document.getElementById("swipe-line"),
    () => this.#showSides(),
  );
  /** @type {any} */
  #squares = null; // of the present, fetched once a question
  /** @type {any} */
  #planned = null; // of the plan
  #asked = ""; // the question that the squares are of
  #timer = 0;
  #delta = new Latest((changes) => this.#measure(changes));
  #map = new SitesMap(this.#page, this.#words, {
    drag: (index, point) => this.#delta.put(this.#hand.changes({ index, ...point })),
    drop: (index, point) => this.#change(() => this.#hand.move(index, point, this.#newName())),
    remove: (index) => this.#change(() => this.#hand.remove(index)),
    pin: (index) => this.#change(() => this.#hand.pin(index)),
    add: ({ lon, lat }, name, code) => {
      const kind = code ? "candidate" : "pinned";
      this.#change(() => this.#hand.add({ name: name || this.#newName(), lon, lat, code, kind, isPinned: true }));
    },
    station: (properties, point) => this.#aboutStation(properties, point),
  });

  async load() {
    this.#listen();
    this.#begin();
    this.#poll();
    await this.#map.load(document.getElementById("map"));
    this.#map.view?.map.on("moveend", () => this.#swipe.value && this.#showSides());
    await this.#draw();
    this.#map.fit(this.#hand.now.sites);
    const here = new URLSearchParams(location.search);
    for (const code of here.getAll("close")) this.#change(() => this.#hand.close(code));
    for (const code of here.getAll("extend")) this.#change(() => this.#hand.extend(code));
    if (here.has("lon") && here.has("lat")) {
      const [lon, lat] = [Number(here.get("lon")), Number(here.get("lat"))];
      this.#change(() => this.#hand.add({ name: this.#newName(), lon, lat, code: "", kind: "pinned", isPinned: true }));
      this.#map.fit(this.#hand.now.sites);
    }
  }

  get #answer() {
    return document.getElementById("answer");
  }

  #coverage() {
    return JSON.parse(this.#answer.dataset.coverage);
  }

  #newName() {
    return this.#words.moved.replace("{number}", String(this.#hand.now.sites.length + 1));
  }

  #listen() {
    this.#form.addEventListener("input", ({ target }) => {
      if (target.name === "aim") this.#showFields(target.value);
    });
    document.addEventListener("submit", (event) => this.#send(event));
    document.addEventListener("click", (event) => this.#onClick(event));
    document.getElementById("undo").addEventListener("click", () => {
      this.#hand.undo();
      this.#changed();
    });
    for (const choice of this.#choices()) {
      choice.addEventListener("click", () => this.#swipe.put(Number(choice.dataset.show)));
    }
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.#map.view?.popup(null));
    addEventListener("popstate", () => location.reload());
  }

  #choices() {
    return /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#map-tools [data-show]")]);
  }

  #showFields(aim) {
    for (const part of this.#form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(aim);
  }

  #onClick(event) {
    const link = event.target.closest("a[data-plan]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      this.#open(link.href).then(() => this.#map.fit(this.#hand.now.sites));
    }
    if (event.target.id === "copy") this.#copy(event.target);
    if (event.target.id === "project") this.#project();
  }

  /** Show the plan to a meeting: one site after another, by the arrow keys. */
  #project() {
    const { sites } = this.#hand.now;
    const rows = /** @type {HTMLElement[]} */ ([...this.#answer.querySelectorAll("#site-list > li:not(.gone)")]);
    const slides = rows.map((row) => ({
      head: wordsOf(row.querySelector(".site-name b")),
      figure: wordsOf(row.querySelector(".gain")),
      lines: [...row.querySelectorAll("p")].map(wordsOf),
      site: sites.find(({ code }, index) => (row.dataset.index ? Number(row.dataset.index) === index : code === row.dataset.code)),
    }));
    const lines = [".headline .quality", "#by-hand:not([hidden])"].map((each) => wordsOf(this.#answer.querySelector(each)));
    const head = wordsOf(this.#answer.querySelector(".headline .number"));
    const first = { head, figure: "", lines: lines.filter(Boolean), site: null };
    new Projection([first, ...slides], this.#map, this.#words).load();
  }

  async #copy(target) {
    const text = /** @type {any} */ (document.getElementById("report-text"));
    if (this.#hand.isChanged) {
      // What is copied is what is seen.
      const sent = await fetch(text.dataset.address, { method: "POST", body: new FormData(target.form) });
      if (sent.ok) text.value = await sent.text();
    }
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      // Without a secure connection the text is shown, chosen, for a key.
      text.closest("details").open = true;
      text.select();
      return;
    }
    target.textContent = this.#words.copied;
  }

  /** Send a form of the page in place: what it leads to is this page with another address, or another page. */
  async #send(event) {
    const form = event.target;
    const isOurs = form === this.#form || form.closest(".running") || "refuse" in form.dataset;
    if (form.id === "save") form.elements.changes.value = JSON.stringify(this.#hand.changes());
    if (!isOurs) return;
    event.preventDefault();
    if (form === this.#form) this.#form.elements.by_hand.value = JSON.stringify(this.#hand.decided());
    const sender = form.querySelector("button[type=submit]");
    sender.disabled = true;
    try {
      const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
      if (!response.ok) {
        this.#showFault(await response.text());
        return;
      }
      history.pushState(null, "", response.url);
      this.#takeOver(new DOMParser().parseFromString(await response.text(), "text/html"));
    } catch {
      this.#say(this.#words.lost);
    } finally {
      sender.disabled = false;
    }
  }

  #showFault(html) {
    const said = new DOMParser().parseFromString(html, "text/html").querySelector("main");
    this.#say(said?.querySelector("p")?.textContent ?? this.#words.lost);
  }

  #say(words) {
    const line = document.createElement("p");
    line.className = "fault";
    line.setAttribute("role", "alert");
    line.textContent = words;
    this.#answer.querySelector("[role=alert]")?.remove();
    this.#answer.prepend(line);
  }

  /** Fetch the page at an address and show its answer. */
  async #open(address) {
    const response = await fetch(address, { headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(String(response.status));
    history.replaceState(null, "", address);
    this.#takeOver(new DOMParser().parseFromString(await response.text(), "text/html"));
  }

  #takeOver(page) {
    const fresh = page.getElementById("answer");
    if (!fresh) return location.reload();
    const isOpen = [...this.#answer.querySelectorAll("details")].map((each) => each.open);
    // While a job goes on more is said of the same sites: what a hand has done to them stays.
    const isSame = placesOf(fresh) === placesOf(this.#answer) && !fresh.dataset.changes;
    const isFirst = this.#answer.dataset.sites === "[]";
    if (isSame && "drawn" in this.#answer.dataset) fresh.setAttribute("data-drawn", "");
    this.#answer.replaceWith(fresh);
    fresh.querySelectorAll("details").forEach((each, index) => (each.open = isOpen[index] ?? false));
    document.getElementById("curve").replaceWith(page.getElementById("curve"));
    const red = page.querySelector("#sentence button[type=submit]");
    if (red) this.#form.querySelector("button[type=submit]").className = red.className;
    if (isSame) {
      if (this.#hand.isChanged) this.#delta.put(this.#hand.changes());
    } else {
      this.#begin();
      this.#draw();
      if (isFirst) this.#map.fit(this.#hand.now.sites);
    }
    this.#poll();
  }

  #poll() {
    clearTimeout(this.#timer);
    if (!("active" in this.#answer.dataset)) return;
    this.#timer = setTimeout(async () => {
      try {
        await this.#open(location.href);
      } catch {
        this.#poll();
      }
    }, EVERY_MS);
  }

  /** Begin with the sites of the plan that is shown. */
  #begin() {
    const { sites, changes } = this.#answer.dataset;
    this.#hand.start(JSON.parse(sites));
    if (changes) this.#hand.take(JSON.parse(changes));
    this.#tell(null);
    this.#allowUndo();
    if (changes) this.#delta.put(this.#hand.changes());
  }

  #change(act) {
    act();
    this.#changed();
  }

  #changed() {
    this.#map.view?.popup(null);
    this.#allowUndo();
    this.#draw();
    if (this.#hand.isChanged) this.#delta.put(this.#hand.changes());
    else this.#tell(null);
  }

  #allowUndo() {
    /** @type {any} */ (document.getElementById("undo")).disabled = !this.#hand.isChanged;
    // While a hand has changed the plan, what leaves the page is what the hand has made of it.
    for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (this.#answer.querySelectorAll("[data-by-hand]"))) {
      field.disabled = !this.#hand.isChanged;
      if (field.name === "changes") field.value = JSON.stringify(this.#hand.changes());
    }
    const chapter = /** @type {HTMLFormElement|null} */ (document.getElementById("chapter"));
    if (chapter) chapter.method = this.#hand.isChanged ? "post" : "get";
  }

  async #measure(changes) {
    const found = await this.#post(this.#page.dataset.changes, changes);
    if (found) this.#tell(found);
  }

  async #post(address, changes) {
    const response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.#page.dataset.token },
      body: JSON.stringify({ ...this.#coverage(), ...changes }),
    });
    return response.ok ? response.json() : null;
  }

  /** Say who gains and who loses, beside the map and in the headline; null: nothing is changed. */
  #tell(found) {
    const box = document.getElementById("delta");
    const line = document.getElementById("by-hand");
    box.hidden = !found;
    if (line) line.hidden = !found;
    if (!found) return;
    const change = found.after - found.before;
    const head = document.createElement("strong");
    head.textContent = this.#inWords(change);
    const towns = [...found.by_town].sort((a, b) => Math.abs(b.gained - b.lost) - Math.abs(a.gained - a.lost));
    const parts = towns.slice(0, 6).map(({ name, gained, lost }) => {
      const part = document.createElement("span");
      part.textContent = `${name || "—"} ${signed(gained - lost)}`;
      return part;
    });
    box.replaceChildren(head, ...parts);
    if (line) {
      const percent = (value) => `${((100 * value) / Math.max(found.people, 1)).toFixed(1)}%`;
      line.textContent = this.#words.counts
        .replace("{before}", percent(found.before))
        .replace("{after}", percent(found.after))
        .replace("{more}", signed(change));
    }
    this.#tellSites(found.sites);
  }

  /** Put what each site adds into its row; rows of sites that are gone are struck. */
  #tellSites(gains) {
    const { sites } = this.#hand.now;
    for (const row of /** @type {NodeListOf<HTMLElement>} */ (this.#answer.querySelectorAll("#site-list > li"))) {
      const index = sites.findIndex(({ code }) => code === row.dataset.code);
      row.classList.toggle("gone", index < 0);
      if (index < 0 || !gains[index]) continue;
      const { gain, attached } = gains[index];
      row.querySelector(".gain").textContent = attached ? this.#words.people.replace("{count}", whole(gain)) : this.#words.far;
    }
    const list = document.getElementById("site-list");
    for (const row of list?.querySelectorAll("li.by-hand") ?? []) row.remove();
    sites.forEach(({ name, code }, index) => {
      if (!gains[index] || (code && list?.querySelector(`li[data-code="${CSS.escape(code)}"]`))) return;
      const { gain, attached } = gains[index];
      const adds = attached ? this.#words.people.replace("{count}", whole(gain)) : this.#words.far;
      list?.append(rowByHand(index, name, adds));
    });
  }

  #inWords(change) {
    if (Math.round(change) === 0) return this.#words.same;
    return (change > 0 ? this.#words.more : this.#words.fewer).replace("{count}", whole(Math.abs(change)));
  }

  async #draw() {
    if (!this.#map.view) return;
    const question = JSON.stringify(this.#coverage());
    if (question !== this.#asked) {
      this.#asked = question;
      this.#squares = await this.#post(this.#page.dataset.squares, {});
      const { at, kind } = this.#coverage();
      const address = this.#page.dataset.stations + (at ? `&at=${encodeURIComponent(at)}` : "") + (kind ? `&kind=${kind}` : "");
      const stations = await (await fetch(address)).json();
      this.#map.view.setStations(at ? stations : { ...stations, features: stations.features.map(regardlessOfHours) });
    }
    this.#map.drawSites(this.#hand.now.sites);
    const isSame = !this.#hand.now.sites.length && !this.#hand.isChanged;
    this.#planned = isSame ? this.#squares : await this.#post(this.#page.dataset.squares, this.#hand.changes());
    this.#showSides();
    this.#answer.setAttribute("data-drawn", "");
  }

  /** Show the present left of the line and the plan right of it. */
  #showSides() {
    for (const each of this.#choices()) each.setAttribute("aria-pressed", String(Number(each.dataset.show) === this.#swipe.value));
    if (!this.#map.view) return;
    const lon = this.#swipe.lon(this.#map.view.map);
    this.#map.showMissed(besideEachOther(this.#squares, this.#planned, lon));
    this.#map.hideSitesWestOf(lon);
  }

  #aboutStation({ code, name }, point) {
    const box = document.createElement("div");
    const title = document.createElement("h3");
    title.textContent = name;
    const isClosed = this.#hand.now.closed.includes(code);
    box.append(title, button(isClosed ? this.#words.open : this.#words.close, () => this.#change(() => this.#hand.close(code))));
    if (this.#coverage().at) {
      const isLonger = this.#hand.now.extended.includes(code);
      const words = isLonger ? this.#words.shorten : this.#words.extend;
      box.append(button(words, () => this.#change(() => this.#hand.extend(code))));
    } else {
      // Without a moment nobody is closed: the evening is asked about first.
      const link = document.createElement("a");
      link.className = "button small";
      link.href = this.#page.dataset.evening + encodeURIComponent(code);
      link.textContent = this.#words.evening;
      box.append(link);
    }
    this.#map.view.popup(point, box);
  }
}

/** A row of the list for a site that a hand has put up. */
function rowByHand(index, name, adds) {
  const row = document.createElement("li");
  row.className = "by-hand";
  row.dataset.index = String(index);
  const line = document.createElement("div");
  line.className = "site-name";
  const parts = /** @type {[string, string, string][]} */ ([
    ["span", "diamond", `◆${index + 1}`],
    ["b", "", name],
    ["span", "gain", adds],
  ]);
  for (const [tag, style, words] of parts) {
    const part = document.createElement(tag);
    part.className = style;
    part.textContent = words;
    line.append(part, " ");
  }
  row.append(line);
  return row;
}

/** Which sites an answer is about, and where. */
function placesOf(answer) {
  return JSON.stringify(JSON.parse(answer.dataset.sites).map(({ option: { code, lon, lat } }) => [code, lon, lat]));
}

function wordsOf(element) {
  return element?.textContent.trim().replace(/\s+/g, " ") ?? "";
}

function whole(value) {
  return Math.round(value).toLocaleString("en");
}

function signed(value) {
  return `${value < 0 ? "−" : "+"}${whole(Math.abs(value))}`;
}

// Where hours are not regarded a marker must not tell of them.
function regardlessOfHours(station) {
  return { ...station, properties: { ...station.properties, state: "any", closes_at: null } };
}

new SitesPage().load();
