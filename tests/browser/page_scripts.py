"""Scripts that tests run inside a page: import our modules, read what the browser has stored."""

from pathlib import Path

SCRIPTS = Path(__file__).parent / "js"

READ_STORES = """async () => {
  const found = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie];
  for (const { name } of await indexedDB.databases()) found.push(name);
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      found.push(request.method, request.url, await (await cache.match(request)).clone().text());
    }
  }
  return found;
}"""

COUNT_PRESSES = """addEventListener("click", ({ isTrusted }) => {
  if (isTrusted) sessionStorage.presses = Number(sessionStorage.presses ?? 0) + 1;
}, true)"""
"""Counts what somebody clicks, and what Enter in a form clicks; not what scripts do."""


def script(name):
    return (SCRIPTS / name).read_text().strip().removesuffix(";")
