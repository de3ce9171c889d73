"""The planner's page in a browser: a question changes numbers and map in place, and each moves the other."""

import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.held_map import hold_map
from tests.browser.phones import begin_to_use

pytestmark = pytest.mark.browser

LAPTOP = (1024, 768)
SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP, DESKTOP], ids=["phone", "laptop", "desktop"])


def drawn(page: Page) -> Page:
    """Wait until the map is there with what the numbers say."""
    begin_to_use(page)
    page.locator("#map").scroll_into_view_if_needed()
    page.wait_for_selector("#map[data-drawn]")
    page.wait_for_selector("#numbers[data-drawn]")
    return page


def slide(page: Page, minutes: int) -> None:
    page.locator("input[name=minutes]").evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })); }",
        minutes,
    )


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def squares(page: Page) -> int:
    """Count the squares in the map's data, drawn or not."""
    return page.evaluate(
        """async () => {
          const numbers = document.getElementById("numbers");
          return (await (await fetch(numbers.dataset.gaps)).json()).features.length;
        }"""
    )


@SIZES
def test_numbers_and_map_stand_side_by_side_or_below_each_other(open_page: OpenPage, size: tuple[int, int]):
    page = drawn(open_page("/plan", size=size))
    expect(page.locator(".headline .number")).to_contain_text(re.compile(r"覆盖约 .+（\d+\.\d%）"))
    pane = page.locator(".map-pane").bounding_box()
    if size[0] >= 960:
        panel = page.locator(".panel").bounding_box()
        assert pane["x"] >= panel["x"] + panel["width"] - 1
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    else:
        assert page.locator(".question").bounding_box()["y"] < pane["y"] < page.locator("#numbers").bounding_box()["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@SIZES
def test_what_is_pressed_is_44_pixels_high(open_page: OpenPage, size: tuple[int, int]):
    page = open_page("/plan", size=size)
    low = page.evaluate(
        """() => [...document.querySelectorAll(".modes label, .question select, .question summary, .legend a, thead a")]
          .filter((element) => element.offsetParent && element.offsetHeight < 44)
          .map((element) => element.textContent)"""
    )
    assert low == []


def test_sliding_the_minutes_changes_numbers_map_and_address_without_a_page_load(open_page: OpenPage):
    page = drawn(open_page("/plan", size=DESKTOP))
    page.evaluate("window.stays = true")
    before, coarse = page.locator(".headline .number").inner_text(), squares(page)
    slide(page, 5)
    expect(page.locator("#numbers[data-drawn] .contrast caption").first).to_contain_text("同样 5 分钟")
    assert page.locator(".headline .number").inner_text() != before
    assert squares(page) > coarse
    assert asked(page)["minutes"] == ["5"]
    assert page.evaluate("window.stays")


@pytest.mark.soak  # A limit of time, which a machine that runs other tests at once does not keep.
def test_an_answer_comes_within_a_third_of_a_second(open_page: OpenPage):
    page = drawn(open_page("/plan", size=DESKTOP))
    slide(page, 9)
    expect(page.locator("#numbers .contrast caption").first).to_contain_text("同样 9 分钟")
    waits = []
    for minutes in (6, 7, 8, 10, 11):
        start = time.perf_counter()
        slide(page, minutes)
        page.wait_for_function(
            "minutes => document.querySelector('#numbers .contrast caption').textContent.includes(` ${minutes} `)",
            arg=minutes,
            polling=10,
        )
        waits.append(time.perf_counter() - start)
    # The target is 0.3 s; the best of five is held to it, because the machine of a test does other things too.
    assert min(waits) < 0.3


def test_the_last_question_wins_however_fast_one_asks(open_page: OpenPage):
    page = drawn(open_page("/plan", size=DESKTOP))
    for minutes in range(5, 21):
        slide(page, minutes)
    expect(page.locator("#numbers[data-drawn] .contrast caption").first).to_contain_text("同样 20 分钟")
    page.wait_for_timeout(300)
    expect(page.locator("#numbers .contrast caption").first).to_contain_text("同样 20 分钟")


def test_mode_service_and_moment_are_in_the_address_and_survive_a_reload(open_page: OpenPage):
    page = drawn(open_page("/plan", size=DESKTOP))
    expect(page.locator(".week")).to_be_hidden()
    page.get_by_label("骑车").check(force=True)
    page.locator("select[name=when]").select_option("week")
    expect(page.locator(".week")).to_be_visible()
    page.locator("select[name=weekday]").select_option("7")
    page.locator("select[name=hour]").select_option("3")
    expect(page.locator(".headline")).to_contain_text("03:00")
    query = asked(page)
    assert (query["mode"], query["weekday"], query["hour"]) == (["ebike"], ["7"], ["3"])
    number = page.locator(".headline .number").inner_text()
    page.reload()
    expect(page.locator(".headline .number")).to_have_text(number)
    expect(page.get_by_label("骑车")).to_be_checked()
    expect(page.locator("select[name=weekday]")).to_have_value("7")


def test_both_modes_are_compared_whichever_is_asked(open_page: OpenPage):
    page = drawn(open_page("/plan?minutes=5", size=DESKTOP))
    rows = page.locator(".contrast tbody tr")
    expect(rows).to_have_count(2)
    walk, ebike = rows.nth(0).locator("b").inner_text(), rows.nth(1).locator("b").inner_text()
    assert float(ebike.rstrip("%")) > float(walk.rstrip("%"))
    page.get_by_label("骑车").check(force=True)
    expect(rows.nth(1)).to_have_class("asked")
    assert [rows.nth(0).locator("b").inner_text(), rows.nth(1).locator("b").inner_text()] == [walk, ebike]


def test_sorting_and_the_picture_change_in_place_and_keep_the_focus(open_page: OpenPage):
    page = drawn(open_page("/plan", size=DESKTOP))
    page.evaluate("window.stays = true")
    people = page.locator("thead a[data-set='sort=people']")
    people.focus()
    people.press("Enter")
    expect(page.locator("th[aria-sort]")).to_contain_text("建筑")
    expect(page.locator("thead a[data-set='sort=people']")).to_be_focused()
    page.locator("a[data-set='view=towns']").click()
    expect(page.locator("#legend")).to_contain_text("个镇街")
    assert (asked(page)["sort"], asked(page)["view"]) == (["people"], ["towns"])
    assert page.evaluate("window.stays")


def test_without_scripts_the_form_asks_and_the_links_sort(open_page: OpenPage):
    page = open_page("/plan", size=DESKTOP, java_script_enabled=False)
    page.get_by_label("骑车").check(force=True)
    page.get_by_role("button", name="计算").click()
    expect(page.locator(".contrast .asked")).to_contain_text("骑车")
    page.locator("thead a[data-set='sort=share']").click()
    expect(page.locator("th[aria-sort]")).to_contain_text("覆盖率")
    expect(page.locator(".contrast .asked")).to_contain_text("骑车")


def test_where_no_map_can_be_drawn_the_numbers_stand(open_page: OpenPage):
    page = open_page("/plan", size=DESKTOP, script="HTMLCanvasElement.prototype.getContext = () => null")
    expect(page.locator("#map .map-note")).to_contain_text("画不出地图")
    slide(page, 5)
    expect(page.locator("#numbers .contrast caption").first).to_contain_text("同样 5 分钟")


def test_an_explanation_opens_with_source_and_method_and_closes(open_page: OpenPage):
    page = drawn(open_page("/plan", size=DESKTOP))
    page.locator(".headline .about summary").click()
    box = page.locator(".headline .about-box")
    expect(box).to_contain_text("4.32 公里")
    expect(box).to_contain_text("OpenStreetMap")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()


def test_a_row_and_its_town_answer_each_other(open_page: OpenPage):
    page = drawn(open_page("/plan", size=DESKTOP))
    row = page.locator("tbody tr[data-code]").last
    row.hover()
    expect(row).to_have_class("current")
    page.locator(".brand").hover()
    expect(row).not_to_have_class("current")
    row.locator("a").click()
    page.wait_for_timeout(900)
    # The town that was pressed now lies in the middle of the map.
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
    expect(row).to_have_class("current")


SQUARE = """async (layers) => {
  while (window.map.isMoving() || !window.map.areTilesLoaded()) await new Promise(requestAnimationFrame);
  const { gaps } = document.getElementById("numbers").dataset;
  const { features } = await (await fetch(gaps)).json();
  const { left, top } = window.map.getContainer().getBoundingClientRect();
  for (const { geometry, properties } of features.sort((a, b) => b.properties.people - a.properties.people)) {
    const [[west, south], , [east, north]] = geometry.coordinates[0];
    for (const part of [0.5, 0.3, 0.7, 0.2, 0.8]) {
      const { x, y } = window.map.project([west + part * (east - west), south + part * (north - south)]);
      const [at, around] = [[left + x, top + y], [[x - 30, y - 30], [x + 30, y + 30]]];
      const isFree = window.map.queryRenderedFeatures(around, { layers }).length === 0;
      // Squares at the edge reach beyond the district, where no town is.
      const isInTown = window.map.queryRenderedFeatures([x, y], { layers: ["region-fill"] }).length > 0;
      if (isFree && isInTown && document.elementFromPoint(...at)?.tagName === "CANVAS") return { at, ...properties };
    }
  }
  return null;
}"""
"""Where a square can be clicked beside all markers, and its figures; that with most people first."""


@SIZES
def test_a_click_on_a_square_tells_its_figures_and_those_of_its_town(open_page: OpenPage, size: tuple[int, int]):
    page = drawn(open_page("/plan?minutes=5", size=size))
    hold_map(page)
    page.locator("tfoot tr[data-bounds] th").click()
    page.wait_for_function("window.map")
    page.locator("#map").scroll_into_view_if_needed()
    square = page.evaluate(SQUARE, ["stations", "station-clusters"])
    page.mouse.click(*square["at"])
    bubble = page.locator(".maplibregl-popup-content")
    expect(bubble).to_contain_text(f"此 500 米方格内 {square['people']:,.0f} 栋建筑未覆盖")
    expect(bubble).to_contain_text(re.compile(rf"最近驿站平均 {square['nearest_min']:.0f} 分钟"))
    expect(bubble).to_contain_text("赫尔辛基市中心")
    page.keyboard.press("Escape")
    expect(bubble).to_have_count(0)


@SIZES
def test_the_legend_lies_over_nothing_of_the_district(open_page: OpenPage, size: tuple[int, int]):
    page = drawn(open_page("/plan?minutes=5", size=size))
    hold_map(page)
    page.locator("tfoot tr[data-bounds] th").click()
    page.wait_for_function("window.map")
    page.locator("#map").scroll_into_view_if_needed()
    assert page.evaluate(UNDER_LEGEND) == []


UNDER_LEGEND = """async () => {
  while (window.map.isMoving()) await new Promise(requestAnimationFrame);
  const { left, top } = window.map.getContainer().getBoundingClientRect();
  const legend = document.getElementById("legend").getBoundingClientRect();
  const [west, south, east, north] = document.getElementById("map").dataset.bounds.split(",").map(Number);
  const corners = [[west, south], [east, south], [east, north], [west, north]].map((at) => window.map.project(at));
  return corners.filter(({ x, y }) =>
    left + x > legend.left && left + x < legend.right && top + y > legend.top && top + y < legend.bottom);
}"""
