"""The way: the buttons stand above its map, the map follows who asks for it, and the position goes nowhere."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONES, SMALL_PHONE
from tests.browser.page_scripts import READ_STORES
from tests.browser.phones import SAVES_DATA

pytestmark = pytest.mark.browser

AWAY = {"latitude": 60.16321, "longitude": 24.95123}
DIGITS = ("60.1632", "24.9512")

COUNT_WATCHES = """{
  window.watches = new Set();
  const { geolocation } = navigator;
  const [watch, clear] = [geolocation.watchPosition, geolocation.clearWatch].map((each) => each.bind(geolocation));
  geolocation.watchPosition = (...given) => (window.watches.add(watch(...given)), [...window.watches].at(-1));
  geolocation.clearWatch = (id) => (window.watches.delete(id), clear(id));
}"""

LANDSCAPE = (740, 360)
RESTS = """() => new Promise((resolve) => {
  let [before, same] = ["", 0];
  const look = () => {
    const now = [...document.querySelectorAll("#follow *, .map-person, #route-steps li")].map((each) => {
      const { x, y, width, height } = each.getBoundingClientRect();
      return [x, y, width, height].map(Math.round);
    }).join();
    [before, same] = [now, now === before ? same + 1 : 0];
    if (same >= 20) resolve();
    else requestAnimationFrame(look);
  };
  look();
})"""
"""Twenty pictures in which nothing has moved."""

IS_UPPERMOST = """(link) => {
  const { left, right, top, bottom } = link.getBoundingClientRect();
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const edges = [[x, top + 2], [x, bottom - 2], [left + 2, y], [right - 2, y]];
  return edges.every(([x, y]) => link.contains(document.elementFromPoint(x, y)));
}"""


def on_the_way(open_page, some_codes, size, *, query="", which=0, **options):
    """Show the way from a landmark to a station of the list, where the server answers and no streets are kept."""
    script = SAVES_DATA + ";" + COUNT_WATCHES
    page = open_page(f"/?landmark={some_codes['landmark']}{query}", size=size, script=script, **options)
    page.wait_for_selector("#map[data-drawn]", state="attached")
    page.locator(".station").nth(which).locator("[data-go]").click()
    expect(page.locator("#route-steps li")).not_to_have_count(0)
    page.evaluate("Promise.all(document.getElementById('sheet').getAnimations().map((each) => each.finished))")
    page.wait_for_timeout(700)  # a movement of the map takes 600 ms
    return page


def line_of_the_way(page, which):
    """Return the longitudes and latitudes of the way to a station of the list."""
    return page.evaluate(
        """async (which) => {
          const [lon, lat] = document.getElementById("rider").dataset.start.split(",").map(Number);
          const station = document.querySelectorAll(".station")[which].dataset.code;
          const body = JSON.stringify({ from: { lon, lat }, to: { station }, mode: "ebike" });
          const headers = { "Content-Type": "application/json" };
          const answer = await fetch("/api/v1/route", { method: "POST", headers, body });
          return (await answer.json()).geometry.coordinates;
        }""",
        which,
    )


def moved(locator, before):
    """Return where something is once it has moved."""
    for _ in range(50):
        if (box := locator.bounding_box()) != before:
            return box
        locator.page.wait_for_timeout(100)
    raise AssertionError("it has not moved within five seconds")


def n_watches(page):
    return page.evaluate("watches.size")


@PHONES
@pytest.mark.parametrize("query", ["", "&lang=en&text=large"], ids=["zh", "en-large"])
def test_the_map_of_a_way_leaves_the_buttons_to_other_apps_in_view(open_page, some_codes, size, query):
    page = on_the_way(open_page, some_codes, size, query=query)
    apps = page.locator("#route .map-links a")
    expect(apps).to_have_count(4)
    assert apps.evaluate_all(f"(links) => links.map({IS_UPPERMOST})") == [True] * 4
    expect(page.locator("#route-title")).to_be_in_viewport(ratio=1)
    assert page.locator("#map").bounding_box()["height"] > size[1] / 4, "and the map has room"
    assert page.locator("#follow-button").evaluate(IS_UPPERMOST)
    page.locator("#route-close").click()
    expect(page.locator("#sheet-handle")).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#follow")).to_be_hidden()


@pytest.mark.parametrize("size", [SMALL_PHONE, DESKTOP], ids=["small", "desktop"])
def test_the_map_follows_who_asks_for_it_and_the_position_goes_nowhere(open_page, some_codes, size):
    page = on_the_way(
        open_page, some_codes, size, geolocation=AWAY, permissions=["geolocation"], reduced_motion="reduce"
    )
    sent = []
    page.context.on("request", lambda request: sent.append((request.url, request.post_data or "")))
    person, left = page.locator(".map-person"), page.locator("#follow-left")
    assert n_watches(page) == 0
    page.get_by_role("button", name="跟随我").click()
    expect(page.locator("#follow-hint")).to_contain_text("离路线")
    expect(page.get_by_role("button", name="从这里重新规划")).to_be_visible()
    expect(person).to_be_visible()
    station = page.locator(".station").first
    written = {name: station.get_attribute(f"data-{name}") for name in ("lon", "lat")}
    lon, lat = float(written["lon"]), float(written["lat"])
    page.context.set_geolocation({"latitude": lat, "longitude": lon})
    expect(page.locator("#follow-arrived")).to_contain_text("门开着吗")
    expect(left).to_be_hidden()
    expect(page.locator("#follow-hint")).to_be_hidden()
    expect(page.get_by_role("button", name="从这里重新规划")).to_be_hidden()
    before = person.bounding_box()
    page.context.set_geolocation({"latitude": lat + 0.0002, "longitude": lon})
    assert before["y"] - moved(person, before)["y"] > 20, "the mark moves northwards, the map need not"
    assert n_watches(page) == 1
    page.get_by_role("button", name="停止跟随").click()
    assert n_watches(page) == 0
    expect(person).to_have_count(0)
    page.get_by_role("button", name="跟随我").click()
    expect(person).to_be_visible()
    page.evaluate(HIDE)
    assert n_watches(page) == 0
    expect(person).to_have_count(0)
    expect(page.locator("#follow-hint")).to_contain_text("已停止跟随")
    # Three decimals are 100 m: as written, for rounding would give digits that no text holds.
    digits = (*DIGITS, *(number[: number.index(".") + 4] for number in written.values()))
    assert digits[2] in page.content(), "where the station stands is no secret"
    kept = page.evaluate(READ_STORES)
    assert not any(each in part for each in digits for request in sent for part in request)
    assert not any(each in text for each in DIGITS for text in [*kept, page.url, page.content()])
    assert page.context.cookies() == []


def test_two_positions_in_quick_succession_leave_the_person_in_view(open_page, some_codes):
    page = on_the_way(open_page, some_codes, SMALL_PHONE, geolocation=AWAY, permissions=["geolocation"])
    station = page.locator(".station").first
    lon, lat = (float(station.get_attribute(f"data-{name}")) for name in ("lon", "lat"))
    page.get_by_role("button", name="跟随我").click()
    expect(page.locator(".map-person")).to_have_count(1)
    page.context.set_geolocation({"latitude": lat, "longitude": lon})
    expect(page.locator("#follow-arrived")).to_be_visible()
    box = page.locator("#map").bounding_box()
    for _ in range(50):
        person = page.locator(".map-person").bounding_box()
        across = (person["x"] + 12 - box["x"]) / box["width"]
        upright = (person["y"] + 12 - box["y"]) / box["height"]
        if 0.2 < across < 0.8 and 0.1 < upright < 0.8:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"after five seconds the person is at {across:.2f}, {upright:.2f} of the map")


HIDE = """() => {
  Object.defineProperty(document, "hidden", { value: true, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@PHONES
def test_who_denies_the_position_keeps_the_way_and_reads_why(open_page, some_codes, size):
    page = on_the_way(open_page, some_codes, size, permissions=[])
    page.get_by_role("button", name="跟随我").click()
    expect(page.locator("#follow-hint")).to_have_text("没有拿到你的位置，不能跟随；路线照样能看。")
    expect(page.get_by_role("button", name="跟随我")).to_be_visible()
    assert n_watches(page) == 0
    expect(page.locator("#route-steps li").last).to_contain_text("到达")
    page.locator("#route-close").click()
    expect(page.locator("#route")).to_be_hidden()


def test_who_is_led_reads_the_next_turn_and_gets_a_new_route_when_off_the_old_one(open_page, some_codes):
    page = on_the_way(open_page, some_codes, SMALL_PHONE, geolocation=AWAY, permissions=["geolocation"])
    lon, lat = page.evaluate("document.getElementById('rider').dataset.start.split(',').map(Number)")
    page.context.set_geolocation({"latitude": lat, "longitude": lon, "accuracy": 5})
    page.get_by_role("button", name="跟随我").click()
    second = page.locator("#route-steps li").nth(1).inner_text()
    expect(page.locator("#follow-turn")).to_have_text(
        re.compile(rf"^\d+ 米后：{re.escape(second)}$|公里后：{re.escape(second)}$")
    )
    expect(page.locator("#follow-left")).to_have_text(re.compile(r"^还要骑车 \d+ 分钟（.+）$"))
    expect(page.locator("#route-steps [aria-current=step]")).to_have_count(1)
    name = page.locator("#route-title").inner_text()
    page.context.set_geolocation({**AWAY, "accuracy": 5})
    page.get_by_role("button", name="从这里重新规划").click()
    expect(page.locator("[data-start-name]")).to_contain_text("你的位置")
    expect(page.locator("#route-title")).to_have_text(name)
    expect(page.get_by_role("button", name="停止跟随")).to_be_visible()
    expect(page.locator("#follow-hint")).to_be_hidden()


@pytest.mark.parametrize("text", ["", "&text=large"], ids=["usual", "large"])
def test_on_a_phone_on_its_side_nothing_covers_what_is_said_under_way(open_page, shoot, some_codes, text):
    options = {"geolocation": AWAY, "permissions": ["geolocation"]}
    page = on_the_way(open_page, some_codes, LANDSCAPE, query=text, which=2, **options)

    def be_at(lon, lat):
        page.context.set_geolocation({"latitude": lat, "longitude": lon, "accuracy": 5})

    def expect_clear(*names):
        page.evaluate(RESTS)
        for name in (*names, "#follow-button"):
            found = page.locator(name)
            expect(found).to_be_in_viewport(ratio=1)
            assert found.evaluate(IS_UPPERMOST), name
        boxes = [page.locator(name).bounding_box() for name in (*names, ".map-person")]
        person = boxes.pop()
        for box, name in zip(boxes, names, strict=True):
            is_apart = person["y"] + person["height"] <= box["y"] or person["x"] >= box["x"] + box["width"]
            assert is_apart or person["x"] + person["width"] <= box["x"], f"the person is covered by {name}"

    line = line_of_the_way(page, 2)
    be_at(*line[0])
    page.get_by_role("button", name="跟随我").click()
    current = "#route-steps [aria-current=step]"
    expect(page.locator(current)).to_have_count(1)
    expect_clear("#follow-turn", "#follow-left", current)
    shoot(page, "begin")
    steps = page.locator("#route-steps li")
    assert steps.count() > 3, "more than are in view"
    be_at(*line[-2])
    expect(steps.first).not_to_have_attribute("aria-current", "step")
    expect(page.locator(current)).to_have_count(1)
    expect_clear(current)
    shoot(page, "on")
    be_at(AWAY["longitude"], AWAY["latitude"])
    expect(page.locator("#follow-again")).to_be_visible()
    expect(page.locator("#follow-arrived")).to_be_hidden()
    expect_clear("#follow-hint", "#follow-again")
    be_at(*line[-1])
    expect(page.locator("#follow-arrived")).to_be_visible()
    expect_clear("#follow-arrived", "#follow-arrived [value=open]", "#follow-arrived [value=locked]")
    shoot(page, "there")
    page.locator("#follow-arrived [value=open]").click()
    expect(page.locator("#follow-hint")).to_be_visible()
