// Reports from the door of a station's page: sent without leaving it; what could not be sent stays and is offered again.

import { drop, keep, send, waiting } from "./outbox.js";

export class DoorReports {
  #box;
  #form;
  #words;
  #place;

  /**
   * @param {HTMLElement} box the section of the page
   * @param {{place: string}} options place: the name of the station
   */
  constructor(box, { place }) {
    this.#box = box;
    this.#form = /** @type {HTMLFormElement} */ (box.querySelector("form"));
    this.#words = box.dataset;
    this.#place = place;
  }

  load() {
    this.#form.addEventListener("submit", (event) => {
      const button = /** @type {HTMLButtonElement|null} */ (event.submitter);
      if (!button) return; // an old browser sends the form by itself
      event.preventDefault();
      const words = button.textContent.trim();
      this.#send({ address: this.#form.action, place: this.#place, found: button.value, words, at: Date.now() });
    });
    this.#offer();
    window.addEventListener("online", () => this.#offer());
  }

  async #send(report) {
    const answer = await send(report);
    if (answer === "sent") {
      drop(report);
      const thanks = new URL(report.address.replace(/\/report(\?|$)/, "$1"));
      thanks.searchParams.set("told", "yes");
      thanks.hash = "door";
      location.assign(thanks);
    } else if (answer === "unsent") {
      const isKept = keep(report);
      this.#say(isKept ? this.#words.unsent : this.#words.lost);
      this.#offer();
    } else {
      drop(report);
      this.#say(answer);
      this.#offer();
    }
  }

  /** Offer the reports that wait: nothing is sent without being asked for, for the door may be open by now. */
  #offer() {
    const list = this.#box.querySelector(".unsent");
    list.replaceChildren(...waiting().map((report) => this.#item(report)));
    /** @type {HTMLElement} */ (list).hidden = !list.childElementCount;
  }

  #item(report) {
    const minutes = String(Math.max(0, Math.round((Date.now() - report.at) / 60_000)));
    const item = document.createElement("li");
    const words = document.createElement("span");
    words.textContent = this.#words.waits.replace("{place}", report.place).replace("{found}", report.words).replace("{minutes}", minutes);
    item.append(words, this.#button(this.#words.send, "act", () => this.#send(report)));
    item.append(this.#button(this.#words.drop, "", () => (drop(report), this.#offer())));
    return item;
  }

  #button(words, kind, onClick) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = kind;
    button.textContent = words;
    button.addEventListener("click", onClick);
    return button;
  }

  #say(words) {
    const line = /** @type {HTMLElement} */ (this.#box.querySelector("#told"));
    line.textContent = words;
    line.hidden = false;
    line.scrollIntoView({ block: "nearest" });
  }
}
