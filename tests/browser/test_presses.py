"""What is pressed on a slow line, twice, or while something else is on its way."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import local
from tests.browser.moments import AT
from tests.browser.phones import SAVES_DATA, unfold
from tests.browser.valley_site import codes, from_here, site, valley  # noqa: F401 - fixtures

pytestmark = pytest.mark.browser

WEST = {"lon": 119.98, "lat": 30.0}

FIRST_IS_SLOW = """;{
  const fetched = window.fetch;
  window.asked = [];
  window.fetch = async (...given) => {
    const [what] = String(given[0].url ?? given[0]).match(/(list|stations|route)(?=\\?|$)/) ?? [];
    const isFirst = !window.asked.includes(what);
    window.asked.push(what);
    const answer = await fetched(...given);
    await new Promise((resolve) => setTimeout(resolve, what ? (isFirst ? 1500 : 400) : 0));
    return answer;
  };
}"""
"""The first answer of each kind takes longer than the second."""

POSITIONS = """{
  window.positions = [];
  navigator.geolocation.getCurrentPosition = (found, failed) => window.positions.push({ found, failed });
}"""


def press(page, selector, times=1):
    page.evaluate(f"for (let i = 0; i < {times}; i += 1) document.querySelector({selector!r}).click()")


def hint(page):
    return page.evaluate("document.getElementById('hint').textContent")


def go_to_the_first(page):
    page.locator(".station [data-go]").first.click()
    expect(page.locator("#route-steps li").last).to_contain_text("到达")


@pytest.mark.parametrize("is_local", [True, False])
def test_a_start_that_is_pressed_twice_is_one_start(open_page, is_local):
    page = open_page(script="" if is_local else SAVES_DATA + FIRST_IS_SLOW, **AT)
    if is_local:
        local(page)
    press(page, "#here", times=2)
    expect(page.locator(".station .travel").first).to_be_visible()
    page.wait_for_timeout(2000)
    go_to_the_first(page)
    assert hint(page) == ""


def test_a_choice_pressed_while_the_position_is_on_its_way_is_answered_from_there(open_page):
    page = open_page(script=SAVES_DATA + FIRST_IS_SLOW, **AT)
    press(page, "#here")
    page.wait_for_function("window.asked.includes('list')")
    page.locator(".chip", has_text="手机充电").click()
    expect(page.locator(".chip[aria-current]")).to_contain_text("手机充电")
    expect(page.locator(".station .travel").first).to_be_visible()
    page.wait_for_timeout(1500)
    expect(page.locator(".chip[aria-current]")).to_contain_text("手机充电")
    assert "lat" not in page.url
    go_to_the_first(page)


def test_two_choices_pressed_one_after_the_other_are_both_on(open_page):
    page = unfold(from_here(open_page(script=SAVES_DATA + FIRST_IS_SLOW, **AT)))
    page.locator(".chip", has_text="手机充电").click()
    expect(page.locator("#find")).to_have_attribute("aria-busy", "true")
    page.locator(".chip", has_text="饮水").click()
    expect(page.locator(".chip[aria-current]")).to_have_count(2)
    expect(page.locator("#find")).not_to_have_attribute("aria-busy", "true")
    assert page.url.count("service=") == 2
    # And taken back in the same way.
    page.locator(".chip[aria-current]", has_text="手机充电").click()
    page.locator(".chip[aria-current]", has_text="饮水").click()
    expect(page.locator(".chip[aria-current]")).to_have_count(0)


def test_a_position_that_comes_late_takes_nothing_back(open_page):
    page = local(open_page(script=POSITIONS, **AT))
    press(page, "#here")
    press(page, "#here")
    at = "{ coords: { longitude: %s, latitude: %s } }"
    page.evaluate(f"window.positions[1].found({at % (WEST['lon'], WEST['lat'])})")
    expect(page.locator(".station .travel").first).to_be_visible()
    nearest = codes(page)[0]
    page.evaluate("window.positions[0].failed({ code: 3 })")
    assert hint(page) == ""
    press(page, "#here")
    go_to_the_first(page)
    page.evaluate(f"window.positions[2].found({at % (120.01, 30.0)})")
    page.wait_for_timeout(500)
    expect(page.locator("#route")).to_be_visible()
    assert codes(page)[0] == nearest


@pytest.mark.parametrize(
    "query", ["?service=xyz", "?mode=fly", "?mode=", "?kind=xyz", "?kind=", "?service=toilet&service=toilet"]
)
def test_an_address_that_asks_for_what_nobody_knows_is_answered_without_it(open_page, query):
    page = from_here(local(open_page(f"/{query}", **AT)))
    assert len(codes(page)) == 5
    expect(page.locator(".segmented [aria-current]")).to_have_count(1)
    expect(page.locator("#overview-stations > *")).to_have_count(5)
    assert not re.search("undefined|\\{", page.locator("#find").inner_text())
    unfold(page).locator(".segmented a").last.click()
    expect(page.locator(".segmented a").last).to_have_attribute("aria-current", "true")


def test_a_phone_that_comes_out_of_a_pocket_says_what_is_open_now(open_page):
    page = local(open_page(expect_error="net::ERR_"))
    page.wait_for_timeout(1000)
    # Twelve hours later as the phone knows them: with a line the server's clock would put it right.
    page.context.set_offline(True)
    bridge = page.locator(".station", has_text="示意桥头站").locator(".when")
    before = bridge.text_content()
    page.evaluate("{ const { now } = Date; Date.now = () => now() + 12 * 3600_000; }")
    page.wait_for_timeout(1000)
    assert bridge.text_content() == before
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(bridge).not_to_have_text(before)


def test_a_way_that_was_closed_stays_closed(open_page):
    page = from_here(local(open_page(**AT)))
    go_to_the_first(page)
    page.locator("#route-close").click()
    expect(page.locator("#route")).to_be_hidden()
    focused = page.evaluate(
        "[document.activeElement.closest('.station')?.dataset.code, 'go' in document.activeElement.dataset]"
    )
    assert focused == [codes(page)[0], True]


def test_a_map_that_did_not_come_is_fetched_when_it_is_opened_again(open_page):
    page = open_page(script=SAVES_DATA, service_workers="block", expect_error="Failed to load resource")
    page.route("**/style.json*", lambda route: route.abort())
    handle = page.locator("#sheet-handle")
    handle.press("Enter")
    expect(page.locator("#map .map-note")).to_contain_text("地图没有取到")
    handle.press("Enter")
    page.unroute("**/style.json*")
    handle.press("Enter")
    page.wait_for_selector("#map[data-drawn]")
    assert page.locator("#map .map-note").count() == 0


def test_the_marks_on_the_map_are_those_asked_for_last(open_page):
    page = from_here(open_page(script=SAVES_DATA + FIRST_IS_SLOW, **AT))
    page.wait_for_selector("#map[data-drawn]")
    page.evaluate("window.asked = []")
    unfold(page)
    for kind in ("妈咪小屋", "爱心驿站"):
        page.locator(".kinds summary").click()
        page.locator(".kinds li a", has_text=kind).click()
        expect(page.locator(".kinds summary")).to_contain_text(kind)
    page.wait_for_timeout(2000)
    assert page.evaluate("window.asked").count("stations") == 2
    expect(page.locator("#overview-stations > *")).to_have_count(5)
