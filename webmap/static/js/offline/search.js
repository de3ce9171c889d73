// Costs along streets from one point: one search over all nodes, then a look at each place's two ends.
// E. W. Dijkstra (1959), doi:10.1007/BF01386390, with a binary heap. Costs are whole deciseconds, so no order of
// reckoning changes them; the server searches towards its places instead and comes to the same sums.

import { legCost, rint } from "./attach.js";

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

/**
 * Search from an attached point over the whole network.
 * @returns {{origin: object, mode: string, cost: Int32Array, via: Int32Array}} deciseconds to every node, its leg not
 *   included, and the arc by which the way comes to it (-1: it begins there)
 */
export function searchFrom(network, origin, mode) {
  const { arcPtr, arcId, edgeU, edgeV } = network;
  const arcCost = network.cost[mode];
  const cost = new Int32Array(network.n_node).fill(FAR);
  const via = new Int32Array(network.n_node).fill(-1);
  const heap = new Heap();
  for (const end of endsOf(network, origin, mode, true)) {
    if (end.cost < cost[end.node]) {
      cost[end.node] = end.cost;
      heap.put(end.cost, end.node);
    }
  }
  while (heap.size) {
    const here = heap.least;
    const node = heap.take();
    if (here !== cost[node]) continue; // a cheaper way was found since
    for (let i = arcPtr[node]; i < arcPtr[node + 1]; i += 1) {
      const arc = arcId[i];
      const step = arcCost[arc];
      if (step < 0) continue;
      const head = arc & 1 ? edgeU[arc >> 1] : edgeV[arc >> 1];
      if (here + step >= cost[head]) continue;
      cost[head] = here + step;
      via[head] = arc;
      heap.put(here + step, head);
    }
  }
  return { origin, mode, cost, via };
}

/** Deciseconds from the search's point to another attached point, both legs included; `FAR`: unreachable. */
export function costTo(network, { origin, mode, cost }, goal) {
  if (goal.edge < 0) return FAR;
  let best = goal.edge === origin.edge ? costWithin(network, origin, goal, mode) : FAR;
  for (const end of endsOf(network, goal, mode, false)) {
    if (end.cost < FAR && cost[end.node] < FAR) best = Math.min(best, cost[end.node] + end.cost);
  }
  return best >= FAR ? FAR : Math.min(best + legCost(network, origin) + legCost(network, goal), FAR);
}

/** A binary heap of (cost, node), in two arrays that grow. */
class Heap {
  #cost = new Int32Array(1024);
  #node = new Int32Array(1024);
  size = 0;

  get least() {
    return this.#cost[0];
  }

  put(cost, node) {
    if (this.size === this.#cost.length) {
      const [costs, nodes] = [new Int32Array(2 * this.size), new Int32Array(2 * this.size)];
      costs.set(this.#cost);
      nodes.set(this.#node);
      [this.#cost, this.#node] = [costs, nodes];
    }
    let at = this.size;
    this.size += 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#cost[above] <= cost) break;
      this.#move(above, at);
      at = above;
    }
    this.#cost[at] = cost;
    this.#node[at] = node;
  }

  take() {
    const taken = this.#node[0];
    this.size -= 1;
    const [cost, node] = [this.#cost[this.size], this.#node[this.size]];
    let at = 0;
    for (let below = 1; below < this.size; below = 2 * at + 1) {
      if (below + 1 < this.size && this.#cost[below + 1] < this.#cost[below]) below += 1;
      if (this.#cost[below] >= cost) break;
      this.#move(below, at);
      at = below;
    }
    this.#cost[at] = cost;
    this.#node[at] = node;
    return taken;
  }

  #move(from, to) {
    this.#cost[to] = this.#cost[from];
    this.#node[to] = this.#node[from];
  }
}
