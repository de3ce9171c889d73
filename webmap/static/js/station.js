// The page of a station with scripts: share it, or copy its address where a browser cannot share.

import { showWechatHint } from "./maplinks.js";

const place = document.getElementById("place");
const said = document.getElementById("shared");
const { title, copied, copy } = place.dataset;
const address = place.dataset.address || location.href; // a page in a folder of files lies where it lies

showWechatHint(place);
document.getElementById("share").addEventListener("click", share);

async function share() {
  if (navigator.share) {
    try {
      return await navigator.share({ title, url: address });
    } catch (error) {
      if (error.name === "AbortError") return; // the reader thought better of it
    }
  }
  try {
    await navigator.clipboard.writeText(address);
    say(copied);
  } catch {
    say(`${copy} ${address}`); // no clipboard without HTTPS: it can be copied by hand
  }
}

function say(text) {
  said.textContent = text;
  said.hidden = false;
}
