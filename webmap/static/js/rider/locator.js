// Ask the browser for the position once: what it finds is handed on once, and a search that was replaced or stopped is silent.

const POSITION = { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 };

export class Locator {
  /** Whether a search is running. */
  isSearching = false;
  #search = 0; // the number of the newest search
  #onFound;
  #onFailed;

  /** @param {{onFound: (point: {lon: number, lat: number}) => void, onFailed: () => void}} calls */
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
    const fail = () => end(this.#onFailed);
    if (!navigator.geolocation) return void setTimeout(fail); // after this click, which closes menus
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => end(() => this.#onFound({ lon: coords.longitude, lat: coords.latitude })),
      fail,
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
