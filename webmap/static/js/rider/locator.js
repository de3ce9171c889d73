// Ask the browser for the position once, a fresh one: what it finds is handed on once, and a search that was replaced or
// stopped is silent.

const POSITION = { enableHighAccuracy: true, timeout: 10_000, maximumAge: 0 };

/** @typedef {"denied"|"unavailable"|"timedOut"} Failure */

export class Locator {
  /** Whether a search is running. */
  isSearching = false;
  #search = 0; // the number of the newest search
  #onFound;
  #onFailed;

  /**
   * @param {{onFound: (point: {lon: number, lat: number, accuracy: number}) => void, onFailed: (why: Failure) => void}} calls
   *   accuracy: metres
   */
  constructor({ onFound, onFailed }) {
    this.#onFound = onFound;
    this.#onFailed = onFailed;
  }

  /** Search, in place of a search that is still running. */
  start() {
    const search = ++this.#search;
    this.isSearching = true;
    const end = (call) => {
      if (search !== this.#search) return;
      this.isSearching = false;
      call();
    };
    if (!navigator.geolocation) return void setTimeout(end, 0, () => this.#onFailed("unavailable")); // after this click
    navigator.geolocation.getCurrentPosition(
      ({ coords: { longitude, latitude, accuracy } }) => end(() => this.#onFound({ lon: longitude, lat: latitude, accuracy })),
      ({ code, PERMISSION_DENIED, TIMEOUT }) =>
        end(() => this.#onFailed(code === PERMISSION_DENIED ? "denied" : code === TIMEOUT ? "timedOut" : "unavailable")),
      POSITION,
    );
  }

  /** Drop the search that is running. Returns whether there was one. */
  stop() {
    const wasSearching = this.isSearching;
    this.#search += 1;
    this.isSearching = false;
    return wasSearching;
  }
}
