// Open the phone pack: places in the page, streets in a web worker (streets_worker.js) that answers by messages.

import { Places } from "./places.js";
import { formOf, tell } from "./tally.js";

/**
 * Return the device: with its streets in a worker, or in the page where the browser starts no workers of modules.
 * `nearest`, `route` and `streets` are those of `Device`; callers wait for the answer.
 * @param {string} pack address of the streets
 * @param {object} document the answer of GET /device/<district>/stations.json
 * @returns {Promise<Places>}
 */
export async function openDevice(pack, document) {
  const worker = new StreetsWorker(document);
  try {
    await worker.start(pack);
    return worker;
  } catch (error) {
    worker.close();
    if (!(error instanceof NoWorkerError)) throw error;
    const [{ Device }, { fetchPack }] = await Promise.all([import("./nearest.js"), import("./pack.js")]);
    return new Device(await fetchPack(pack), document);
  }
}

class NoWorkerError extends Error {}

class StreetsWorker extends Places {
  #worker = null;
  #waiting = new Map(); // by the number of the question
  #asked = 0;
  #isClosing = false;

  /** Have the worker fetch and unpack the streets. */
  start(pack) {
    try {
      this.#worker = new Worker(new URL("streets_worker.js", import.meta.url), { type: "module" });
    } catch (error) {
      throw new NoWorkerError(error.message);
    }
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    // Only its script can fail so: a fault in an answer comes as a message.
    this.#worker.onerror = () => this.#giveUp();
    return this.#ask("start", pack, this.document);
  }

  renew(document) {
    super.renew(document);
    this.#ask("renew", document);
  }

  async nearest(asked) {
    const answer = await this.#ask("nearest", asked);
    tell(this.document, formOf(asked, answer.stations, this.document.limits.far_min));
    return answer;
  }

  async route(asked) {
    const answer = await this.#ask("route", asked);
    if (answer) tell(this.document, new URLSearchParams({ go: asked.code }));
    return answer;
  }

  streets(box) {
    return this.#ask("streets", box);
  }

  /** End the worker, once it has answered what it was asked. */
  close() {
    this.#isClosing = true;
    if (!this.#waiting.size) this.#worker?.terminate();
  }

  #ask(name, ...given) {
    return new Promise((resolve, reject) => {
      const id = (this.#asked += 1);
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, given });
    });
  }

  #hear({ id, answer, fault }) {
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#isClosing) this.close();
    if (fault === undefined) resolve(answer);
    else reject(new Error(fault));
  }

  #giveUp() {
    for (const { reject } of this.#waiting.values()) reject(new NoWorkerError("no worker of modules"));
    this.#waiting.clear();
  }
}
