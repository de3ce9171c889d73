// The list as templates/rider/find.html makes it, from what the phone keeps. The cards and choices are the server's own,
// with gaps; here they are put in order and the gaps filled. A test compares the two lists word by word.

import { bars } from "./door.js";
import { rint } from "./snap.js";
import { fill, wholeMinutes, Words } from "./words.js";

const MARKS = ["open", "closing", "unknown", "closed"];
const STATION = "rest_station";
const ASKED = ["mode", "kind", "service", "always", "landmark", "to", "show", "more"];

/** The choices that are on. */
const chosen = ({ services, always }) => [...services, ...(always ? ["always"] : [])];

/** Return how a place shows: "open", "closing" (soon), "closed" or "unknown". */
function markOf({ state, closes }, at, { closing_soon_s: soonS }) {
  return state === "open" && closes !== null && closes - at <= 1000 * soonS ? "closing" : state;
}

/**
 * Make the list.
 * @param {import("./nearest.js").Device} device
 * @param {{mode: string, kind: string, services: string[], always: boolean, landmark?: string, hasMore?: boolean}} asked hasMore: the whole list, not its beginning
 * @param {{reached: {stations: object[], backup: object|null}|null, startName: string, now: number, age: number|null}} given
 *   reached: what `Device.nearest` answered; null without a start. age: milliseconds, null where it need not be said
 * @returns {DocumentFragment}
 */
export function makeList(device, asked, { reached, startName, now, age }) {
  const { document: kept } = device;
  const words = new Words(kept);
  const template = document.createElement("template");
  template.innerHTML = kept.lists[asked.kind];
  const page = template.content;
  const icon = iconMaker(page);
  setChoices(page, device, asked, icon);

  const from = page.querySelector(".from");
  const controls = page.querySelector(".controls");
  if (reached) {
    from.querySelector("[data-start-name]").textContent = startName;
    sayChoices(controls, kept.words, asked);
  } else {
    from.replaceChildren(element("b", {}, kept.words.start.none));
    controls.replaceWith(page.querySelector(".choices")); // they fold from a start on
  }

  const shown = reached ? reached.stations : everyPlace(device, asked, now);
  page.querySelector(".notice")?.remove();
  const advice = adviceOn(kept, words, asked, shown, Boolean(reached));
  if (advice) from.after(notice(advice, kept.words, asked));
  if (age !== null) from.before(element("p", { class: "age" }, icon("clock"), words.age(age)));

  const list = page.querySelector(".stations");
  const limit = asked.hasMore ? kept.limits.listed : kept.limits.first_listed;
  if (!asked.hasMore && shown.length > limit) list.after(moreLink(shown.length - limit, kept.words, asked));
  const cards = new Map([...list.children].map((card) => [card.dataset.code, card]));
  list.replaceChildren(
    ...shown.slice(0, limit).map((station, index) => {
      const card = cards.get(station.place.code);
      fillCard(card, station, { kept, words, asked, reached, index, now, icon });
      return card;
    }),
  );
  return page;
}

/** Every place that passes, the open ones first, those that are barred last, as `webmap.rider.station_list.all_cards`. */
function everyPlace(device, asked, now) {
  return device
    .choose(asked)
    .map((place) => ({ place, arrives: now, ...device.hoursOf(place, asked.kind, now) }))
    .map((station) => ({ ...station, reports: device.reportsOf(station.place, now) }))
    .map((station) => ({ ...station, isBarred: bars(station.reports, asked.services), rank: MARKS.indexOf(markOf(station, now, device.document.limits)) }))
    .sort((a, b) => a.isBarred - b.isBarred || a.rank - b.rank || (a.place.code < b.place.code ? -1 : 1));
}

