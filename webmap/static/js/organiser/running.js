// The page of a day under way: asks every few seconds whether times have changed, draws the map, and takes the leader's presses.

import { createMap } from "../map/map.js";
import { rememberApp, showWechatHint } from "../map/maplinks.js";
import { clock, withWaiting } from "./foretaste.js";
import { PressBox } from "./pressbox.js";

class RunningPage {
  /** @type {HTMLElement} */
  #page = document.querySelector(".running");
  /** @type {HTMLElement} */
  #now = document.getElementById("now");
  #words = this.#page.dataset;
  #tag = this.#words.tag;
  #box = this.#words.presses ? new PressBox(this.#words.presses, this.#words.link) : null;
  #day = Number(this.#words.day);
  /** @type {any} */
  #view = null;
  #near = []; // marks of what is near
  #isAsking = false;
  #hasEnded = false;
  /** @type {import("./foretaste.js").Day|null} */
  #said = null; // the day as the server has said it last, while presses wait

  load() {
    document.documentElement.dataset.script = "";
    this.#showFresh(Number(this.#words.made));
    this.#bindPart();
    this.#page.addEventListener("click", (event) => this.#click(/** @type {HTMLElement} */ (event.target)));
    this.#page.addEventListener("submit", (event) => this.#setTime(event));
    setInterval(() => document.visibilityState === "visible" && this.#renew(), Number(this.#words.pollS) * 1000);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#renew());
    window.addEventListener("online", () => this.#renew());
    // What was fetched before the service worker was there is fetched again, for it to keep.
    navigator.serviceWorker?.addEventListener("controllerchange", () => {
      this.#renew();
      this.#drawDay();
    });
    this.#renew();
    this.#draw();
  }

  async #renew() {
    if (this.#isAsking || this.#hasEnded) return;
    this.#isAsking = true;
    try {
      const isSent = await this.#send();
      const response = await fetch(this.#words.now, { cache: "no-cache" });
      if (response.status === 404) return this.#end();
      if (!response.ok) return;
      const made = Date.parse(response.headers.get("Date")?.slice(0, 29) ?? "");
      const tag = response.headers.get("ETag")?.replace(/^W\/|"/g, "");
      if (tag !== this.#tag || isSent) {
        this.#put(await response.text());
        this.#tag = tag;
        this.#drawDay();
      }
      this.#showFresh(made || Date.now());
    } catch {
      // No connection: the page says of when it is.
    } finally {
      this.#isAsking = false;
      await this.#showWaiting();
    }
  }

  #end() {
    this.#hasEnded = true;
    this.#say(this.#words.ended);
  }

  /** Put the part that changes in its place; what the leader has open stays open. */
  #put(html) {
    const open = [...this.#now.querySelectorAll(".lead-form:not([hidden])")].map(({ id }) => id);
    const typed = /** @type {HTMLInputElement|null} */ (this.#now.querySelector("#set-time-at:focus"))?.value;
    const waysOpen = this.#now.querySelector("details.go")?.hasAttribute("open");
    this.#now.innerHTML = html;
    this.#said = null;
    for (const id of open) this.#now.querySelector(`#${id}`)?.removeAttribute("hidden");
    if (typed) /** @type {HTMLInputElement} */ (this.#now.querySelector("#set-time-at")).value = typed;
    if (waysOpen) this.#now.querySelector("details.go")?.setAttribute("open", "");
    this.#bindPart();
  }

  #bindPart() {
    const links = this.#now.querySelector(".map-links");
    if (!links) return; // the day is over
    showWechatHint(links);
    rememberApp(links);
  }

  // ---- Presses

  async #click(target) {
    const button = target.closest("button");
    if (!button) return;
    const { do: what, undo, open, rest, stop, dismiss } = button.dataset;
    if (what) {
      button.closest(".new-rest")?.remove();
      await this.#press(JSON.parse(what));
    } else if (undo) {
      await this.#press([{ kind: "undo", target: undo }]);
    } else if (open) {
      const form = this.#now.querySelector(`#${open}`);
      const opens = form.hasAttribute("hidden");
      this.#closeForms();
      form.toggleAttribute("hidden", !opens);
      button.setAttribute("aria-expanded", String(opens));
    } else if (rest) {
      await this.#planAgain(rest, stop);
    } else if (dismiss !== undefined) {
      button.closest(".new-rest").remove();
    }
  }

  async #setTime(event) {
    if (event.target.id !== "set-time") return;
    event.preventDefault();
    const [hours, minutes] = event.target.querySelector("input").value.split(":").map(Number);
    await this.#press([{ kind: "set_time", minutes: hours * 60 + minutes }]);
  }

  /** @param {object[]} presses */
  async #press(presses) {
    navigator.vibrate?.(20);
    for (const press of presses) await this.#box.add(press, this.#day);
    this.#closeForms();
    await this.#showWaiting();
    await this.#renew();
  }

  #closeForms() {
    for (const form of this.#now.querySelectorAll(".lead-form")) form.setAttribute("hidden", "");
    for (const button of this.#now.querySelectorAll("[data-open]")) button.setAttribute("aria-expanded", "false");
  }

  /** Send what waits. @returns {Promise<boolean>} whether something went */
  async #send() {
    if (!this.#box) return false;
    const waited = (await this.#box.waiting()).length;
    if (!waited) return false;
    const answer = await this.#box.send();
    if (answer === "ended") this.#end();
    else if (answer !== "sent" && answer !== "unsent") this.#say(this.#words.refused.replace("{reason}", answer));
    return answer === "sent";
  }

  /** Show how many presses wait, and what they make of the times. */
  async #showWaiting() {
    if (!this.#box) return;
    const waiting = (await this.#box.waiting()).filter(({ day }) => day === this.#day);
    this.#page.dataset.waits = String(waiting.length);
    if (!waiting.length) return;
    this.#say(this.#words.waiting.replace("{count}", String(waiting.length)) + (this.#box.isForgetful ? ` ${this.#words.lost}` : ""));
    const taken = new Set(waiting.filter(({ kind }) => kind === "undo").map(({ target }) => target));
    const held = waiting.filter(({ device, number, kind }) => kind !== "undo" && !taken.has(`${device}.${number}`));
    const last = held.at(-1);
    const midnight = Number(this.#words.midnight);
    this.#foretell(held.map((press) => ({ ...press, minute: Math.floor((press.at_ms - midnight) / 60_000) })));
    if (last) this.#offerUndo(`${last.device}.${last.number}`);
  }

  /** The day as it is on the page. */
  #read() {
    const items = /** @type {HTMLElement[]} */ ([...this.#now.querySelectorAll(".day-list li")]);
    const rows = items.map(({ dataset, className }) => ({
      key: dataset.key,
      mark: className.replace("stop-", ""),
      arrive: "arriveMin" in dataset ? Number(dataset.arriveMin) : null,
      depart: "departMin" in dataset ? Number(dataset.departMin) : null,
    }));
    const { key, event } = /** @type {HTMLElement} */ (this.#now.querySelector(".next-stop")).dataset;
    return { rows, next: rows.findIndex((row) => row.key === key), event: /** @type {any} */ (event ?? null) };
  }

  #foretell(presses) {
    const day = withWaiting((this.#said ??= this.#read()), presses);
    const items = [...this.#now.querySelectorAll(".day-list li")];
    day.rows.forEach((row, index) => {
      const item = items[index];
      item.className = `stop-${row.mark}`;
      item.querySelector(".mark").textContent = { done: "✓", now: "●", next: "●", skipped: "–" }[row.mark] ?? "○";
      item.querySelector("[data-arrive]").textContent = clock(index ? row.arrive : row.depart);
      const leaves = item.querySelector("[data-depart]");
      if (leaves) leaves.textContent = clock(row.depart);
    });
    const step = this.#now.querySelector(".lead-bar .step");
    const card = this.#now.querySelector(".next-stop");
    if (!step) return;
    if (!day.event) {
      card.querySelector("h1").textContent = this.#words.over;
      step.remove();
      return;
    }
    const name = items[day.next].querySelector(".place b").textContent;
    const isArrival = day.event === "arrive";
    const kind = isArrival ? "arrived" : "departed";
    step.textContent = (isArrival ? this.#words.arrived : this.#words.leaving).replace("{place}", name);
    /** @type {HTMLElement} */ (step).dataset.do = JSON.stringify([{ kind, stop: day.rows[day.next].key }]);
    card.querySelector("h1").textContent = name;
    this.#showMeeting(card, items[day.next]);
    const time = clock(day.rows[day.next][day.event]);
    const words = document.createElement("b");
    words.className = "time";
    words.textContent = isArrival ? this.#words.arrives.replace("{time}", time) : time;
    card.querySelector(".what").replaceChildren(isArrival ? this.#words.next : this.#words.here, " ", words);
  }

  /** Show where people meet at another stop than the card was made for; what is known of the old one only is not shown. */
  #showMeeting(card, item) {
    const { key, note } = item.dataset;
    const isOther = key !== card.dataset.key;
    const meet = card.querySelector(".meet");
    meet.textContent = note || this.#words.noNote;
    meet.classList.toggle("muted", !note);
    for (const part of card.querySelectorAll(".go, .near")) part.toggleAttribute("hidden", isOther);
    card.querySelector(".late")?.remove();
  }

  #offerUndo(name) {
    const said = this.#now.querySelector("#said");
    const button = /** @type {HTMLElement|null} */ (said?.querySelector("[data-undo]"));
    if (button) button.dataset.undo = name;
  }

  /** Ask for a new plan of the rest of the day; the leader accepts it or not. */
  async #planAgain(why, stop) {
    const body = new URLSearchParams(stop ? { why, stop } : { why });
    this.#page.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(this.#words.rest, { method: "POST", body, headers: { Accept: "text/html, application/problem+json" } });
      const isProblem = response.headers.get("Content-Type")?.includes("json");
      if (isProblem) return this.#say((await response.json()).detail);
      if (!response.ok) return this.#say(this.#words.noLine);
      document.querySelector(".new-rest")?.remove();
      this.#closeForms();
      this.#page.insertAdjacentHTML("beforeend", await response.text());
      /** @type {HTMLElement} */ (this.#page.querySelector(".new-rest button")).focus();
    } catch {
      this.#say(this.#words.noLine);
    } finally {
      this.#page.removeAttribute("aria-busy");
    }
  }

  #say(words) {
    const line = document.getElementById("said") ?? document.getElementById("when");
    const undo = line.querySelector("[data-undo]");
    line.replaceChildren(words, ...(undo ? [" ", undo] : []));
  }

  #showFresh(made) {
    const time = new Date(made).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
    document.getElementById("when").textContent = this.#words.fresh.replace("{time}", time);
  }

  // ---- The map

  async #draw() {
    this.#view = await createMap(document.getElementById("map"), { cooperative: true });
    await this.#drawDay();
  }

  async #drawDay() {
    let features;
    try {
      const response = await fetch(this.#words.features, { cache: "no-cache" });
      if (!response.ok) return;
      ({ features } = await response.json());
    } catch {
      return; // the list has everything
    }
    if (!this.#view) return;
    const role = (name) => ({ type: "FeatureCollection", features: features.filter(({ properties }) => properties.role === name) });
    this.#view.showRoute(role("leg"));
    const stops = role("stop");
    stops.features = onePerPlace(stops.features);
    for (const { properties } of stops.features) properties.number = String(properties.stop);
    this.#view.setStops(stops);
    for (const mark of this.#near) mark.remove();
    this.#near = role("near").features.map(({ geometry, properties }) => this.#mark(geometry.coordinates, properties));
    const present = features.filter(({ properties: { role: its, mark } }) => its === "near" || mark === "next" || mark === "now");
    this.#view.fit({ type: "FeatureCollection", features: present.length ? present : features }, { padding: 36, maxZoom: 15 });
  }

  #mark([lon, lat], { name }) {
    const element = document.createElement("span");
    element.className = "near-mark";
    element.textContent = name;
    return this.#view.addMark(element, { lon, lat }, { offset: [0, -26] }); // above the stop and its name
  }
}

/** Of stops at the same place, as the first and the last often are, the one that comes next; after all of them the last. */
function onePerPlace(stops) {
  const at = new Map();
  for (const stop of stops) {
    const place = stop.geometry.coordinates.join();
    if (!at.has(place) || at.get(place).properties.mark === "done") at.set(place, stop);
  }
  return [...at.values()];
}

new RunningPage().load();
