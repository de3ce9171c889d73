"""An organiser's story: a table of places, an old itinerary, plans, a drag, comments by a link, a published tour.

And somebody who knows nothing of the program: within two minutes and three clicks there is a tour to look at.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from geo.db.session import reading
from geo.db.tour_plans import get_plan
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, log_in
from tests.browser.serving import serving
from tests.conftest import DatabaseMaker
from tests.webmap.tour_valley import add_organiser, places_table, store_tour_places, work_off
from tests.webmap.valley import CODE, valley_app

pytestmark = pytest.mark.browser

TWO_MINUTES_S = 120.0

COUNT_PRESSES = """addEventListener("click", ({ isTrusted }) => {
  if (isTrusted) sessionStorage.presses = Number(sessionStorage.presses ?? 0) + 1;
}, true)"""


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("tour-story")) as app:
        yield app


@pytest.fixture(scope="module")
def site(valley: Flask) -> Iterator[str]:
    """Serve a small district of one's own."""
    with serving(valley) as address:
        yield address


def do_waiting_job(valley: Flask, page: Page, folder: Path) -> None:
    """Do the job that the plan on the page waits for, in place of a worker."""
    number = int(re.search(r"/build/(\d+)", page.url)[1])
    with reading(valley.extensions["fuchun_engine"]) as session:
        job_id = get_plan(session, CODE, number).job_id
    work_off(valley, job_id, folder)


def test_from_an_old_itinerary_to_a_published_tour(open_page: OpenPage, valley: Flask, tmp_path: Path):
    _, password = add_organiser(valley.extensions["fuchun_engine"])
    page = open_page("/tours/places", size=DESKTOP)
    log_in(page, "organiser", password)
    table = tmp_path / "places.csv"
    table.write_text(places_table(), "utf-8")
    page.set_input_files("#file", table)
    page.get_by_role("button", name="导入").click()
    expect(page.locator("[role=status]").first).to_contain_text("导入 9 / 9 处地点")
    page.get_by_role("link", name="示意桥头").click()
    expect(page.locator("#f-price")).to_have_value("")
    expect(page.locator(".rooms")).to_be_hidden()
    page.goto(page.url.partition("/tours/")[0] + "/tours/build/paste")
    page.fill("#text", "D1 示意会堂—示意水车—示意饭店—示意桥头—示意旅馆\nD2 示意书院—示意茶园（雨天改为示意山顶）—返程")
    page.get_by_role("button", name="识别").click()
    expect(page.get_by_role("status")).to_contain_text("7 / 8 处")
    page.get_by_role("button", name="用这些地点").click()
    do_waiting_job(valley, page, tmp_path)
    # The page asks again by itself and shows the plan that the job has stored.
    expect(page.locator(".day-column")).to_have_count(2)
    expect(page.locator(".compare")).to_contain_text("均衡")
    expect(page.locator(".day-column .fault")).to_have_count(0)
    expect(page.locator("#plan:not([data-active])")).to_be_visible()

    card = page.locator('.stop-card[data-code="S1"]')
    day = card.get_attribute("data-day")
    other = page.locator(f'.day-column:not([data-day="{day}"])')
    card.drag_to(other.locator(".cards"))
    expect(other.locator('.stop-card[data-code="S1"]')).to_be_visible()
    page.get_by_role("button", name="撤销").click()
    expect(other.locator('.stop-card[data-code="S1"]')).to_have_count(0)
    card.drag_to(other.locator(".cards"))
    expect(other.locator('.stop-card[data-code="S1"]')).to_be_visible()
    page.get_by_role("button", name="把 示意水车 锁定在这一天").click()
    expect(page.get_by_role("button", name="解锁 示意水车")).to_be_visible()
    page.get_by_role("button", name="优化其余").click()
    expect(page.locator(".working")).to_be_visible()
    do_waiting_job(valley, page, tmp_path)
    expect(page.locator("#plan:not([data-active])")).to_be_visible()
    expect(other.locator('.stop-card.locked[data-code="S1"]')).to_be_visible()
    page.locator(".rules summary").click()
    expect(page.locator(".rules table")).to_contain_text("未核对现行")

    page.get_by_text("征求意见").first.click()
    page.get_by_role("button", name="生成链接").click()
    link = page.locator("#link").input_value()
    visitor = open_page(link[link.index("/tours/") :], size=DESKTOP)
    visitor.fill("#writer", "用户一")
    visitor.fill("#text", "第一天午饭太早")
    visitor.get_by_role("button", name="提交").click()
    expect(visitor.get_by_role("status")).to_contain_text("谢谢")
    page.reload()
    expect(page.locator(".comments")).to_contain_text("第一天午饭太早")

    page.locator(".keep summary").filter(has_text="送审").click()
    page.fill("#approval-number", "示意〔2026〕1号")
    page.get_by_role("button", name="登记").click()
    expect(page.locator(".keep")).to_contain_text("示意〔2026〕1号")
    page.fill("#tour-name", "谷区两日")
    page.get_by_role("button", name="存为线路").click()
    expect(page.locator("h1")).to_have_text("谷区两日")
    expect(page.locator("#day-1")).to_contain_text("示意会堂")


