// Buttons that open a station in another map app; the links come from the server.

/**
 * @param {HTMLElement} box what macros/maplinks.html made
 * @param {{app: string, url: string, mode: string|null, is_fallback: boolean}[]} links
 */
export function setLinks(box, links) {
  for (const link of links) {
    const button = box.querySelector(`[data-app="${link.app}"]`);
    button.href = link.url;
    const words = button.dataset;
    button.querySelector("small").textContent = link.is_fallback ? words.fallback : (words[link.mode] ?? "");
  }
}

const CHOSEN = "fuchun.app"; // which app was chosen last, and nothing else

/** Put the app that was chosen last first, and remember the one that is chosen. */
export function rememberApp(box) {
  const list = box.querySelector("ul");
  const first = list.querySelector(`[data-app="${CSS.escape(readChosen())}"]`);
  if (first) list.prepend(first.parentElement);
  list.addEventListener("click", ({ target }) => {
    const app = target.closest("[data-app]")?.dataset.app;
    if (app) writeChosen(app);
  });
}

function readChosen() {
  try {
    return localStorage.getItem(CHOSEN) ?? "";
  } catch {
    return ""; // a window that keeps nothing
  }
}

function writeChosen(app) {
  try {
    localStorage.setItem(CHOSEN, app);
  } catch {
    // The order stays as it is.
  }
}

/** A page kept from elsewhere does not know that it is open in WeChat. */
export function showWechatHint(box) {
  if (navigator.userAgent.includes("MicroMessenger")) box.querySelector("[data-wechat-hint]").hidden = false;
}
