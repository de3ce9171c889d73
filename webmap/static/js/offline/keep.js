// Download and update the phone pack while the page is idle. What is kept is the district's streets and places,
// in the browser's own caches: nothing here writes to a storage, and nothing here knows where anybody is.

import { openDevice } from "./streets.js";

const RENEW_MS = 60_000;
const WRONG_MS = 90_000; // a clock that is off by less is right, the answer being under way for a while
const IDLE_MS = 4_000;

/** The device of one page; `device` is null until everything is there. */
export class Keeper {
  device = null;
  #address;
  #isOptional;
  #askedAt = 0;
  #madeAt = 0;
  #ahead = 0; // ms that the server's clock is ahead of the phone's, where that is wrong

  /**
   * @param {string} address of GET /device/<district>/stations.json
   * @param {{isOptional?: boolean}} [options] isOptional: there is a server that can answer instead
   */
  constructor(address, { isOptional = true } = {}) {
    this.#isOptional = isOptional;
    this.#address = new URL(address, location.href);
  }

  /** Fetch everything when the page is idle. Resolves to the device, or null where it is not to be had. */
  async start() {
    // Who saves data asks the server instead: that costs a kilobyte, the streets some hundred.
    if (this.#isOptional && navigator.connection?.saveData) return null;
    if (this.#isOptional) await idle();
    try {
      const { document, madeAt } = await this.#fetchDocument();
      if (!isComplete(document)) return null;
      this.device = await openDevice(this.#packOf(document), document);
      this.#madeAt = madeAt;
    } catch (error) {
      console.info("device:", error.message);
    }
    return this.device;
  }

  /** The present moment in epoch milliseconds, by the server's clock where the phone's is wrong. */
  get now() {
    return Date.now() + this.#ahead;
  }

  /** Milliseconds since the places and hours were last known to be the server's. */
  get age() {
    return this.now - this.#madeAt;
  }

  /** Ask for newer places and hours if the last were asked for a while ago; the old ones stay where none come. */
  async renew() {
    if (!this.device || Date.now() - this.#askedAt < RENEW_MS) return;
    const { pack } = this.device.document;
    try {
      const { document, madeAt } = await this.#fetchDocument();
      if (!isComplete(document)) return;
      if (document.pack === pack) {
        this.device.renew(document);
      } else {
        const older = this.device;
        this.device = await openDevice(this.#packOf(document), document);
        older.close?.();
      }
      this.#madeAt = madeAt;
    } catch {
      // No connection: the answers say how old they are.
    }
  }

  #packOf(document) {
    return new URL(`${document.pack}.pack`, this.#address).href;
  }

  async #fetchDocument() {
    this.#askedAt = Date.now();
    const response = await fetch(this.#address, { credentials: "omit" });
    if (!response.ok) throw new Error(`${response.status} ${this.#address.pathname}`);
    const document = await response.json();
    // A date of HTTP has 29 characters; some servers send it twice.
    const madeAt = Date.parse(document.made_at ?? response.headers.get("Date")?.slice(0, 29)) || Date.now();
    // What is kept, or lies in a folder of files, tells nothing of the present moment.
    if (!document.made_at && !response.headers.has("X-Kept")) {
      const ahead = madeAt - Date.now();
      this.#ahead = Math.abs(ahead) > WRONG_MS ? ahead : 0;
    }
    return { document, madeAt };
  }
}

/** Whether a phone can answer from it: there are streets, and it was not kept from an earlier version of the program. */
function isComplete(document) {
  return Boolean(document.pack && document.limits);
}

function idle() {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in window) requestIdleCallback(resolve, { timeout: IDLE_MS });
    else setTimeout(resolve, IDLE_MS / 4);
  });
}
