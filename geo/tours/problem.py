"""The itinerary problem: places, days, nights, group and limits of a recuperation tour; and a plan that answers it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import GeoError, InputError

Wish = Literal["required", "wished", "excluded"]
Kind = Literal["sight", "base", "restaurant", "hotel", "rest_stop", "depot"]
Windows = tuple[tuple[int, int], ...]


class InfeasibleTourError(GeoError):
    """No plan keeps all limits; the message names the limit or the place."""


@dataclass(frozen=True)
class RoomKind:
    """Rooms of one kind in a hotel: `beds` each, `price` cents a night, `count` free."""

    name: str
    beds: int
    price: int | None
    count: int


@dataclass(frozen=True)
class Place:
    """A place that a tour may visit.

    Attributes
    ----------
    windows : mapping from date to tuple of (int, int)
        When the place is open on a date, minutes after midnight; an empty tuple on a date when it is closed. A date
        that is missing has unknown hours: the place may be visited, and the rules say that its hours are unknown.
    price : int or None
        Cents a head; None if not known, which never counts as free.
    table_price, seats : int
        Instead of `price`, cents a table of so many seats.
    capacity : int or None
        Most people at once; None if not known.
    """

    code: str
    name: str
    kind: Kind
    wish: Wish = "wished"
    score: float = 1.0
    visit_min: int = 0
    windows: Mapping[date, Windows] = field(default_factory=dict)
    price: int | None = None
    table_price: int | None = None
    seats: int = 10
    capacity: int | None = None
    is_outdoor: bool = False
    rooms: tuple[RoomKind, ...] = ()

    def group_price(self, people: int) -> int | None:
        """Return the cents that a group pays for a visit, None if the price is not known."""
        if self.table_price is not None:
            return self.table_price * ceil(people / self.seats)
        return None if self.price is None else self.price * people


@dataclass(frozen=True)
class TourDay:
    """One day: when people are at its start, and when they must be at its end, minutes after midnight."""

    date: date
    start_min: int
    end_min: int
    needs_lunch: bool = True


@dataclass(frozen=True)
class Group:
    """Who travels: `singles` of the `people` have a room of their own."""

    people: int
    coaches: int = 1
    singles: int = 0


@dataclass(frozen=True)
class Boarding:
    """Minutes to leave and to board a coach with head count: a fixed part and a part that grows with the coach load."""

    leave_min: float = 1.0
    leave_s_per_person: float = 2.0
    board_min: float = 2.0
    board_s_per_person: float = 4.0

    def minutes(self, group: Group) -> tuple[int, int]:
        """Return whole minutes (to leave, to board) for the fullest coach.

        Examples
        --------
        >>> Boarding().minutes(Group(people=45))
        (3, 5)
        """
        load = ceil(group.people / max(1, group.coaches))
        leave = ceil(self.leave_min + self.leave_s_per_person * load / 60.0 - 1e-9)
        return leave, self.board_minutes(group.people, group.coaches)

    def board_minutes(self, people: int, coaches: int = 1) -> int:
        """Return whole minutes in which some people board; none where nobody does.

        Examples
        --------
        >>> [Boarding().board_minutes(people) for people in (45, 12, 0)]
        [5, 3, 0]
        """
        if people <= 0:
            return 0
        load = ceil(people / max(1, coaches))
        return ceil(self.board_min + self.board_s_per_person * load / 60.0 - 1e-9)


@dataclass(frozen=True, eq=False)
class DriveTimes:
    """Driving minutes between places in up to four bands of the day, margins included.

    Attributes
    ----------
    minutes : float64 (n_band, n_place, n_place)
        Time of the whole way at the speeds of a band; inf where there is no way.
    band_ends : tuple of int
        Minute of the day at which each band but the last ends.
    """

    minutes: NDArray[np.float64]
    band_ends: tuple[int, ...] = ()


@dataclass(frozen=True)
class Limits:
    """Limits of a tour, all of them optional but the pace.

    Attributes
    ----------
    max_stops : int
        Most sights in a day (the pace); meals and rest stops do not count.
    max_rests : int
        Most rest stops in a day.
    max_stretch_min : int
        Longest driving without a stop of `break_min`.
    max_drive_min : int
        Longest driving in a day.
    lunch : (int, int)
        Earliest and latest start of lunch.
    budget : int or None
        Cents for the whole group and tour.
    heat : (int, int) or None
        Outdoor places are not visited between these minutes.
    """

    max_stops: int = 5
    max_rests: int = 2
    max_stretch_min: int = 120
    break_min: int = 20
    max_drive_min: int = 480
    lunch: tuple[int, int] = (11 * 60, 13 * 60)
    budget: int | None = None
    heat: tuple[int, int] | None = None


@dataclass(frozen=True)
class Weights:
    """What a plan is worth: scores of visits, less so much for a minute of driving or waiting and for a yuan a head."""

    drive_min: float = 0.002
    yuan_per_head: float = 0.0005
    wait_min: float = 0.001

    @property
    def waiting(self) -> float:
        """What a minute of waiting before a visit costs: never more than a minute of driving."""
        return min(self.wait_min, self.drive_min)


@dataclass(frozen=True, eq=False)
class ItineraryProblem:
    """A tour to be planned.

    Attributes
    ----------
    places : tuple of Place
        Their order is that of the rows of `drive`.
    nights : tuple of tuples of str
        For each night the hotels to choose from, by code; one hotel is a fixed stay.
    pick_ups : tuple of str
        Where people board on the first day after its start, in order.
    pick_up_people : tuple of int
        How many board at each pick-up; the others board at the start. Empty: nobody said, so at each of them boarding
        takes as long as for all.
    locked : mapping from str to int
        The day (from 0) on which a place must be visited.
    coach_cost : int
        Cents for all coaches and days.
    """

    places: tuple[Place, ...]
    days: tuple[TourDay, ...]
    start: str
    end: str
    nights: tuple[tuple[str, ...], ...]
    drive: DriveTimes
    group: Group
    limits: Limits = Limits()
    boarding: Boarding = Boarding()
    weights: Weights = Weights()
    pick_ups: tuple[str, ...] = ()
    pick_up_people: tuple[int, ...] = ()
    locked: Mapping[str, int] = field(default_factory=dict)
    coach_cost: int = 0

    def __post_init__(self) -> None:
        known = {place.code for place in self.places}
        if len(known) != len(self.places):
            raise InputError("two places have the same code; give each its own")
        if not self.days:
            raise InputError("a tour needs at least one day")
        if len(self.nights) != len(self.days) - 1:
            raise InputError(
                "{days} days have {wanted} nights, not {nights}",
                days=len(self.days), wanted=len(self.days) - 1, nights=len(self.nights),
            )  # fmt: skip
        for code in (self.start, self.end, *self.pick_ups, *self.locked, *(h for night in self.nights for h in night)):
            if code not in known:
                raise InputError("place {code} does not exist", code=code)
        n, n_band = len(self.places), len(self.drive.band_ends) + 1
        if self.drive.minutes.shape != (n_band, n, n):
            raise InputError(
                "driving times must be {wanted}; they are {shape}",
                wanted=(n_band, n, n), shape=self.drive.minutes.shape,
            )  # fmt: skip
        if self.group.people < 1 or not 0 <= self.group.singles <= self.group.people:
            raise InputError("a group has at least one person, and no more single rooms than people")
        if self.pick_up_people and (
            len(self.pick_up_people) != len(self.pick_ups)
            or min(self.pick_up_people) < 1
            or sum(self.pick_up_people) > self.group.people
        ):
            raise InputError("at each pick-up at least one person boards, and not more in all than travel")

    def place(self, code: str) -> Place:
        """Return the place with a code."""
        return self.places[self.index(code)]

    def index(self, code: str) -> int:
        """Return the row of a place."""
        return next(i for i, place in enumerate(self.places) if place.code == code)


@dataclass(frozen=True)
class PlannedStop:
    """A stop of a plan, minutes after midnight: the coach arrives, the visit begins and ends, the coach leaves."""

    code: str
    arrive: int
    begin: int
    finish: int
    depart: int


@dataclass(frozen=True)
class PlannedDay:
    """A day of a plan; `depart` is when the coach leaves the start, `arrive` when people are out of it at the end."""

    start: str
    end: str
    depart: int
    stops: tuple[PlannedStop, ...]
    arrive: int
    drive_min: int


@dataclass(frozen=True)
class ItineraryResult:
    """The best plan found.

    Attributes
    ----------
    objective, score : float
        With and without the weights of driving and cost.
    cost : int
        Cents of the whole group; unknown prices are missing in it and counted in `unknown_prices`.
    bound : float or None
        No plan has a larger objective; None if nothing was proven.
    left_out : tuple of str
        Wished places that are not in the plan.
    """

    days: tuple[PlannedDay, ...]
    objective: float
    score: float
    cost: int
    unknown_prices: tuple[str, ...]
    left_out: tuple[str, ...]
    bound: float | None
    seconds: float
    n_column: int
    is_cancelled: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """Every place visited, in order."""
        return tuple(stop.code for day in self.days for stop in day.stops)
