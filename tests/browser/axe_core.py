"""The accessibility checker axe-core: its script, the rules to run, and how to run them in a page."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

RUN = """async (rules) => {
  const { violations } = await axe.run(document, { runOnly: rules });
  const where = ({ nodes }) => nodes.slice(0, 3).map((node) => node.target.join(" ")).join(" | ");
  return violations.map((each) => `${each.id}: ${where(each)}`);
}"""

TAGS = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}

THEMES = (("light", TAGS), ("dark", COLOURS))
"""The themes of a page, with the rules to run in each: the second differs from the first in colours only."""


def show_whole(page: Page) -> None:
    """Make the window of a phone taller than its page, so that the map sheet at the foot lies over nothing."""
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": height + size["height"]})
