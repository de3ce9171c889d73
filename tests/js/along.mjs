// Reads [{line, point}]; writes where each point is on its line.
import { readFileSync } from "node:fs";

import { placeOnLine } from "../../webmap/static/js/rider/follow.js";

const asked = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(asked.map(({ line, point: [lon, lat] }) => placeOnLine(line, { lon, lat }))));
