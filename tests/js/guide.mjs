// Reads [{steps, walked}]; writes on which step somebody is and what follows.
import { readFileSync } from "node:fs";

import { hasArrived, stepAt } from "../../webmap/static/js/rider/guide.js";

const asked = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(asked.map(({ steps, walked, left, accuracy }) => (steps ? stepAt(steps, walked) : hasArrived(left, accuracy)))));
