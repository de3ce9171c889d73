"""The day of a departure: a participant without a connection, a leader who is late, and nobody's position anywhere."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe_core import RUN, TAGS
from tests.browser.conftest import PHONE
from tests.browser.moments import until
from tests.browser.page_scripts import READ_STORES
from tests.browser.valley_site import site, valley  # noqa: F401 - fixtures
from tests.webmap.day_valley import store_departure
from tests.webmap.tour_valley import store_tour_places

pytestmark = pytest.mark.browser

TINY_PHONE = (320, 568)
SOON_MS = 5_000 + 4_000
"""Five seconds from the press, and what a busy machine takes to draw."""
OFF = "ERR_INTERNET_DISCONNECTED"


@pytest.fixture(scope="module")
def links(valley):  # noqa: F811 - the fixture
    store_tour_places(valley.extensions["fuchun_engine"])
    return store_departure(valley, days_ago=0)


def arrivals(page):
    return page.locator(".day-list [data-arrive]")


def test_the_leader_is_late_everybody_sees_it_and_lunch_is_saved(open_page, links, shoot, axe):
    participant = open_page(f"/b/{links.participants}", size=PHONE, expect_error=OFF)
    expect(participant.locator(".next-stop h1")).to_have_text("示意会堂")
    expect(arrivals(participant)).to_have_text(["09:00", "09:20", "12:50", "14:00", "16:00"])
    until(participant, "navigator.serviceWorker.controller !== null")
    participant.wait_for_selector("#map[data-drawn]")
    shoot(participant, "participant")
    participant.get_by_text("去这里").click()
    expect(participant.get_by_role("link", name="高德")).to_be_visible()
    shoot(participant, "ways")
    participant.get_by_text("去这里").click()

    leader = open_page(f"/b/{links.leader}", size=TINY_PHONE, expect_error=OFF)
    expect(leader.get_by_role("button", name="从 示意会堂 出发")).to_be_visible()
    shoot(leader, "leader")
    leader.get_by_role("button", name="晚20分").click()
    expect(leader.locator(".breach-list")).to_contain_text("午餐（示意饭店）会晚 10 分")
    expect(arrivals(participant).nth(1)).to_have_text("09:40", timeout=SOON_MS)
    expect(participant.locator(".late")).to_contain_text("晚 20 分")
    shoot(leader, "late")
    shoot(participant, "late-participant")
    leader.get_by_role("button", name="示意水车 缩短 10 分").click()
    expect(leader.locator(".breach-list")).to_have_count(0)
    expect(arrivals(participant).nth(2)).to_have_text("13:00", timeout=SOON_MS)

    # Tomorrow's sight is closed: a plan without it is left at first, then accepted.
    leader.get_by_role("link", name="第 2 天").click()
    for answer, n_stop in (("不改", 3), ("采用", 2)):
        leader.get_by_role("button", name="雨·关闭").click()
        shoot(leader, "again")
        leader.get_by_role("button", name="示意茶园 关闭，重排后面").click()
        expect(leader.get_by_role("dialog")).to_contain_text("不去：示意茶园")
        shoot(leader, "proposal")
        leader.get_by_role("button", name=answer, exact=True).click()
        expect(leader.get_by_role("dialog")).to_have_count(0)
        expect(arrivals(leader)).to_have_count(n_stop, timeout=SOON_MS)
    leader.get_by_role("link", name="第 1 天").click()
    expect(arrivals(participant)).to_have_text(["09:20", "09:40", "13:00", "14:10", "16:10"])

    # Without a connection the participant opens the page again, and the leader goes on pressing.
    participant.context.set_offline(True)
    participant.reload()
    expect(arrivals(participant)).to_have_text(["09:20", "09:40", "13:00", "14:10", "16:10"])
    expect(participant.locator("#when")).to_contain_text("没有网也能看")
    shoot(participant, "offline")
    leader.context.set_offline(True)
    for name in ("从 示意会堂 出发", "到达 示意水车"):
        leader.get_by_role("button", name=name).click()
    expect(leader.locator("#said")).to_contain_text("2 次按下等待网络")
    expect(leader.get_by_role("button", name="从 示意水车 出发")).to_be_visible()
    expect(leader.locator(".next-stop .meet")).to_have_text("停车场东侧")
    leader.reload()
    expect(leader.locator("#said")).to_contain_text("2 次按下等待网络")
    shoot(leader, "waiting")
    for page in (leader, participant):
        page.context.set_offline(False)
    expect(participant.locator(".next-stop h1")).to_have_text("示意水车", timeout=SOON_MS)
    expect(participant.locator(".next-stop .what")).to_contain_text("停留到")
    expect(leader.locator("#said")).to_contain_text("已到 示意水车")

    for page in (leader, participant):
        page.evaluate(axe)
        assert page.evaluate(RUN, TAGS) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert not re.search(r"geolocation|\"(lat|lon)\"", "".join(page.evaluate(READ_STORES)[:3]))
