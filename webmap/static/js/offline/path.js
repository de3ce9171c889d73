// The route that a search has found, as pieces of streets, and its line: twin of geo/network/routes.py.

import { arcsInside, inside } from "./areas.js";
import { metresPerDegree } from "./snap.js";
import { costWithin, endsOf } from "./ends.js";
import { lastOf } from "./search.js";

/**
 * Return the quickest way from the search's point to another snapped point, as pieces in travelling order.
 * @returns {{edge: number, from: number, to: number}[]|null} fractions of the edge's length, falling against its drawing;
 *   null: no way leads there
 */
export function piecesTo(network, search, goal) {
  const { origin, mode, via } = search;
  const { unreachable_ds: far } = network;
  const last = lastOf(network, search, goal);
  const within = goal.edge === origin.edge ? costWithin(network, origin, goal, mode) : far;
  if (Math.min(last.cost, within) >= far) return null;
  if (within <= last.cost) return [{ edge: origin.edge, from: origin.fraction, to: goal.fraction }];
  const open = [];
  let { node } = last;
  while (via[node] >= 0) {
    const arc = via[node];
    open.push(arc);
    node = arc & 1 ? network.edgeV[arc >> 1] : network.edgeU[arc >> 1];
  }
  const before = arcsInside(network, inside(network, origin, mode, true), node, true);
  const after = arcsInside(network, inside(network, goal, mode, false), last.node, false);
  const first = arcAt(network, origin, mode, true, before.end);
  const came = arcAt(network, goal, mode, false, after.end);
  return [
    { edge: origin.edge, from: origin.fraction, to: 1 - (first & 1) },
    ...[...before.arcs, ...open.reverse(), ...after.arcs].map((arc) => ({ edge: arc >> 1, from: arc & 1, to: 1 - (arc & 1) })),
    { edge: goal.edge, from: came & 1, to: goal.fraction },
  ];
}

/** The arc between a snapped point and an end of its edge: the cheaper one where both ends are that node. */
function arcAt(network, point, mode, isOrigin, node) {
  const [end] = endsOf(network, point, mode, isOrigin)
    .filter((candidate) => candidate.node === node)
    .sort((a, b) => a.cost - b.cost || a.arc - b.arc);
  return end.arc;
}

/** Metres of pieces, straight legs not included. */
export function lengthOf(network, pieces) {
  return pieces.reduce((sum, { edge, from, to }) => sum + Math.abs(to - from) * edgeLength(network, edge), 0);
}

/** Metres of an edge, by its shape; within a millionth of the server's, which goes along the ellipsoid. */
export function edgeLength({ pointPtr, lon, lat }, edge) {
  let length = 0;
  for (let k = pointPtr[edge]; k < pointPtr[edge + 1] - 1; k += 1) {
    const [metresX, metresY] = metresPerDegree((lat[k] + lat[k + 1]) / 2);
    length += Math.hypot((lon[k + 1] - lon[k]) * metresX, (lat[k + 1] - lat[k]) * metresY);
  }
  return length;
}

/**
 * Return the route from the search's point to a place, drawn from the person's position to the place's.
 * @returns {{mode: string, pieces: object[], legs: number[], coordinates: number[][], ptr: number[]}|null} piece `i` is
 *   drawn by the coordinates from `ptr[i]` to `ptr[i + 1]`; null: no way leads there
 */
export function routeTo(network, search, goal, [from, to]) {
  const pieces = piecesTo(network, search, goal);
  if (!pieces) return null;
  const moved = pieces.filter((piece) => piece.from !== piece.to);
  // Nothing travelled is still drawn: from the origin to the street and from there to the place.
  const { line, ptr } = trace(network, moved.length ? moved : pieces.slice(0, 1));
  const head = isSame(line[0], from) ? 0 : 1;
  if (head) line.unshift(from);
  if (!isSame(line[line.length - 1], to)) line.push(to);
  if (line.length === 1) line.push(line[0]);
  return {
    mode: search.mode,
    pieces: moved,
    legs: [search.origin.leg, goal.leg],
    coordinates: line,
    ptr: ptr.slice(0, moved.length + 1).map((at) => at + head),
  };
}

const SAME_DEG = 1e-9;

function isSame([ax, ay], [bx, by]) {
  return Math.abs(ax - bx) <= SAME_DEG && Math.abs(ay - by) <= SAME_DEG;
}

/** The line of pieces; each begins where the one before it ends, and that point is written once. */
function trace(network, pieces) {
  const line = [];
  const ptr = [0];
  for (const { edge, from, to } of pieces) {
    const points = pointsOf(network, edge);
    const scale = Math.cos((points[0][1] * Math.PI) / 180);
    const lengths = points.slice(1).map(([x, y], k) => Math.hypot((x - points[k][0]) * scale, y - points[k][1]));
    const whole = lengths.reduce((sum, length) => sum + length, 0);
    if (!line.length) line.push(pointAt(points, lengths, from * whole));
    const [low, high] = [Math.min(from, to) * whole, Math.max(from, to) * whole];
    const inner = [];
    let done = 0;
    for (let k = 0; k < points.length - 2; k += 1) {
      done += lengths[k];
      if (low < done && done < high) inner.push(points[k + 1]);
    }
    line.push(...(to < from ? inner.reverse() : inner), pointAt(points, lengths, to * whole));
    ptr.push(line.length - 1);
  }
  return { line, ptr };
}

function pointsOf({ pointPtr, lon, lat }, edge) {
  const points = [];
  for (let k = pointPtr[edge]; k < pointPtr[edge + 1]; k += 1) points.push([lon[k], lat[k]]);
  return points;
}

/** The point at a distance along a line; its ends exactly. */
function pointAt(points, lengths, distance) {
  let left = distance;
  for (let k = 0; k < lengths.length; k += 1) {
    if (left < lengths[k] || k === lengths.length - 1) {
      const t = lengths[k] > 0 ? Math.min(left / lengths[k], 1) : 1;
      const [[ax, ay], [bx, by]] = [points[k], points[k + 1]];
      return t === 1 ? [bx, by] : [ax + t * (bx - ax), ay + t * (by - ay)];
    }
    left -= lengths[k];
  }
  return points[0];
}
