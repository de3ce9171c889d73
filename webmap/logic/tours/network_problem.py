"""The itinerary problem of a wish, from the places of a district and its streets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import hypot

import numpy as np

from geo.calendar import Calendar
from geo.errors import InputError
from geo.network.network import StreetNetwork
from geo.tours.driving import find_drive_times
from geo.tours.problem import DriveTimes, Group, ItineraryProblem, Kind, Limits, Place, RoomKind, TourDay, Wish
from geo.tours.register import USUAL_SCORE, USUAL_VISIT_MIN, TourPlace, open_windows
from webmap.logic.tours.wish import PACES, TourWish

MAX_RESTAURANTS = 12
MAX_HOTELS = 10
MAX_REST_STOPS = 4
"""How many of each are offered to the solver: those nearest to what is wished for."""

_KINDS: Mapping[str, Kind] = {
    "sight": "sight",
    "base": "base",
    "hotel": "hotel",
    "restaurant": "restaurant",
    "rest_stop": "rest_stop",
    "toilet": "rest_stop",
    "parking": "depot",
    "meeting": "depot",
}


@dataclass(frozen=True, eq=False)
class TourProblem:
    """An itinerary problem with where its places are, and what had to be assumed.

    Attributes
    ----------
    problem : ItineraryProblem
    places : tuple of TourPlace
        In the order of the problem's.
    dropped : tuple of (str, str)
        Code of a wished place that could not be taken in, and why: ``no_street``, ``no_way``.
    """

    problem: ItineraryProblem
    places: tuple[TourPlace, ...]
    dropped: tuple[tuple[str, str], ...] = ()


def make_problem(
    network: StreetNetwork, register: Sequence[TourPlace], wish: TourWish, calendar: Calendar
) -> TourProblem:
    """Return the problem that a wish is, on the streets of a district.

    Driving times are rounded up to the tenth of a minute, so that what is stored of them gives the same plan.

    Parameters
    ----------
    network : StreetNetwork
    register : sequence of TourPlace
        All places of the district, meeting points among them.
    wish : TourWish
    calendar : Calendar

    Raises
    ------
    InputError
        The start is not known or lies on no street for coaches, or nothing is wished for.
    """
    known = {place.code: place for place in register}
    start = _known(known, wish.start)
    end = _known(known, wish.end or wish.start)
    pick_ups = [_known(known, code) for code in wish.pick_ups]
    wished = [known[code] for code, how in wish.wishes.items() if how != "excluded" and code in known]
    wished = [place for place in wished if place.kind in {"sight", "base"}]
    if not wished:
        raise InputError("Choose at least one sight to go to")
    chosen = _with_services(register, wished, wish, fixed=[start, end, *pick_ups])
    drive = find_drive_times(network, [place.lon for place in chosen], [place.lat for place in chosen])
    minutes = np.ceil(drive.minutes * 10.0 - 1e-9) / 10.0
    chosen, minutes, dropped = _without_unreachable(chosen, minutes, start, end, wish)
    first = _best_first_day(wish, wished, calendar)
    dates = [first + timedelta(days=n) for n in range(wish.days)]
    has_restaurant = any(place.kind == "restaurant" for place in chosen)
    nights = _nights(chosen, wish)
    problem = ItineraryProblem(
        places=tuple(_place(place, wish, dates, calendar, fixed={start.code, end.code}) for place in chosen),
        days=tuple(TourDay(day, wish.start_min, wish.end_min, needs_lunch=has_restaurant) for day in dates),
        start=start.code,
        end=end.code,
        nights=(nights,) * (wish.days - 1),
        drive=DriveTimes(minutes, drive.band_ends),
        group=Group(wish.people, wish.n_coach, wish.singles),
        limits=Limits(
            max_stops=PACES[wish.pace],
            max_stretch_min=wish.stretch_min,
            lunch=wish.lunch,
            budget=None if wish.standard is None else wish.standard * wish.days * wish.people,
            heat=wish.heat,
        ),
        pick_ups=tuple(place.code for place in pick_ups),
        pick_up_people=wish.pick_up_people,
        coach_cost=wish.coach_cost or 0,
    )
    return TourProblem(problem, tuple(chosen), tuple(dropped))


def _known(known: Mapping[str, TourPlace], code: str) -> TourPlace:
    if code not in known:
        raise InputError("Choose where the tour starts; {code} is not among the places", code=code or "-")
    return known[code]


def _with_services(
    register: Sequence[TourPlace], wished: Sequence[TourPlace], wish: TourWish, *, fixed: Sequence[TourPlace]
) -> list[TourPlace]:
    """Return the fixed and wished places with the restaurants, hotels and rest stops near to them."""
    excluded = {code for code, how in wish.wishes.items() if how == "excluded"}

    def away(place: TourPlace) -> float:
        return min(hypot(place.lon - each.lon, (place.lat - each.lat) * 1.15) for each in wished)

    def near(kinds: set[str], most: int) -> list[TourPlace]:
        of_kind = [place for place in register if place.kind in kinds and place.code not in excluded]
        return sorted(of_kind, key=away)[:most]

    hotels = [place for place in register if place.code in wish.nights] or [
        *near({"hotel"}, MAX_HOTELS),
        *(place for place in wished if place.kind == "base" and place.rooms),
    ]
    groups = [
        [*fixed],
        [*wished],
        _for_each_day(near({"restaurant"}, MAX_RESTAURANTS), wish.days),
        hotels if wish.days > 1 else [],
        near({"rest_stop", "toilet"}, MAX_REST_STOPS),
    ]
    return list({place.code: place for group in groups for place in group}.values())


def _for_each_day(restaurants: list[TourPlace], n_day: int) -> list[TourPlace]:
    """Return the restaurants, each so often that every day can have its lunch: a place is visited once under a code."""
    copies = -(-n_day // len(restaurants)) if restaurants else 1
    return [
        place if number == 1 else replace(place, code=f"{place.code}~{number}")
        for number in range(1, copies + 1)
        for place in restaurants
    ]


def _without_unreachable(
    chosen: list[TourPlace], minutes: "np.typing.NDArray[np.float64]", start: TourPlace, end: TourPlace, wish: TourWish
) -> tuple[list[TourPlace], "np.typing.NDArray[np.float64]", list[tuple[str, str]]]:
    """Drop what no coach reaches from the start or leaves for the end; the ends themselves must have a street."""
    row = {place.code: k for k, place in enumerate(chosen)}
    out, back = minutes[0][row[start.code]], minutes[0][:, row[end.code]]
    others = [k for k in range(len(chosen)) if k != row[start.code]]
    if others and not np.isfinite(out[others]).any():
        raise InputError("No street for coaches leads from {place}; choose another start", place=start.name)
    fixed = {start.code, end.code, *wish.pick_ups}
    keep = [k for k, p in enumerate(chosen) if p.code in fixed or (np.isfinite(out[k]) and np.isfinite(back[k]))]
    dropped = [
        (place.code, "no_street") for k, place in enumerate(chosen) if k not in keep and place.code in wish.wishes
    ]
    return [chosen[k] for k in keep], np.ascontiguousarray(minutes[:, keep][:, :, keep]), dropped


def _best_first_day(wish: TourWish, wished: Sequence[TourPlace], calendar: Calendar) -> date:
    """Return the first day on which most of what is wished for is open; of equal ones the earliest."""

    def opens(first: date) -> float:
        worth = 0.0
        for place in wished:
            days = (first + timedelta(days=n) for n in range(wish.days))
            if any(open_windows(place.hours, day, calendar) != () for day in days):
                worth += 100.0 if wish.wishes.get(place.code) == "required" else place.score or USUAL_SCORE
        return worth

    return max(wish.first_days(), key=lambda day: (opens(day), -day.toordinal()))


def _nights(chosen: Sequence[TourPlace], wish: TourWish) -> tuple[str, ...]:
    if wish.days == 1:
        return ()
    if wish.nights:
        sleeping = [place.code for place in chosen if place.code in wish.nights]
    else:
        sleeping = [p.code for p in chosen if p.kind == "hotel" or (p.kind == "base" and p.rooms)]
    if not sleeping:
        raise InputError("A tour of {days} days needs a hotel: add one to the places", days=wish.days)
    return tuple(sleeping)


def _place(place: TourPlace, wish: TourWish, dates: Sequence[date], calendar: Calendar, *, fixed: set[str]) -> Place:
    windows = {day: open_windows(place.hours, day, calendar) for day in dates}
    how: Wish = "required" if wish.wishes.get(place.code) == "required" else "wished"
    kind = _KINDS[place.kind]
    made = Place(
        code=place.code,
        name=place.name,
        kind=kind,
        wish=how,
        score=USUAL_SCORE if place.score is None else place.score,
        visit_min=USUAL_VISIT_MIN.get(place.kind, 0) if place.visit_min is None else place.visit_min,
        windows={day: spans for day, spans in windows.items() if spans is not None},
        price=place.price if place.kind not in {"rest_stop", "toilet"} else place.price or 0,
        table_price=place.table_price,
        seats=place.seats or 10,
        capacity=place.capacity,
        is_outdoor=bool(place.is_outdoor),
        rooms=tuple(RoomKind(room.name, room.beds, room.price, room.count) for room in place.rooms),
    )
    return replace(made, wish="wished") if place.code in fixed else made
