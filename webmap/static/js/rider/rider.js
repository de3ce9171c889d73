// The first page with scripts: my position or a point on the map as the start, the route on the map.
// A position lives in `start` and `pending` only. It travels in the bodies of POST requests, until the phone answers by itself.

import { Answers, Refusal } from "./answers.js";
import { offered, pressed, readChoices, shownAddress } from "./choices.js";
import { createMap, stationMark } from "../map/map.js";
import { AROUND_PX, fetchMap } from "../map/mapfiles.js";
import { showWechatHint } from "../map/maplinks.js";
import { markOverview } from "../map/overview.js";
import { makeSheet } from "./sheet.js";

const OLD_MS = 2 * 60_000;
const POSITION = { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 };

const AROUND_ROUTE = { top: 56, right: 72, bottom: 104, left: 40 }; // where nothing lies on the map

const page = document.getElementById("rider");
const find = document.getElementById("find");
const hint = document.getElementById("hint");
const words = page.dataset;

const mapBox = document.getElementById("map");
const hasOverview = document.getElementById("overview") !== null;

const answers = new Answers(words);
let view = null; // the map, once it is drawn
let drawing = null;
let start = readStart(); // of the list that is shown
let pending = null; // the list that is on its way: its start and its choices
let hasMarks = hasOverview && Boolean(words.list); // a folder of files says nothing of now
let asked = 0; // the newest request; the answer to an older one is dropped
let marked = 0; // the same for the marks on the map
let searches = 0; // for the position
let isLocating = false;
let listedAt = hasMarks ? Number(words.made) : 0; // ms

const routeBox = document.getElementById("route");
/** @type {import("./route.js").RoutePanel|null} */
let route = null; // fetched with the first route
const sheet = makeSheet(
  document.getElementById("sheet"),
  document.getElementById("sheet-handle"),
  turnSheet,
  () => route?.headHeight() ?? 0,
);

document.getElementById("here").addEventListener("click", locate);
document.getElementById("route-close").addEventListener("click", (event) => {
  event.preventDefault();
  const card = find.querySelector(".station.selected");
  closeRoute();
  rememberChoices(); // without the way
  card?.querySelector("[data-go]")?.focus({ preventScroll: true });
});
document.getElementById("landmarks")?.addEventListener("click", keepChoices);
find.addEventListener("click", onFindClick);
showWechatHint(routeBox);
document.getElementById("sheet").addEventListener("click", (event) => {
  if (!view && mapBox.contains(event.target)) sheet.setTall(true);
});
document.addEventListener("visibilitychange", () => document.hidden || comeBack());
// The streets come last: first the list, which is there, then the map.
const isDrawnFirst = isMapWanted();
(isDrawnFirst ? wantMap() : Promise.resolve())
  .then(() => answers.start())
  .then(catchUp)
  .then(() => isDrawnFirst || drawing || fetchMap(mapBox));

/** Return the start that the server has answered from: a landmark. */
function readStart() {
  if (!words.start) return null;
  const [lon, lat] = words.start.split(",").map(Number);
  const name = find.querySelector("[data-start-name]").textContent;
  return { lon, lat, name, landmark: new URLSearchParams(location.search).get("landmark") };
}

/** A page that was kept from before may be of another hour, of other choices or of another start than its address. */
async function catchUp(isLocal) {
  if (!isLocal) {
    if (isOfAnother()) say(words.offline);
    return;
  }
  page.dataset.local = "";
  if (start && !start.landmark) return;
  const query = new URLSearchParams(location.search);
  const wanted = choicesOf(location.search);
  const isOther = JSON.stringify(wanted) !== JSON.stringify(choicesOf(shownAddress(find).search));
  const landmark = start ? null : answers.landmark(query.get("landmark"));
  if (landmark) {
    await startFrom(landmark, landmark.name, { landmark: landmark.code });
    if (query.has("to")) await showRoute(query.get("to"), cardOf(query.get("to"))?.dataset.name ?? "");
  } else if (isOther || Date.now() - Number(words.made) > OLD_MS) {
    await list(wanted);
  } else if (hasMarks) {
    return;
  }
  say(null);
  await markPlaces(wanted.kind);
}

/** Without a connection the plain page that was kept stands for every address: whether it is not the one asked for. */
function isOfAnother() {
  const isFromElsewhere = new URLSearchParams(location.search).has("landmark") && !start;
  return isFromElsewhere || offered(location.search, find) !== offered(shownAddress(find).search, find);
}

/** A phone that was in a pocket for hours shows what is open now. */
async function comeBack() {
  await answers.renew();
  if (!answers.isLocal || route?.way || pending || document.hidden || Date.now() - listedAt < OLD_MS) return;
  const choices = choicesOf(shownAddress(find).search);
  if (await list(choices)) await markPlaces(choices.kind);
}

