"""A day of a departure under way: its timetable with hours, lunch, bookings and rules, as `geo.tours` runs it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import hypot
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from geo.errors import ConflictError
from geo.network.snap import metres_per_degree
from geo.tours.itinerary import LegFinder, Stop
from geo.tours.presses import Press
from geo.tours.problem import Limits, Windows
from geo.tours.register import USUAL_VISIT_MIN, TourPlace, open_windows
from geo.tours.rest_of_day import RestOfDay, solve_rest
from geo.tours.rules import load_rules
from geo.tours.running_day import DayLimits, DayStop, DayTable, Drive, progress_of
from geo.tours.timetable import TimetableDay, TimetableStop
from webmap.logic.district_state import DistrictState
from webmap.logic.itineraries import legs_of

SPARE = "p:"
"""What the keys of places begin with that are not in the timetable; those of stops are their numbers."""
MOST_SPARE = 6
SPARE_REACH_M = 15_000.0
NEAR_M = 1_500.0
"""How far from a stop, in a straight line, a rest station or toilet is named as near."""
LUNCH_KINDS = ("meal", "restaurant")
LUNCH_AROUND = (10 * 60 + 30, 14 * 60)
"""A meal that is planned to begin between these minutes is lunch."""
AROUND_HOURS_MIN = 10
"""By how much a plan may stick out of opening hours: people leave and board a coach then."""
KEPT_STATES = ("confirmed", "paid")

_Legs = dict[tuple[float, float, float, float], int | None]
_held_legs: WeakKeyDictionary[DistrictState, _Legs] = WeakKeyDictionary()


@dataclass(frozen=True)
class NearPlace:
    """What is near a stop: a rest station (with its code) or a toilet, and the straight metres to it."""

    kind: str
    name: str
    code: str | None
    lon: float
    lat: float
    distance_m: float


@dataclass(frozen=True, eq=False)
class DayPlan:
    """A day of a departure with what is known of its stops.

    `stops` and `outdoor` are by key; spare places are among the stops.
    """

    number: int
    on: date
    table: DayTable
    stops: Mapping[str, TimetableStop]
    outdoor: frozenset[str]
    unknown_hours: frozenset[str]


def make_day(
    state: DistrictState,
    day: TimetableDay,
    *,
    first_day: date,
    places: Sequence[TourPlace],
    booked: Collection[int] = (),
) -> DayPlan:
    """Return a day of a departure, ready to be run.

    Parameters
    ----------
    state : DistrictState
    day : TimetableDay
    first_day : date
        On which the departure leaves.
    places : sequence of TourPlace
        The register of the district: opening hours, and indoor sights that could replace one in the rain.
    booked : collection of int
        Numbers of the stops (from 1) whose booking stays as it is.
    """
    on = first_day + timedelta(days=day.number - 1)
    known = {place.code: place for place in places}
    stops = {str(number): stop for number, stop in enumerate(day.stops, 1)}
    made, outdoor, unknown = [], set(), set()
    for key, stop in stops.items():
        place = known.get(stop.place_code or "")
        windows = None if place is None else open_windows(place.hours, on, state.calendar)
        is_end = key in ("1", str(len(stops)))
        if windows is None and not is_end:
            unknown.add(key)
        if place is not None and place.is_outdoor:
            outdoor.add(key)
        is_kept = int(key) in booked or is_end or stop.kind in ("hotel", "start", "end")
        made.append(_day_stop(key, stop, None if is_end else windows, is_kept=is_kept))
    spare = _spare(state, day, places, on)
    stops |= {key: _as_stop(place) for key, place in spare.items()}
    table = DayTable(
        tuple(made),
        _drive(state, stops, day),
        _limits(state, on),
        {key: DayStop(key, None, None, _stay(place), open_windows(place.hours, on, state.calendar))
         for key, place in spare.items()},
    )  # fmt: skip
    return DayPlan(day.number, on, table, stops, frozenset(outdoor), frozenset(unknown))


def plan_again(day: DayPlan, presses: Sequence[Press], *, why: str, key: str | None, now: int) -> RestOfDay:
    """Return a new plan of the rest of a day: `why` is ``rain`` or ``closed`` (then `key` names the stop).

    Raises
    ------
    ConflictError
        No stop ahead is known to be outdoors, or the stop is not ahead.
    InfeasibleTourError
    """
    progress = progress_of(day.table, presses)
    coming = progress.coming()
    ahead = {*progress.ahead(), *(() if coming is None else (coming[0],))} - {progress.order[0], progress.order[-1]}
    if why == "rain":
        # What is booked stays booked in the rain; what is closed cannot be visited, booked or not.
        gone = {each for each in ahead & day.outdoor if not progress.plan[each].is_kept}
        if not gone:
            raise ConflictError("no stop ahead is marked as outdoors and free to be left out")
    else:
        gone = {key or ""} & ahead
        if not gone:
            raise ConflictError("this stop is not ahead any more")

    def minutes(keys: Sequence[str]) -> NDArray[np.float64]:
        matrix = np.full((len(keys), len(keys)), np.inf)
        for i, origin in enumerate(keys):
            for j, to in enumerate(keys):
                # The day's own minutes: what is proposed is what is shown once it is accepted.
                leg = 0 if origin == to else day.table.drive(origin, to)
                matrix[i, j] = np.inf if leg is None else leg
        return matrix

    return solve_rest(day.table, presses, gone=gone, now=now, on=day.on, minutes=minutes)


def near_places(
    state: DistrictState, places: Sequence[TourPlace], lon: float, lat: float, *, stations: str
) -> list[NearPlace]:
    """Return the nearest rest station and the nearest toilet within reach of a stop, in a straight line."""
    found = [
        NearPlace("station", place.name, place.code, place.lon, place.lat, _metres(lon, lat, place.lon, place.lat))
        for place in state.with_function(stations)
    ]
    toilets = [
        NearPlace("toilet", place.name, None, place.lon, place.lat, _metres(lon, lat, place.lon, place.lat))
        for place in places
        if place.kind == "toilet"
    ]
    nearest = [min(kind, key=lambda each: each.distance_m, default=None) for kind in (found, toilets)]
    return [each for each in nearest if each is not None and each.distance_m <= NEAR_M]


def _day_stop(key: str, stop: TimetableStop, windows: Windows | None, *, is_kept: bool) -> DayStop:
    arrive, depart = stop.arrives_min, stop.leaves_min
    lunch = None
    if stop.kind in LUNCH_KINDS and arrive is not None and LUNCH_AROUND[0] <= arrive <= LUNCH_AROUND[1]:
        earliest, latest = Limits().lunch
        lunch = (min(earliest, arrive), max(latest, arrive))
    if windows and arrive is not None and depart is not None:
        windows = tuple(_widened(window, arrive, depart) for window in windows)
    return DayStop(key, arrive, depart, stop.stay_min, windows, lunch, is_kept)


def _widened(window: tuple[int, int], arrive: int, depart: int) -> tuple[int, int]:
    """Return a window that holds a planned stay, where only leaving and boarding the coach stick out of it."""
    opens, closes = window
    opens = arrive if opens - AROUND_HOURS_MIN <= arrive < opens else opens
    closes = depart if closes < depart <= closes + AROUND_HOURS_MIN else closes
    return opens, closes


def _limits(state: DistrictState, on: date) -> DayLimits:
    """Return the limits of drivers that hold on a date."""
    rules = load_rules()
    limit = {
        rule.measure: rule.limit
        for rule in rules.rules
        if rule.since <= on and (rule.until is None or on <= rule.until)
        and (not rule.region or any(state.district.code.startswith(prefix) for prefix in rule.region))
    }  # fmt: skip
    usual = DayLimits()
    return DayLimits(
        stretch_day_min=limit.get("stretch_day_min", usual.stretch_day_min),
        stretch_night_min=limit.get("stretch_night_min", usual.stretch_night_min),
        drive_min=limit.get("drive_24h_min", usual.drive_min),
        rules=rules,
    )


def _drive(state: DistrictState, stops: Mapping[str, TimetableStop], day: TimetableDay) -> Drive:
    """Return the minutes between stops: the timetable's own where it has them, else along the streets."""
    find_leg = legs_of(state)
    planned = {(str(number - 1), str(number)): stop.drive_min for number, stop in enumerate(day.stops, 1) if number > 1}

    def drive(origin: str, to: str) -> int | None:
        minutes = planned.get((origin, to))
        return minutes if minutes is not None else _minutes(state, find_leg, stops[origin], stops[to])

    return drive


