// Has the browser keep the page: registers the service worker, where there are such (not inside WeChat on an iPhone).

const PATIENCE_MS = 8000;

/** Resolves when what is fetched from now on is kept, or will not be. */
export const kept = register();

async function register() {
  const address = document.querySelector("link[rel=manifest]")?.dataset.worker;
  if (!address || !("serviceWorker" in navigator) || window.top !== window) return;
  if (navigator.serviceWorker.controller) return void renew(address);
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  const controlled = new Promise((resolve) => {
    navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
    setTimeout(resolve, PATIENCE_MS);
  });
  if (!(await renew(address))) return;
  await controlled;
  // The map's style may have been asked for before the worker came; asked for once more, it is kept as well.
  new PerformanceObserver((list) => list.getEntries().forEach(askAgain)).observe({ type: "resource", buffered: true });
}

function askAgain({ name, workerStart }) {
  if (workerStart === 0 && /\/style\.json(\?|$)/.test(name)) fetch(name, { credentials: "omit" }).catch(() => {});
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
