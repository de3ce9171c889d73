// Web worker that holds the streets of a district and answers nearest and route, so that unpacking and searching do not
// block the page. Questions and answers are messages: streets.js asks, nearest.js answers.

import { Device } from "./nearest.js";
import { fetchPack } from "./pack.js";

class DeviceWorker {
  #device = null;

  async start(address, document) {
    this.#device = new Device(await fetchPack(address), document);
  }

  renew(document) {
    this.#device.renew(document);
  }

  nearest(asked) {
    return this.#device.nearest(asked);
  }

  route(asked) {
    return this.#device.route(asked);
  }

  streets(box) {
    return this.#device.streets(box);
  }

  /** Answer messages: the name of a method and what it is given. */
  load() {
    onmessage = async ({ data: { id, name, given } }) => {
      try {
        postMessage({ id, answer: await this[name](...given) });
      } catch (error) {
        postMessage({ id, fault: error.message });
      }
    };
  }
}

new DeviceWorker().load();
