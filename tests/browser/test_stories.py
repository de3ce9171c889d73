"""What riders meet in an evening, with a wish nobody meets, at a locked door, in English and in large print."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from geo.db.session import writing
from tests.browser.conftest import PHONES, local, log_in
from tests.browser.moments import AT
from tests.browser.phones import SAVES_DATA
from tests.browser.valley_site import codes, from_here, site, valley  # noqa: F401 - fixtures
from webmap.accounts.setup import create_account
from webmap.logic import nearest as answers
from webmap.rider import views as rider

pytestmark = pytest.mark.browser

EVENING = datetime(2026, 11, 25, 21, 40, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Wednesday


@PHONES
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_the_first_station_and_its_state_are_seen_without_scrolling(open_page, shoot, size, locale):
    page = open_page(size=size, locale=locale)
    shoot(page, "first")
    assert page.locator(".chip:visible").count() >= 4, "as many as a district has"
    assert page.locator(".kinds").count() == 1
    state = page.locator(".station .when").first.bounding_box()
    assert state["y"] + state["height"] <= page.locator("#sheet").bounding_box()["y"]


@PHONES
def test_in_the_evening_what_is_open_stands_first_and_what_closes_soon_says_so(
    open_page,
    shoot,
    monkeypatch,
    size,
    valley,  # noqa: F811
):
    class Evening(datetime):
        @classmethod
        def now(cls, tz=None):
            return EVENING.astimezone(tz)

    for module in (rider, answers):
        monkeypatch.setattr(module, "datetime", Evening)
    page = from_here(open_page(size=size, script=SAVES_DATA, **AT))
    shoot(page, "list")
    assert codes(page) == ["A1", "S1", "A3", "A2", "S2"]
    cards = page.locator(".station")
    expect(cards.nth(0)).to_contain_text("快关门")
    expect(cards.nth(0)).to_contain_text("22:00 关门")
    expect(cards.nth(1)).to_contain_text("24 小时开放")
    expect(cards.nth(2)).to_contain_text("时间不详")
    expect(cards.nth(3)).to_contain_text("明天 08:00 开门")
    expect(cards.nth(0)).to_contain_text("万一锁门，再去")


@PHONES
def test_a_wish_that_nobody_meets_is_answered_and_taken_back_in_one_press(open_page, shoot, size):
    page = local(open_page("/?service=shower", size=size, **AT))
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator("[data-start-name]")).to_have_text("你的位置")
    expect(page.locator(".notice")).to_contain_text("淋浴")
    assert codes(page) == []
    shoot(page, "nothing")
    page.locator(".notice a").click()
    expect(page.locator(".station")).to_have_count(5)
    assert "service" not in page.url


@PHONES
def test_a_report_is_seen_two_are_heeded_and_staff_clear_them(open_page, shoot, size, valley):  # noqa: F811
    live = valley.extensions["fuchun_live"]
    page = from_here(local(open_page(size=size, **AT)))
    first = codes(page)[0]

    def report(number):
        other = open_page(f"/s/{first}", size=size, user_agent=f"Mozilla/5.0 Mobile of {size[0]} no. {number}", **AT)
        with other.expect_request(f"**/s/{first}/report*") as sent:
            other.get_by_role("button", name="锁着").click()
        assert sent.value.post_data == "found=locked", "and nothing of where or who"
        expect(other.locator("#door")).to_contain_text("谢谢")
        return other

    def look_again():
        # A visit of its own: after a reload the start is still there.
        page.goto(page.url.split("?")[0])
        return from_here(local(page)).locator(f".station[data-code={first}]")

    shoot(report(1), "told")
    card = look_again()
    expect(card.locator(".report")).to_have_text(re.compile(r"有 1 人反映锁门（未核实）"))
    assert codes(page)[0] == first, "one report changes no order"
    shoot(page, "one")
    report(2)
    card = look_again()
    expect(card.locator(".report.heeded")).to_have_text(re.compile(r"2 人反映锁门，最近一次：.*（未核实）"))
    # Behind all that may be open; at night others are closed, too.
    assert codes(page).index(first) > max(codes(page).index(code) for code in {"S1", "A3"} - {first})
    card.scroll_into_view_if_needed()
    shoot(page, "two")
    with writing(valley.extensions["fuchun_engine"]) as session:
        password = create_account(session, f"p{size[0]}", role="planner")
    staff = open_page("/manage/reports", size=size)
    log_in(staff, f"p{size[0]}", password)
    shoot(staff, "inbox")
    with staff.expect_navigation():
        staff.get_by_role("button", name="核实").first.click()
    live.refresh()  # a served worker does so every second
    card = look_again()
    expect(card.locator(".report")).to_have_count(0)
    expect(card).to_contain_text("上次核实：今天")
    assert codes(page)[0] == first


@PHONES
def test_who_reads_english_meets_no_other_language(open_page, shoot, size):
    page = from_here(local(open_page(size=size, locale="en-GB", **AT)), "Use my position")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    shoot(page, "list")
    page.locator(".station").first.get_by_role("button", name="Go there").click()
    expect(page.locator("#route-steps li").last).to_contain_text("Arrive")
    shoot(page, "way")
    assert page.evaluate(CHINESE) == ["中文"]
    page.goto(page.url.split("?")[0] + "s/A1")
    shoot(page, "station")
    assert page.evaluate(CHINESE) == ["中文"]


CHINESE = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const { data } = walker.currentNode;
    if (/[\u3400-\u9fff]/.test(data)) found.push(data.trim());
  }
  return found;
}"""


@PHONES
def test_large_print_is_large_and_reached_by_gloves(open_page, shoot, size):
    page = from_here(local(open_page("/?text=large", size=size, **AT)))
    shoot(page, "list")
    page.locator(".station").first.scroll_into_view_if_needed()
    shoot(page, "cards")
    page.locator(".station").first.get_by_role("button", name="去这里").click()
    expect(page.locator("#route-steps li").last).to_contain_text("到达")
    shoot(page, "way")
    assert page.evaluate(SMALL_TEXT) == []
    assert page.evaluate(LOW_TARGETS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


SMALL_TEXT = """() => {
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const box = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !box.offsetParent || box.closest(".map, .visually-hidden")) continue;
    const { fontSize, lineHeight } = getComputedStyle(box);
    const [size, line] = [parseFloat(fontSize), parseFloat(lineHeight)];
    if (size < 18 || line < 1.2 * size) found.push(walker.currentNode.data);
  }
  return found;
}"""
LOW_TARGETS = """() => [...document.querySelectorAll("main button, main .button, .chip, .segmented a, .menu > summary")]
  .filter((each) => each.offsetParent && each.offsetHeight < 60 && !each.closest(".map"))
  .map((each) => each.textContent.trim())"""
