"""At the kerb: why no position came and what to do, being led on a phone on its side, and the app chosen last."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, SMALL_PHONE
from tests.browser.phones import SAVES_DATA, drawn

pytestmark = pytest.mark.browser

FAILS = """Object.defineProperty(navigator, "geolocation", { value: { getCurrentPosition: (found, failed, options) => {
  window.asked = options;
  setTimeout(failed, 20, { code: window.failure, PERMISSION_DENIED: 1, POSITION_UNAVAILABLE: 2, TIMEOUT: 3 });
} } });"""
WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 MicroMessenger/8.0.47"
COUNT_LOCKS = """window.locks = 0;
Object.defineProperty(navigator, "wakeLock", { value: { request: async () => {
  window.locks += 1;
  return { release: () => { window.locks -= 1; } };
} } });"""
COVERED = """(names) => names.flatMap((name) => [...document.querySelectorAll(name)]).filter((one) => {
  if (!one.checkVisibility({ visibilityProperty: true })) return false;
  const { left, right, top, bottom } = one.getBoundingClientRect();
  const points = [[left + 4, top + 4], [right - 4, bottom - 4], [(left + right) / 2, (top + bottom) / 2]];
  return !points.every(([x, y]) => one.contains(document.elementFromPoint(x, y)));
}).map((one) => one.id || one.className)"""
SEEN_UNDER_WAY = [
    ".map-person",
    "#follow-turn",
    "#follow-left",
    "#follow-arrived",
    "#follow-button",
    ".maplibregl-ctrl-group button",
]


def test_denied_timed_out_and_unavailable_are_three_sentences_that_say_what_to_do(open_page):
    page = open_page("/", script=SAVES_DATA + ";" + FAILS)
    sentences = set()
    for failure, words in ((1, "浏览器的设置里允许"), (3, "窗边"), (2, "打开手机的定位服务")):
        page.evaluate(f"window.failure = {failure}")
        page.locator("#here").click()
        expect(page.locator("#hint")).to_contain_text(words)
        sentences.add(page.locator("#hint").inner_text())
        expect(page.locator("#search-hits button").first).to_be_visible()
    assert len(sentences) == 3
    assert page.evaluate("window.asked.maximumAge") == 0, "a press takes a fresh position"


@pytest.mark.soak
def test_in_wechat_the_sentence_names_its_own_setting(open_page):
    page = open_page("/", script=SAVES_DATA + ";" + FAILS + "window.failure = 1;", user_agent=WECHAT)
    page.locator("#here").click()
    expect(page.locator("#hint")).to_contain_text("微信")


@pytest.mark.soak
@pytest.mark.parametrize("size", [(740, 360), SMALL_PHONE], ids=["landscape", "small"])
def test_who_is_led_sees_all_of_it_with_the_screen_awake_and_reports_from_the_door(open_page, some_codes, shoot, size):
    page = open_page(
        f"/?landmark={some_codes['landmark']}", size=size, script=SAVES_DATA + ";" + COUNT_LOCKS,
        permissions=["geolocation"], geolocation={"latitude": 60.17103, "longitude": 24.94137},
    )  # fmt: skip
    page.wait_for_selector("#map[data-drawn]", state="attached")
    page.locator(".station").first.locator("[data-go]").click()
    expect(page.locator("#route-steps li")).not_to_have_count(0)
    drawn(page)
    lon, lat = page.evaluate("document.getElementById('rider').dataset.start.split(',').map(Number)")
    page.context.set_geolocation({"latitude": lat, "longitude": lon, "accuracy": 5})
    page.get_by_role("button", name="跟随我").click()
    expect(page.locator("#follow-turn")).to_be_visible()
    assert covered_in_the_end(page) == []
    shoot(page, "led")
    assert page.evaluate("locks") == 1
    card = page.locator(".station").first
    there = {name: float(card.get_attribute(f"data-{name}")) for name in ("lon", "lat")}
    page.context.set_geolocation({"latitude": there["lat"], "longitude": there["lon"], "accuracy": 5})
    opened = page.get_by_role("button", name="开着")
    expect(opened).to_be_visible()
    assert covered_in_the_end(page) == []
    shoot(page, "arrived")
    with page.expect_request("**/report*") as sent:
        opened.click()
    assert sent.value.method == "POST"
    expect(page.locator("#follow-hint")).to_contain_text("谢谢")
    assert page.evaluate("locks") == 0, "the screen may sleep again"


def covered_in_the_end(page):
    """Return what is covered of what is seen under way once the map, which glides for 600 ms, has come to rest."""
    page.wait_for_timeout(900)
    for _ in range(20):  # a busy machine draws a movement late
        covered = page.evaluate(COVERED, SEEN_UNDER_WAY)
        if not covered:
            break
        page.wait_for_timeout(250)
    return covered


@pytest.mark.soak
def test_the_app_that_was_chosen_last_is_first_on_the_next_page(open_page, some_codes):
    page = open_page(f"/s/{some_codes['station']}", expect_error="ERR_")
    page.route("**/*amap*", lambda route: route.abort())
    names = page.locator(".map-links [data-app]")
    wanted = names.last.get_attribute("data-app")
    assert names.first.get_attribute("data-app") != wanted
    names.last.evaluate(
        "(link) => { link.addEventListener('click', (event) => event.preventDefault()); link.click(); }"
    )
    page.reload()
    expect(names.first).to_have_attribute("data-app", wanted)


@pytest.mark.soak
def test_english_takes_one_line_of_the_head_and_the_name_of_a_district_is_in_its_accessible_name(open_page):
    page = open_page("/?lang=en", size=PHONE)
    heights = page.locator(".site-nav a, .site-tools .language").evaluate_all("(all) => all.map((a) => a.offsetHeight)")
    assert max(heights) < 60
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert page.locator(".site-nav a").evaluate_all("(all) => new Set(all.map((a) => a.offsetTop)).size") == 1
    name = page.locator(".site-tools .name")
    assert name.inner_text() in page.locator(".site-tools .district, .site-tools summary").first.inner_text()


@pytest.mark.soak
def test_a_fine_screen_is_drawn_with_two_pixels_a_point(open_page, some_codes):
    page = drawn(open_page(f"/?landmark={some_codes['landmark']}", device_scale_factor=3, script=SAVES_DATA))
    assert page.evaluate("devicePixelRatio") == 3
    assert page.locator("#map canvas").evaluate("(canvas) => canvas.width / canvas.clientWidth") == pytest.approx(2)
