// Large print in a folder of files, where no server writes other pages: `?print=large` sets the letters, and every link
// of the page hands it on. Nothing is stored.

const toggle = document.getElementById("large");

if (new URLSearchParams(location.search).get("print") === "large") {
  document.documentElement.classList.add("large");
  toggle.href = location.pathname;
  toggle.textContent = toggle.dataset.normal;
  document.addEventListener("click", handOn, { capture: true });
}

function handOn({ target }) {
  const link = target.closest("a[href]");
  if (!link || link === toggle || link.origin !== location.origin) return;
  const address = new URL(link.href);
  address.searchParams.set("print", "large");
  link.href = address.href;
}
