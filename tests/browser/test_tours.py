"""A tour in a browser: one day at a time beside its map, all days on paper, a file for the driver's own device."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, ROOT, OpenPage
from tests.browser.phones import begin_to_use
from tests.browser.serving import serving
from tests.conftest import DatabaseMaker
from tests.webmap.valley import valley_app

pytestmark = pytest.mark.browser

BOTH = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])


@pytest.fixture(scope="module")
def site(make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the valley, which has a tour, in place of Helsinki."""
    compile_catalogues = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile", "-d", "webmap/translations"]
    subprocess.run(compile_catalogues, cwd=ROOT, check=True)
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app, serving(app) as address:
        yield address


def drawn(page: Page) -> Page:
    begin_to_use(page)
    page.locator("#map").scroll_into_view_if_needed()
    page.wait_for_selector("#map[data-drawn]")
    return page


@BOTH
def test_the_list_leads_to_a_tour(open_page: OpenPage, size: tuple[int, int]):
    page = open_page("/tours", size=size)
    page.get_by_role("link", name="Along the road").click()
    expect(page.locator("h1")).to_have_text("Along the road")
    drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    expect(page.locator("#map .map-mark")).to_be_visible()


@BOTH
def test_one_day_shows_at_a_time_and_the_address_keeps_it(open_page: OpenPage, size: tuple[int, int]):
    page = drawn(open_page("/tours/T1", size=size))
    expect(page.locator("#day-1")).to_be_visible()
    expect(page.locator("#day-2")).to_be_hidden()
    page.get_by_role("link", name="第 2 天").click()
    expect(page.locator("#day-1")).to_be_hidden()
    expect(page.locator("#day-2")).to_contain_text(re.compile("路程不详：Hamlet.*大巴"))
    expect(page.get_by_role("link", name="第 2 天")).to_have_attribute("aria-current", "true")
    page.reload()
    expect(page.locator("#day-2")).to_be_visible()
    expect(page.locator("#day-1")).to_be_hidden()


def test_without_scripts_all_days_stand_below_each_other(open_page: OpenPage):
    page = open_page("/tours/T1", java_script_enabled=False)
    expect(page.locator("#day-1")).to_be_visible()
    expect(page.locator("#day-2")).to_be_visible()
    expect(page.get_by_role("button", name="打印")).to_be_hidden()


def test_where_no_map_can_be_drawn_the_days_stand(open_page: OpenPage):
    page = open_page("/tours/T1", script="HTMLCanvasElement.prototype.getContext = () => null")
    begin_to_use(page)
    expect(page.locator("#map .map-note")).to_contain_text("画不出地图")
    page.get_by_role("link", name="第 2 天").click()
    expect(page.locator("#day-2")).to_be_visible()


def test_paper_has_every_day_on_a_page_of_its_own_and_says_it_is_sample(open_page: OpenPage):
    page = drawn(open_page("/tours/T1", size=DESKTOP))
    page.emulate_media(media="print")
    for number in (1, 2):
        day = page.locator(f"#day-{number}")
        expect(day).to_be_visible()
        expect(day.locator(".sheet-title")).to_be_visible()
        expect(day.locator(".sheet-mark")).to_have_text("示意数据")
        expect(day.locator(".fill-in")).to_contain_text("司机")
    for part in (".site-header", ".map-pane", ".tour-tools", ".days", ".site-footer"):
        expect(page.locator(part)).to_be_hidden()
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))
    assert sheets == 2


def test_the_file_downloads_under_a_name_that_says_sample(open_page: OpenPage, tmp_path: Path):
    page = open_page("/tours/T1", size=DESKTOP)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载 GPX").click()
    assert waiting.value.suggested_filename == "【示意】Along the road.gpx"
    waiting.value.save_as(tmp_path / "tour.gpx")
    assert b"<gpx " in (tmp_path / "tour.gpx").read_bytes()
