// A worker that holds the streets of a district and answers questions about them, so that neither unpacking them nor a search
// keeps the page from answering a press. Questions and answers are messages: keep.js asks, nearest.js answers.

import { Device } from "./nearest.js";
import { fetchPack } from "./pack.js";

let device = null;

const answers = {
  async start(address, document) {
    device = new Device(await fetchPack(address), document);
  },
  renew: (document) => device.renew(document),
  nearest: (asked) => device.nearest(asked),
  route: (asked) => device.route(asked),
};

onmessage = async ({ data: { id, name, given } }) => {
  try {
    postMessage({ id, answer: await answers[name](...given) });
  } catch (error) {
    postMessage({ id, fault: error.message });
  }
};
