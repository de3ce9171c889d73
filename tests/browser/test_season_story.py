"""An organiser's season: three batches, a collision solved, units that answer and one that does not, the set."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.axe_core import AXE, RUN, TAGS
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, log_in
from tests.browser.serving import serving
from tests.conftest import DatabaseMaker
from tests.webmap.season_valley import store_season_places
from tests.webmap.tour_valley import add_organiser
from tests.webmap.valley import valley_app

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("season-story")) as app:
        store_season_places(app)
        yield app


@pytest.fixture(scope="module")
def site(valley: Flask) -> Iterator[str]:
    """Serve a small district of one's own."""
    with serving(valley) as address:
        yield address


def faults(page: Page) -> list[str]:
    """Return what axe-core finds on a page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(RUN, TAGS)
    return found


def add(page: Page, day: str, people: int) -> None:
    page.fill("#first-day", day)
    page.fill("#people", str(people))
    page.get_by_role("button", name="添加").click()


def test_a_season_from_three_batches_to_the_printed_set(open_page: OpenPage, valley: Flask) -> None:
    _, password = add_organiser(valley.extensions["fuchun_engine"])
    page = open_page("/tours/T1/batches", size=DESKTOP)
    log_in(page, "organiser", password)
    for day in ("2031-05-10", "2031-05-17", "2031-05-17"):
        add(page, day, 38)
    expect(page.locator(".season-batch")).to_have_count(3)
    expect(page.locator(".season-cell.collides")).to_have_count(1)
    collision = page.locator(".season-collision")
    expect(collision).to_contain_text("5月17日与第 2 批同住Inn，差 16 间")
    assert faults(page) == []
    collision.get_by_role("button", name="换Other inn").click()
    expect(page.locator(".season-batch")).to_have_count(3)
    expect(collision).to_have_count(0)

    page.get_by_role("link", name="第 1 批", exact=True).click()
    page.fill("#units", "示意单位01 20\n示意单位02 10\n示意单位03 8")
    page.locator(".season-units button").click()
    reminder = page.locator("#reminder").input_value()
    links = dict(re.findall(r"^(示意单位\d+)：https?://[^/]+(/\S+)$", reminder, re.MULTILINE))
    liaison = open_page(links["示意单位01"], size=PHONE)
    liaison.fill("#men", "12")
    liaison.fill("#couples", "4")
    assert faults(liaison) == []
    liaison.get_by_role("button", name="提交").click()
    expect(liaison.get_by_role("status")).to_contain_text("已报 20 人")
    liaison.goto(liaison.url.split("/tours/")[0] + links["示意单位02"])
    liaison.fill("#women", "10")
    liaison.get_by_role("button", name="提交").click()
    expect(liaison.get_by_role("status")).to_contain_text("已报 10 人")

    page.reload()
    expect(page.locator("#reminder")).to_have_value(re.compile("示意单位03：http"))
    assert "示意单位01" not in page.locator("#reminder").input_value()
    assert faults(page) == []
    page.get_by_role("link", name="成套打印").click()
    expect(page.locator(".set-paper")).to_have_count(4)
    expect(page.locator("#paper-orders")).to_contain_text("双人 15 间、夫妻 4 间、单人 3 间")
    expect(page.locator(".set-sketch").first).to_be_visible()
    assert faults(page) == []
    page.emulate_media(media="print")
    expect(page.locator(".site-header")).to_be_hidden()
    with page.expect_download() as download:
        page.emulate_media(media="screen")
        page.get_by_role("link", name="全部文件（ZIP）").click()
    assert download.value.suggested_filename.endswith(".zip")
