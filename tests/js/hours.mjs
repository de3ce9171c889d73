// Reads {document, hours, moments}; writes what the phone says of each moment.
import { readFileSync } from "node:fs";

import { hoursAt } from "../../webmap/static/js/offline/hours.js";

const { document, hours, moments } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(moments.map((at) => hoursAt(document, hours, at))));
