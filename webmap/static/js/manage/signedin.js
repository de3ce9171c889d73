// On every page of staff: note that this browser has logged in (see web/staff.js).

import { forgetStaff, markStaff } from "../web/staff.js";

markStaff();
document.querySelector("form[data-log-out]").addEventListener("submit", forgetStaff);
