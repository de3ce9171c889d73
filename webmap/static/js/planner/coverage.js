// The picture of coverage in a folder of files: squares of the people who are missed, and the stations.

import { createMap } from "../map/map.js";
import { fitBeside } from "./legendroom.js";

const words = document.getElementById("coverage").dataset;
const view = await createMap(document.getElementById("map"), { cooperative: !window.matchMedia("(min-width: 960px)").matches });
if (view) {
  view.map.once("load", () => fitBeside(view, document.querySelector(".legend"), view.bounds));
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
