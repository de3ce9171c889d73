"""With the system's own colours (high contrast) nothing is told by colour alone, and what is chosen can be seen."""

import pytest

from tests.browser.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser

SEEN = """(selector) => {
  const style = getComputedStyle(document.querySelector(selector));
  return { outline: style.outlineStyle, fill: style.backgroundColor, border: style.borderBottomColor,
           filter: style.filter };
}"""

FILLS = """() => Object.fromEntries([...document.querySelectorAll(".swatch[class*=gap-]")].map(
  (swatch) => [swatch.className, getComputedStyle(swatch).backgroundColor]))"""
"""The colours of the classes that a legend names: only those in which there is something."""


def test_what_is_chosen_is_marked_by_more_than_its_colour(open_page):
    page = open_page("/", size=PHONE, forced_colors="active")
    chosen, other = (f".site-nav a{which}" for which in ("[aria-current]", ":not([aria-current])"))
    assert page.evaluate(SEEN, chosen)["border"] != page.evaluate(SEEN, other)["border"]
    assert page.evaluate(SEEN, ".segmented a[aria-current]")["outline"] == "solid"
    assert page.evaluate(SEEN, ".segmented a:not([aria-current])")["outline"] == "none"
    plan = open_page("/plan", size=DESKTOP, forced_colors="active")
    assert plan.evaluate(SEEN, ".modes input:checked + span")["outline"] == "solid"
    assert plan.evaluate(SEEN, ".modes input:not(:checked) + span")["outline"] == "none"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_legend_keeps_the_colours_of_the_map_and_its_buttons_can_be_seen(open_page, theme):
    page = open_page("/plan", size=DESKTOP, color_scheme=theme)
    page.wait_for_selector("#map[data-drawn]")
    fills = page.evaluate(FILLS)
    assert len(fills) >= 2
    assert len(set(fills.values())) == len(fills)
    page.emulate_media(forced_colors="active")
    assert page.evaluate(FILLS) == fills
    assert page.evaluate(SEEN, ".maplibregl-ctrl-zoom-in .maplibregl-ctrl-icon")["filter"] == "none"
