"""The first page on small phones: the answer in view, Back step by step, and a start that outlives a station's page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SMALL_PHONE
from tests.browser.phones import SAVES_DATA, allow_position, drawn

pytestmark = pytest.mark.browser

SIZES = pytest.mark.parametrize("size", [(320, 568), SMALL_PHONE, (740, 360)], ids=["tiny", "small", "landscape"])

IS_UNCOVERED = """(button) => {
  const { left, right, top, bottom } = button.getBoundingClientRect();
  const points = [[left + 4, top + 4], [right - 4, bottom - 4]];
  return points.every(([x, y]) => button.contains(document.elementFromPoint(x, y)));
}"""


@SIZES
def test_the_first_answer_is_in_view_back_closes_step_by_step_and_a_start_outlives_a_stations_page(open_page, size):
    page = open_page("/", size=size, script=SAVES_DATA, **allow_position())
    page.get_by_role("button", name="用我的位置").click()
    card = page.locator(".station").first
    expect(card).to_contain_text(re.compile(r"骑车 \d+ 分钟"))
    go = card.locator("[data-go]")
    assert page.evaluate("scrollY") == 0
    assert go.evaluate(IS_UNCOVERED), "the first answer with its button is in view"
    expect(page.locator(".controls > summary")).to_have_text(re.compile("骑车.*爱心驿站.*筛选"))
    expect(page.get_by_role("button", name="用我的位置")).to_be_hidden()
    drawn(page)
    go.click()
    step = page.locator("#route-steps li").first
    expect(step).to_be_in_viewport(ratio=1)
    page.evaluate("Promise.all(document.getElementById('sheet').getAnimations().map((each) => each.finished))")
    assert step.evaluate(IS_UNCOVERED), "the steps can be read without moving the sheet"
    assert page.locator("#overview .overview-room").is_hidden(), "no picture of the district lies under the route"
    page.go_back()
    expect(page.locator("#route")).to_be_hidden()
    expect(card).to_contain_text("分钟")
    minutes = card.locator(".travel b").inner_text()
    card.locator("a.details").click()
    expect(page.locator("#travel b")).to_have_text(minutes)
    page.go_back()
    expect(page.locator(".station").first).to_contain_text(minutes)
    page.go_back()
    expect(page.get_by_text("选一个起点，才能算时间")).to_be_visible()


def test_a_position_that_may_be_kilometres_off_gives_no_minutes_finer_than_that(open_page):
    given = allow_position()
    given["geolocation"] = {**given["geolocation"], "accuracy": 3000}
    page = open_page("/", script=SAVES_DATA, **given)
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator("[data-start-name]")).to_have_text("你的位置（误差约 3.0 公里）")
    expect(page.locator(".station .travel b").first).to_have_text(re.compile(r"骑车 1–\d\d 分钟"))


def test_a_street_that_is_typed_is_a_start_and_nothing_typed_leaves_the_phone(open_page):
    page = open_page("/", script=SAVES_DATA)
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    box = page.get_by_role("combobox")
    box.fill("mannerheim")
    hit = page.locator("#search-hits button").first
    expect(hit).to_contain_text("Mannerheim")
    assert page.locator("#search-hits button").count() <= 5
    box.press("Enter")
    expect(page.locator(".station").first).to_contain_text(re.compile(r"骑车 \d+ 分钟"))
    expect(page.locator("[data-start-name]")).to_contain_text("Mannerheim")
    assert not any("annerheim" in url for url in sent)
