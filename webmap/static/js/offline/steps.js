// The steps of a route in words: twin of geo/network/directions.py and wording.py. A test compares the two.

import { rint } from "./snap.js";
import { edgeLength } from "./path.js";
import { fill } from "./words.js";

const [BRIDGE, TUNNEL, ROUNDABOUT] = [1, 2, 4];
const NEVER_SWALLOWED = ["ferry", "steps", "elevator"];

/**
 * Return the instructions of a route.
 * @param {object} network
 * @param {object} route what `routeTo` made
 * @param {{words: any, limits: any, isEnglish: boolean}} options words: `geo.network.wording.vocabulary` of one language;
 *   limits: `geo.network.directions.thresholds`; isEnglish: names of streets in English, where they have one
 * @returns {{text: string, distance_m: number}[]} the metres of each; the last one is the arrival
 */
export function describe(network, route, options) {
  const { limits } = options;
  const speaker = new Speaker(options, route.mode);
  const stretches = stretchesOf(network, route, limits);
  const [before, after] = route.legs;
  const steps = [];
  const add = (text, metres) => steps.push({ text, distance_m: metres });
  if (before >= limits.spoken_leg_m) add(speaker.say("leg", { said: speaker.distance(before) }), before);
  else if (stretches.length) stretches[0].metres += before;
  stretches.forEach((stretch, i) => add(speaker.step(stretch, stretches[i - 1]), stretch.metres));
  const arrival = stretches.length || before >= limits.spoken_leg_m ? after : before + after;
  add(speaker.say(arrivalKind(route, limits), { said: speaker.distance(arrival) }), arrival);
  return steps;
}

/* ---- Stretches: consecutive pieces on one street ---- */

function stretchesOf(network, route, limits) {
  const { pieces, mode } = route;
  if (!pieces.length) return [];
  const path = new Path(route, limits);
  const label = pieces.map(({ edge }) => network.edgeLabel[edge]);
  const starts = [0];
  for (let i = 1; i < pieces.length; i += 1) {
    const isKink = Math.abs(turned(path.headingOut(i - 1), path.headingIn(i))) >= limits.kink_deg;
    if (label[i] === label[i - 1] && !isKink) continue;
    const [before, after] = [label[i - 1], label[i]].map((index) => labelOf(network, index));
    if (!(isAlike(before, after) && isSameStreet(before, after, path.turnAt(i, i), path))) starts.push(i);
  }
  const found = joinStretches(
    path,
    starts.map((first, i) => {
      const last = starts[i + 1] ?? pieces.length;
      const of = pieces.slice(first, last);
      const metres = of.reduce((sum, { edge, from, to }) => sum + Math.abs(to - from) * edgeLength(network, edge), 0);
      return { label: labelOf(network, label[first]), first, last, metres, turn: 0, heading: 0, exits: 0, isCrossed: false };
    }),
  );
  let turnedFrom = 0;
  for (const stretch of found) {
    stretch.turn = path.turnAt(turnedFrom, stretch.first);
    stretch.heading = path.headingAfter(stretch.first);
    turnedFrom = stretch.last;
    if (stretch.label.isRoundabout && stretch !== found[found.length - 1])
      stretch.exits = countExits(network, pieces.slice(stretch.first, stretch.last), mode);
  }
  return found;
}

function labelOf({ labels }, index) {
  const [name, nameEn, kind, flags] = labels[index];
  const [isBridge, isTunnel, isRoundabout] = [BRIDGE, TUNNEL, ROUNDABOUT].map((flag) => Boolean(flags & flag));
  return { name, nameEn, kind, isBridge, isTunnel, isRoundabout };
}

