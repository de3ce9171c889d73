"""Constants shared with the scripts of the page; sent in ``stations.json``."""

from typing import Any

from geo.hours import CLOSING_HORIZON_DAYS
from geo.network.directions import thresholds
from webmap.logic.door_reports.rules import INDEPENDENT, WINDOW
from webmap.rider.question import SHOWN_CHIPS
from webmap.rider.views import COUNT, FAR_MIN, FIRST_LISTED, MAX_LISTED
from webmap.words.times import CLOSING_SOON, OPENING_HORIZON, SMALL_HOURS


def limits() -> dict[str, Any]:
    """Return the constants by name; durations are whole numbers of the unit in their name."""
    return {
        "count": COUNT,
        "listed": MAX_LISTED,
        "first_listed": FIRST_LISTED,
        "chips": SHOWN_CHIPS,
        "far_min": FAR_MIN,
        "small_hours": SMALL_HOURS,
        "closing_soon_s": int(CLOSING_SOON.total_seconds()),
        "closing_horizon_days": CLOSING_HORIZON_DAYS,
        "opening_horizon_days": OPENING_HORIZON.days,
        "report_window_s": int(WINDOW.total_seconds()),
        "independent_reports": INDEPENDENT,
        "directions": thresholds(),
    }
