// Reads {pack, document, questions}; writes the answer to each as the phone would give it.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { Device } from "../../webmap/static/js/offline/nearest.js";

const { pack, document, questions } = JSON.parse(readFileSync(0, "utf8"));
const raw = gunzipSync(readFileSync(pack));
const device = new Device(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength), document);
const facts = ({ place, cost, state, closes, reports }) => ({
  code: place.code, cost, state, closes,
  door: { locked: reports?.isLocked, lacking: [...(reports?.lacking ?? [])].sort(), reports: reports?.heard },
});
const answers = questions.map((asked) => {
  const { stations, backup, snapped } = device.nearest(asked);
  return {
    stations: stations.map(facts),
    backup: backup && facts(backup),
    attached_m: snapped.edge < 0 ? null : snapped.leg,
  };
});
process.stdout.write(JSON.stringify(answers));