/** Give the metres of short unnamed links to the stretch that follows, and let one's street go on past small things. */
function joinStretches(path, stretches) {
  const { limits } = path;
  const kept = [];
  let carried = 0;
  stretches.forEach((stretch, i) => {
    const { label } = stretch;
    const isPlain = !(label.isBridge || label.isRoundabout || NEVER_SWALLOWED.includes(label.kind));
    const isShort = stretch.metres < limits.short_m && (i > 0 || label.name === null) && i + 1 < stretches.length;
    if (isPlain && isShort && (label.name === null || isStraight(path, stretch))) {
      carried += stretch.metres;
      return;
    }
    const isTold = stretch.metres >= limits.small_m && (label.isBridge || label.isTunnel);
    stretch.metres += carried;
    stretch.isCrossed = carried > 0;
    carried = 0;
    const before = kept[kept.length - 1];
    const isNews = isTold || label.isRoundabout;
    if (before && !isNews && isSameStreet(before.label, label, path.turnAt(before.last, stretch.first), path)) {
      before.metres += stretch.metres;
      before.last = stretch.last;
      // What began with a small bridge is the street that goes on beyond it.
      if (before.metres - stretch.metres < limits.small_m && !label.isBridge && !label.isTunnel) before.label = label;
      return;
    }
    kept.push(stretch);
  });
  return kept;
}

/** Whether a stretch neither begins nor ends with a turn. */
function isStraight(path, { first, last }) {
  return [first, last].every((piece) => Math.abs(path.turnAt(piece, piece)) < path.limits.straight_deg);
}

function isSameStreet(before, after, turn, { limits, isWalk }) {
  if (before.isRoundabout || after.isRoundabout) return before.isRoundabout && after.isRoundabout;
  if (isWalk && before.name === null && after.name === null && Math.abs(turn) < limits.straight_deg)
    return before.kind === after.kind || [before, after].every(({ kind }) => limits.pavements?.includes(kind));
  return isCalledTheSame(before, after) && Math.abs(turn) < limits.bend_deg;
}

function isCalledTheSame(before, after) {
  if ((before.kind === "ferry") !== (after.kind === "ferry")) return false;
  return before.name === after.name && (before.name !== null || before.kind === after.kind);
}

function isAlike(before, after) {
  return before.isBridge === after.isBridge && before.isTunnel === after.isTunnel;
}

/** How many nodes with a way out a roundabout's stretch passes, the last one included. */
function countExits(network, pieces, mode) {
  const { arcPtr, arcId, edgeU, edgeV, edgeLabel, cost } = network;
  let count = 0;
  for (const { edge, from, to } of pieces) {
    const node = to < from ? edgeU[edge] : edgeV[edge];
    const leaving = [...arcId.subarray(arcPtr[node], arcPtr[node + 1])].filter((arc) => cost[mode][arc] >= 0);
    if (leaving.some((arc) => !labelOf(network, edgeLabel[arc >> 1]).isRoundabout)) count += 1;
  }
  return count;
}

/* ---- Angles ---- */

/** The route's line in metres, to measure angles on. */
class Path {
  limits;
  isWalk;
  #xy;
  #ptr;
  #along = [0];
  #heading = [];

