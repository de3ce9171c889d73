"""The first page in a browser: from a position, a landmark or a point on the map to a route, and what stays private."""

import base64
import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, PHONES, SECOND_PHONE, SMALL_PHONE, local
from tests.browser.phones import DIGITS, POSITION, SAVES_DATA, allow_position, drawn, unfold

pytestmark = pytest.mark.browser

ALL = pytest.mark.parametrize(
    "size", [pytest.param(SMALL_PHONE, id="small"), SECOND_PHONE, pytest.param(DESKTOP, id="desktop")]
)
BOTH = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])


COUNT_RED = """async (picture) => {
  const image = new Image();
  image.src = "data:image/png;base64," + picture;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] > 180 && data[i + 1] < 60 && data[i + 2] < 90) count += 1;
  }
  return count;
}"""


def opened(page):
    """Open the map where it waits for that: on a phone without a start."""
    handle = page.locator("#sheet-handle")
    if handle.is_visible():
        handle.press("Enter")
    return drawn(page)


def red_on_map(page):
    """Count the pixels of the map, or of the picture in its place, in the colour of markers and routes."""
    picture = base64.b64encode(page.locator("#map").screenshot()).decode()
    return page.evaluate(COUNT_RED, picture)


@BOTH
def test_the_page_shows_stations_in_the_list_and_on_the_map(open_page, size):
    page = opened(open_page(size=size))
    assert page.locator(".station").count() == 17
    expect(page.get_by_text("选一个起点，才能算时间")).to_be_visible()
    expect(page.locator("#overview")).to_be_hidden()
    assert red_on_map(page) > 500
    expect(page.locator("#map .map-mark")).to_be_visible()
    expect(page.locator(".maplibregl-ctrl-attrib")).to_contain_text("OpenStreetMap")


@PHONES
def test_on_a_phone_a_picture_stands_for_the_map_until_somebody_opens_it(open_page, shoot, size):
    page = local(open_page(size=size))
    page.wait_for_selector("#map[data-fetched]", state="attached")
    assert page.locator("canvas").count() == 0
    picture = page.get_by_role("img", name="驿站地图")
    expect(picture).to_be_visible()
    assert page.locator("#overview-stations > svg").count() == 17
    assert red_on_map(page) > 100
    shoot(page, "picture")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#map").click()
    expect(page.locator("#sheet-handle")).to_have_attribute("aria-expanded", "true")
    drawn(page)
    expect(picture).to_be_hidden()
    assert red_on_map(page) > 500
    again = [url for url in asked if re.search(r"maplibre-gl\.(mjs|css)|style\.json", url)]
    kept = page.evaluate(KEPT_BYTES, again)
    assert kept == [0] * len(again), "what was fetched ahead travels once"
    shoot(page, "map")


def test_who_waits_for_the_map_is_told_that_it_comes(open_page):
    page = open_page(script=SAVES_DATA, service_workers="block")  # it would answer before `route` does
    told = page.locator("#overview .drawing")
    held = []
    page.route("**/maplibre-gl.mjs", lambda route: held.append(route), times=1)
    page.wait_for_timeout(1000)
    expect(told).to_be_hidden()
    with page.expect_request("**/maplibre-gl.mjs"):
        page.locator("#sheet-handle").press("Enter")
    expect(told).to_have_text("正在画地图…")
    expect(told).to_be_visible()
    held[0].continue_()
    drawn(page)
    expect(told).to_be_hidden()


KEPT_BYTES = "(urls) => urls.map((url) => performance.getEntriesByName(url).at(-1)?.transferSize ?? 0)"


