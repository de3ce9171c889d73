// Reads {document, typed: [text]}; writes the names of the hits of each text.
import { readFileSync } from "node:fs";

import { Names } from "../../webmap/static/js/offline/names.js";

const { document, typed } = JSON.parse(readFileSync(0, "utf8"));
const names = new Names(document, "{a}与{b}路口");
process.stdout.write(JSON.stringify(typed.map((text) => names.find(text).map(({ name }) => name))));
