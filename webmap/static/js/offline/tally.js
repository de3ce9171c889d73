// @ts-check
// Tell the server that this phone has answered by itself, for the totals of a day: what was asked for, whether it was
// found, and to which station somebody goes. Where somebody is, and which station is nearest, is told in none of it; without a connection nothing is told.

/** @typedef {{place: {code: string}, cost: number, state: string, isClosed: boolean}} Reached `cost`: deciseconds */

/**
 * Return what is told of an answer.
 * @param {{services: string[], always: boolean}} asked
 * @param {Reached[]} stations
 * @param {number} inTimeMin a station farther away does not answer what was asked for
 */
export function formOf({ services, always }, stations, inTimeMin) {
  const form = new URLSearchParams();
  for (const service of services) form.append("asked", service);
  if (always) form.append("asked", "always");
  const isFound = stations.some(({ cost, state, isClosed }) => state === "open" && !isClosed && cost <= 600 * inTimeMin);
  if (!isFound) form.set("missed", "1");
  return form;
}

/**
 * @param {{tally?: string, limits: object}} document without an address nothing is told
 * @param {URLSearchParams} form
 */
export function tell(document, form) {
  if (!document.tally || !navigator.onLine) return;
  fetch(document.tally, { method: "POST", body: form, credentials: "omit", keepalive: true }).catch(() => {
    // Nobody waits for it.
  });
}
