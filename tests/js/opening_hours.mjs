// Reads {texts, moments}; writes what the npm package opening_hours says of each text at each moment: 1 open, 0 closed,
// null where it refuses the text. Moments are local times such as 2026-11-23T08:15.
import { readFileSync } from "node:fs";

import OpeningHours from "opening_hours";

const { texts, moments } = JSON.parse(readFileSync(0, "utf8"));
const dates = moments.map((moment) => new Date(moment));
process.stdout.write(
  JSON.stringify(
    texts.map((text) => {
      try {
        const hours = new OpeningHours(text, null, { locale: "en" });
        return dates.map((date) => (hours.getState(date) ? 1 : 0));
      } catch {
        return null;
      }
    }),
  ),
);
