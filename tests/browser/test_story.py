"""A planner's story: choose the evening, see the gap, open its entry; and draw where no file has people."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Route, expect

from tests.browser.conftest import DESKTOP, OpenPage, log_in
from tests.browser.planner_valley import valley_fixtures
from tests.webmap.valley import EAST_PEOPLE

pytestmark = pytest.mark.browser


# A small district of one's own: what is drawn here disturbs no other test.
valley, site, password = valley_fixtures("story")


def count(words: str) -> int:
    return int(re.search(r"约 ([\d,]+)", words)[1].replace(",", ""))


def test_from_the_evening_to_the_gap_to_its_entry(open_page: OpenPage, password: str):
    page = open_page("/plan?minutes=14", size=DESKTOP)
    whole_day = count(page.locator(".headline .number").inner_text())
    page.locator('.heat a[title^="周三 20:00"]').click()
    expect(page).to_have_url(re.compile("when=week&weekday=3&hour=20"))
    expect(page.locator(".heat td.asked a")).to_have_attribute("title", re.compile("周三 20:00"))
    assert count(page.locator(".headline .number").inner_text()) < whole_day
    gap = page.locator("table.gaps tbody tr").first
    # The east station has closed: whoever lives there is missed, and the page says why.
    expect(gap).to_contain_text("那时关门")
    missed = gap.locator("td.quantity").inner_text()
    assert int(missed) == EAST_PEOPLE
    gap.locator("a").click()
    page.get_by_role("link", name="列入台账").click()
    log_in(page, "story", password)
    expect(page.get_by_text(re.compile("步行 14 分钟"))).to_be_visible()
    page.fill("#owner", "区总工会")
    page.fill("#note", "先问问街道")
    page.get_by_role("button", name="列入台账").click()
    expect(page).to_have_url(re.compile(r"/manage/gaps/\d+"))
    expect(page.locator("main")).to_contain_text(missed)
    expect(page.locator("main")).to_contain_text("先问问街道")
    page.goto(page.url.split("/manage")[0] + "/plan?minutes=14&when=week&weekday=3&hour=20")
    # Whoever has logged in sees the state of the gap, also after another question, and comes to its entry.
    state = page.locator("table.gaps tbody tr").first.get_by_role("link", name="待研究")
    expect(state).to_be_visible()
    page.locator(".modes label").nth(1).click()
    expect(page.locator(".modes input").nth(1)).to_be_checked()
    page.locator(".modes label").first.click()
    state.click()
    expect(page).to_have_url(re.compile(r"/manage/gaps/\d+"))
    page.go_back()
    page.get_by_role("link", name=re.compile("报告")).click()
    expect(page.locator("main")).to_contain_text("20:00")
    page.get_by_role("button", name="生成报告").click()
    # Its files and its numbers are tests/webmap/logic/test_reports.py's; here it is asked for, and waits for a worker.
    expect(page.locator(".job")).to_contain_text("等待")


def test_the_public_sees_the_gaps_and_nothing_of_the_ledger(open_page: OpenPage, password: str):
    asked: list[str] = []
    page = open_page("/plan?minutes=14&when=week&weekday=3&hour=20", size=DESKTOP)
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_selector("#numbers[data-drawn]")
    assert page.locator("table.gaps .entry").count() == 0
    assert not [url for url in asked if "gap-entries" in url]
    # Logging out takes the states away again.
    page.goto(page.url.split("/plan")[0] + "/manage/gaps")
    log_in(page, "story", password)
    page.locator(".staff-nav summary", has_text="系统").click()
    page.get_by_role("button", name="退出").click()
    page.goto(page.url.split("/login")[0].rstrip("/") + "/plan?minutes=14&when=week&weekday=3&hour=20")
    page.wait_for_selector("#numbers[data-drawn]")
    assert page.locator("table.gaps .entry").count() == 0


def test_a_hotspot_and_a_key_area_are_drawn_and_counted(open_page: OpenPage, password: str, valley: Flask):
    page = open_page("/manage/map", size=DESKTOP)
    log_in(page, "story", password)
    page.wait_for_selector("#map[data-drawn]")
    canvas = page.locator("#map canvas")
    page.get_by_role("button", name="人流密集点：一个点").click()
    canvas.click(position={"x": 450, "y": 350})
    page.fill("#name", "市场门口")
    page.fill("#weight", "120")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#hotspots")).to_contain_text("市场门口 · 120")
    page.get_by_role("button", name="重点区域").click()
    for x, y in ((300, 200), (600, 220), (580, 480), (320, 460), (300, 200)):
        canvas.click(position={"x": x, "y": y})
        page.wait_for_timeout(350)  # two presses in quick succession are a zoom
    page.fill("#name", "老城")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#areas")).to_contain_text("老城")
    address = page.url.split("/manage")[0]
    valley.extensions["fuchun_live"].refresh()  # a served worker does so every second
    page.goto(f"{address}/plan?minutes=14")
    expect(page.locator("table.towns").nth(1)).to_contain_text("老城")


def test_a_hotspot_saved_twice_in_haste_is_sent_once(open_page: OpenPage, password: str):
    page = open_page("/manage/map", size=DESKTOP, expect_error="ERR_FAILED")
    log_in(page, "story", password)
    page.wait_for_selector("#map[data-drawn]")
    page.get_by_role("button", name="人流密集点：一个点").click()
    page.locator("#map canvas").click(position={"x": 450, "y": 350})
    page.fill("#name", "车站门口")
    page.fill("#weight", "30")
    sent: list[Route] = []
    page.route("**/hotspots*", lambda route: sent.append(route) if route.request.method == "POST" else route.fallback())
    save = page.get_by_role("button", name="保存")
    save.dblclick()
    page.wait_for_timeout(300)
    assert len(sent) == 1
    expect(save).to_be_disabled()
    sent.pop().abort()
    expect(page.locator("#hint")).to_contain_text("未保存")
    save.click()  # what was not stored can be sent again
    page.wait_for_timeout(300)
    sent.pop().continue_()
    expect(page.locator("#hotspots").get_by_text("车站门口 · 30")).to_have_count(1)
