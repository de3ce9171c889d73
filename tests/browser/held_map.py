"""The map that a page draws, for tests that look at it."""

from collections.abc import Sequence

from playwright.sync_api import Page

_HOLD = """async (methods) => {
  const script = document.querySelector('script[src*="/js/rider/"], script[src*="/js/planner/"]').src;
  const { Map } = await import(new URL("../../vendor/maplibre/maplibre-gl.mjs", script).href);
  for (const name of methods) {
    const own = Map.prototype[name];
    Map.prototype[name] = function (...given) {
      window.map = this;
      return own.apply(this, given);
    };
  }
}"""

MOUSE = ("setPaintProperty", "project", "queryRenderedFeatures")
"""What a page calls once the mouse moves over its map."""


def hold_map(page: Page, methods: Sequence[str] = ("fitBounds",)) -> None:
    """Have ``window.map`` be the page's map from the next call of one of its methods on; by default when it looks at
    something."""
    page.evaluate(_HOLD, list(methods))
