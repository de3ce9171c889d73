// The page of a station with scripts: share it, or copy its address where a browser cannot share; and a page that was kept
// says of when it is.

import { DoorReports } from "./door.js";
import { leftTravel } from "./travelled.js";
import { rememberApp, showWechatHint } from "../map/maplinks.js";
import { OLD_MS } from "../web/install.js";

const place = document.getElementById("place");
const said = document.getElementById("shared");
const { title, copied, copy, made } = place.dataset;
const address = place.dataset.address || location.href; // a page in a folder of files lies where it lies

const OF_ITS_MOMENT = "[data-now], .report, .others .when";

if ("kept" in document.documentElement.dataset) {
  thank();
  // In the future too: then the phone's clock is wrong. A page in a folder of files says nothing of now.
  if (made && Math.abs(Date.now() - Number(made)) > OLD_MS) standBack();
}
document.documentElement.dataset.script = "";
showWechatHint(place);
rememberApp(place.querySelector(".map-links"));
showTravel();
document.getElementById("share").addEventListener("click", share);
const door = document.getElementById("door");
if (door) new DoorReports(door, { place: title }).load();

/** Say how far it is from the start of the list that led here, by the way of travel that is shown. */
function showTravel() {
  const line = document.getElementById("travel");
  const left = leftTravel(place.dataset.code);
  if (!line.hidden || !left || left.mode !== place.dataset.mode) return;
  const travel = document.createElement("b");
  travel.textContent = left.travel;
  const distance = document.createElement("span");
  distance.className = "muted";
  distance.textContent = left.distance;
  line.replaceChildren(travel, " ", distance);
  line.hidden = false;
}

/** Thank for a report: the page was kept before it, only the address tells of it. */
function thank() {
  const line = document.getElementById("told");
  const told = new URLSearchParams(location.search).get("told");
  if (!line || !told) return;
  line.textContent = told === "again" ? line.dataset.again : line.dataset.yes;
  line.hidden = false;
}

/** Take away what held when the page was made; what holds longer stays, with that moment. */
function standBack() {
  for (const node of place.querySelectorAll(OF_ITS_MOMENT)) node.remove();
  for (const node of place.querySelectorAll("[data-later]")) node.hidden = false;
  for (const row of place.querySelectorAll(".week .today")) {
    row.classList.remove("today");
    row.removeAttribute("aria-current");
  }
}

async function share() {
  if (navigator.share) {
    try {
      return await navigator.share({ title, url: address });
    } catch (error) {
      if (error.name === "AbortError") return; // the reader thought better of it
    }
  }
  try {
    await navigator.clipboard.writeText(address);
    say(copied);
  } catch {
    say(`${copy} ${address}`); // no clipboard without HTTPS: it can be copied by hand
  }
}

function say(text) {
  said.textContent = text;
  said.hidden = false;
}
