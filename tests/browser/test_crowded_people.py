"""Riders and planners in Helsinki's centre with a thousand places and the people of its population grid."""

import re

import pytest
from playwright.sync_api import expect

from geo.db.session import writing
from loaders.isolated.run import parse_here
from loaders.sample.helsinki import HELSINKI, load_helsinki
from loaders.storing.population import load_population
from tests.browser.phones import allow_position, begin_to_use, drawn
from tests.browser.screens import ALL, NO_WIDER
from tests.browser.serving import serving
from tests.extracts import HELSINKI_GRID, needs_helsinki_grid
from tests.webmap.conftest import config_of, dispose
from tests.webmap.crowded import crowd
from webmap import create_app
from webmap.logic.snapshot_building import ensure_snapshot

pytestmark = [pytest.mark.browser, pytest.mark.soak, needs_helsinki_grid]

N_PLACE = 1000
AROUND_M = 90.0
"""Places so close around three corners that at night people at the edges reach none within five minutes."""
NIGHT = "/plan?minutes=5&when=week&weekday=3&hour=3"


@pytest.fixture(scope="module")
def site(make_database, tmp_path_factory, translations):
    state_dir = tmp_path_factory.mktemp("crowded-people")
    with make_database() as engine:
        with writing(engine) as session:
            load_helsinki(session)
            load_population(session, HELSINKI_GRID, district=HELSINKI, parse=parse_here)
            crowd(session, N_PLACE, seed=3, around_m=AROUND_M)
        ensure_snapshot(engine, state_dir, HELSINKI)
        app = create_app(config_of(engine, state_dir))
        with serving(app) as address:
            yield address
        app.extensions["fuchun_live"].stop()
        dispose(app)


@ALL
def test_a_planner_reads_whom_the_night_misses_and_where(open_page, shoot, size):
    page = open_page(NIGHT, size=size)
    begin_to_use(page)
    expect(page.locator(".headline .number")).to_contain_text(re.compile(r"覆盖约 [\d,]+ 人（\d+\.\d%）"))
    assert page.evaluate(NO_WIDER)
    assert page.locator("#numbers .proxy").count() == 0, "people are counted, nothing stands in for them"
    page.locator("#map").scroll_into_view_if_needed()
    drawn(page)
    page.wait_for_selector("#numbers[data-drawn]")
    shoot(page, "plan")
    first = page.locator("tr[data-gap]").first
    name = first.locator("a").inner_text()
    first.locator("a").click()
    expect(page.locator("#gap[data-outline]")).to_contain_text(re.compile(r"此处 [\d,]+ 人中有 [\d,]+ 人到不了"))
    assert name in page.locator("#gap").get_attribute("data-name")
    shoot(page, "gap")
    assert page.evaluate(NO_WIDER)
    page.locator("#details").scroll_into_view_if_needed()
    classes = page.locator(".heat-legend .swatch")
    expect(classes.first).to_be_visible()
    for swatch in classes.all():
        colour = re.search(r"gap-\d", swatch.get_attribute("class"))[0]
        assert page.locator(f".heat a.{colour}").count() > 0, "no class without an hour"
    shoot(page, "week")


@ALL
def test_a_rider_is_led_to_a_station_and_reads_its_page(open_page, shoot, size):
    page = open_page("/", size=size, **allow_position())
    page.get_by_role("button", name="用我的位置").click()
    station = page.locator(".station").first
    expect(station.locator(".travel b")).to_contain_text(re.compile(r"骑车 \d+ 分钟"))
    expect(station.locator("[data-go]")).to_be_in_viewport(ratio=1)
    assert page.evaluate(NO_WIDER)
    shoot(page, "minutes")
    station.locator("[data-go]").click()
    expect(page.locator("#route-steps li").last).to_contain_text("到达")
    drawn(page)
    shoot(page, "way")
    assert page.evaluate(NO_WIDER)
    page.go_back()
    page.locator(".station").first.locator("a.details").click()
    expect(page.locator("h1")).to_contain_text("示意站")
    assert page.evaluate(NO_WIDER)
    shoot(page, "station")
