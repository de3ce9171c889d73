"""The answers about coverage that the command line, HTTP, the planner's page and the reports give alike."""

from webmap.coverage.area import service_area
from webmap.coverage.asked import Asked, read_layers
from webmap.coverage.closure import closure
from webmap.coverage.gaps import gaps
from webmap.coverage.moment import coverage, curve, squares
from webmap.coverage.standards import standards
from webmap.coverage.week import week
from webmap.coverage.what_if import what_if

__all__ = [
    "Asked",
    "closure",
    "coverage",
    "curve",
    "gaps",
    "read_layers",
    "service_area",
    "squares",
    "standards",
    "week",
    "what_if",
]
