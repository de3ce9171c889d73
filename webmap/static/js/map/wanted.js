// When the map beside a text is worth drawing.

const USES = ["pointerdown", "touchstart", "scroll", "wheel", "keydown"];

/**
 * Resolves when a map is worth drawing: at once beside the text of a desk; on a phone, which it keeps busy for seconds,
 * when somebody has begun to use the page and its box is in view. Until then the picture stands there.
 * @param {HTMLElement} box
 * @returns {Promise<void>}
 */
export async function whenWanted(box) {
  if (window.matchMedia("(min-width: 960px)").matches) return;
  if (box.nextElementSibling?.classList.contains("overview")) await whenUsed();
  await whenInView(box);
  box.setAttribute("data-drawing", "");
}

/** Resolves when somebody touches, scrolls or types. */
function whenUsed() {
  return new Promise((resolve) => {
    const begin = () => {
      for (const kind of USES) removeEventListener(kind, begin, true);
      resolve(null);
    };
    for (const kind of USES) addEventListener(kind, begin, { capture: true, passive: true });
  });
}

function whenInView(box) {
  if (!("IntersectionObserver" in window)) return Promise.resolve(null);
  return new Promise((resolve) => {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      seen.disconnect();
      resolve(null);
    });
    seen.observe(box);
  });
}
