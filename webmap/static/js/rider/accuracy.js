// How far off a position may be, in what is said and drawn of it: no minutes finer than its error.

const DEGREE_M = 111_195; // of a sphere of the earth's mean radius
const CORNERS = 48;
const FINE_S = 60; // an error below a minute changes none

/** From this error on the circle is drawn, and the words say how far off. */
export const SAID_M = 20;

/**
 * Return the whole minutes that a way may take, from the least to the most; null where the error is below a minute.
 * @param {number} seconds
 * @param {number|undefined} accuracy metres
 * @param {number} speed metres a second
 * @returns {[number, number]|null}
 */
export function minutesWithin(seconds, accuracy, speed) {
  const error = (accuracy ?? 0) / speed;
  if (error < FINE_S) return null;
  const [least, most] = [seconds - error, seconds + error].map((each) => Math.round(each / 60));
  return [Math.max(1, least), Math.max(2, most)];
}

/**
 * Return the circle in which a position lies, as GeoJSON.
 * @param {{lon: number, lat: number, accuracy?: number}|null} point
 * @returns {object|null} null where it need not be shown
 */
export function circleOf(point) {
  if (!point || !((point.accuracy ?? 0) >= SAID_M)) return null;
  const up = point.accuracy / DEGREE_M;
  const across = up / Math.cos((point.lat * Math.PI) / 180);
  const ring = Array.from({ length: CORNERS + 1 }, (_, i) => {
    const angle = (2 * Math.PI * (i % CORNERS)) / CORNERS;
    return [point.lon + across * Math.cos(angle), point.lat + up * Math.sin(angle)];
  });
  return { type: "Polygon", coordinates: [ring] };
}

/** Write the minutes of a list, and no distances, as widely as the position is known. */
export function roughen(page, accuracy, { mode, words }) {
  const speed = Number(words[`${mode}Mps`]);
  for (const travel of page.querySelectorAll(".travel[data-seconds]")) {
    const within = minutesWithin(Number(travel.dataset.seconds), accuracy, speed);
    if (!within) return;
    travel.querySelector("b").textContent = words[mode].replace("{}", within.join("–"));
    travel.querySelector(".muted").textContent = "";
  }
}

/** A distance in the page's words. */
export function distanceWords(metres, words) {
  if (metres < 1000) return words.metres.replace("{}", String(Math.max(10, Math.round(metres / 10) * 10)));
  return words.kilometres.replace("{}", (metres / 1000).toFixed(1));
}
