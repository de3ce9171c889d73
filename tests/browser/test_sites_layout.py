"""How /plan/sites and the maps beside it look: what stands on one line, and what lies over the names of towns."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from geo.db.scenarios import list_scenarios
from geo.db.session import reading
from loaders.sample.store import SAMPLE
from tests.browser.conftest import DESKTOP, OpenPage, log_in
from tests.browser.sample_site import sample_fixtures

pytestmark = [pytest.mark.browser, pytest.mark.soak]

LINES = """(rows) => rows.map((row) => {
  const seen = [...row.children].filter((each) => each.getClientRects().length);
  const middles = seen.map((each) => each.getBoundingClientRect()).map(({ top, bottom }) => (top + bottom) / 2);
  return [row.textContent.replace(/\\s+/g, " ").trim(), Math.max(...middles) - Math.min(...middles)];
})"""
"""Of rows: what they say, and how far apart the middles of their parts lie, px."""


sample, site, password = sample_fixtures("layout")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_buttons_of_a_plan_stand_on_one_line(
    open_page: OpenPage, shoot, sample: Flask, password: str, lang: str
) -> None:
    with reading(sample.extensions["fuchun_engine"]) as session:
        plan = list_scenarios(session, SAMPLE)[0]
    page = open_page(f"/login?next=/plan/sites%3Fscenario%3D{plan.id}%26lang%3D{lang}", size=DESKTOP)
    log_in(page, "layout", password)
    page.locator("details.fold", has=page.locator("#chapter")).locator("summary").first.click()
    expect(page.locator("#chapter")).to_be_visible()
    shoot(page, "buttons")
    mark, tools = (page.locator(name).bounding_box() for name in (".map-mark", ".map-tools"))
    assert mark["x"] + mark["width"] <= tools["x"]
    for size in (DESKTOP, (1024, 768)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for words, apart_px in page.locator(".answer .leaves, .answer .forms").evaluate_all(LINES):
            assert apart_px < 8.0, words
