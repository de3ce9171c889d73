// Reads {pack, points, goals, modes}; writes by mode where points and goals join the streets and all costs between.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { snap, layGrid, legCost, metresPerDegree } from "../../webmap/static/js/offline/snap.js";
import { unpack } from "../../webmap/static/js/offline/pack.js";
import { piecesTo } from "../../webmap/static/js/offline/path.js";
import { costTo, searchFrom } from "../../webmap/static/js/offline/search.js";

const { pack, points, goals, modes } = JSON.parse(readFileSync(0, "utf8"));
const raw = gunzipSync(readFileSync(pack));
const network = unpack(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
layGrid(network);
const hex = (value) => Buffer.from(new Float64Array([value]).buffer).toString("hex");
const answer = { metres: points.map(([, lat]) => metresPerDegree(lat).map(hex)) };
for (const mode of modes) {
  const join = ([lon, lat]) => snap(network, lon, lat, mode);
  const doors = goals.map(join);
  answer[mode] = points.map((point) => {
    const origin = join(point);
    const search = origin.edge < 0 ? null : searchFrom(network, origin, mode);
    return {
      edge: origin.edge,
      fraction: origin.edge < 0 ? null : hex(origin.fraction),
      leg: Number.isNaN(origin.leg) ? null : hex(origin.leg),
      leg_ds: origin.edge < 0 ? 0 : legCost(network, origin),
      ways: search && doors.map((door) => piecesTo(network, search, door) !== null),
      costs: search && doors.map((door) => costTo(network, search, door)),
    };
  });
}
process.stdout.write(JSON.stringify(answer));
