"""What a first visit costs in bytes, as they travel."""

import pytest

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser

KB = 1024
MAP_PARTS = ("/maplibre-gl.mjs", "/maplibre-gl-worker.mjs", "/style.json")
AFTER_MAP = ("/js/device/", "/device/", "/icons/icon-")
"""What the phone keeps for later, and how the page looks when it is installed."""

COUNTED_APART = ("/tiles/", ".pack")
HEADERS = 800
"""About what an answer's headers take, the content security policy the most of it."""


def test_the_list_comes_in_60_kilobytes_and_the_whole_first_visit_in_600(open_page):
    page = open_page(size=PHONE)
    page.wait_for_selector("#map[data-drawn]")
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    answers = []
    page.context.on("response", lambda response: answers.append(response))
    page.reload()
    page.wait_for_selector("#map[data-drawn]")
    page.wait_for_timeout(1500)
    # By the headers: Chromium tells no size of what starts a worker.
    sizes = {answer.url: int(answer.headers.get("content-length", 0)) + HEADERS for answer in answers}
    sizes = {url: size for url, size in sizes.items() if not any(part in url for part in COUNTED_APART)}
    assert all(any(part in url for url in sizes) for part in MAP_PARTS), "the map was not loaded anew"
    before_map = {url: size for url, size in sizes.items() if not any(part in url for part in MAP_PARTS + AFTER_MAP)}
    order = [answer.url for answer in answers]
    first_of_map = next(i for i, url in enumerate(order) if MAP_PARTS[0] in url)
    assert not any(part in url for url in order[:first_of_map] for part in AFTER_MAP)
    assert sum(before_map.values()) <= 60 * KB, before_map
    assert sum(sizes.values()) <= 600 * KB, sizes
