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

/** A page kept from elsewhere does not know that it is open in WeChat. */
export function showWechatHint(box) {
  if (navigator.userAgent.includes("MicroMessenger")) box.querySelector("[data-wechat-hint]").hidden = false;
}