  constructor({ coordinates, ptr, mode }, limits) {
    this.limits = limits;
    this.isWalk = mode === "walk";
    const low = ptr[0];
    const points = coordinates.slice(low, ptr[ptr.length - 1] + 1);
    const scale = Math.cos((points[0][1] * Math.PI) / 180);
    this.#xy = points.map(([lon, lat]) => [lon * scale * 111_320, lat * 111_320]);
    this.#ptr = ptr.map((at) => at - low);
    for (let k = 1; k < points.length; k += 1) {
      const [east, north] = [this.#xy[k][0] - this.#xy[k - 1][0], this.#xy[k][1] - this.#xy[k - 1][1]];
      this.#along.push(this.#along[k - 1] + Math.hypot(east, north));
      this.#heading.push((Math.atan2(east, north) * 180) / Math.PI);
    }
  }

  headingIn(piece) {
    return this.#heading[this.#ptr[piece]];
  }

  headingOut(piece) {
    return this.#heading[Math.max(this.#ptr[piece + 1] - 1, 0)];
  }

  /** The angle between the end of piece `before` and the start of piece `after`; right positive. */
  turnAt(before, after) {
    return before === 0 ? 0 : turned(this.#headingFrom(before, -this.limits.look_m), this.headingAfter(after));
  }

  headingAfter(piece) {
    return this.#headingFrom(piece, this.limits.look_m);
  }

  #headingFrom(piece, look) {
    const at = this.#along[this.#ptr[piece]];
    const [[ax, ay], [bx, by]] = [Math.min(at, at + look), Math.max(at, at + look)].map((metres) => this.#pointAt(metres));
    return ((Math.atan2(bx - ax, by - ay) * 180) / Math.PI + 360) % 360;
  }

  #pointAt(metres) {
    const along = this.#along;
    const wanted = Math.min(Math.max(metres, 0), along[along.length - 1]);
    let k = 0;
    while (k + 2 < along.length && along[k + 1] <= wanted) k += 1;
    if (along.length < 2) return this.#xy[0];
    const t = along[k + 1] > along[k] ? (wanted - along[k]) / (along[k + 1] - along[k]) : 0;
    return [0, 1].map((axis) => this.#xy[k][axis] + t * (this.#xy[k + 1][axis] - this.#xy[k][axis]));
  }
}

function turned(before, after) {
  return ((((after - before + 180) % 360) + 360) % 360) - 180;
}

function arrivalKind({ legs, coordinates }, limits) {
  if (legs[1] < limits.spoken_leg_m || coordinates.length <= 2) return "arrive";
  const [a, b, c] = coordinates.slice(-3);
  const scale = Math.cos((b[1] * Math.PI) / 180);
  const cross = (b[0] - a[0]) * scale * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) * scale;
  return cross > 0 ? "arrive_left" : "arrive_right";
}

/* ---- Words ---- */

class Speaker {
  #words;
  #isEnglish;
  #limits;
  #mode;

  constructor({ words, limits, isEnglish }, mode) {
    this.#words = words;
    this.#limits = limits;
    this.#isEnglish = isEnglish;
    this.#mode = mode;
  }

  say(kind, values) {
    return fill(this.#words.sentences[kind], values);
  }

  distance(metres) {
    if (metres < 1000) {
      const rounded = Math.max(10, rint(metres / 10) * 10);
      if (rounded < 1000) return `${rounded} ${this.#words.metres}`;
      return `${rounded / 1000} ${this.#words.kilometres}`;
    }
    return `${Number(((rint(metres / 100) * 100) / 1000).toPrecision(3))} ${this.#words.kilometres}`;
  }

  step(stretch, before) {
    const { label } = stretch;
    const isWalk = this.#mode === "walk"; // who walks goes round on the pavement and counts no exits
    return this.say(this.#kindOf(stretch, before, isWalk), {
      street: this.#street(label),
      said: this.distance(stretch.metres),
      turn: this.#turn(stretch.turn),
      verb: this.#words.verbs[this.#mode],
      compass: this.#words.compass[rint(((stretch.heading % 360) + 360) % 360 / 45) % 8],
      exits: stretch.exits,
    });
  }

  #kindOf({ label, exits, isCrossed, turn }, before, isWalk) {
    if (label.kind === "ferry") return "ferry";
    if (label.isRoundabout) return isWalk ? "round" : exits ? "exit" : "roundabout";
    if (label.kind === "elevator") return "lift";
    if (!before) return "start";
    const leaves = before.exits > 0 && !isWalk;
    const structure = label.isBridge ? "bridge" : label.isTunnel ? "tunnel" : null;
    if (structure) return (leaves ? "leave_" : "") + structure + (label.name ? "" : "_unnamed");
    if (before.label.isRoundabout) return leaves ? "leave" : "turn";
    if (isCrossed && Math.abs(turn) >= this.#limits.back_deg) return isWalk ? "back" : "back_driven";
    if (isCalledTheSame(before.label, label)) return "keep";
    return label.kind === "steps" ? "steps" : "turn";
  }

  #street({ name, nameEn, kind }) {
    const called = this.#isEnglish ? (nameEn ?? name) : name;
    if (called) return called;
    return kind === "ferry" ? this.#words.ferry : (this.#words.kinds[kind] ?? this.#words.other_kind);
  }

  #turn(angle) {
    const [, right, left] = this.#words.turns.find(([bound]) => Math.abs(angle) < bound);
    return angle >= 0 ? right : left;
  }
}
