// The service worker: keeps the page, the scripts, the streets and the places, so that the page opens without a connection.
// webmap/offline/install.py writes VERSION, SHELL, PAGES and NOT_KEPT above this text. It keeps answers to GET only, of the pages
// named in PAGES and of public data; where somebody is stands in none of them.

const SCOPE = new URL(self.registration.scope);
const PREFIX = `fuchun ${SCOPE.pathname} `;
const CACHE = PREFIX + VERSION;
const PATIENCE_MS = 3000; // on a bad line what is kept comes sooner
const OWN_QUERY = ["district", "lang", "text"]; // what makes another page of the same address
const SCRIPT_QUERY = ["print", "qr"]; // what does not change what the server answers
const MAX_PAGES = 60;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const answer = answerTo(event);
  if (answer) event.respondWith(answer);
});

// No skipWaiting: pages are asked for over the network first, so a page that comes with newer scripts gets them through the
// older worker too, and an open page keeps the scripts that it came with.
async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll(SHELL.map((path) => new URL(path, SCOPE).href));
  await Promise.all([...(await openPages()), ...(await olderRequests())].map((address) => renew(cache, address)));
}

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

/** Pages that are open came before this worker did. */
async function openPages() {
  const clients = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return clients.map(({ url }) => new URL(url)).filter(isPage).map(pageKey);
}

/** What the worker before this one kept for reading without a connection. */
async function olderRequests() {
  const found = [];
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX) || name === CACHE) continue;
    for (const { url } of await (await caches.open(name)).keys()) {
      if (!inScope(new URL(url)).startsWith("static/")) found.push(url);
    }
  }
  return found;
}

async function renew(cache, address) {
  try {
    const response = await fetch(address, { credentials: "omit" });
    if (response.ok && !response.redirected) await cache.put(address, response);
  } catch {
    // It comes when it is next asked for.
  }
}

function answerTo({ request }) {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== SCOPE.origin || !url.pathname.startsWith(SCOPE.pathname)) return null;
  const path = inScope(url);
  if (path.startsWith("static/")) return keptFirst(request);
  if (/^device\/[^/]+\/[0-9a-f]+\.pack$/.test(path)) return keptFirst(request, { replaces: /\.pack$/ });
  // In a folder of files there are those of two languages, and a style for each theme.
  if (/^(en\/)?(device\/[^/]+\/(stations|names)|map\/[^/]+\/style(-\w+)?)\.json$/.test(path)) return networkFirst(request, url.href);
  // What changes of a day under way, and its map: without a connection the last that came. The page is there: no hurry.
  if (/^b\/[^/]+\/\d+\/(now|day\.geojson)$/.test(path)) return networkFirst(request, url.href, { isHurried: false });
  if (request.mode === "navigate" && isPage(url)) return page(request, url);
  return null;
}

/** The path of an address within the scope. */
function inScope(url) {
  return url.pathname.slice(SCOPE.pathname.length);
}

function isPage(url) {
  return url.origin === SCOPE.origin && PAGES.some((pattern) => new RegExp(`^${pattern}$`).test(inScope(url)));
}

/** The first page, in each language of a folder of files. */
function isFirst(url) {
  return /^(en\/)?(index\.html)?$/.test(inScope(url));
}

/** Whether the address asks nothing of the page: no choices, no landmark, no thanks for a report. */
function isPlain(url) {
  return [...url.searchParams.keys()].every((name) => OWN_QUERY.includes(name) || SCRIPT_QUERY.includes(name));
}

/** The address of the plain page. */
function pageKey(url) {
  const key = new URL(url.pathname, url.origin);
  for (const name of OWN_QUERY) if (url.searchParams.has(name)) key.searchParams.set(name, url.searchParams.get(name));
  return key.href;
}

