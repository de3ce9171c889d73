"""The phone answers by itself: as the server does, without a connection, and its position goes nowhere."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, local
from tests.browser.page_scripts import READ_STORES, script
from tests.browser.phones import DIGITS, SAVES_DATA, allow_position, unfold

pytestmark = pytest.mark.browser


def somewhere(*, n, seed):
    """Points in and around the centre of Helsinki, some of them in the sea, as a phone rounds them."""
    rng = np.random.default_rng(seed)
    return rng.uniform([24.925, 60.155], [24.965, 60.180], (n, 2)).round(5).tolist()


def test_in_the_browser_too_the_phone_says_what_the_server_says(open_page):
    page = open_page(script=SAVES_DATA.replace("true", "false"), expect_error="422")
    questions = [
        {"lon": lon, "lat": lat, "mode": ("walk", "ebike")[i % 2], "kind": "rest_station", "services": [], "count": 17}
        | {"always": False}
        for i, (lon, lat) in enumerate(somewhere(n=240, seed=23))
    ]
    answer = page.evaluate(script("compare_answers.js"), questions)
    assert answer["differences"] == []
    # Some four thousand ways: as many may tie with one of another length.
    assert len(answer["far"]) <= 4
    assert 150 < answer["answered"] < 240


def test_with_the_streets_on_the_phone_no_request_and_no_store_holds_the_position(open_page):
    page = local(open_page(**allow_position()))
    sent = []
    page.context.on("request", lambda request: sent.append((request.method, request.url, request.post_data or "")))
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"骑车 \d+ 分钟"))
    expect(page.locator("[data-start-name]")).to_have_text("你的位置")
    unfold(page).get_by_role("link", name="步行").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"步行 \d+ 分钟"))
    page.locator(".station").nth(2).get_by_role("button", name="去这里").click()
    expect(page.locator("#route-steps li").last).to_contain_text("到达")
    page.wait_for_timeout(500)
    told = [(urlsplit(address).path, parse_qs(body)) for method, address, body in sent if method != "GET"]
    assert {path for path, _ in told} <= {"/device/helsinki/tally"}
    # "missed" says that nothing near is surely open, as at night.
    assert {name for _, fields in told for name in fields} <= {"go", "missed"}, "where somebody goes, not what is near"
    assert all(fields.get("missed", ["1"]) == ["1"] for _, fields in told)
    kept = page.evaluate(READ_STORES)
    for digits in (*DIGITS, *(each[:-1] for each in DIGITS)):
        assert not any(digits in part for request in sent for part in request)
        for each in [*kept, page.url, page.content()]:
            # The names of streets are the same for everybody, and some stand near the rider.
            assert digits not in each or each.startswith('{"landmarks"')


def test_in_flight_mode_an_open_page_answers(open_page):
    page = local(open_page(size=PHONE, expect_error="net::ERR_", **allow_position()))
    page.context.set_offline(True)
    page.get_by_role("button", name="用我的位置").click()
    card = page.locator(".station").first
    expect(card).to_contain_text(re.compile(r"骑车 \d+ 分钟"))
    unfold(page).get_by_role("link", name="步行").click()
    expect(card).to_contain_text(re.compile(r"步行 \d+ 分钟"))
    minutes = card.locator(".travel b").inner_text()
    card.get_by_role("button", name="去这里").click()
    expect(page.locator("#route-sum b")).to_have_text(minutes)
    expect(page.locator("#route-steps li").last).to_contain_text("到达")
    expect(page.locator("#route [data-app=amap]")).to_have_attribute("href", re.compile("uri.amap.com"))


NO_WORKERS = """{
  const { Worker } = window;
  window.Worker = class {
    constructor(url, options) {
      if (!String(url).endsWith("/streets_worker.js")) return new Worker(url, options); // the map's own
      %s
    }
    terminate() {}
    postMessage() {}
  };
}"""


@pytest.mark.parametrize(
    "how", ["throw new TypeError('no modules');", "setTimeout(() => this.onerror(new Event('error')));"],
    ids=["refused", "fails"],
)  # fmt: skip
def test_a_browser_without_workers_of_modules_keeps_the_streets_in_the_page(open_page, how):
    page = local(open_page(script=NO_WORKERS % how, expect_error="net::ERR_", **allow_position()))
    page.context.set_offline(True)
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"骑车 \d+ 分钟"))
    page.locator(".station").first.get_by_role("button", name="去这里").click()
    expect(page.locator("#route-steps li").last).to_contain_text("到达")


def test_what_is_shown_says_how_old_it_is(open_page):
    page = open_page(expect_error="net::ERR_", script=LATER, **allow_position())
    local(page)
    expect(page.locator(".age")).to_have_count(0)
    page.context.set_offline(True)
    page.evaluate("window.later = 3 * 3600 * 1000")
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".age")).to_have_text("数据为 3 小时前")


def test_after_two_weeks_all_hours_are_unknown(open_page):
    page = local(open_page(expect_error="net::ERR_", script=LATER, **allow_position()))
    page.context.set_offline(True)
    page.evaluate("window.later = 15 * 86400 * 1000")
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".age")).to_have_text("数据为 15 天前")
    assert set(page.locator(".station .state").all_inner_texts()) == {"时间不详"}


LATER = """{
  const { now } = Date;
  window.later = 0;
  Date.now = () => now() + window.later;
}"""


def test_who_saves_data_fetches_no_streets_and_no_map_before_it_is_wanted(open_page):
    page = open_page(script=SAVES_DATA, **allow_position())
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload(wait_until="networkidle")
    assert not any("maplibre" in url or ".mvt" in url for url in asked)
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"骑车 \d+ 分钟"))
    assert not any(".pack" in url for url in asked)
