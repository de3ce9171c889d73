// Show links for staff where somebody has logged in with this browser. Public pages read no session, so that everybody gets the same page
// and riders' requests leave no cookie; the pages of staff leave a mark here instead, and logging out takes it away.

const KEY = "fuchun-staff";

/** Tell whether a page of staff has been open here since the last log-out; the session may have ended all the same. */
export function mayBeStaff() {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false; // a browser that keeps nothing
  }
}

/** Take the mark away. */
export function forgetStaff() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}

/** Leave the mark; on pages that only staff get to see. */
export function markStaff() {
  try {
    localStorage.setItem(KEY, "");
  } catch {
    // Nothing is kept.
  }
}