/** What never changes under its address; a worker that waits may have kept it for its own pages. */
async function keptFirst(request, { replaces } = {}) {
  const kept = await caches.match(request.url);
  if (kept) return kept;
  const cache = await caches.open(CACHE);
  const response = await fetch(request);
  // Under an older version's address the server says no-cache: that is not kept.
  if (response.ok && !response.headers.get("Cache-Control")?.includes("no-cache")) {
    const folder = request.url.replace(/[^/]*$/, "");
    for (const { url } of replaces ? await cache.keys() : []) {
      if (url.startsWith(folder) && replaces.test(url)) await cache.delete(url);
    }
    await cache.put(request.url, response.clone());
  }
  return response;
}

/** What changes: the server's, unless it does not come, or where there is a hurry does not come soon; then what is kept. */
async function networkFirst(request, key, { isKept = true, isHurried = true } = {}) {
  const cache = await caches.open(CACHE);
  const kept = await readKept(cache, key);
  const fetched = fetch(request).then(async (response) => {
    if (response.ok && isKept) await cache.put(key, response.clone());
    return response;
  });
  if (!kept) return fetched;
  const answer = fetched.then((response) => (response.status < 500 ? response : kept)).catch(() => kept);
  if (!isHurried) return answer;
  return Promise.race([answer, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, kept))]);
}

/** What is kept. A page says that it is: by the clock of a phone alone its scripts could not tell. */
async function readKept(cache, key) {
  const kept = await cache.match(key);
  if (!kept) return kept;
  const headers = new Headers(kept.headers);
  headers.set("X-Kept", "yes"); // its date is not the present moment
  const isPage = headers.get("Content-Type")?.startsWith("text/html");
  const body = isPage ? (await kept.text()).replace("<html", "<html data-kept") : kept.body;
  return new Response(body, { status: kept.status, statusText: kept.statusText, headers });
}

async function page(request, url) {
  const isKept = isPlain(url);
  try {
    // What else the address asks for the scripts of the first page make of the plain one, where they have the streets.
    // Another page's do not: there the plain one is for when the server's does not come at all.
    const isHurried = isKept || (isFirst(url) && !self.navigator.connection?.saveData);
    return await networkFirst(request, pageKey(url), { isKept, isHurried });
  } catch (error) {
    const first = await keptFirstPage(url);
    if (!first) throw error;
    return notKept(first, url);
  } finally {
    await forgetOldPages();
  }
}

/** The address of a first page that is kept: of the district and language of an address, if there is one. */
async function keptFirstPage(url) {
  const cache = await caches.open(CACHE);
  const kept = (await cache.keys()).map((request) => new URL(request.url)).filter(isFirst);
  const query = (each, name) => each.searchParams.get(name);
  return kept.find((each) => OWN_QUERY.every((name) => query(each, name) === query(url, name))) ?? kept[0];
}

/** A page that says that another one is not kept, with the way to the one that is: never another district's in its place. */
function notKept(first, url) {
  const { title, words, link } = NOT_KEPT[url.searchParams.get("lang") ?? (inScope(url).startsWith("en/") ? "en" : "")] ?? ownWords();
  const styles = SHELL.filter((path) => /css\/web\/(app|parts)\.css$/.test(path)).map((path) => new URL(path, SCOPE).pathname);
  const head = styles.map((path) => `<link rel="stylesheet" href="${path}">`).join("");
  const body =
    `<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
    `<title>${title}</title>${head}</head><body><main><h1>${title}</h1><p>${words}</p>` +
    `<p><a class="button primary" href="${first.pathname}${escapeHtml(first.search)}">${link}</a></p></main></body></html>`;
  return new Response(body, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}

function escapeHtml(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** The page's words in the language of the browser. */
function ownWords() {
  return NOT_KEPT[self.navigator.language.startsWith("zh") ? "zh" : "en"];
}

async function forgetOldPages() {
  const cache = await caches.open(CACHE);
  const pages = (await cache.keys()).filter(({ url }) => isPage(new URL(url)) && !isFirst(new URL(url)));
  for (const { url } of pages.slice(0, -MAX_PAGES)) await cache.delete(url);
}
