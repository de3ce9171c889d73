"""What a first visit costs in bytes, as they travel."""

from urllib.request import Request, urlopen

import pytest

from loaders.sample.helsinki import HELSINKI
from tests.browser.conftest import PHONE
from webmap.logic.live_districts import LiveDistricts

pytestmark = pytest.mark.browser

KB = 1024
MAP_PARTS = (
    "/js/map/map.js",
    "/js/map/graphics.js",
    "/js/map/mapfiles.js",
    "/js/map/overview.js",
    "/maplibre-gl.css",
    "/maplibre-gl.mjs",
    "/maplibre-gl-worker.mjs",
    "/style.json",
)
FOR_LATER = (
    "/js/offline/",
    "/js/rider/route.js",
    "/js/rider/accuracy.js",
    "/js/rider/follow.js",
    "/js/rider/outbox.js",
    "/js/rider/startsearch.js",
    "/js/map/maplinks.js",
    "/js/rider/guide.js",
    "/device/",
    "/icons/icon-",
)
"""What the phone keeps for later, and how an installed page looks; some of it is in the first script too."""

COUNTED_APART = ("/tiles/", ".pack")
HEADERS = 800
"""About what an answer's headers take, the content security policy the most of it."""


def test_the_list_comes_in_60_kilobytes_and_the_whole_first_visit_in_600(open_page):
    # Without a service worker: it would fetch what is kept for later while this counts.
    # (That first page names no icon, so the browser asks for one that is not there.)
    page = open_page("/healthz", size=PHONE, service_workers="block", expect_error="404")
    answers = []
    page.on("response", lambda response: answers.append(response))
    page.goto(page.url.replace("/healthz", "/"))
    page.wait_for_selector("#map[data-fetched]", state="attached")
    page.locator("#sheet-handle").press("Enter")
    page.wait_for_selector("#map[data-drawn]")
    page.wait_for_timeout(1500)
    assert all(answer.ok for answer in answers)
    assert len([answer for answer in answers if "/style.json" in answer.url]) <= 2, "ahead, and for the map at most"
    assert len([answer for answer in answers if "/tiles/" in answer.url]) <= 12, "those in view, ahead and for the map"
    for answer in answers:
        is_text = answer.headers.get("content-type", "").startswith(("text/", "application/json"))
        is_long = int(answer.headers.get("content-length", 0)) > 1400
        assert not (is_text and is_long) or answer.headers.get("content-encoding") == "gzip", answer.url
    # By the headers: Chromium tells no size of what starts a worker.
    sizes = {answer.url: int(answer.headers.get("content-length", 0)) + HEADERS for answer in answers}
    sizes = {url: size for url, size in sizes.items() if not any(part in url for part in COUNTED_APART)}
    assert all(any(part in url for url in sizes) for part in MAP_PARTS), "the map was not loaded"
    is_later = [any(part in answer.url for part in MAP_PARTS + FOR_LATER + COUNTED_APART) for answer in answers]
    page_itself = {answer.url: sizes[answer.url] for answer, later in zip(answers, is_later, strict=True) if not later}
    assert sum(page_itself.values()) <= 60 * KB, page_itself
    first_later = is_later.index(True)
    behind = [answer.url for answer in answers[first_later:] if answer.url in page_itself]
    assert all("/js/map/graphics.js" in url for url in behind), f"the list waited behind what is for later: {behind}"
    assert sum(sizes.values()) <= 600 * KB, sizes


def test_the_streets_that_a_phone_keeps_take_less_than_a_megabyte_for_20000_nodes(site, helsinki):
    snapshot = LiveDistricts(*helsinki).state(HELSINKI).ready()
    address = f"{site}/device/{HELSINKI}/{snapshot.pack_version}.pack"
    with urlopen(Request(address, headers={"Accept-Encoding": "gzip"})) as answer:
        sent = len(answer.read())
        assert sent == int(answer.headers["Content-Length"])
    assert 0 < sent / snapshot.network.n_node * 20_000 < 1_000_000