/**
 * Whether the map is drawn without being asked for: on a desk, and where there is a start to show. Else a phone shows the
 * picture of the district, which costs it nothing, until somebody opens the map.
 */
function isMapWanted() {
  return !hasOverview || !isPhone() || start !== null;
}

/** Draw the map, once. */
function wantMap() {
  return (drawing ??= drawMap().finally(() => view || (drawing = null)));
}

async function drawMap() {
  view = await createMap(mapBox, { cooperative: isPhone() && !sheet.isTall, onStation: showStation, onTap: offerStart });
  if (!view) return;
  view.setStart(start);
  if (start) look();
  await markPlaces(choicesOf(shownAddress(find).search).kind);
  if (route?.way) showWay();
  else if (words.to && start) showRoute(words.to, cardOf(words.to)?.dataset.name ?? "", { isQuiet: true });
}

/** The sheet has become tall, where the map is wanted, or low. */
async function turnSheet(isTall, hasTurned) {
  await hasTurned;
  if (isTall) await wantMap();
  if (!view) return;
  view.setCooperative(isPhone() && !sheet.isTall);
  if (!view.isHeld && !route?.way) start ? look() : view.fit(undefined, { padding: AROUND_PX });
}

/** Show the places that are looked for, all of them. */
async function markPlaces(kind) {
  const turn = ++marked;
  try {
    const stations = await answers.stations(kind);
    if (turn !== marked) return;
    if (hasOverview) markOverview(stations, mapBox.dataset.bounds.split(",").map(Number), stationMark);
    view?.setStations(stations);
    hasMarks = true;
  } catch {
    if (turn === marked) say(words.offline);
  }
}

/* ---- The start ---- */

function locate() {
  const search = ++searches;
  isLocating = true;
  say(words.searching);
  // What was chosen meanwhile stands.
  const ending = (then) => (found) => {
    if (search !== searches) return;
    isLocating = false;
    then(found);
  };
  const failed = () => {
    say(words.denied);
    const landmarks = document.getElementById("landmarks");
    if (landmarks) landmarks.open = true;
  };
  if (!navigator.geolocation) return setTimeout(ending(failed)); // after this press, which closes menus
  navigator.geolocation.getCurrentPosition(
    ending(({ coords }) => startFrom({ lon: coords.longitude, lat: coords.latitude }, words.here)),
    ending(failed),
    POSITION,
  );
}

function stopLocating() {
  if (isLocating) say(null);
  searches += 1;
  isLocating = false;
}

function offerStart(point) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "primary";
  button.textContent = words.usePoint;
  button.addEventListener("click", () => {
    view.popup(null);
    startFrom(point, words.point);
  });
  view.popup(point, button);
}

/**
 * @param {{lon: number, lat: number}} point
 * @param {string} name
 * @param {{landmark?: string}} [options]
 */
async function startFrom(point, name, { landmark } = {}) {
  const from = landmark ? { ...point, name, landmark } : { lon: round(point.lon), lat: round(point.lat), name };
  stopLocating();
  closeRoute();
  await list(pending?.choices ?? choicesOf(location.search), from);
}

/* ---- The list ---- */

/**
 * Show the list from a start, if there is one; say what went wrong. What is shown stays until the newest list has come.
 * Returns whether a list came.
 */
async function list(choices, from = newestStart()) {
  const turn = ++asked;
  pending = { start: from, choices };
  find.setAttribute("aria-busy", "true");
  try {
    const made = await answers.list(from, choices);
    if (turn !== asked) return false;
    const focused = focusKey();
    find.replaceChildren(made);
    refocus(focused);
    say(isLocating ? words.searching : null);
    rememberChoices();
    listedAt = Date.now();
    moveStart(from);
    return true;
  } catch (error) {
    if (turn === asked) say(error instanceof Refusal ? error.message : words.offline);
    return false;
  } finally {
    if (turn === asked) stopWaiting();
  }
}

/** The start of the list that is on its way, else of the one that is shown. */
function newestStart() {
  return pending ? pending.start : start;
}

function stopWaiting() {
  pending = null;
  find.removeAttribute("aria-busy");
}

function moveStart(from) {
  if (from === start) return;
  start = from;
  view?.setStart(start);
  look();
  wantMap();
}

