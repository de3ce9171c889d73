// How a snapped point joins the two ends of its edge: twin of geo/network/ends.py.

import { rint } from "./snap.js";

/** The two ends of a snapped point's edge, as seen by who sets out (isOrigin) or who comes; see geo/network/ends.py. */
export function endsOf(network, point, mode, isOrigin) {
  const { edge, fraction } = point;
  const [u, v] = [network.edgeU[edge], network.edgeV[edge]];
  const nodes = isOrigin ? [v, u] : [u, v];
  const parts = isOrigin ? [1 - fraction, fraction] : [fraction, 1 - fraction];
  return [0, 1].map((against) => {
    const arc = 2 * edge + against;
    return { arc, node: nodes[against], part: parts[against], cost: partCost(network, mode, arc, parts[against]) };
  });
}

/** Deciseconds for a part of an arc; `unreachable_ds` where the mode may not go. No part of any arc costs nothing. */
function partCost(network, mode, arc, part) {
  if (part === 0) return 0;
  const whole = network.cost[mode][arc];
  return whole < 0 ? network.unreachable_ds : rint(whole * part);
}

/** Deciseconds between two points of one edge without leaving it. */
export function costWithin(network, origin, goal, mode) {
  const part = goal.fraction - origin.fraction;
  return partCost(network, mode, 2 * origin.edge + (part < 0 ? 1 : 0), Math.abs(part));
}
