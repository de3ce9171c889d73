// @ts-check
// The present beside a plan on one map: left of a line are the squares of now, right of it those of the plan with its sites.

const MOST = 100;

export class Swipe {
  /** @type {HTMLInputElement} */
  #input;
  /** @type {HTMLElement} */
  #line;
  /** @type {() => void} */
  #act;

  /**
   * @param {HTMLInputElement} input a range of percents of the map's width: where the line is
   * @param {HTMLElement} line what is drawn there
   * @param {() => void} act is called when the line moves
   */
  constructor(input, line, act) {
    this.#input = input;
    this.#line = line;
    this.#act = act;
    input.addEventListener("input", () => this.put(this.value));
  }

  /** Where the line is: 0 shows the plan alone, 100 the present alone. */
  get value() {
    return Number(this.#input.value);
  }

  /** Move the line. @param {number} value */
  put(value) {
    this.#input.value = String(value);
    this.#line.style.left = `${value}%`;
    this.#line.hidden = value === 0 || value === MOST;
    this.#act();
  }

  /** The longitude of the line on a map that north is up on; infinite where only one side is seen.
   * @param {any} map */
  lon(map) {
    if (this.value === 0) return -Infinity;
    if (this.value === MOST) return Infinity;
    const { clientWidth, clientHeight } = map.getContainer();
    return map.unproject([(clientWidth * this.value) / MOST, clientHeight / 2]).lng;
  }
}

/**
 * Squares of now left of a longitude, and those of the plan right of it.
 * @param {any} now @param {any} plan @param {number} lon
 */
export function besideEachOther(now, plan, lon) {
  const left = (now?.features ?? []).filter((/** @type {any} */ square) => westOf(square) < lon);
  const right = (plan?.features ?? []).filter((/** @type {any} */ square) => westOf(square) >= lon);
  return { type: "FeatureCollection", features: [...left, ...right] };
}

/** @param {any} square */
function westOf(square) {
  return square.geometry.coordinates[0][0][0];
}
