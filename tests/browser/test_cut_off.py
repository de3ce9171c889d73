"""Streets that nothing joins to the rest are drawn on the planner's map, and say what they are."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, OpenPage
from tests.browser.held_map import MOUSE, hold_map
from tests.browser.phones import drawn
from tests.browser.serving import serving
from tests.conftest import DatabaseMaker
from tests.webmap.valley import LAT, valley_app

pytestmark = [pytest.mark.browser, pytest.mark.soak]


@pytest.fixture(scope="module")
def site(make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None) -> Iterator[str]:
    with valley_app(make_database, tmp_path_factory.mktemp("valley"), has_lane=True) as app, serving(app) as address:
        yield address


def test_a_lane_that_nothing_joins_to_the_road_is_drawn_and_says_so(open_page: OpenPage):
    page = drawn(open_page("/plan?lang=en", size=DESKTOP))
    hold_map(page, MOUSE)
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    page.wait_for_function("window.map")
    page.evaluate(f"window.map.jumpTo({{ center: [120.0101, {LAT + 0.05}], zoom: 15 }})")
    page.evaluate("new Promise((drawn) => { window.map.once('idle', drawn); window.map.triggerRepaint(); })")
    assert page.evaluate("window.map.queryRenderedFeatures({ layers: ['cut-off'] }).length") == 1
    page.locator("#map canvas").click(position=page.evaluate(f"window.map.project([120.0101, {LAT + 0.05}])"))
    expect(page.locator(".maplibregl-popup-content")).to_contain_text("193 m of street that are not joined to the rest")
