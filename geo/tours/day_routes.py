"""Routes of single days of an itinerary problem: enumerated by labels, exactly or within a beam."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.tours import _day_routes as kernel
from geo.tours.problem import InfeasibleTourError, ItineraryProblem, Place, Windows
from geo.tours.rooms import room_cost

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

_DAY_END = 48 * 60
_ROUTES = 60_000
_NARROW = 500


@dataclass(frozen=True)
class DayRoute:
    """A route of a day: rows of places in order; minutes of driving and of waiting before visits on the whole day."""

    day: int
    start: int
    end: int
    stops: tuple[int, ...]
    drive_min: int
    wait_min: int = 0


@dataclass(frozen=True, eq=False)
class Prices:
    """What the rows of the master program make of a route; all zero for the plain objective.

    Attributes
    ----------
    place : float64 (n_place,)
        Price of visiting a place.
    night : float64 (n_night, n_place)
        Price of spending a night in a hotel: paid by the day before, received by the day after.
    day : float64 (n_day,)
        What a route of a day must be worth.
    cent : float
        Price of a cent of the budget.
    """

    place: Floats
    night: Floats
    day: Floats
    cent: float = 0.0


class DayArrays:
    """An itinerary problem as arrays for the kernel."""

    def __init__(self, problem: ItineraryProblem) -> None:
        self.problem = problem
        places, n_day = problem.places, len(problem.days)
        self.n_place = len(places)
        self.leave, self.board = problem.boarding.minutes(problem.group)
        self.first_board, *self.pick_up_board = first_boarding(problem)
        people = problem.group.people
        self.cost = np.array([place.group_price(people) or 0 for place in places], np.int64)
        rate = problem.weights.yuan_per_head / (100.0 * people)
        self.rate = rate
        self.score = np.array([place.score if place.kind in {"sight", "base"} else 0.0 for place in places])
        self.gain = self.score - rate * self.cost
        self.kind = np.array(
            [{"restaurant": kernel.MEAL, "rest_stop": kernel.REST}.get(place.kind, kernel.SIGHT) for place in places]
        )
        self.visit = np.array([place.visit_min for place in places], np.int64)
        fixed = {problem.index(code) for code in (problem.start, problem.end, *problem.pick_ups)}
        self.stops = np.array(
            [
                i
                for i, place in enumerate(places)
                if place.wish != "excluded" and place.kind not in {"hotel", "depot"} and i not in fixed
            ],
            np.int64,
        )
        starts = [[visit_starts(problem, d, place) for place in places] for d in range(n_day)]
        most = max(1, max((len(w) for day in starts for w in day), default=1))
        self.windows = np.zeros((n_day, self.n_place, most, 2), np.int64)
        self.windows[..., 1] = -1
        for d, day in enumerate(starts):
            for i, spans in enumerate(day):
                for k, span in enumerate(spans):
                    self.windows[d, i, k] = span
        self.room_cost = np.zeros(self.n_place, np.int64)
        self.unknown_rooms: set[int] = set()
        self.hotels: list[list[int]] = []
        for night, codes in enumerate(problem.nights):
            fitting = []
            for code in codes:
                i = problem.index(code)
                found = room_cost(places[i].rooms, problem.group) if places[i].rooms else (0, False)
                if found is None:
                    continue
                fitting.append(i)
                self.room_cost[i] = found[0]
                if not found[1]:
                    self.unknown_rooms.add(i)
            if not fitting:
                raise InfeasibleTourError(
                    "night {night}: no hotel has rooms for {people} people ({singles} alone); choose others",
                    night=night + 1, people=people, singles=problem.group.singles,
                )  # fmt: skip
            self.hotels.append(fitting)
        self.minutes = np.ascontiguousarray(problem.drive.minutes, np.float64)
        self.band_ends = np.array(problem.drive.band_ends, np.int64)
        self.zobrist = np.random.default_rng(20_240_501).integers(1, 2**63, self.n_place, dtype=np.uint64)
        self.width = problem.limits.max_stops + 1 + problem.limits.max_rests

    def starts(self, day: int) -> list[int]:
        """Return where a day may start."""
        return [self.problem.index(self.problem.start)] if day == 0 else self.hotels[day - 1]

    def ends(self, day: int) -> list[int]:
        """Return where a day may end."""
        last = day == len(self.problem.days) - 1
        return [self.problem.index(self.problem.end)] if last else self.hotels[day]

    def departure(self, day: int, start: int) -> tuple[int, int, int, int]:
        """Return (place, minute, driving so far, driving since a break) once everybody is on board.

        Raises
        ------
        InfeasibleTourError
            If no way leads to a pick-up.
        """
        problem = self.problem
        at, time, driven, since = start, self.leaves_start(day), 0, 0
        for code, board in zip(problem.pick_ups, self.pick_up_board, strict=True) if day == 0 else ():
            to = problem.index(code)
            there = int(kernel.arrival(time, at, to, self.minutes, self.band_ends))
            if there < 0:
                raise InfeasibleTourError("no way leads to the pick-up {code}", code=code)
            driven += there - time
            since = 0 if board >= problem.limits.break_min else since + there - time
            at, time = to, there + board
        return at, time, driven, since

    def leaves_start(self, day: int) -> int:
        """Return the minute at which the coach leaves the start of a day."""
        return self.problem.days[day].start_min + (self.first_board if day == 0 else self.board)

    def routes(
        self,
        day: int,
        start: int,
        *,
        beam: int,
        prices: Prices | None = None,
        least: float = -1e18,
        reward: float = 0.0,
        stops: Longs | None = None,
        end_min: int | None = None,
    ) -> tuple[list[DayRoute], bool]:
        """Return routes of a day from a start that are worth more than `least`, and whether surely none is missing.

        Parameters
        ----------
        day, start : int
        beam : int
            Labels that are kept of each number of stops.
        prices : Prices, optional
        least : float
        reward : float
            What a minute left of the day is worth when labels are compared.
        stops : int64 array, optional
            Rows of the places that may be visited, all by default.
        end_min : int, optional
            When people must be at the end, the day's by default.
        """
        problem, limits = self.problem, self.problem.limits
        ends = np.array(self.ends(day), np.int64)
        at, depart, driven, since = self.departure(day, start)
        profit = self.gain.copy()
        end_profit = np.zeros(ends.size) if day == len(problem.days) - 1 else -self.rate * self.room_cost[ends]
        if prices is not None:
            profit -= prices.place + prices.cent * self.cost
            least += float(prices.day[day])
            if day > 0:
                least -= float(prices.night[day - 1, start])
            if day < len(problem.days) - 1:
                end_profit = end_profit - prices.cent * self.room_cost[ends] - prices.night[day, ends]
        # A narrow beam first: what it sees whole needs none of the space of a wide one.
        for width in (beam,) if beam <= 8 * _NARROW else (_NARROW, beam):
            out = (
                np.zeros((_ROUTES, self.width), np.int16), np.zeros(_ROUTES, np.int64), np.zeros(_ROUTES, np.int64),
                np.zeros(_ROUTES, np.int64), np.zeros(_ROUTES, np.int64), np.zeros(_ROUTES),
            )  # fmt: skip
            n, complete = kernel.enumerate_routes(
                depart, at, problem.days[day].end_min if end_min is None else end_min, ends,
                self.stops if stops is None else stops, self.kind, self.visit, self.windows[day], self.minutes,
                self.band_ends, self.leave, self.board, limits.max_stops, limits.max_rests, limits.max_stretch_min,
                limits.break_min, limits.max_drive_min, problem.days[day].needs_lunch, since, driven, profit,
                problem.weights.drive_min, problem.weights.waiting, end_profit, reward, width, self.dominates, least,
                self.zobrist, *out,
                np.full(1 << 18, -1, np.int64),
            )  # fmt: skip
            if complete:
                break
        if self.dominates and self.band_ends.size:
            # What was dropped may drive less where the speeds of the bands differ: nothing is said to be whole.
            complete = False
        seq, length, end, drive, wait, _ = out
        return [
            DayRoute(day, start, int(end[k]), tuple(int(j) for j in seq[k, : length[k]]), int(drive[k]), int(wait[k]))
            for k in range(n)
        ], bool(complete)

    @property
    def dominates(self) -> bool:
        """Whether labels may be dropped: with several bands an earlier coach may drive longer, so not on small ones."""
        return self.band_ends.size == 0 or self.stops.size > 10

    def value(self, route: DayRoute) -> float:
        """Return what a route adds to the objective, its night included."""
        rooms = 0 if route.day == len(self.problem.days) - 1 else self.room_cost[route.end]
        weights = self.problem.weights
        lost = weights.drive_min * route.drive_min + weights.waiting * route.wait_min + self.rate * rooms
        return float(self.gain[list(route.stops)].sum() - lost)

    def spent(self, route: DayRoute) -> int:
        """Return the cents that the group pays on a route, its night included."""
        rooms = 0 if route.day == len(self.problem.days) - 1 else int(self.room_cost[route.end])
        return int(self.cost[list(route.stops)].sum()) + rooms


def first_boarding(problem: ItineraryProblem) -> list[int]:
    """Return the minutes of boarding on the first day: at the start, then at each pick-up."""
    group, boarding = problem.group, problem.boarding
    if not problem.pick_up_people:
        return [boarding.board_minutes(group.people, group.coaches)] * (1 + len(problem.pick_ups))
    people = [group.people - sum(problem.pick_up_people), *problem.pick_up_people]
    return [boarding.board_minutes(n, group.coaches) for n in people]


def visit_starts(problem: ItineraryProblem, day: int, place: Place) -> Windows:
    """Return the spans in which a visit of a place may start on a day, in order; none where it cannot be visited.

    Opening hours hold the whole visit; meals start in the lunch window; outdoor places keep out of the midday heat; a
    place that is too small for the group or locked to another day is closed.
    """
    if place.capacity is not None and place.capacity < problem.group.people:
        return ()
    if problem.locked.get(place.code, day) != day:
        return ()
    spans: Sequence[tuple[int, int]] = place.windows.get(problem.days[day].date, ((0, _DAY_END),))
    starts = [(first, last - place.visit_min) for first, last in sorted(spans)]
    if place.kind == "restaurant":
        low, high = problem.limits.lunch
        starts = [(max(first, low), min(last, high)) for first, last in starts]
    if place.is_outdoor and problem.limits.heat is not None:
        low, high = problem.limits.heat
        starts = [
            piece
            for first, last in starts
            for piece in ((first, min(last, low - place.visit_min)), (max(first, high), last))
        ]
    return tuple((first, last) for first, last in starts if first <= last)
