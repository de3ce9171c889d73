"""A planner who knows nothing of the program: three clicks after the login a plan stands there, without candidates."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, OpenPage, log_in
from tests.browser.page_scripts import COUNT_PRESSES
from tests.browser.planner_valley import valley_fixtures

pytestmark = pytest.mark.browser

TWO_MINUTES_S = 120.0


valley, site, password = valley_fixtures("sites-stranger", has_workers=True)


def test_three_clicks_after_the_login_lead_to_neighbourhoods_where_rooms_are_to_be_found(
    open_page: OpenPage, shoot, password: str
) -> None:
    page = open_page("/login?next=/plan%3Fminutes%3D5", size=DESKTOP, script=COUNT_PRESSES)
    begin = time.monotonic()
    log_in(page, "sites-stranger", password)
    page.evaluate("sessionStorage.presses = 0")
    page.get_by_role("link", name="站点选址", exact=True).first.click()
    expect(page.get_by_text("没有候选点也能先找片区").first).to_be_visible()
    page.get_by_role("button", name="开始计算").click()
    expect(page.locator("#answer .number")).to_have_text(re.compile(r"26\.3% → 92\.1%"), timeout=TWO_MINUTES_S * 1e3)
    expect(page.locator("#site-list li").first).to_contain_text("东镇 · Road一带（找场地）")
    expect(page.locator("#answer[data-drawn]:not([data-active])")).to_be_visible(timeout=60_000)
    assert time.monotonic() - begin < TWO_MINUTES_S
    assert 0 < int(page.evaluate("sessionStorage.presses")) <= 3
    shoot(page, "plan")

    # Hours are compared too, and nothing is added up that nobody has counted.
    page.get_by_role("link", name="延长开放还是新增站点").click()
    expect(page.locator(".notice").first).to_contain_text("各时段不相加")
    shoot(page, "hours")
