"""Coverage answers for the planner's page, the API, the command line and reports."""

from geo.coverage.question import CoverageQuestion, read_layers
from webmap.logic.coverage.closure import closure
from webmap.logic.coverage.cut_off import cut_off
from webmap.logic.coverage.gaps import gaps
from webmap.logic.coverage.moment import coverage, curve, squares
from webmap.logic.coverage.service_area import service_area
from webmap.logic.coverage.standards import standards
from webmap.logic.coverage.week import week
from webmap.logic.coverage.what_if import what_if

__all__ = [
    "CoverageQuestion",
    "closure",
    "coverage",
    "curve",
    "cut_off",
    "gaps",
    "read_layers",
    "service_area",
    "squares",
    "standards",
    "week",
    "what_if",
]
