"""Coverage by hour of the week: shares in each of its 168 hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from geo.coverage.areas import Areas
from geo.coverage.question import CoverageQuestion
from geo.coverage.sums import share_of
from geo.coverage.week import N_HOUR, CoverageWeek, find_ordinary_week, measure_week, monday_of
from geo.hours import parse_hours, week_states
from webmap.logic.cache import cached
from webmap.logic.coverage.measured import (
    AnswerBasis,
    answer_basis,
    area_name,
    demand_costs,
    key_areas,
    ready,
    towns,
    weights,
)
from webmap.logic.district_state import DistrictState
from webmap.logic.places import STATION, choose_places


@dataclass(frozen=True)
class WeekDay:
    """A day of a week, its kind by the calendar, and coverage at the start of each of its 24 hours.

    `covered_if_open` are covered only if stations of unknown hours are open; `share` is of `covered`.
    """

    date: date
    kind: str
    covered: tuple[float, ...]
    covered_if_open: tuple[float, ...]
    share: tuple[float, ...]


@dataclass(frozen=True)
class WeekAnswer:
    """Coverage in the 168 hours of a week: seven days, Monday first; `zone` is the IANA name of their time zone."""

    monday: date
    is_ordinary: bool
    zone: str
    people: float
    days: tuple[WeekDay, ...]
    basis: AnswerBasis


def week(state: DistrictState, asked: CoverageQuestion, *, day: date | None = None) -> WeekAnswer:
    """Return who is covered in each hour of a week; ``asked.at`` is not regarded.

    Parameters
    ----------
    state : DistrictState
    asked : CoverageQuestion
        ``area``: the numbers of that town or key area alone.
    day : date, optional
        A day of the week asked about, with its holidays. None: the next ordinary week.
    """
    monday = monday_of(day) if day else ordinary_week(state)
    whole = measure_state_week(state, asked, monday)
    people, covered, if_open = whole.people, whole.covered, whole.covered_if_open
    if asked.area is not None:
        area_name(state, asked.area)
        at = _all_areas(state).code.index(asked.area)
        people, covered, if_open = (
            float(whole.area_people[at]),
            whole.area_covered[at],
            whole.area_covered_if_open[at],
        )
    days = [monday + timedelta(days=number) for number in range(7)]
    return WeekAnswer(
        monday=monday,
        is_ordinary=day is None,
        zone=str(state.calendar.zone),
        people=round(people, 1),
        days=tuple(
            WeekDay(
                date=each,
                kind=state.calendar.day_kind(each).value,
                covered=_rounded(covered, number),
                covered_if_open=_rounded(if_open, number),
                share=tuple(round(share_of(value, people), 4) for value in _hours(covered, number)),
            )
            for number, each in enumerate(days)
        ),
        basis=answer_basis(state, asked),
    )


def ordinary_week(state: DistrictState, *, now: datetime | None = None) -> date:
    """Return the Monday of the next week without holidays or make-up days, by the clock of the district."""
    today = (now or datetime.now(UTC)).astimezone(state.calendar.zone).date()
    return find_ordinary_week(state.calendar, after=today)


def measure_state_week(state: DistrictState, asked: CoverageQuestion, monday: date) -> CoverageWeek:
    """Return the week of the district and of every town and key area (towns first), whatever area is asked about."""
    snapshot = ready(state, asked.mode)
    costs = demand_costs(state, asked.mode)
    everywhere = CoverageQuestion(layers=asked.layers)
    key = (asked.mode, asked.minutes, tuple(sorted(asked.services)), tuple(sorted(asked.layers.items())), monday)

    def make() -> CoverageWeek:
        states = np.zeros((snapshot.place_id.size, N_HOUR), np.int8)
        for place in choose_places(state, STATION, asked.services):
            if place.column is not None:
                hours = parse_hours(place.functions[STATION].hours)
                states[place.column] = week_states(hours, monday=monday, calendar=state.calendar)
        return measure_week(
            costs.cost,
            weights(state, everywhere).weight,
            costs.snapped.is_snapped,
            standard_s=asked.minutes * 60.0,
            states=states,
            areas=_all_areas(state),
        )

    return cached(state, "week", make, key=key, most=8)


def _all_areas(state: DistrictState) -> Areas:
    return cached(state, "all areas", lambda: towns(state) + key_areas(state))


def _hours(values: NDArray[np.float64], day: int) -> list[float]:
    hours: list[float] = values[day * 24 : day * 24 + 24].tolist()
    return hours


def _rounded(values: NDArray[np.float64], day: int) -> tuple[float, ...]:
    return tuple(round(value, 1) for value in _hours(values, day))
