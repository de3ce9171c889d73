// The map on a phone: a sheet at the foot of the page. A click on its handle, or a drag, makes it tall or low.

const LOW_PX = 208; // on a low window less: the list comes first; as in css/rider/sheet.css
const LOW = 0.22; // of the window
const LOW_LARGE_PX = 60; // in large print the list needs the room: only the handle shows
const TALL = 0.75; // of the window
const LEAST_TALL = 0.38; // of it: less is no map

/** Whether a phone lies on its side, where the map stands beside the list: as in css/rider/sheet.css. */
export function isBeside() {
  return window.matchMedia("(max-width: 959px) and (max-height: 480px) and (orientation: landscape)").matches;
}

/**
 * @param {HTMLElement} sheet
 * @param {HTMLButtonElement} handle
 * @param {(isTall: boolean, hasTurned: Promise<void>) => void} onChange `hasTurned` ends when the sheet has its new height
 * @param {() => number} above pixels of the page that the tall sheet must leave to be seen
 * @returns {{isTall: boolean, setTall: (isTall: boolean) => Promise<void>}} the promise is `hasTurned`
 */
export function makeSheet(sheet, handle, onChange, above) {
  let drag = null;
  let wasDragged = false; // the click that ends a drag is none

  const setHeight = (px) => sheet.style.setProperty("--sheet", `${px}px`);
  const isLarge = document.documentElement.classList.contains("large");
  const lowPx = () => (isLarge ? LOW_LARGE_PX : Math.round(Math.min(LOW_PX, window.innerHeight * LOW)));
  const tallPx = () => {
    const { innerHeight } = window;
    return Math.max(Math.round(Math.max(Math.min(innerHeight * TALL, innerHeight - above()), innerHeight * LEAST_TALL)), lowPx());
  };
  const isTall = () => isBeside() || handle.getAttribute("aria-expanded") === "true";
  const setTall = async (shouldBe) => {
    setHeight(shouldBe ? tallPx() : lowPx());
    handle.setAttribute("aria-expanded", String(shouldBe));
    const hasTurned = Promise.allSettled(sheet.getAnimations().map((animation) => animation.finished)).then(() => {});
    onChange(shouldBe, hasTurned);
    await hasTurned;
  };

  const follow = (event) => {
    if (!drag) return;
    const moved = drag.from - event.clientY;
    wasDragged ||= Math.abs(moved) > 8;
    if (!wasDragged) return;
    sheet.classList.add("dragging");
    setHeight(Math.min(Math.max(drag.height + moved, lowPx() / 2), tallPx()));
  };
  const drop = (event) => {
    if (event.type === "pointerup") follow(event);
    drag = null;
    const height = sheet.offsetHeight;
    sheet.classList.remove("dragging");
    if (wasDragged) setTall(height > (lowPx() + tallPx()) / 2);
  };
  handle.addEventListener("pointerdown", (event) => {
    drag = { from: event.clientY, height: sheet.offsetHeight };
    wasDragged = false;
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", follow);
  handle.addEventListener("pointerup", drop);
  handle.addEventListener("pointercancel", drop);
  handle.addEventListener("click", () => {
    if (!wasDragged) setTall(!isTall());
    wasDragged = false;
  });
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return; // the address bar, which comes and goes
    width = window.innerWidth;
    if (isBeside()) return;
    if (sheet.style.getPropertyValue("--sheet")) setHeight(isTall() ? tallPx() : lowPx());
  });
  return {
    setTall,
    get isTall() {
      return isTall();
    },
  };
}
