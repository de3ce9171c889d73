"""The map of the planner's page, for tests that look at what it draws."""

HOLD_MAP = """async () => {
  const script = document.querySelector('script[src*="/js/planner/plan.js"]').src;
  const { Map } = await import(new URL("../../vendor/maplibre/maplibre-gl.mjs", script).href);
  const { setPaintProperty, project, queryRenderedFeatures } = Map.prototype;
  for (const [name, own] of Object.entries({ setPaintProperty, project, queryRenderedFeatures }))
    Map.prototype[name] = function (...given) {
      window.map = this;
      return own.apply(this, given);
    };
}"""
"""Let the test see the map that the page draws, once the mouse moves over it."""
