// Reads {bounds, size, points}; writes where each point lies in the picture of the district.
import { readFileSync } from "node:fs";

import { layGrid } from "../../webmap/static/js/map/overview.js";

const { bounds, size, points } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(points.map(layGrid(bounds, size))));
