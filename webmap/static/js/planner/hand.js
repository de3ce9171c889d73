// @ts-check
// What a hand has changed: sites put up, moved, taken away or kept; stations closed or kept open. Every step can be undone.

/**
 * @typedef {{name: string, lon: number, lat: number, code: string, kind: string, isPinned: boolean}} Site
 * @typedef {{sites: Site[], closed: string[], extended: string[]}} Step
 */

const MOST_STEPS = 100;

export class Hand {
  /** @type {Step[]} */
  #steps = [];
  /** @type {Step} */
  #now = { sites: [], closed: [], extended: [] };

  /**
   * Begin with the sites of a plan.
   * @param {{option: {name: string, lon: number, lat: number, code: string, kind: string, fixed?: boolean}}[]} sites
   */
  start(sites) {
    this.#steps = [];
    const begun = sites.map(({ option }) => ({
      name: option.name,
      lon: option.lon,
      lat: option.lat,
      code: option.code,
      kind: option.kind,
      isPinned: Boolean(option.fixed),
    }));
    this.#now = { sites: begun, closed: [], extended: [] };
  }

  /** Take the stations of a saved plan for closed or open longer, which is no step of the hand.
   * @param {{closed?: string[], extended?: string[]}} changes */
  take({ closed = [], extended = [] }) {
    this.#now = { ...this.#now, closed, extended };
  }

  /** @returns {Step} */
  get now() {
    return this.#now;
  }

  get isChanged() {
    return this.#steps.length > 0;
  }

  /** @param {Site} site */
  add(site) {
    this.#do({ sites: [...this.#now.sites, site] });
  }

  /** A site that was moved is no candidate any more, and stays where the hand has put it.
   * @param {number} index @param {{lon: number, lat: number}} point @param {string} name */
  move(index, { lon, lat }, name) {
    const moved = { name, lon, lat, code: "", kind: "pinned", isPinned: true };
    this.#do({ sites: this.#now.sites.map((site, i) => (i === index ? moved : site)) });
  }

  /** @param {number} index */
  remove(index) {
    this.#do({ sites: this.#now.sites.filter((_, i) => i !== index) });
  }

  /** @param {number} index */
  pin(index) {
    this.#do({ sites: this.#now.sites.map((site, i) => (i === index ? { ...site, isPinned: !site.isPinned } : site)) });
  }

  /** Take a station for closed, or no longer. @param {string} code */
  close(code) {
    this.#do({ closed: toggled(this.#now.closed, code), extended: this.#now.extended.filter((c) => c !== code) });
  }

  /** Take a station to stay open at the moment asked about, or no longer. @param {string} code */
  extend(code) {
    this.#do({ extended: toggled(this.#now.extended, code), closed: this.#now.closed.filter((c) => c !== code) });
  }

  undo() {
    this.#now = this.#steps.pop() ?? this.#now;
  }

  /** The changes as the server takes them; `dragged` stands for the site that is in the hand.
   * @param {{index: number, lon: number, lat: number}|null} [dragged] */
  changes(dragged = null) {
    const sites = this.#now.sites.map(({ name, lon, lat, code, kind }, index) =>
      dragged && dragged.index === index ? { name, lon: dragged.lon, lat: dragged.lat } : { name, lon, lat, code, kind },
    );
    return { sites, closed: this.#now.closed, extended: this.#now.extended };
  }

  /** What the engine is to keep while it looks for the rest. */
  decided() {
    const kept = this.#now.sites.filter((site) => site.isPinned);
    // A search area is kept where it is: where there are candidates it is none of the options.
    const isOption = (/** @type {Site} */ site) => site.code !== "" && !["pinned", "area"].includes(site.kind);
    return {
      fixed: kept.filter(isOption).map(({ code }) => code),
      pinned: kept.filter((site) => !isOption(site)).map(({ name, lon, lat, code, kind }) => ({ name, lon, lat, code, kind })),
      closed: this.#now.closed,
    };
  }

  /** @param {Partial<Step>} change */
  #do(change) {
    this.#steps = [...this.#steps.slice(1 - MOST_STEPS), this.#now];
    this.#now = { ...this.#now, ...change };
  }
}

/** @param {string[]} list @param {string} item */
function toggled(list, item) {
  return list.includes(item) ? list.filter((each) => each !== item) : [...list, item];
}

/** Asks one thing at a time; while an answer is on its way only the newest further question is kept. */
export class Latest {
  #ask;
  #isBusy = false;
  /** @type {{question: any}|null} */
  #next = null;

  /** @param {(question: any) => Promise<void>} ask */
  constructor(ask) {
    this.#ask = ask;
  }

  /** @param {any} question */
  async put(question) {
    this.#next = { question };
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      while (this.#next) {
        const { question: newest } = this.#next;
        this.#next = null;
        await this.#ask(newest);
      }
    } finally {
      this.#isBusy = false;
    }
  }
}