@BOTH
@pytest.mark.parametrize("path", ["/", "/?lang=en"])
def test_nothing_is_wider_than_the_window(open_page, size, path):
    page = open_page(path, size=size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize(
    "path", ["/?landmark={landmark}", "/?landmark={landmark}&lang=en", "/?landmark={landmark}&lang=en&text=large"]
)
def test_a_narrow_phone_has_room_too(open_page, some_codes, path):
    page = open_page(path.format(**some_codes), size=(320, 640))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@BOTH
def test_what_is_pressed_is_44_pixels_high(open_page, size):
    page = open_page(size=size)
    low = page.evaluate(
        """() => [...document.querySelectorAll("button, .button, .chip, .segmented a, .menu > summary, .site-nav a")]
          .filter((each) => each.offsetParent && each.offsetHeight < 44 && !each.closest(".maplibregl-ctrl-attrib"))
          .map((each) => each.textContent.trim())"""
    )
    assert low == []


@ALL
def test_my_position_gives_minutes_and_is_kept_nowhere(open_page, shoot, size):
    page = open_page(size=size, script=SAVES_DATA, **allow_position())
    addresses, bodies = [], []
    page.on("request", lambda request: (addresses.append(request.url), bodies.append(request.post_data or "")))
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"骑车 \d+ 分钟"))
    expect(page.locator("[data-start-name]")).to_have_text("你的位置")
    drawn(page)
    shoot(page, "list")
    assert any(json.loads(body)["lat"] == POSITION["latitude"] for body in bodies if body)
    for digits in DIGITS:
        assert not any(digits in address for address in [page.url, *addresses])
        assert digits not in page.content()
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_another_choice_keeps_the_position_out_of_the_address(open_page):
    page = open_page(**allow_position())
    page.get_by_role("button", name="用我的位置").click()
    unfold(page).get_by_role("link", name="步行").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"步行 \d+ 分钟"))
    assert "mode=walk" in page.url
    assert not any(digits in page.url for digits in DIGITS)
    expect(page.get_by_role("link", name="步行")).to_be_focused()


@PHONES
def test_without_permission_the_page_offers_landmarks(open_page, shoot, size):
    page = open_page(size=size, permissions=[])
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator("#hint")).to_contain_text("没有定位权限")
    landmark = page.locator("#search-hits button", has_text="地标").first
    expect(landmark).to_be_visible()
    shoot(page, "denied")
    landmark.click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"骑车 \d+ 分钟"))
    assert "landmark=" in page.url


@BOTH
def test_the_route_is_drawn_and_told(open_page, size):
    page = open_page(size=size, **allow_position())
    page.get_by_role("button", name="用我的位置").click()
    card = page.locator(".station").nth(3)
    expect(card).to_contain_text("分钟")
    name, minutes = card.get_attribute("data-name"), card.locator(".travel b").inner_text()
    drawn(page)
    card.get_by_role("button", name="去这里").click()
    expect(page.locator("#route-title")).to_have_text(f"去{name}")
    expect(page.locator("#route-sum b")).to_have_text(minutes)
    expect(page.locator("#route-steps li").last).to_contain_text("到达")
    page.wait_for_timeout(1500)
    with_route = red_on_map(page)
    page.locator("#route-close").click()
    expect(page.locator("#route")).to_be_hidden()
    page.wait_for_timeout(500)
    assert with_route - red_on_map(page) > 100


def test_on_a_phone_the_map_grows_for_the_route_and_under_the_thumb(open_page):
    page = open_page()
    handle = page.locator("#sheet-handle")
    low = page.locator("#sheet").bounding_box()["height"]
    handle.press("Enter")
    expect(handle).to_have_attribute("aria-expanded", "true")
    page.evaluate("Promise.all(document.getElementById('sheet').getAnimations().map((each) => each.finished))")
    assert page.locator("#sheet").bounding_box()["height"] > 2 * low
    box = handle.bounding_box()
    thumb = page.context.new_cdp_session(page)
    for kind, down in (("touchStart", 20), ("touchMove", 120), ("touchMove", 260), ("touchMove", 400)):
        point = {"x": box["x"] + 100, "y": box["y"] + down}
        thumb.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    thumb.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(handle).to_have_attribute("aria-expanded", "false")