function fillCard(card, station, { kept, words, asked, reached, index, now, icon }) {
  const { place, cost, arrives, reports } = station;
  const mark = markOf(station, arrives, kept.limits);
  const { week } = place.functions[asked.kind];
  const hours = words.hours(station, arrives) ?? (mark === "unknown" ? week : null);
  const stateWords = kept.words.states[reached ? "arrival" : "now"][mark];
  const state = element("span", { class: `state state-${mark}` }, icon(`state-${mark}`), stateWords);
  const when = card.querySelector(".when");
  when.replaceChildren(state, ...(hours ? [element("span", {}, hours)] : []));
  const lines = reports.heard.map((heard) =>
    element("p", { class: heard.isHeeded ? "report heeded" : "report" }, icon("report"), words.report(heard, now)),
  );
  when.after(...lines);
  const travel = card.querySelector(".travel");
  const go = card.querySelector("[data-go]");
  card.querySelector(".backup")?.remove();
  for (const link of card.querySelectorAll("a.details")) link.href = keepQuery(addressIn(link), { mode: asked.mode, ...(asked.landmark ? { landmark: asked.landmark } : {}) });
  if (!reached) {
    travel.remove();
    card.querySelector(".go").remove();
    if (week && mark !== "unknown") (lines[lines.length - 1] ?? when).after(element("p", { class: "muted week" }, icon("clock"), week));
    return;
  }
  travel.dataset.seconds = String(rint(cost / 10));
  travel.querySelector("b").textContent = words.travel(asked.mode, cost);
  travel.querySelector(".muted").textContent = words.distance(station.distance);
  go.className = index === 0 ? "primary" : "act";
  if (index !== 0) return;
  if (reached.asideM !== null) card.querySelector(".foot").before(element("p", { class: "muted" }, kept.words.aside));
  card.querySelector(".foot").before(backupLine(reached.backup, kept.words, words, asked.mode, icon));
}

function backupLine(backup, sentences, words, mode, icon) {
  if (!backup) return element("p", { class: "backup" }, icon("backup"), sentences.backup.none);
  const named = fill(sentences.backup.named, { name: backup.place.name });
  return element("p", { class: "backup" }, icon("backup"), named, " ", element("b", {}, words.travel(mode, backup.cost)));
}

function moreLink(count, sentences, asked) {
  const address = new URL(addressOf(asked));
  address.searchParams.set("more", "1");
  const link = element("a", { class: "button", href: address.href, "data-more": "" }, fill(sentences.more, { count }));
  return element("p", { class: "more-cards" }, link);
}

/* ---- Choices ---- */

function setChoices(page, device, asked, icon) {
  for (const link of page.querySelectorAll(".segmented a")) {
    const mode = addressIn(link).searchParams.get("mode");
    link.href = addressOf({ ...asked, mode });
    setCurrent(link, mode === asked.mode);
  }
  for (const link of page.querySelectorAll(".kinds li a")) {
    const kind = addressIn(link).searchParams.get("kind") ?? STATION;
    link.href = addressOf({ ...asked, kind, services: [], always: false });
    setCurrent(link, kind === asked.kind);
  }
  const lists = page.querySelectorAll(".services .chips");
  const items = new Map([...page.querySelectorAll(".services .chips li")].map((item) => [choiceOf(item), item]));
  if (!items.size) return; // nothing to choose
  const order = [...new Set([...chosen(asked), ...items.keys()])].map((choice) => {
    const item = items.get(choice) ?? newChip(choice, items, device.document.words);
    setChip(item.querySelector("a"), choice, device, asked, icon);
    return item;
  });
  const shown = lists[1] ? device.document.limits.chips : order.length;
  lists[0]?.replaceChildren(...order.slice(0, shown));
  lists[1]?.replaceChildren(...order.slice(shown));
}

/** The one line that the choices fold into. */
function sayChoices(controls, sentences, asked) {
  const said = (name) => controls.querySelector(`[data-said="${name}"]`);
  const icon = controls.querySelector(".said .icon use");
  icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, `#${asked.mode}`));
  said("mode").textContent = controls.querySelector(".segmented [aria-current]").textContent;
  said("kind").textContent = sentences.kinds[asked.kind];
  const names = chosen(asked).map((choice) => sentences.choices[choice]);
  if (names.length) said("filter").textContent = names.join(sentences.list);
}

