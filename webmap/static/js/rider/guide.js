// Guidance under way, in words: which step somebody is on, what comes next, and whether they have arrived.

const ARRIVED_M = 25;
const ARRIVED_MOST_M = 60; // however badly the position is known

/**
 * Return where somebody is among the steps of a route.
 * @param {{text: string, distance_m?: number}[]} steps the last one is the arrival
 * @param {number} walked metres from the start of the route
 * @returns {{now: number, next: number|null, metres: number}} the number of the step they are on; that of the one that
 *   follows, null at the last; metres until then
 */
export function stepAt(steps, walked) {
  let end = 0;
  for (let i = 0; i < steps.length; i += 1) {
    end += steps[i].distance_m ?? 0;
    if (walked < end) return { now: i, next: i + 1 < steps.length ? i + 1 : null, metres: end - walked };
  }
  return { now: steps.length - 1, next: null, metres: 0 };
}

/** Whether what is left of a route, in metres, is no more than a look around, as well as the position is known. */
export function hasArrived(left, accuracy) {
  return left <= Math.min(ARRIVED_M + (accuracy ?? 0), ARRIVED_MOST_M);
}

/** Keep the screen awake while somebody is led; what cannot be had is done without. */
export class Awake {
  #lock = null;
  #isWanted = false;

  async start() {
    this.#isWanted = true;
    try {
      const lock = await navigator.wakeLock?.request("screen");
      if (this.#isWanted) this.#lock = lock ?? null;
      else lock?.release();
    } catch {
      // An old browser, or a phone that is low on power.
    }
  }

  stop() {
    this.#isWanted = false;
    this.#lock?.release();
    this.#lock = null;
  }
}
