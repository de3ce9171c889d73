// The picture of coverage in a folder of files: squares of the people who are missed, and the stations.

import { createMap } from "../map/map.js";

const words = document.getElementById("coverage").dataset;
const view = await createMap(document.getElementById("map"), { cooperative: !window.matchMedia("(min-width: 960px)").matches });
if (view) {
  // Where the map is narrow its legend would lie over the district.
  if (view.map.getContainer().offsetWidth < 700) {
    const bottom = document.querySelector(".legend").offsetHeight + 48;
    view.map.once("load", () => view.fit(undefined, { padding: { top: 56, left: 16, right: 16, bottom } }));
  }
  const [squares, stations] = await Promise.all([words.gaps, words.stations].map(getJson));
  view.setGaps(squares, JSON.parse(words.breaks));
  // The numbers do not regard hours, so a marker must not tell of them.
  const features = stations.features.map((each) => ({ ...each, properties: { ...each.properties, state: "any", closes_at: null } }));
  view.setStations({ ...stations, features });
}

async function getJson(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}