def _minutes(state: DistrictState, find_leg: LegFinder, one: TimetableStop, other: TimetableStop) -> int | None:
    legs = _held_legs.setdefault(state, {})
    key = (one.lon, one.lat, other.lon, other.lat)
    if key not in legs:
        origin, to = (Stop(each.name, each.kind, each.lon, each.lat, 0) for each in (one, other))
        legs[key] = find_leg(origin, to).minutes
    return legs[key]


def _spare(state: DistrictState, day: TimetableDay, places: Sequence[TourPlace], on: date) -> dict[str, TourPlace]:
    """Return indoor sights near the day's stops that are not in it; unknown is not taken for indoor."""
    there = {stop.place_code for stop in day.stops}

    def away(place: TourPlace) -> float:
        return min((_metres(stop.lon, stop.lat, place.lon, place.lat) for stop in day.stops), default=np.inf)

    found = [
        place
        for place in places
        if place.kind in ("sight", "base") and place.is_outdoor is False and place.code not in there
        and open_windows(place.hours, on, state.calendar) != () and away(place) <= SPARE_REACH_M
    ]  # fmt: skip
    return {SPARE + place.code: place for place in sorted(found, key=away)[:MOST_SPARE]}


def _as_stop(place: TourPlace) -> TimetableStop:
    return TimetableStop(
        place.name, place.kind, place.lon, place.lat, _stay(place), place_code=place.code, note=place.set_down
    )


def _stay(place: TourPlace) -> int:
    return USUAL_VISIT_MIN.get(place.kind, 60) if place.visit_min is None else place.visit_min


def _metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    per_lon, per_lat = metres_per_degree(lat)
    return hypot((lon - other_lon) * float(per_lon), (lat - other_lat) * float(per_lat))
