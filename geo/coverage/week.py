"""The week at a glance: coverage in each of its 168 hours, for the district and any area, unknown hours apart.

An hour stands for the moment at which it starts, so every cell of the week is the coverage at a moment that anybody can
ask for alone. What closes at 17:30 thus still counts at 17:00, and no more at 18:00. (The worst moment within each hour
would be stricter, but could not be checked against a single question.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.calendar import Calendar, DayKind
from geo.coverage._kernels import mark_groups
from geo.coverage.areas import Areas
from geo.errors import InputError
from geo.hours import STATE_CODES, OpenState
from geo.network.costs import limit_ds

N_HOUR = 168

_ORDINARY = frozenset({DayKind.WORKDAY, DayKind.WEEKEND})
_WEEKS_AHEAD = 53


@dataclass(frozen=True, eq=False)
class CoverageWeek:
    """People covered in every hour of a week, Monday 0:00 first.

    Attributes
    ----------
    people : float
    covered : float64 (168,)
        By facilities surely open at the start of the hour.
    covered_if_open : float64 (168,)
        Not covered, but within the standard of a facility whose hours are unknown then.
    area_people : float64 (n_area,)
    area_covered, area_covered_if_open : float64 (n_area, 168)
        The same by area.
    """

    people: float
    covered: NDArray[np.float64]
    covered_if_open: NDArray[np.float64]
    area_people: NDArray[np.float64]
    area_covered: NDArray[np.float64]
    area_covered_if_open: NDArray[np.float64]


def monday_of(day: date) -> date:
    """Return the Monday of the week that holds `day`.

    >>> monday_of(date(2026, 11, 25))
    datetime.date(2026, 11, 23)
    """
    return day - timedelta(days=day.weekday())


def find_ordinary_week(calendar: Calendar, *, after: date) -> date:
    """Return the Monday of the first ordinary week that begins after a day.

    Ordinary: none of its days, nor the Sunday before (whose opening hours may run past midnight), is a holiday, a
    make-up workday or of unknown kind. Where no such week comes within a year, the next week as it is.

    >>> find_ordinary_week(Calendar.china(), after=date(2026, 9, 26))  # National Day and its make-up days come first
    datetime.date(2026, 10, 12)
    """
    first = monday_of(after) + timedelta(weeks=1)
    for week in range(_WEEKS_AHEAD):
        monday = first + timedelta(weeks=week)
        if all(calendar.day_kind(monday + timedelta(days=day)) in _ORDINARY for day in range(-1, 7)):
            return monday
    return first


def measure_week(
    cost_ds: NDArray[np.int32],
    weight: NDArray[np.float64],
    is_snapped: NDArray[np.bool_],
    *,
    standard_s: float,
    states: NDArray[np.int8],
    areas: Areas,
) -> CoverageWeek:
    """Count who is covered in each hour of a week.

    Parameters
    ----------
    cost_ds : int32 (n_demand, n_facility)
        Deciseconds; the largest int32 where unreachable.
    weight : float64 (n_demand,)
        People, `geo.coverage.weights.exact`; then every hour equals `measure_coverage` at its start to the last bit.
    is_snapped : bool (n_demand,)
    standard_s : float
        Seconds.
    states : int8 (n_facility, 168)
        `geo.hours.week_states` of each facility that offers what is asked; zeros (closed) for the others.
    areas : Areas
        Towns or key areas to sum over besides the whole.

    Notes
    -----
    Facilities with equal hours are one; each point keeps the set of those within the standard as bits. Points with
    equal sets in the same area, and hours with equal states, are one as well: the matrix is read once, and what is
    left to count is small.
    """
    if states.shape != (cost_ds.shape[1], N_HOUR):
        raise InputError("states of {n} facilities for {m}", n=len(states), m=cost_ds.shape[1])
    patterns, group = np.unique(states, axis=0, return_inverse=True)
    column = np.flatnonzero(states.any(axis=1))
    bits = np.zeros((len(weight), max((len(patterns) + 63) // 64, 1)), np.uint64)
    mark_groups(cost_ds, column, group[column].astype(np.int64), is_snapped, limit_ds(standard_s), bits)
    kind, kinds = _number_rows(bits)
    by_area = np.bincount(
        areas.owner * len(kinds) + kind[areas.index],
        weights=weight[areas.index],
        minlength=len(areas) * len(kinds),
    ).reshape(len(areas), len(kinds))
    people = np.vstack([np.bincount(kind, weights=weight, minlength=len(kinds)), by_area])
    hours, hour = np.unique(patterns, axis=1, return_inverse=True)
    is_open, is_unknown = (
        _is_any_set(kinds, hours == STATE_CODES[state]) for state in (OpenState.OPEN, OpenState.UNKNOWN)
    )
    covered = (people @ is_open.T.astype(np.float64))[:, hour]
    if_open = (people @ (is_unknown & ~is_open).T.astype(np.float64))[:, hour]
    everybody = people.sum(axis=1)
    return CoverageWeek(float(everybody[0]), covered[0], if_open[0], everybody[1:], covered[1:], if_open[1:])


def _number_rows(bits: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return the number of each row among the distinct ones, and these."""
    number, _ = pd.factorize(bits[:, 0])
    for word in bits.T[1:]:
        code, distinct = pd.factorize(word)
        number, _ = pd.factorize(number * len(distinct) + code)
    _, first = np.unique(number, return_index=True)
    return number.astype(np.int64), bits[first]


def _is_any_set(kinds: NDArray[np.uint64], is_on: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whether each kind (n_kind, n_word) has a bit of those that `is_on` (n_group, n_hour), (n_hour, n_kind)."""
    found = np.zeros((is_on.shape[1], len(kinds)), bool)
    for at in range(is_on.shape[1]):
        for word in range(kinds.shape[1]):
            mask = _bits_of(np.flatnonzero(is_on[word * 64 : word * 64 + 64, at]).tolist())
            found[at] |= (kinds[:, word] & mask) != 0
    return found


def _bits_of(positions: Sequence[int]) -> np.uint64:
    return np.uint64(sum(1 << position for position in positions))