def test_a_phone_that_is_turned_has_the_map_beside_the_list(open_page):
    page = local(open_page(size=SMALL_PHONE, **allow_position()))
    handle = page.locator("#sheet-handle")
    low = page.locator("#sheet").bounding_box()["height"]
    page.get_by_role("button", name="用我的位置").click()
    page.locator(".station [data-go]").first.click()
    expect(handle).to_have_attribute("aria-expanded", "true")
    page.wait_for_function(SHEET_IS, arg=[low + 1, 740])
    page.set_viewport_size({"width": 740, "height": 360})
    page.wait_for_function(SHEET_IS, arg=[359, 361])
    expect(handle).to_be_hidden()
    steps, sheet = page.locator("#route-steps li").first.bounding_box(), page.locator("#sheet").bounding_box()
    assert steps["x"] + steps["width"] <= sheet["x"], "nothing lies over the steps"
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_function(SHEET_IS, arg=[low + 1, 740])
    handle.click()
    page.wait_for_function(SHEET_IS, arg=[low - 1, low + 1])


SHEET_IS = """([least, most]) => {
  const sheet = document.getElementById("sheet");
  const { height, bottom } = sheet.getBoundingClientRect();
  return !sheet.getAnimations().length && height >= least && height <= most && bottom <= innerHeight;
}"""
"""Whether the sheet has come to rest between two heights, in pixels, at the foot of the window."""


def test_a_point_on_the_map_is_a_start(open_page):
    page = drawn(open_page(size=DESKTOP))
    page.locator("#map canvas").click(position={"x": 529, "y": 224})
    page.get_by_role("button", name="从这里出发").click()
    expect(page.locator("[data-start-name]")).to_have_text("图上的点")
    expect(page.locator(".station").first).to_contain_text(re.compile(r"骑车 \d+ 分钟"))


@PHONES
def test_a_position_far_away_is_answered_in_words(open_page, shoot, size):
    nowhere = {"latitude": 0.0, "longitude": 0.0}
    page = open_page(size=size, geolocation=nowhere, permissions=["geolocation"], expect_error="422")
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator("#hint")).to_contain_text("不在")
    shoot(page, "outside")
    assert page.locator(".station").count() == 17


@BOTH
def test_where_no_map_can_be_drawn_the_picture_stays_and_one_line_says_so(open_page, shoot, size):
    page = open_page(size=size, script="HTMLCanvasElement.prototype.getContext = () => null")
    if size == PHONE:
        page.locator("#sheet-handle").press("Enter")
    expect(page.locator("#map .map-note")).to_contain_text("画不出地图")
    expect(page.locator("#overview")).to_be_visible()
    shoot(page, "picture")
    assert page.locator("#overview-stations > svg").count() == 17
    assert page.locator(".station").count() == 17


@ALL
def test_without_scripts_a_landmark_leads_to_the_steps(open_page, shoot, size):
    page = open_page(size=size, java_script_enabled=False)
    expect(page.get_by_role("button", name="用我的位置")).to_be_hidden()
    page.get_by_text("选地标").click()
    page.locator("#landmarks a").first.click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"骑车 \d+ 分钟"))
    unfold(page).get_by_role("link", name="步行").click()
    expect(page.locator(".station").first).to_contain_text(re.compile(r"步行 \d+ 分钟"))
    assert page.locator("#overview-stations > svg").count() == 17
    expect(page.get_by_role("img", name="驿站地图")).to_be_visible()
    shoot(page, "list")
    page.get_by_role("link", name="去这里").first.click()
    expect(page.locator("#route-steps li").last).to_contain_text("到达")
    shoot(page, "way")


def test_the_map_follows_the_theme(open_page):
    page = drawn(open_page(size=DESKTOP))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(2000)
    assert any("theme=dark" in address for address in asked)
    expect(page.locator("#map")).to_have_attribute("data-drawn", "")


def test_an_open_menu_closes_at_escape_and_at_a_press_elsewhere(open_page):
    page = open_page()
    heading, entry = page.get_by_role("combobox"), page.locator("#search-hits button").first
    heading.click()
    expect(entry).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(entry).to_be_focused()
    page.keyboard.press("Escape")
    expect(entry).to_be_hidden()
    expect(heading).to_be_focused()
    heading.click()
    page.get_by_text("选一个起点").click()
    expect(entry).to_be_hidden()
