// The map on a phone: a sheet at the foot of the page. A press on its handle, or a drag, makes it tall or low.

const LOW_PX = 208;
const TALL = 0.75; // of the window

/**
 * @param {HTMLElement} sheet
 * @param {HTMLButtonElement} handle
 * @param {(isTall: boolean) => void} onChange
 * @returns {{setTall: (isTall: boolean) => Promise<void>}} the promise ends when the sheet has its new height
 */
export function makeSheet(sheet, handle, onChange) {
  let drag = null;

  const setHeight = (px) => sheet.style.setProperty("--sheet", `${px}px`);
  const tallPx = () => Math.round(window.innerHeight * TALL);
  const setTall = (isTall) => {
    setHeight(isTall ? tallPx() : LOW_PX);
    handle.setAttribute("aria-expanded", String(isTall));
    onChange(isTall);
    return Promise.all(sheet.getAnimations().map((animation) => animation.finished));
  };

  handle.addEventListener("pointerdown", (event) => {
    drag = { from: event.clientY, height: sheet.offsetHeight, isMoved: false };
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const moved = drag.from - event.clientY;
    drag.isMoved ||= Math.abs(moved) > 8;
    if (!drag.isMoved) return;
    sheet.classList.add("dragging");
    setHeight(Math.min(Math.max(drag.height + moved, LOW_PX / 2), tallPx()));
  });
  const drop = () => {
    if (drag?.isMoved) setTall(sheet.offsetHeight > (LOW_PX + tallPx()) / 2);
    sheet.classList.remove("dragging");
  };
  handle.addEventListener("pointerup", drop);
  handle.addEventListener("pointercancel", drop);
  handle.addEventListener("click", () => {
    const wasDragged = drag?.isMoved;
    drag = null;
    if (!wasDragged) setTall(handle.getAttribute("aria-expanded") !== "true");
  });
  return { setTall: (isTall) => setTall(isTall).catch(() => {}) }; // a second press cancels the first movement
}