async function onFindClick(event) {
  const link = event.target.closest("a, button");
  const card = event.target.closest(".station");
  const from = newestStart();
  if (link?.hasAttribute("data-filter") && (answers.isLocal || (from && !from.landmark))) {
    event.preventDefault();
    closeRoute();
    const shown = choicesOf(shownAddress(find).search);
    const choices = pressed(choicesOf(new URL(link.href).search), shown, pending?.choices ?? shown);
    const isOther = choices.kind !== shown.kind;
    if ((await list(choices)) && isOther) await markPlaces(choices.kind);
  } else if (link?.hasAttribute("data-go")) {
    event.preventDefault();
    showRoute(card.dataset.code, card.dataset.name);
  } else if (card && (!link || link.hasAttribute("data-show"))) {
    event.preventDefault();
    showCard(card);
  }
}

/** The choices stand in the address; the start, unless it is a landmark, does not. */
function choicesOf(search) {
  return answers.known(readChoices(search, find));
}

function rememberChoices() {
  history.replaceState(null, "", shownAddress(find));
}

function keepChoices(event) {
  const link = event.target.closest("a");
  if (!link) return;
  const here = shownAddress(find);
  here.searchParams.set("landmark", new URL(link.href).searchParams.get("landmark"));
  event.preventDefault();
  location.assign(here);
}

/* ---- Stations and the route ---- */

function showCard(card) {
  select(card.dataset.code);
  const { lon, lat } = card.dataset;
  view?.map.easeTo({ center: [Number(lon), Number(lat)], zoom: Math.max(view.map.getZoom(), 13.5) });
}

function showStation(station, point) {
  select(station.code);
  cardOf(station.code)?.scrollIntoView({ block: "nearest" });
  const node = document.createElement("div");
  node.className = "popup";
  const title = document.createElement("h3");
  title.textContent = cardOf(station.code)?.dataset.name ?? station.name;
  const state = document.createElement("p");
  state.className = `state state-${station.mark}`;
  state.textContent = words[station.mark];
  node.append(title, state);
  if (start) {
    const go = document.createElement("button");
    go.type = "button";
    go.className = "primary";
    go.textContent = words.go;
    go.addEventListener("click", () => {
      view.popup(null);
      showRoute(station.code, station.name);
    });
    node.append(go);
  }
  view.popup(point, node);
}

async function showRoute(code, name, { isQuiet = false } = {}) {
  const turn = isQuiet ? asked : ++asked;
  if (!isQuiet) {
    stopLocating();
    stopWaiting();
  }
  const mode = shownAddress(find).searchParams.get("mode");
  try {
    const answer = await answers.route(start, code, mode);
    // After the answer: browsers remember for the life of a page that an import failed.
    const { RoutePanel } = await import("./route.js");
    if (turn !== asked) return;
    route ??= new RoutePanel({ words, view: () => view, start: () => start });
    route.take(answer);
    select(code);
    if (!isQuiet) {
      route.describe(name);
      if (isPhone()) await sheet.setTall(true);
      routeBox.scrollIntoView({ block: "start" }); // only now may the page be long enough
    }
    showWay();
  } catch (error) {
    if (turn === asked) say(error instanceof Refusal ? error.message : words.offline);
  }
}

/** Draw the way on the map. */
function showWay() {
  view?.showRoute(route.way.geometry);
  view?.fit(route.way.geometry, { padding: isPhone() && !sheet.isTall ? undefined : AROUND_ROUTE });
}

function closeRoute() {
  delete words.to;
  if (!routeBox.hidden && isPhone()) sheet.setTall(false);
  route?.close();
  select(null);
  view?.showRoute(null);
  view?.popup(null);
}

function select(code) {
  view?.select(code);
  for (const card of find.querySelectorAll(".station")) card.classList.toggle("selected", card.dataset.code === code);
}

/** Look at the start and the two nearest stations. */
function look() {
  if (!view) return;
  const points = [...find.querySelectorAll(".station")].slice(0, 2).map(({ dataset }) => [Number(dataset.lon), Number(dataset.lat)]);
  view.fit({ type: "MultiPoint", coordinates: [[start.lon, start.lat], ...points] }, { maxZoom: 15 });
}

/* ---- Small things ---- */

function cardOf(code) {
  return find.querySelector(`.station[data-code="${CSS.escape(code)}"]`);
}

function say(text) {
  hint.textContent = text ?? "";
  hint.hidden = !text;
}

function focusKey() {
  const focused = document.activeElement;
  return find.contains(focused) ? focused.textContent.trim() : null;
}

function refocus(text) {
  if (text === null) return;
  const same = [...find.querySelectorAll("a, button, summary")].find((element) => element.textContent.trim() === text);
  const closed = same?.closest("details:not([open])");
  (closed ? closed.querySelector("summary") : same)?.focus();
}

/** Five decimals are a metre: more is not needed to answer. */
function round(degrees) {
  return Math.round(degrees * 1e5) / 1e5;
}

function isPhone() {
  return window.matchMedia("(max-width: 959px)").matches;
}