function choiceOf(item) {
  return addressIn(item.querySelector("a")).searchParams.get("service") ?? "always";
}

/** What is chosen but offered nowhere has no chip yet. */
function newChip(choice, items, sentences) {
  const item = [...items.values()][0].cloneNode(true);
  item.querySelector(".icon").nextSibling.data = sentences.choices[choice];
  return item;
}

function setChip(link, choice, device, asked, icon) {
  const isOn = chosen(asked).includes(choice);
  const pressed = toggled(asked, choice);
  const count = device.choose(isOn ? asked : pressed).length;
  link.href = addressOf(pressed);
  link.classList.toggle("none", count === 0);
  setCurrent(link, isOn);
  link.querySelector(".icon").replaceWith(icon(isOn ? "check" : choice === "always" ? "clock" : choice));
  link.querySelector(".count").textContent = count;
}

function toggled(asked, choice) {
  if (choice === "always") return { ...asked, always: !asked.always };
  const { services } = asked;
  const isOn = services.includes(choice);
  return { ...asked, services: isOn ? services.filter((each) => each !== choice) : [...services, choice] };
}

function setCurrent(link, isCurrent) {
  if (isCurrent) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

/** The address of this page with other choices; a start that is no landmark stands in none. */
function addressOf({ mode, kind, services, always, landmark }) {
  const address = new URL(location.pathname, location.href);
  address.searchParams.set("mode", mode);
  if (kind !== STATION) address.searchParams.set("kind", kind);
  for (const service of services) address.searchParams.append("service", service);
  if (always) address.searchParams.set("always", "1");
  if (landmark) address.searchParams.set("landmark", landmark);
  return keepQuery(address, {});
}

/** An address with what this page keeps of its own (language, district, print), and some values set. */
function keepQuery(address, values) {
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (!ASKED.includes(name)) address.searchParams.set(name, value);
  }
  for (const [name, value] of Object.entries(values)) address.searchParams.set(name, value);
  return address.href;
}

/** Where a link leads; one inside a template knows no page to be relative to. */
function addressIn(link) {
  return new URL(link.getAttribute("href"), location.href);
}

/* ---- Advice ---- */

/** A sentence where the answer is not what was hoped for, as `webmap.rider.views.advice`. */
function adviceOn({ words: sentences, limits }, words, asked, shown, hasStart) {
  const { advice, choices, kinds } = sentences;
  const what = kinds[asked.kind];
  const services = chosen(asked).map((choice) => choices[choice]).join(sentences.list);
  if (!shown.length) {
    if (services) return fill(advice.none_with, { what, services });
    return fill(hasStart ? advice.no_way : advice.none, { what });
  }
  if (!hasStart) return null;
  const open = shown.filter(({ state, isBarred }) => state === "open" && !isBarred);
  if (!open.length) return advice.unsure;
  const nearest = open.reduce((best, each) => (each.cost < best.cost ? each : best));
  if (wholeMinutes(nearest.cost) <= limits.far_min) return null;
  const lacks = fill(services ? advice.far_with : advice.far, { what, services });
  const there = fill(advice.nearest, { name: nearest.place.name, travel: words.travel(asked.mode, nearest.cost) });
  return `${lacks}${sentences.space}${there}`;
}

function notice(advice, sentences, asked) {
  const box = element("div", { class: "notice", role: "status" }, element("p", {}, advice));
  const links = chosen(asked).map((choice) =>
    element(
      "a",
      { class: "button", href: addressOf(toggled(asked, choice)), "data-filter": "" },
      fill(sentences.advice.without, { what: sentences.choices[choice] }),
    ),
  );
  if (links.length) box.append(element("p", {}, ...links));
  return box;
}

/* ---- Small things ---- */

/** Icons of the sprite that the server's own list uses. */
function iconMaker(page) {
  const model = page.querySelector("svg.icon");
  return (name) => {
    const icon = model.cloneNode(true);
    const use = icon.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
    return icon;
  };
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
