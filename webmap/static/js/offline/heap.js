// Priority queue (binary heap) of nodes by cost, for searches along streets.

/** A binary heap of (cost, node), in two arrays that grow. */
export class Heap {
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
