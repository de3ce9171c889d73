"""Times of a plan whose order somebody has changed by hand: late stops are kept, and said to be late."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from geo.tours.problem import ItineraryProblem, ItineraryResult, PlannedDay, PlannedStop
from geo.tours.rooms import room_cost
from geo.tours.validator import Walk


@dataclass(frozen=True)
class DayOrder:
    """The stops of a day in order, and where it ends, by code."""

    end: str
    stops: tuple[str, ...]


@dataclass(frozen=True)
class TimedStop:
    """A stop with its times, minutes after midnight.

    Attributes
    ----------
    drive_min : int
        Driving to it.
    late_min : int
        By how much the group comes after the last minute at which the visit may begin; 0: in time.
    is_closed : bool
        No visit is possible on that day, whenever the group comes.
    """

    code: str
    drive_min: int
    arrive: int
    begin: int
    finish: int
    depart: int
    late_min: int = 0
    is_closed: bool = False


@dataclass(frozen=True)
class TimedPickUp:
    """A pick-up with its times, minutes after midnight; `people` None: nobody said how many board there."""

    code: str
    drive_min: int
    arrive: int
    depart: int
    people: int | None = None


@dataclass(frozen=True)
class TimedOrder:
    """A day with its times; `late_min`: by how much its end is too late, `has_way`: False where some leg is unknown."""

    start: str
    end: str
    depart: int
    stops: tuple[TimedStop, ...]
    last_drive_min: int
    arrive: int
    late_min: int
    has_way: bool = True
    pick_ups: tuple[TimedPickUp, ...] = ()

    @property
    def drive_min(self) -> int:
        """Driving of the whole day, that to the pick-ups included."""
        there = sum(each.drive_min for each in self.pick_ups) + sum(stop.drive_min for stop in self.stops)
        return there + self.last_drive_min


def time_by_hand(problem: ItineraryProblem, orders: Sequence[DayOrder]) -> tuple[TimedOrder, ...]:
    """Return the times of a plan by hand.

    A stop that cannot begin in time begins when the group is there, and is late by what it misses; a stop that is
    closed all day is so marked. Everything after it goes on from there.

    Parameters
    ----------
    problem : ItineraryProblem
    orders : sequence of DayOrder
        One for each day of the problem.
    """
    walk = Walk(problem)
    days: list[TimedOrder] = []
    start = problem.start
    for number, order in enumerate(orders):
        days.append(_time_day(walk, number, start, order))
        start = order.end
    return tuple(days)


def as_result(problem: ItineraryProblem, days: Sequence[TimedOrder]) -> ItineraryResult:
    """Return timed days as a plan: for the rules, the validator, and reasons."""
    people = problem.group.people
    visited = [stop.code for day in days for stop in day.stops]
    places = {place.code: place for place in problem.places}
    unknown = [code for code in visited if places[code].group_price(1) is None]
    cost = problem.coach_cost + sum(places[code].group_price(people) or 0 for code in visited)
    for day in days[:-1]:
        rooms = places[day.end].rooms
        found = room_cost(rooms, problem.group) if rooms else (0, False)
        if found is not None:
            cost += found[0]
        if found is None or not found[1]:
            unknown.append(day.end)
    score = sum(places[code].score for code in visited if places[code].kind in {"sight", "base"})
    return ItineraryResult(
        days=tuple(
            PlannedDay(
                day.start,
                day.end,
                day.depart,
                tuple(PlannedStop(s.code, s.arrive, s.begin, s.finish, s.depart) for s in day.stops),
                day.arrive,
                day.drive_min,
            )
            for day in days
        ),
        objective=score,
        score=score,
        cost=cost,
        unknown_prices=tuple(dict.fromkeys(unknown)),
        left_out=tuple(
            place.code
            for place in problem.places
            if place.wish == "wished" and place.kind in {"sight", "base"} and place.code not in visited
            and place.code not in (problem.start, problem.end, *problem.pick_ups)
        ),
        bound=None,
        seconds=0.0,
        n_column=0,
    )  # fmt: skip


def orders_of(plan: ItineraryResult) -> tuple[DayOrder, ...]:
    """Return the order of a plan's stops."""
    return tuple(DayOrder(day.end, tuple(stop.code for stop in day.stops)) for day in plan.days)


def _time_day(walk: Walk, number: int, start: str, order: DayOrder) -> TimedOrder:
    problem = walk.problem
    now = depart = problem.days[number].start_min + walk.boards(number)
    at, has_way = start, True
    pick_ups: list[TimedPickUp] = []
    for k, code in enumerate(problem.pick_ups if number == 0 else ()):
        minutes, is_known = _leg(walk, at, code, now)
        has_way &= is_known
        arrive, at = now + minutes, code
        now = arrive + walk.boards(number, k)
        people = problem.pick_up_people[k] if problem.pick_up_people else None
        pick_ups.append(TimedPickUp(code, minutes, arrive, now, people))
    stops: list[TimedStop] = []
    for code in order.stops:
        minutes, is_known = _leg(walk, at, code, now)
        has_way &= is_known
        arrive = now + minutes
        begin, late, is_closed = _begin(walk, number, code, arrive + walk.out_min)
        finish = begin + walk.by_code[code].visit_min
        now, at = finish + walk.in_min, code
        stops.append(TimedStop(code, minutes, arrive, begin, finish, now, late, is_closed))
    minutes, is_known = _leg(walk, at, order.end, now)
    over = now + minutes + walk.out_min
    late = max(0, over - problem.days[number].end_min)
    is_whole = has_way and is_known
    return TimedOrder(start, order.end, depart, tuple(stops), minutes, over, late, is_whole, tuple(pick_ups))


def _leg(walk: Walk, origin: str, to: str, leaves: int) -> tuple[int, bool]:
    reached = walk.drive(origin, to, leaves)
    return (int(reached) - leaves, True) if isfinite(reached) else (0, False)


def _begin(walk: Walk, number: int, code: str, ready: int) -> tuple[int, int, bool]:
    """Return (begin, minutes late, whether closed all day) of a visit."""
    begin = walk.first_start(number, code, ready)
    if begin is not None:
        return begin, 0, False
    earlier = (minute for minute in range(ready - 1, -1, -1) if walk.first_start(number, code, minute) is not None)
    last = next(earlier, None)
    return (ready, 0, True) if last is None else (ready, ready - (walk.first_start(number, code, last) or last), False)
