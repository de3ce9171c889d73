// Areas of restricted access: a route leaves one at its start, enters one at its end, and crosses none. A small search from
// a point inside one, or towards it; geo/network/ends.py in small.

import { endsOf } from "./ends.js";
import { Heap } from "./heap.js";

/**
 * Return what a snapped point reaches inside its area (isOrigin), or from where it is reached there.
 * Of a point on an open street these are the ends of its edge.
 * @returns {Map<number, {cost: number, via: number}>} by node: deciseconds without the leg, and the arc next to it on the
 *   way to or from the point, -1 at an end of the point's own edge
 */
export function inside(network, point, mode, isOrigin) {
  network.inside ??= new WeakMap(); // by snapped point: what was found for it
  if (!network.inside.has(point)) network.inside.set(point, new Map());
  const known = network.inside.get(point);
  const key = `${mode} ${isOrigin}`;
  if (!known.has(key)) known.set(key, explore(network, point, mode, isOrigin));
  return known.get(key);
}

function explore(network, point, mode, isOrigin) {
  const { arcPtr, arcId, edgeU, edgeV, unreachable_ds: far } = network;
  const isArea = network.restricted[mode];
  const arcCost = network.cost[mode];
  const found = new Map();
  const heap = new Heap();
  const put = (node, cost, via) => {
    if (cost >= (found.get(node)?.cost ?? far)) return;
    found.set(node, { cost, via });
    heap.put(cost, node);
  };
  for (const { node, cost } of endsOf(network, point, mode, isOrigin)) put(node, cost, -1);
  if (!isArea[point.edge]) return found;
  while (heap.size) {
    const here = heap.least;
    const node = heap.take();
    if (here !== found.get(node).cost) continue; // a cheaper way was found since
    for (let i = arcPtr[node]; i < arcPtr[node + 1]; i += 1) {
      const leaving = arcId[i];
      const arc = isOrigin ? leaving : leaving ^ 1;
      if (arcCost[arc] < 0 || !isArea[arc >> 1]) continue;
      put(leaving & 1 ? edgeU[leaving >> 1] : edgeV[leaving >> 1], here + arcCost[arc], arc);
    }
  }
  return found;
}

/** Return the arcs between a snapped point and a node, in travelling order, and the end of its own edge they lead to. */
export function arcsInside({ edgeU, edgeV }, reached, node, isOrigin) {
  const arcs = [];
  let end = node;
  for (let { via } = reached.get(end); via >= 0; { via } = reached.get(end)) {
    arcs.push(via);
    // Towards the point: back along the arc where one sets out, on along it where one arrives.
    end = Boolean(via & 1) === isOrigin ? edgeV[via >> 1] : edgeU[via >> 1];
  }
  return { arcs: isOrigin ? arcs.reverse() : arcs, end };
}
