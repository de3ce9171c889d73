// The way that a search has found, as pieces of streets: its metres, and later its line.

import { legCost, metresPerDegree } from "./attach.js";
import { costTo, costWithin, endsOf, FAR } from "./search.js";

/**
 * Return the quickest way from the search's point to another attached point, as pieces in travelling order.
 * @returns {{edge: number, from: number, to: number}[]|null} fractions of the edge's length, falling against its drawing;
 *   null: no way leads there
 */
export function piecesTo(network, search, goal) {
  const { origin, mode, cost, via } = search;
  const whole = costTo(network, search, goal);
  if (whole >= FAR) return null;
  const along = whole - legCost(network, origin) - legCost(network, goal);
  if (goal.edge === origin.edge && costWithin(network, origin, goal, mode) === along) {
    return [{ edge: origin.edge, from: origin.fraction, to: goal.fraction }];
  }
  const last = endsOf(network, goal, mode, false).find((end) => end.cost < FAR && cost[end.node] + end.cost === along);
  const pieces = [{ edge: goal.edge, from: last.arc & 1, to: goal.fraction }];
  let { node } = last;
  while (via[node] >= 0) {
    const arc = via[node];
    pieces.push({ edge: arc >> 1, from: arc & 1, to: 1 - (arc & 1) });
    node = arc & 1 ? network.edgeV[arc >> 1] : network.edgeU[arc >> 1];
  }
  const [first] = endsOf(network, origin, mode, true)
    .filter((end) => end.node === node && end.cost === cost[node])
    .sort((a, b) => a.arc - b.arc);
  pieces.push({ edge: origin.edge, from: origin.fraction, to: 1 - (first.arc & 1) });
  return pieces.reverse();
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
