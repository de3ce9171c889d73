"""Compiling the planner of tours before an organiser waits for it; the compiled code is kept on disk."""

from datetime import date

import numpy as np

from geo.tours.planner import solve_itinerary
from geo.tours.problem import DriveTimes, Group, ItineraryProblem, Place, TourDay

_MORNING_MIN, _EVENING_MIN = 8 * 60, 18 * 60


def compile_planner() -> None:
    """Plan a day with two stops, so that every search of the planner is compiled."""
    places = (Place("start", "", "depot"), *(Place(f"s{k}", "", "sight", visit_min=30) for k in range(2)))
    problem = ItineraryProblem(
        places=places,
        days=(TourDay(date(2026, 1, 1), _MORNING_MIN, _EVENING_MIN, needs_lunch=False),),
        start="start",
        end="start",
        nights=(),
        drive=DriveTimes(10.0 * (1.0 - np.eye(len(places)))[None]),
        group=Group(10),
    )
    solve_itinerary(problem, seconds=5.0)
