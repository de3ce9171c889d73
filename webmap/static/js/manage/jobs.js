// Jobs on a page, kept up to date. A card (macros/jobs.html) is replaced with the one that its own page shows now, so
// the words are in one place, the templates. The job itself goes on in the store: a page that is opened again finds it.
//
//   <form method="post" action="…" data-starts="made-here">   is sent without leaving the page;
//   <div id="made-here" class="jobs">                         its job appears there, with progress and "cancel".
//
// A form that is refused shows why above its first line, and sends "job-sent" when the answer is there, whatever it says.
//
// When a job ends, its card sends "job-end" (bubbling; detail: {state}).

const EVERY_MS = 1000;
const LONGEST_MS = 30_000; // between two requests while the server is away
const REFUSED = [401, 403, 404];

/** One card of an active job: loaded, it is replaced with a newer one until its job has ended. */
class JobCard {
  #card;

  /** @param {HTMLElement} card */
  constructor(card) {
    this.#card = card;
  }

  load(pause = EVERY_MS) {
    setTimeout(() => this.#renew(pause), pause);
  }

  async #renew(pause) {
    if (!this.#card.isConnected) return; // it was replaced
    try {
      // A tab that nobody sees asks for nothing until it is seen again.
      if (document.hidden) await new Promise((resolve) => addEventListener("visibilitychange", resolve, { once: true }));
      const response = await fetch(this.#card.dataset.job, { headers: { Accept: "text/html" } });
      // Whoever is logged out is sent to the login page: neither that nor a refusal changes by asking again.
      if (response.redirected || REFUSED.includes(response.status)) return;
      const fresh = response.ok && (await cardOf(response));
      if (fresh) return this.replace(fresh);
    } catch {
      // The server is away or restarts: a later request will tell.
    }
    this.load(Math.min(2 * pause, LONGEST_MS));
  }

  /** Put a newer card in the place of this one; the focus stays on the same kind of element. */
  replace(fresh) {
    const focused = this.#card.contains(document.activeElement) && document.activeElement.tagName;
    this.#card.replaceWith(fresh);
    if (focused) fresh.querySelector(focused)?.focus();
    if ("active" in fresh.dataset) new JobCard(fresh).load();
    else fresh.dispatchEvent(new CustomEvent("job-end", { bubbles: true, detail: { state: fresh.dataset.state } }));
  }
}

/** Send the form of a job: one that starts a job in place (`data-starts`), or one of a card. */
async function sendForm(event) {
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
      new JobCard(card).replace(fresh);
    } else {
      box.prepend(fresh);
      new JobCard(fresh).load();
      button.disabled = false;
    }
  } catch {
    button.disabled = false; // the network is gone: click again
  }
  form.dispatchEvent(new Event("job-sent"));
}

/** Send a form and return the card of the job that it has started, or why it was refused, or neither. */
async function startJob(form) {
  const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
  if (response.ok) return { card: await cardOf(response) };
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fault = page.querySelector("form [role=alert]");
  return { fault: fault && document.adoptNode(fault) };
}

async function cardOf(response) {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const card = page.querySelector("[data-job]");
  return card ? document.adoptNode(card) : null;
}

document.addEventListener("submit", sendForm);
for (const card of document.querySelectorAll("[data-job][data-active]")) new JobCard(card).load();
