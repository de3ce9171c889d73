// Retry a page that the server could not answer: ask in the background, reload when it is there. Reloading the page each time
// would restart it for whoever listens to it.

const seconds = Number(document.getElementById("again").dataset.seconds);

async function ask() {
  try {
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" });
    if (answer.status !== 503) return location.reload();
  } catch {
    // No connection either: again later.
  }
  setTimeout(ask, seconds * 1000);
}

setTimeout(ask, seconds * 1000);
