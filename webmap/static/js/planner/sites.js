// The page of sites without page loads: the sentence starts a job, whose answer is fetched as it grows and replaces the one that is
// shown; by hand sites are put, dragged and taken away, and the server says who gains and who loses.

import { Hand, Latest } from "./hand.js";
import { button, SitesMap } from "./sitesmap.js";

const EVERY_MS = 700;

class SitesPage {
  #page = document.getElementById("sites");
  #words = JSON.parse(this.#page.dataset.words);
  /** @type {any} */
  #form = document.getElementById("sentence");
  #hand = new Hand();
  #shown = "plan"; // or "now"
  #squares = null; // of the present, fetched once a question
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
    await this.#draw();
    this.#map.fit(this.#hand.now.sites);
    const here = new URLSearchParams(location.search);
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
      choice.addEventListener("click", () => {
        this.#shown = choice.dataset.show;
        for (const each of this.#choices()) each.setAttribute("aria-pressed", String(each === choice));
        this.#draw();
      });
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
  }

  async #copy(target) {
    const text = /** @type {any} */ (document.getElementById("report-text"));
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
    const before = this.#answer.dataset.sites;
    this.#answer.replaceWith(fresh);
    fresh.querySelectorAll("details").forEach((each, index) => (each.open = isOpen[index] ?? false));
    document.getElementById("curve").replaceWith(page.getElementById("curve"));
    const red = page.querySelector("#sentence button[type=submit]");
    if (red) this.#form.querySelector("button[type=submit]").className = red.className;
    if (fresh.dataset.sites !== before) {
      this.#begin();
      this.#draw();
      if (before === "[]") this.#map.fit(this.#hand.now.sites);
    } else {
      this.#tell(null);
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
      const row = document.createElement("li");
      row.className = "by-hand";
      const { gain, attached } = gains[index];
      const adds = attached ? this.#words.people.replace("{count}", whole(gain)) : this.#words.far;
      row.textContent = `◆${index + 1} ${name} ${adds}`;
      list?.append(row);
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
      const at = this.#coverage().at;
      const address = this.#page.dataset.stations + (at ? `&at=${encodeURIComponent(at)}` : "");
      const stations = await (await fetch(address)).json();
      this.#map.view.setStations(at ? stations : { ...stations, features: stations.features.map(regardlessOfHours) });
    }
    const isPlan = this.#shown === "plan";
    this.#map.drawSites(this.#hand.now.sites, isPlan);
    const isSame = !this.#hand.now.sites.length && !this.#hand.isChanged;
    this.#map.showMissed(isPlan && !isSame ? await this.#post(this.#page.dataset.squares, this.#hand.changes()) : this.#squares);
    this.#answer.setAttribute("data-drawn", "");
  }

  #aboutStation({ code, name }, point) {
    const box = document.createElement("div");
    const title = document.createElement("h3");
    title.textContent = name;
    const isClosed = this.#hand.now.closed.includes(code);
    box.append(title, button(isClosed ? this.#words.open : this.#words.close, () => this.#change(() => this.#hand.close(code))));
    if (this.#coverage().at) {
      box.append(button(this.#words.extend, () => this.#change(() => this.#hand.extend(code))));
    }
    this.#map.view.popup(point, box);
  }
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
