// Presses of a leader on the way to the server: written into IndexedDB first, sent in order when there is a connection, taken
// out when the server says that it has them. A press that arrives twice counts once there: it has a name of its own.

const DATABASE = "fuchun-day";

/** @typedef {{link: string, day: number, device: string, number: number, at_ms: number, kind: string, stop?: string,
 *   minutes?: number, target?: string, rest?: any[]}} Kept */

export class PressBox {
  #address;
  #link;
  #memory = null; // what waits where this browser keeps nothing
  #isSending = false;

  /**
   * @param {string} address of POST /b/KEY/presses
   * @param {string} link what tells this link's presses from those of another
   */
  constructor(address, link) {
    this.#address = address;
    this.#link = link;
  }

  /** Whether presses are lost when the page is closed before they are sent. */
  get isForgetful() {
    return this.#memory !== null;
  }

  /**
   * Keep a press, under the next number of this browser.
   * @param {object} press
   * @param {number} day
   */
  async add(press, day) {
    const store = await this.#open();
    if (!store) return this.#remember(press, day);
    const write = store.transaction(["counters", "presses"], "readwrite");
    const counters = write.objectStore("counters");
    const known = (await answer(counters.get(this.#link))) ?? { link: this.#link, device: randomName(), number: 0, at_ms: 0 };
    // A clock that was set back does not turn the order round.
    const at_ms = Math.max(Date.now(), known.at_ms);
    const counter = { ...known, number: known.number + 1, at_ms };
    counters.put(counter);
    write.objectStore("presses").put({ ...press, day, ...counter });
    await done(write);
    store.close();
  }

  /** The presses that wait, in order. @returns {Promise<Kept[]>} */
  async waiting() {
    const store = await this.#open();
    if (!store) return this.#memory;
    const range = IDBKeyRange.bound([this.#link, 0], [this.#link, Number.MAX_SAFE_INTEGER]);
    const found = await answer(store.transaction("presses").objectStore("presses").getAll(range));
    store.close();
    return found;
  }

  /**
   * Send what waits.
   * @returns {Promise<"sent"|"unsent"|"ended"|string>} unsent: no answer came; ended: the link has; else why it is refused
   */
  async send() {
    if (this.#isSending) return "unsent";
    this.#isSending = true;
    try {
      for (;;) {
        const presses = await this.waiting();
        if (!presses.length) return "sent";
        const { day } = presses[0];
        const told = presses.slice(0, 50).filter((press) => press.day === day);
        const body = JSON.stringify({ day, sent_ms: Date.now(), presses: told.map(asSent) });
        const response = await fetch(this.#address, {
          method: "POST",
          body,
          headers: { "Content-Type": "application/json", Accept: "application/problem+json" },
        });
        if (response.status >= 500 || response.status === 429) return "unsent";
        if (response.status === 404) return "ended";
        if (!response.ok) return (await response.json()).detail ?? String(response.status);
        const { taken } = await response.json();
        await this.#drop(told.filter(({ device, number }) => taken.includes(`${device}.${number}`)));
      }
    } catch {
      return "unsent";
    } finally {
      this.#isSending = false;
    }
  }

  async #drop(presses) {
    const store = await this.#open();
    if (!store) {
      this.#memory = this.#memory.filter((press) => !presses.includes(press));
      return;
    }
    const write = store.transaction("presses", "readwrite");
    for (const { link, number } of presses) write.objectStore("presses").delete([link, number]);
    await done(write);
    store.close();
  }

  #remember(press, day) {
    const last = this.#memory.at(-1) ?? { link: this.#link, device: randomName(), number: Date.now() % 1_000_000, at_ms: 0 };
    const { link, device, number, at_ms } = last;
    this.#memory.push({ ...press, day, link, device, number: number + 1, at_ms: Math.max(Date.now(), at_ms) });
  }

  /** @returns {Promise<IDBDatabase|null>} null where this browser keeps nothing */
  async #open() {
    if (this.#memory) return null;
    try {
      const asked = indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("counters", { keyPath: "link" });
        asked.result.createObjectStore("presses", { keyPath: ["link", "number"] });
      };
      return await answer(asked);
    } catch {
      this.#memory = [];
      return null;
    }
  }
}

function asSent({ link: _link, day: _day, ...press }) {
  return press;
}

/** A name that is nobody's. */
function randomName() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {IDBRequest} request @returns {Promise<any>} */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function done(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}
