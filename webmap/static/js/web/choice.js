// @ts-check
// The page that asks for a district: a position chooses it. The position stands in the body of one request and is kept nowhere.

const POSITION = { enableHighAccuracy: false, timeout: 10_000, maximumAge: 60_000 };

export class Choice {
  /** @type {AbortController | null} */
  #events = null;
  #root;
  #button;
  #status;

  /** @param {HTMLElement} root the section with the links */
  constructor(root) {
    this.#root = root;
    this.#button = /** @type {HTMLButtonElement} */ (root.querySelector("[data-locate] button"));
    this.#status = /** @type {HTMLElement} */ (root.querySelector("[data-locate] [role=status]"));
  }

  load() {
    this.#events = new AbortController();
    this.#button.addEventListener("click", () => this.#locate(), { signal: this.#events.signal });
    /** @type {HTMLElement} */ (this.#button.parentElement).hidden = !navigator.geolocation;
  }

  unload() {
    this.#events?.abort();
  }

  #locate() {
    this.#button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => void this.#choose(coords.longitude, coords.latitude),
      () => this.#say(this.#root.dataset.failed),
      POSITION,
    );
  }

  /** @param {number} lon @param {number} lat */
  async #choose(lon, lat) {
    try {
      const answer = await fetch(this.#root.dataset.at ?? "", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ lon, lat }),
      });
      const code = answer.ok ? (await answer.json()).code : null;
      const link = /** @type {HTMLAnchorElement | null} */ (code && this.#root.querySelector(`a[data-code="${CSS.escape(code)}"]`));
      if (link) link.click();
      else this.#say(this.#root.dataset.elsewhere);
    } catch {
      this.#say(this.#root.dataset.failed);
    }
  }

  /** @param {string | undefined} words */
  #say(words) {
    this.#button.disabled = false;
    this.#status.textContent = words ?? "";
  }
}

const root = document.getElementById("choice");
if (root) new Choice(root).load();
