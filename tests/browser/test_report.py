"""The web page of a report, opened from a disk with the network blocked."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from loaders.sample.helsinki import HELSINKI
from tests.webmap.report_files import make
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.live_districts import LiveDistricts

pytestmark = pytest.mark.browser


def test_the_web_page_works_from_a_disk_without_a_network(
    helsinki: tuple[Engine, Path], browser: Browser, tmp_path: Path
) -> None:
    engine, state_dir = helsinki
    made = make(engine, LiveDistricts(engine, state_dir).build(HELSINKI), tmp_path, CoverageQuestion(), lang="en")
    asked: list[str] = []
    faults: list[str] = []
    context = browser.new_context(offline=True, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(made.webpage.as_uri())
    expect(page.locator(".leaflet-control-layers label")).not_to_have_count(0)
    canvas = page.locator("canvas.leaflet-zoom-animated").first
    expect(canvas).to_be_visible()
    drawn = canvas.evaluate("c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0)")
    assert drawn, "the map is not empty"
    expect(page.locator("#stamp")).to_have_text("Demonstration")
    page.locator(".leaflet-control-layers").hover()
    page.locator(".leaflet-control-layers input").first.uncheck()
    assert asked == [made.webpage.as_uri()], "one file, nothing else"
    assert faults == []
    context.close()
