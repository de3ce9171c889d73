"""The map of every page: files that did not come, names in the reader's language, and boxes that are small."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, local
from tests.browser.held_map import hold_map
from tests.browser.phones import POSITION, drawn
from tests.browser.valley_site import site as valley_site  # noqa: F401 - a fixture
from tests.browser.valley_site import valley  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser

AGAIN = """async () => {
  const script = document.querySelector('script[src*="/js/planner/plan.js"]').src;
  const { createMap } = await import(new URL("../map/map.js", script).href);
  window.view = await createMap(document.getElementById("map"));
  return window.view !== null;
}"""

ROUTE_IN_VIEW = """() => {
  const bounds = window.map.getBounds();
  return window.map.getStyle().sources.route.data.coordinates.every((point) => bounds.contains(point));
}"""


@pytest.mark.parametrize("part", ["style.json", "maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css"])
def test_a_file_that_did_not_come_is_not_put_on_the_browser_and_may_be_asked_for_again(open_page, part):
    page = open_page("/healthz", size=DESKTOP, service_workers="block", expect_error="Failed to load resource")
    page.route(f"**/{part}*", lambda route: route.abort())
    page.goto(page.url.replace("/healthz", "/plan"))
    note = page.locator("#map .map-note")
    expect(note).to_have_text("地图没有取到；再打开一次会重试。")
    assert page.locator("#map canvas").count() == 0
    assert not page.evaluate(AGAIN)
    expect(note).to_have_count(1)
    page.unroute(f"**/{part}*")
    assert page.evaluate(AGAIN)
    drawn(page)
    expect(note).to_have_count(0)
    assert page.locator("#map canvas").count() == 1
    assert page.locator("#map").get_attribute("data-failed") is None


def test_where_the_style_of_the_other_theme_does_not_come_the_map_stays(open_page):
    page = drawn(open_page("/plan", size=DESKTOP, service_workers="block", expect_error="Failed to load resource"))
    assert page.evaluate(AGAIN)
    page.evaluate("window.view.map.once('idle')")
    page.route("**/style.json*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(500)
    assert page.evaluate("window.view.map.getStyle().layers.length > 5")


def test_a_route_is_seen_whole_in_a_box_that_is_lower_than_what_stands_around_it(open_page):
    page = local(open_page(size=(320, 460), geolocation=POSITION, permissions=["geolocation"]))
    warnings = []
    page.on("console", lambda message: warnings.append(message.text))
    hold_map(page)
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".station .travel").first).to_be_visible()
    drawn(page)
    page.locator(".station [data-go]").first.press("Enter")
    expect(page.locator("#sheet-handle")).to_have_attribute("aria-expanded", "true")
    page.wait_for_timeout(1500)
    assert page.locator("#map").bounding_box()["height"] < 56 + 104, "what the page asks to be left free around a route"
    assert page.evaluate(ROUTE_IN_VIEW)
    route_zoom = page.evaluate("window.map.getZoom()")
    district = page.evaluate("document.getElementById('map').dataset.bounds.split(',').map(Number)")
    assert route_zoom > page.evaluate("(bounds) => window.map.cameraForBounds(bounds).zoom", district) + 1
    assert [text for text in warnings if "cannot fit" in text] == []


def test_who_reads_english_is_led_to_a_place_by_its_english_name(browser, valley_site):  # noqa: F811
    context = browser.new_context(
        viewport={"width": 1200, "height": 800},
        locale="en-GB",
        geolocation={"latitude": 30.00123, "longitude": 119.98765},
        permissions=["geolocation"],
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(valley_site + "/?lang=en&always=1")
    local(drawn(page))
    hold_map(page)
    page.get_by_role("button", name="Use my position").click()
    expect(page.locator(".station .travel").first).to_be_visible()
    page.wait_for_timeout(1500)
    assert page.locator(".station[data-code=A1]").count() == 0, "the card would give the name"
    page.evaluate("new Promise((drawn) => { window.map.once('idle', drawn); window.map.triggerRepaint(); })")
    spot = page.evaluate("window.map.project([119.9895, 30])")
    page.locator("#map canvas").click(position=spot)
    expect(page.locator(".popup h3")).to_have_text("River station")
    page.locator(".popup button").click()
    expect(page.locator("#route-title")).to_have_text("To River station")
    context.close()
