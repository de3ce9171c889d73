"""Pages for planners: coverage and its gaps; where the next stations should be."""

from webmap.planner import site_candidates, site_outcomes, sites  # noqa: F401 - their views are of the same blueprint
from webmap.planner.views import planner

__all__ = ["planner"]
