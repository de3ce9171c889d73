// Shortest-path search (Dijkstra) from one point over all nodes; then the cost to each place from its edge's ends.
// E. W. Dijkstra (1959), doi:10.1007/BF01386390, with a binary heap. Costs are whole deciseconds, so the order of
// additions does not change them; the server searches towards its places instead and comes to the same sums.

import { inside } from "./areas.js";
import { legCost } from "./snap.js";
import { costWithin } from "./ends.js";
import { Heap } from "./heap.js";

/**
 * Search from a snapped point over the whole network: inside its area of restricted access first, then by open streets.
 * @returns {{origin: object, mode: string, cost: Int32Array, via: Int32Array}} deciseconds to every node, its leg not
 *   included, and the arc by which the route reaches it (-1: the open streets begin there)
 */
export function searchFrom(network, origin, mode) {
  const { arcPtr, arcId, edgeU, edgeV, unreachable_ds: far } = network;
  const arcCost = network.cost[mode];
  const isArea = network.restricted[mode];
  const cost = new Int32Array(network.n_node).fill(far);
  const via = new Int32Array(network.n_node).fill(-1);
  const heap = new Heap();
  for (const [node, reached] of inside(network, origin, mode, true)) {
    cost[node] = reached.cost;
    heap.put(reached.cost, node);
  }
  while (heap.size) {
    const here = heap.least;
    const node = heap.take();
    if (here !== cost[node]) continue; // a cheaper way was found since
    for (let i = arcPtr[node]; i < arcPtr[node + 1]; i += 1) {
      const arc = arcId[i];
      const step = arcCost[arc];
      if (step < 0 || isArea[arc >> 1]) continue;
      const head = arc & 1 ? edgeU[arc >> 1] : edgeV[arc >> 1];
      if (here + step >= cost[head]) continue;
      cost[head] = here + step;
      via[head] = arc;
      heap.put(here + step, head);
    }
  }
  return { origin, mode, cost, via };
}

/** Deciseconds from the search's point to another snapped point, both legs included; `unreachable_ds`: unreachable. */
export function costTo(network, search, goal) {
  const { origin, mode } = search;
  const { unreachable_ds: far } = network;
  if (goal.edge < 0) return far;
  const within = goal.edge === origin.edge ? costWithin(network, origin, goal, mode) : far;
  const best = Math.min(within, lastOf(network, search, goal).cost);
  return best >= far ? far : Math.min(best + legCost(network, origin) + legCost(network, goal), far);
}

/** Return the node where the quickest way to a snapped point leaves open streets, and its deciseconds without legs. */
export function lastOf(network, { mode, cost }, goal) {
  const { unreachable_ds: far } = network;
  const last = { node: -1, cost: far };
  for (const [node, { cost: rest }] of inside(network, goal, mode, false)) {
    if (cost[node] < far && cost[node] + rest < last.cost) Object.assign(last, { node, cost: cost[node] + rest });
  }
  return last;
}
