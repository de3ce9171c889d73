"""An itinerary problem as JSON, so that a plan can be timed, checked and changed without the network it came from."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np

from geo.tours.problem import (
    Boarding,
    DriveTimes,
    Group,
    ItineraryProblem,
    Limits,
    Place,
    RoomKind,
    TourDay,
    Weights,
)


def problem_json(problem: ItineraryProblem) -> dict[str, Any]:
    """Return a problem as plain JSON; `problem_of` gives an equal one."""
    minutes = problem.drive.minutes
    return {
        "places": [
            {
                **asdict(place),
                "windows": {day.isoformat(): [list(span) for span in spans] for day, spans in place.windows.items()},
            }
            for place in problem.places
        ],
        "days": [{**asdict(day), "date": day.date.isoformat()} for day in problem.days],
        "start": problem.start,
        "end": problem.end,
        "nights": [list(night) for night in problem.nights],
        "drive": {
            "minutes": np.where(np.isfinite(minutes), minutes, -1.0).tolist(),
            "band_ends": list(problem.drive.band_ends),
        },
        "group": asdict(problem.group),
        "limits": asdict(problem.limits),
        "boarding": asdict(problem.boarding),
        "weights": asdict(problem.weights),
        "pick_ups": list(problem.pick_ups),
        "pick_up_people": list(problem.pick_up_people),
        "locked": dict(problem.locked),
        "coach_cost": problem.coach_cost,
    }


def problem_of(stored: Mapping[str, Any]) -> ItineraryProblem:
    """Return the problem that JSON of `problem_json` describes."""
    minutes = np.array(stored["drive"]["minutes"], np.float64)
    limits = dict(stored["limits"])
    for name in ("lunch", "heat"):
        limits[name] = None if limits[name] is None else tuple(limits[name])
    return ItineraryProblem(
        places=tuple(_place(each) for each in stored["places"]),
        days=tuple(TourDay(**{**day, "date": date.fromisoformat(day["date"])}) for day in stored["days"]),
        start=stored["start"],
        end=stored["end"],
        nights=tuple(tuple(night) for night in stored["nights"]),
        drive=DriveTimes(np.where(minutes < 0.0, np.inf, minutes), tuple(stored["drive"]["band_ends"])),
        group=Group(**stored["group"]),
        limits=Limits(**limits),
        boarding=Boarding(**stored["boarding"]),
        weights=Weights(**stored["weights"]),
        pick_ups=tuple(stored["pick_ups"]),
        # Plans that were stored before the people were counted have none.
        pick_up_people=tuple(stored.get("pick_up_people", ())),
        locked=dict(stored["locked"]),
        coach_cost=stored["coach_cost"],
    )


def _place(stored: Mapping[str, Any]) -> Place:
    windows = {
        date.fromisoformat(day): tuple((first, last) for first, last in spans)
        for day, spans in stored["windows"].items()
    }
    rooms = tuple(RoomKind(**room) for room in stored["rooms"])
    return Place(**{**stored, "windows": windows, "rooms": rooms})
