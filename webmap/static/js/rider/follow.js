// Following a person along a route while the page is in front: where they are goes to what is called here and nowhere else,
// and nothing is asked of the phone once it is over.

const POSITION = { enableHighAccuracy: true, maximumAge: 5_000 };
const DEGREE_M = 111_195; // of a sphere of the earth's mean radius

/** Watches the position between `start` and `stop`, and stops by itself when the page is hidden or may not know. */
export class Follower {
  #watch = null;
  #calls;

  /**
   * @param {{onMove: (point: {lon: number, lat: number, accuracy: number}) => void, onLost: () => void,
   *   onEnd: (why: "denied"|"hidden"|null) => void}} calls `onEnd`: null where `stop` was called
   */
  constructor(calls) {
    this.#calls = calls;
    document.addEventListener("visibilitychange", () => document.hidden && this.#end("hidden"));
  }

  get isOn() {
    return this.#watch !== null;
  }

  start() {
    if (this.isOn) return;
    if (!navigator.geolocation) return void this.#calls.onEnd("denied");
    this.#watch = navigator.geolocation.watchPosition(
      ({ coords }) => this.isOn && this.#calls.onMove({ lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy }),
      ({ code, PERMISSION_DENIED }) => (code === PERMISSION_DENIED ? this.#end("denied") : this.isOn && this.#calls.onLost()),
      POSITION,
    );
  }

  stop() {
    this.#end(null);
  }

  #end(why) {
    if (!this.isOn) return;
    navigator.geolocation.clearWatch(this.#watch);
    this.#watch = null;
    this.#calls.onEnd(why);
  }
}

/**
 * Return where a point is on a line: the share of its length that is left from there, and how far away it is.
 * @param {number[][]} line longitude and latitude, degrees
 * @param {{lon: number, lat: number}} point
 * @returns {{left: number, off: number}} share from 0 to 1; metres
 */
export function placeOnLine(line, { lon, lat }) {
  const scale = Math.cos((lat * Math.PI) / 180);
  const at = line.map(([x, y]) => [(x - lon) * scale * DEGREE_M, (y - lat) * DEGREE_M]);
  let best = { off: Infinity, along: 0 };
  let along = 0;
  for (let i = 0; i + 1 < at.length; i += 1) {
    const [ax, ay] = at[i];
    const [dx, dy] = [at[i + 1][0] - ax, at[i + 1][1] - ay];
    const length = Math.hypot(dx, dy);
    const t = length ? Math.min(Math.max(-(ax * dx + ay * dy) / length ** 2, 0), 1) : 0;
    const off = Math.hypot(ax + t * dx, ay + t * dy);
    if (off < best.off) best = { off, along: along + t * length };
    along += length;
  }
  return { left: along ? 1 - best.along / along : 0, off: best.off };
}
