// Jobs on a page, kept up to date. A card (macros/jobs.html) is replaced with the one that its own page shows now, so
// the words stand in one place, the templates. The job itself goes on in the store: a closed and reopened page finds it.
//
//   <form method="post" action="…" data-starts="made-here">   is sent without leaving the page;
//   <div id="made-here" class="jobs">                         its job appears there, with progress and "cancel".
//
// A form that is refused shows why above its first line, and sends "job-sent" when the answer is there, whatever it says.
//
// When a job ends, its card sends "job-end" (bubbling; detail: {state}).

const EVERY_MS = 1000;
const LONGEST_MS = 30_000; // between two looks while the server is away
const REFUSED = [401, 403, 404];
const watched = new WeakSet();

/** Keep the active cards below `root` up to date, and let forms with `data-starts` start their jobs in place. */
export function watchJobs(root = document) {
  for (const card of root.querySelectorAll("[data-job][data-active]")) follow(card);
}

/** Send a form and return the card of the job that it has started, or why it was refused, or neither. */
export async function startJob(form) {
  const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
  if (response.ok) return { card: await cardOf(response) };
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fault = page.querySelector("form [role=alert]");
  return { fault: fault && document.adoptNode(fault) };
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const card = form.closest("[data-job]");
  const box = form.dataset.starts ? document.getElementById(form.dataset.starts) : null;
  if (!card && !box) return;
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  try {
    const { card: fresh, fault } = await startJob(form);
    form.querySelector("[role=alert]")?.remove();
    if (fault) {
      form.prepend(fault);
      button.disabled = false;
    } else if (!fresh) {
      form.submit(); // what was refused, and why, is a page of its own
    } else if (card) {
      put(fresh, card);
    } else {
      box.prepend(fresh);
      follow(fresh);
      button.disabled = false;
    }
  } catch {
    button.disabled = false; // the network is gone: press again
  }
  form.dispatchEvent(new Event("job-sent"));
});

async function follow(card, pause = EVERY_MS) {
  if (watched.has(card)) return;
  watched.add(card);
  await new Promise((resolve) => setTimeout(resolve, pause));
  if (!card.isConnected) return;
  try {
    // A tab that nobody sees asks for nothing until it is seen again.
    if (document.hidden) await new Promise((resolve) => addEventListener("visibilitychange", resolve, { once: true }));
    const response = await fetch(card.dataset.job, { headers: { Accept: "text/html" } });
    // Whoever is logged out is sent to the login page: neither that nor a refusal changes by asking again.
    if (response.redirected || REFUSED.includes(response.status)) return;
    const fresh = response.ok && (await cardOf(response));
    if (fresh) return put(fresh, card);
  } catch {
    // The server is away or starts anew: a later look will tell.
  }
  watched.delete(card);
  follow(card, Math.min(2 * pause, LONGEST_MS));
}

function put(fresh, card) {
  const focused = card.contains(document.activeElement) && document.activeElement.tagName;
  card.replaceWith(fresh);
  if (focused) fresh.querySelector(focused)?.focus();
  if ("active" in fresh.dataset) follow(fresh);
  else fresh.dispatchEvent(new CustomEvent("job-end", { bubbles: true, detail: { state: fresh.dataset.state } }));
}

async function cardOf(response) {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const card = page.querySelector("[data-job]");
  return card ? document.adoptNode(card) : null;
}

watchJobs();
