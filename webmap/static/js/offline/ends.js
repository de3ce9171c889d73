// How an attached point joins the two ends of its edge: geo/network/ends.py in small.

import { rint } from "./attach.js";

export const FAR = 2 ** 31 - 1;

/** The two ends of an attached point's edge, as seen by who sets out (isOrigin) or who comes; see geo/network/ends.py. */
export function endsOf(network, point, mode, isOrigin) {
  const { edge, fraction } = point;
  const [u, v] = [network.edgeU[edge], network.edgeV[edge]];
  const nodes = isOrigin ? [v, u] : [u, v];
  const parts = isOrigin ? [1 - fraction, fraction] : [fraction, 1 - fraction];
  return [0, 1].map((against) => {
    const arc = 2 * edge + against;
    return { arc, node: nodes[against], part: parts[against], cost: partCost(network.cost[mode], arc, parts[against]) };
  });
}

/** Deciseconds for a part of an arc; `FAR` where the mode may not go. No part of any arc costs nothing. */
function partCost(arcCost, arc, part) {
  if (part === 0) return 0;
  return arcCost[arc] < 0 ? FAR : rint(arcCost[arc] * part);
}

/** Deciseconds between two points of one edge without leaving it. */
export function costWithin(network, origin, goal, mode) {
  const part = goal.fraction - origin.fraction;
  return partCost(network.cost[mode], 2 * origin.edge + (part < 0 ? 1 : 0), Math.abs(part));
}
