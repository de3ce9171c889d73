// The search box for a start: five hits under it, from the names that the phone keeps. What is typed leaves the phone with
// no request.

import { Names } from "../offline/names.js";

export class StartSearch {
  #box;
  #input;
  #hits;
  #words;
  #onPick;
  #names = null;
  #fetching = null;

  /**
   * @param {HTMLElement} box
   * @param {(hit: import("../offline/names.js").Hit) => void} onPick
   */
  constructor(box, onPick) {
    this.#box = box;
    this.#input = /** @type {HTMLInputElement} */ (box.querySelector("input"));
    this.#hits = box.querySelector(".hits");
    this.#words = box.dataset;
    this.#onPick = onPick;
  }

  load() {
    this.#input.addEventListener("focus", () => this.#show());
    this.#input.addEventListener("input", () => this.#show());
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
    this.#hits.addEventListener("click", ({ target }) => target.closest("button")?.pick());
    document.addEventListener("click", ({ target }) => this.#box.contains(/** @type {Node} */ (target)) || this.close());
  }

  /** Fetch the names, once; what did not come is asked for again. Returns whether they are there. */
  async fetchNames() {
    this.#fetching ??= this.#fetch();
    this.#names = await this.#fetching;
    if (!this.#names) this.#fetching = null;
    return this.#names !== null;
  }

  /** Show what there is to choose from, as after a position that did not come. */
  open() {
    return this.#show();
  }

  close() {
    this.#hits.hidden = true;
    this.#input.setAttribute("aria-expanded", "false");
  }

  async #fetch() {
    try {
      const response = await fetch(this.#words.names, { credentials: "omit" });
      return response.ok ? new Names(await response.json(), this.#words.crossing) : null;
    } catch {
      return null;
    }
  }

  async #show() {
    const isThere = await this.fetchNames();
    const typed = this.#input.value;
    const found = isThere ? this.#names.find(typed) : [];
    if (!isThere || (!found.length && typed.trim())) this.#say(isThere ? this.#words.none : this.#words.lost);
    else this.#hits.replaceChildren(...found.map((hit) => this.#item(hit)));
    this.#hits.hidden = !this.#hits.childElementCount;
    this.#input.setAttribute("aria-expanded", String(!this.#hits.hidden));
    document.getElementById("search-said").textContent = this.#hits.textContent;
  }

  #say(words) {
    const line = document.createElement("li");
    line.className = "none";
    line.textContent = words;
    this.#hits.replaceChildren(line);
  }

  #item(hit) {
    const button = document.createElement("button");
    button.type = "button";
    const name = document.createElement("span");
    name.textContent = hit.name;
    const kind = document.createElement("small");
    kind.textContent = hit.kind === "villages" && hit.more ? hit.more : this.#words[hit.kind];
    button.append(name, kind);
    /** @type {any} */ (button).pick = () => {
      this.close();
      this.#input.value = "";
      this.#input.blur();
      this.#onPick(hit);
    };
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  #onKey(event) {
    const buttons = [...this.#hits.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    if (event.key === "Escape") {
      this.close();
      this.#input.focus();
      this.close(); // the focus has opened it
    } else if (event.key === "Enter" && at < 0 && buttons.length) {
      event.preventDefault();
      /** @type {any} */ (buttons[0]).pick();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = at + (event.key === "ArrowDown" ? 1 : -1);
      (buttons[next] ?? this.#input).focus();
    }
  }
}