def test_on_a_phone_the_plan_is_in_view_and_what_is_typed_stays_while_a_job_works(
    open_page: OpenPage, valley: Flask, monkeypatch
):
    # The server makes the first plan; no worker takes the job, so that the page asks again every second.
    monkeypatch.setattr("webmap.logic.tours.first_plan.is_compiled", lambda what: True)
    store_tour_places(valley.extensions["fuchun_engine"])
    _, password = add_organiser(valley.extensions["fuchun_engine"], "walker")
    page = open_page("/login", size=PHONE)
    log_in(page, "walker", password)
    page.goto(page.url.partition("/tours/")[0] + "/tours/build")
    page.get_by_role("button", name="生成行程").click()
    first_card = page.locator(".stop-card").first
    expect(first_card).to_be_in_viewport()
    expect(page.locator(".plan-head")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # Days lie below each other, none is cut off at the side.
    assert page.evaluate(
        "[...document.querySelectorAll('.columns')].every((each) => each.scrollWidth <= each.clientWidth)"
    )
    # What was asked for is one line; it opens, with its five fields.
    expect(page.locator("#wish-S1")).to_be_hidden()
    assert page.locator(".asked form").bounding_box()["height"] < 100
    page.locator(".wish-fold > summary").click()
    expect(page.locator("#days")).to_be_visible()
    expect(page.locator("#wish-S1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.locator("#tour-name").fill("谷区")
    page.locator(".by-hand summary").first.click()
    card_menu = page.locator(".by-hand").first
    for _ in range(2):
        page.evaluate("document.getElementById('plan').dataset.old = ''")
        expect(page.locator("#plan[data-old]")).to_have_count(0)  # the page has taken over another rendering
    expect(page.locator("#tour-name")).to_have_value("谷区")
    expect(card_menu).to_have_attribute("open", "")


def test_three_clicks_after_the_login_lead_to_a_tour(open_page: OpenPage, valley: Flask, monkeypatch):
    # The server makes the first plan itself, as it does once the solver is compiled; no worker is needed.
    monkeypatch.setattr("webmap.logic.tours.first_plan.is_compiled", lambda what: True)
    store_tour_places(valley.extensions["fuchun_engine"])
    _, password = add_organiser(valley.extensions["fuchun_engine"], "stranger")
    page = open_page("/login", size=DESKTOP, script=COUNT_PRESSES)
    begin = time.monotonic()
    log_in(page, "stranger", password)
    page.evaluate("sessionStorage.presses = 0")
    # An organiser's first page is this one: five fields that are filled already.
    expect(page.locator("#days")).to_have_value("3")
    page.get_by_role("button", name="生成行程").click()
    expect(page.locator(".day-column")).to_have_count(3)
    expect(page.locator(".stop-card").first).to_be_visible()
    assert 0 < int(page.evaluate("sessionStorage.presses")) <= 3
    assert time.monotonic() - begin < TWO_MINUTES_S
