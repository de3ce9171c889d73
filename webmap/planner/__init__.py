"""Pages for planners: coverage and its gaps; where the next stations should be."""

from webmap.planner import (  # noqa: F401 - their views are of the same blueprint
    candidate_form,
    site_candidates,
    site_hours,
    site_outcomes,
    site_reports,
    sites,
    week_play,
)
from webmap.planner.views import planner

__all__ = ["planner"]
