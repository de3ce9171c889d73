// Find a start by what somebody types: names, pinyin or initials of streets, crossings, villages, stations and landmarks
// (webmap/offline/names.py). Nothing that is typed leaves the phone.

export const MOST = 5;

const KINDS = ["landmarks", "stations", "villages", "streets"]; // in this order where all else is equal
const BETWEEN = /\s+|[与和、,，/&+]|路口|交叉口|\band\b/;
const MISS = 99;

/**
 * @typedef {{name: string, pinyin: string, initials: string, lon: number, lat: number, kind: string, more?: string}} Named
 * @typedef {{kind: string, name: string, lon: number, lat: number, more?: string}} Hit `more`: a code, or the town
 */

/** The names of a district, ready to be searched. */
export class Names {
  /** @type {Named[]} */
  #named;
  #streets;
  #crossings;
  #crossing;

  /**
   * @param {any} document the answer of GET /device/<district>/names.json
   * @param {string} crossing what a crossing is called, with {a} and {b}
   */
  constructor(document, crossing) {
    this.#crossing = crossing;
    this.#named = KINDS.flatMap((kind) => document[kind].map((row) => named(kind, row)));
    this.#streets = document.streets.map((row) => named("streets", row));
    this.#crossings = document.crossings;
  }

  /** The first hits of what is typed; of nothing the landmarks. @returns {Hit[]} */
  find(typed, most = MOST) {
    const text = plain(typed);
    if (!text) return this.#named.filter(({ kind }) => kind === "landmarks").slice(0, most).map(hitOf);
    const found = this.#named.map((each) => ({ each, rank: rankOf(each, text) })).filter(({ rank }) => rank < MISS);
    const hits = [...found, ...this.#findCrossings(typed, text)];
    hits.sort((a, b) => a.rank - b.rank || a.each.name.length - b.each.name.length || compare(a.each.name, b.each.name));
    return hits.slice(0, most).map(({ each }) => hitOf(each));
  }

  /** Crossings of two streets that are both typed, and last those of one that is. */
  #findCrossings(typed, text) {
    const parts = typed.split(BETWEEN).map(plain).filter(Boolean);
    const whole = this.#streets.map((street) => rankOf(street, text));
    const ranks = parts.length === 2 ? parts.map((part) => this.#streets.map((street) => rankOf(street, part))) : null;
    const found = [];
    for (const [a, b, lon, lat] of this.#crossings) {
      const both = ranks && Math.min(ranks[0][a] + ranks[1][b], ranks[0][b] + ranks[1][a]);
      const [first, second] = [this.#streets[a], this.#streets[b]];
      const joined = [`${first.name}${second.name}`, `${second.name}${first.name}`].some((name) => plain(name).startsWith(text));
      const isLonger = text.length > plain(first.name).length || text.length > plain(second.name).length;
      const rank = both !== null && both < MISS ? both / 2 - 0.5 : joined && isLonger ? 0.5 : 6 + Math.min(whole[a], whole[b]);
      if (rank >= MISS) continue;
      const name = this.#crossing.replace("{a}", first.name).replace("{b}", second.name);
      found.push({ rank, each: { kind: "crossings", name, lon, lat } });
    }
    return found;
  }
}

function named(kind, [name, pinyin, lon, lat, more]) {
  const syllables = pinyin.split(" ");
  return { kind, name, pinyin: syllables.join(""), initials: syllables.map((each) => (/^\d/.test(each) ? each : (each[0] ?? ""))).join(""), lon, lat, more };
}

/** How well a name answers what is typed: 0 is best, `MISS` not at all. */
function rankOf({ name, pinyin, initials }, text) {
  const own = plain(name);
  if (own === text) return 0;
  if (own.startsWith(text)) return 1;
  if (own.includes(text)) return 2;
  if (initials === text || pinyin === text) return 2.5;
  if (pinyin.startsWith(text)) return 3;
  if (text.length > 1 && initials.startsWith(text)) return 3.5;
  if (text.length > 2 && initials.includes(text)) return 4;
  return text.length > 2 && pinyin.includes(text) ? 5 : MISS;
}

/** Letters without case, spaces and tones. */
function plain(text) {
  return text.normalize("NFKD").replace(/[\u0300-\u036f\s'’]/g, "").toLowerCase();
}

function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}

/**
 * @param {Hit} each
 * @returns {Hit}
 */
function hitOf({ kind, name, lon, lat, more }) {
  return { kind, name, lon, lat, more };
}
