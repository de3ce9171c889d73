// Reads [{seconds, accuracy, speed}]; writes the minutes within which each way lies.
import { readFileSync } from "node:fs";

import { minutesWithin } from "../../webmap/static/js/rider/accuracy.js";

const asked = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(asked.map(({ seconds, accuracy, speed }) => minutesWithin(seconds, accuracy, speed))));
