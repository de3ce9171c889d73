// On every page of staff: whoever sees it has logged in.

import { forgetStaff, markStaff } from "../web/staff.js";

markStaff();
document.querySelector("form[data-log-out]").addEventListener("submit", forgetStaff);
