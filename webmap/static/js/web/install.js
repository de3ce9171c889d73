// Install the page: register the service worker, where there are such (not inside WeChat on an iPhone).

const PATIENCE_MS = 8000;
const SLOW_MS = 1500; // until the page began to come
const LATER_MS = 8000;

/** From this age on what was kept is no longer shown as the present state: a list that a phone made, a page. */
export const OLD_MS = 5 * 60_000;

/** Resolves when what is fetched from now on is kept, or will not be. */
export const kept = register();

async function register() {
  const address = document.querySelector("link[rel=manifest]")?.dataset.worker;
  if (!address || !("serviceWorker" in navigator) || window.top !== window) return;
  if (navigator.serviceWorker.controller) return void renew(address);
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  // What is kept is a megabyte: on a slow line what is pressed first comes first.
  if (isSlow()) await new Promise((resolve) => setTimeout(resolve, LATER_MS));
  const controlled = new Promise((resolve) => {
    navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
  });
  controlled.then(keepStyles);
  if (!(await renew(address))) return;
  await Promise.race([controlled, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
}

function isSlow() {
  const [page] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  return Boolean(page) && page.responseStart - page.requestStart > SLOW_MS;
}

/** The map's style may have been asked for before the worker came; asked for once more, it is kept as well. */
function keepStyles() {
  const asked = new Set();
  new PerformanceObserver((list) => {
    for (const { name, workerStart } of list.getEntries()) {
      if (workerStart !== 0 || asked.has(name) || !/\/style(-\w+)?\.json(\?|$)/.test(name)) continue;
      asked.add(name);
      fetch(name, { credentials: "omit" }).catch(() => {});
    }
  }).observe({ type: "resource", buffered: true });
}

/** Register, or look for a newer worker. Returns whether there is one. */
async function renew(address) {
  try {
    await navigator.serviceWorker.register(address);
    return true;
  } catch (error) {
    console.info("service worker:", error.message);
    return false;
  }
}
