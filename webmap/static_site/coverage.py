"""Coverage pages of the static site: one page a mode, and the squares of the map."""

from dataclasses import replace

from webmap.logic import coverage
from webmap.logic.coverage.moment import SquaresAnswer
from webmap.logic.district_state import DistrictState
from webmap.logic.gap_classes import class_sums
from webmap.logic.snapshots import SERVED_MODES
from webmap.web.pages import render_page

ASKED = coverage.CoverageQuestion()
"""The question of the page that opens first: 15 minutes, every station, whatever its hours."""


def coverage_page(state: DistrictState, mode: str) -> str:
    """Return the page of a mode; needs a request."""
    by_mode = {each: coverage.coverage(state, replace(ASKED, mode=each)) for each in SERVED_MODES}
    missed = [square.people for square in coverage_squares(state, mode).squares]
    breaks = state.ready().gap_breaks.tolist()
    return render_page(
        "static_site/coverage.html",
        state=state,
        mode=mode,
        measured=by_mode[mode],
        by_mode=by_mode,
        breaks=breaks,
        gap_classes=class_sums(breaks, missed, missed),
    )


def coverage_squares(state: DistrictState, mode: str) -> SquaresAnswer:
    """Return squares with the people no station reaches in time."""
    return coverage.squares(state, replace(ASKED, mode=mode))
