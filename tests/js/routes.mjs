// Reads {pack, document, asked}; writes each way as the phone would show it, null where it has none.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { Device } from "../../webmap/static/js/offline/nearest.js";

const { pack, document, asked } = JSON.parse(readFileSync(0, "utf8"));
const raw = gunzipSync(readFileSync(pack));
const device = new Device(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength), document);
const ways = asked.map((question) => {
  const way = device.route(question);
  return way && { ...way, steps: way.steps.map(({ text }) => text) };
});
process.stdout.write(JSON.stringify(ways));
