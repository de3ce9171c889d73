"""The hours of a week by town and by station, as a map shows them one after another."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from geo.coverage.question import CoverageQuestion
from geo.hours import STATE_CODES, OpenState, parse_hours, week_states
from webmap.logic.coverage.measured import towns
from webmap.logic.coverage.week import measure_state_week, ordinary_week
from webmap.logic.district_state import DistrictState
from webmap.logic.gap_classes import ALIKE, share_colour
from webmap.logic.places import STATION, choose_places


@dataclass(frozen=True)
class PlayedClass:
    """A class of towns in an hour: shares from `low` up to `high`, and its colour among those of gaps."""

    low: float
    high: float
    colour: int


@dataclass(frozen=True)
class WeekByTown:
    """The 168 hours of a week, Monday 0:00 first.

    Attributes
    ----------
    monday : date
    share : tuple of float (168)
        Of the people of the district who are covered.
    towns : dict of code to tuple of int (168)
        The colour of a town where anybody is counted; the classes are the same in all hours.
    stations : dict of code to tuple of OpenState (168)
        Of those that offer what is asked.
    classes : tuple of PlayedClass
        The best first.
    """

    monday: date
    share: tuple[float, ...]
    towns: dict[str, tuple[int, ...]]
    stations: dict[str, tuple[OpenState, ...]]
    classes: tuple[PlayedClass, ...]


def week_by_town(state: DistrictState, asked: CoverageQuestion) -> WeekByTown:
    """Return the hours of the next ordinary week; ``asked.at`` and ``asked.area`` are not regarded."""
    monday = ordinary_week(state)
    week = measure_state_week(state, asked, monday)
    codes = towns(state).code
    counted = [at for at, code in enumerate(codes) if code and week.area_people[at] > 0]
    share = week.area_covered[counted] / week.area_people[counted, None]
    # Quarters of the best that any town comes to in any hour: a colour means the same throughout the week.
    best = float(share.max(initial=0.0)) or 1.0
    breaks = tuple(sorted({round(part * best, 2) for part in ALIKE} - {0.0})) or ALIKE
    edges = (0.0, *breaks, best)
    used = np.unique(np.searchsorted(breaks, share, side="right")).tolist()
    names = {code: word for word, code in STATE_CODES.items()}
    return WeekByTown(
        monday=monday,
        share=tuple((week.covered / week.people if week.people else week.covered).tolist()),
        towns={
            codes[at]: tuple(share_colour(each, breaks) for each in row.tolist())
            for at, row in zip(counted, share, strict=True)
        },
        stations={
            place.code: tuple(
                names[int(each)]
                for each in week_states(
                    parse_hours(place.functions[STATION].hours), monday=monday, calendar=state.calendar
                )
            )
            for place in choose_places(state, STATION, asked.services)
        },
        classes=tuple(
            PlayedClass(low, high, share_colour(low, breaks))
            for at, (low, high) in reversed(list(enumerate(pairwise(edges))))
            if at in used
        ),
    )
