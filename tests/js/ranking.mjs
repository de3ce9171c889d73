// Reads {unknown_s, cases: [{count, reached}]}; writes the codes of the first places of each.
import { readFileSync } from "node:fs";

import { firstOf, inOrder } from "../../webmap/static/js/offline/ranking.js";

const { unknown_s, cases } = JSON.parse(readFileSync(0, "utf8"));
const answers = cases.map(({ count, reached }) => {
  const ordered = inOrder(reached, unknown_s);
  return { stations: firstOf(ordered, count).map((each) => each.place.code), first: ordered[0]?.place.code ?? null };
});
process.stdout.write(JSON.stringify(answers));
