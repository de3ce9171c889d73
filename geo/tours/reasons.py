"""Why a wish is left out of a plan, and the smallest change that admits it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import numpy as np

from geo.tours.day_routes import DayArrays, DayRoute
from geo.tours.planner import describe_plan, solve_itinerary
from geo.tours.problem import InfeasibleTourError, ItineraryProblem, ItineraryResult
from geo.tours.validator import check_itinerary

MOST_MINUTES = 240
_BEAM = 400
_STRETCH_STEPS = (0, 15, 30, 60, 120)

Kind = Literal["change", "swap", "closed", "capacity", "no_way"]


@dataclass(frozen=True, eq=False)
class Reason:
    """Why a wished place is not in a plan.

    Attributes
    ----------
    kind : str
        ``change``: the day must be longer, or a limit higher, by the amounts below. ``swap``: it fits in place of
        `replaces`. ``closed``: closed on every day of the tour, open on `open_dates` as far as they are known.
        ``capacity``: too small for the group, by `people`. ``no_way``: no change up to four hours admits it.
    day : int or None
        The day (from 0) that it goes into.
    minutes : int
        By how much that day must end later.
    cents : int
        By how much the budget of the group must grow.
    stops : int
        By how many sights the day is over its pace.
    stretch_min : int
        By how much the longest driving without a break must be allowed to grow.
    plan : ItineraryResult or None
        The plan with the place in it, which keeps all limits of `problem`.
    problem : ItineraryProblem or None
        The problem with the change made and the place required.
    """

    code: str
    kind: Kind
    day: int | None = None
    minutes: int = 0
    cents: int = 0
    stops: int = 0
    stretch_min: int = 0
    replaces: str | None = None
    people: int = 0
    open_dates: tuple[date, ...] = ()
    plan: ItineraryResult | None = field(default=None, repr=False)
    problem: ItineraryProblem | None = field(default=None, repr=False)

    @property
    def size(self) -> tuple[int, float]:
        """What reasons are compared by: how many limits change, then minutes, with ten yuan a head as a minute."""
        changed = (self.minutes > 0) + (self.cents > 0) + (self.stops > 0) + (self.stretch_min > 0)
        people = self.problem.group.people if self.problem else 1
        return changed, self.minutes + self.cents / people / 1000.0 + 30.0 * self.stops + self.stretch_min


def explain_left_out(problem: ItineraryProblem, plan: ItineraryResult) -> tuple[Reason, ...]:
    """Return a reason for each wished place that a plan leaves out.

    Every other stop of the plan stays; the stops of a day may change their order. A few milliseconds a place.

    Parameters
    ----------
    problem : ItineraryProblem
        The problem that the plan solves.
    plan : ItineraryResult
    """
    search = _Search(problem, plan)
    return tuple(search.explain(code) for code in plan.left_out)


def confirm_reasons(
    problem: ItineraryProblem,
    plan: ItineraryResult,
    reasons: Sequence[Reason],
    *,
    seconds: float = 0.3,
    total_s: float = 5.0,
    is_cancelled: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[Reason, ...]:
    """Return the reasons checked by solving again.

    A change that the validator denies is none. Then the tour is planned again with the place required and no limit
    changed: where all other wishes of the plan stay, that is the smallest change; where one of them gives way and no
    other change is known, it is a swap. Insertion alone, which keeps every stop on its day, sees neither.

    Parameters
    ----------
    problem, plan
        As `explain_left_out` had them.
    reasons : sequence of Reason
    seconds : float
        For each place.
    total_s : float
        For all of them: after it the others stay as they are.
    is_cancelled : callable
    clock : callable
    """
    begin = clock()
    return tuple(
        reason
        if is_cancelled() or clock() - begin > total_s
        else _confirmed(problem, plan, reason, seconds=seconds, is_cancelled=is_cancelled)
        for reason in reasons
    )


def _confirmed(
    problem: ItineraryProblem,
    plan: ItineraryResult,
    reason: Reason,
    *,
    seconds: float,
    is_cancelled: Callable[[], bool],
) -> Reason:
    if reason.kind in {"closed", "capacity"}:
        return reason
    if reason.plan is not None and reason.problem is not None and check_itinerary(reason.problem, reason.plan):
        reason = Reason(reason.code, "no_way")
    if reason.kind == "change" and reason.size == (0, 0.0):
        return reason
    required = replace(
        problem, places=tuple(replace(p, wish="required") if p.code == reason.code else p for p in problem.places)
    )
    try:
        again = solve_itinerary(required, seconds=seconds, is_cancelled=is_cancelled)
    except InfeasibleTourError:
        return reason
    if check_itinerary(required, again):
        return reason
    sights = {place.code for place in problem.places if place.kind in {"sight", "base"}}
    lost = (set(plan.codes) - set(again.codes)) & sights
    if not lost:
        return Reason(reason.code, "change", plan=again, problem=required)
    if len(lost) == 1 and reason.kind == "no_way":
        return Reason(reason.code, "swap", replaces=lost.pop(), plan=again, problem=required)
    return reason


class _Search:
    def __init__(self, problem: ItineraryProblem, plan: ItineraryResult) -> None:
        self.problem = problem
        row = {place.code: k for k, place in enumerate(problem.places)}
        self.row: Mapping[str, int] = row
        leave, _ = problem.boarding.minutes(problem.group)
        self.routes = [
            DayRoute(
                d,
                row[day.start],
                row[day.end],
                tuple(row[s.code] for s in day.stops),
                day.drive_min,
                sum(s.begin - s.arrive for s in day.stops) - leave * len(day.stops),
            )
            for d, day in enumerate(plan.days)
        ]
        self.cost = plan.cost
        self.arrays: dict[int, DayArrays] = {}

    def relaxed(self, stretch_min: int) -> DayArrays:
        """Return the problem's arrays with room for one more sight, and with longer driving where asked."""
        if stretch_min not in self.arrays:
            limits = self.problem.limits
            self.arrays[stretch_min] = DayArrays(
                replace(
                    self.problem,
                    limits=replace(
                        limits,
                        max_stops=limits.max_stops + 1,
                        max_stretch_min=limits.max_stretch_min + stretch_min,
                        budget=None,
                    ),
                )
            )
        return self.arrays[stretch_min]

    def explain(self, code: str) -> Reason:
        problem, place = self.problem, self.problem.place(code)
        if place.capacity is not None and place.capacity < problem.group.people:
            return Reason(code, "capacity", people=problem.group.people - place.capacity)
        j = self.row[code]
        arrays = self.relaxed(0)
        if not any((arrays.windows[d, j, :, 1] >= arrays.windows[d, j, :, 0]).any() for d in range(len(problem.days))):
            taken = {day.date for day in problem.days}
            other = tuple(sorted(day for day, spans in place.windows.items() if spans and day not in taken))
            return Reason(code, "closed", open_dates=other)
        for stretch in _STRETCH_STEPS:
            found = sorted(self._insertions(j, stretch), key=lambda reason: reason.size)
            if found:
                swap = None if found[0].size[0] <= 1 and found[0].minutes <= 60 else self._swap(j)
                return swap or found[0]
        return self._swap(j) or Reason(code, "no_way")

    def _insertions(self, j: int, stretch: int) -> Iterator[Reason]:
        """Yield a change for each day that the place can go into, the other stops kept."""
        arrays, problem = self.relaxed(stretch), self.problem
        for d, old in enumerate(self.routes):
            given = problem.days[d]
            subset = np.array(sorted({*old.stops, j}), np.int64)
            routes, _ = arrays.routes(d, old.start, beam=_BEAM, stops=subset, end_min=given.end_min + MOST_MINUTES)
            best: Reason | None = None
            for route in routes:
                if route.end != old.end or len(route.stops) != subset.size:
                    continue
                new = [*self.routes[:d], route, *self.routes[d + 1 :]]
                plan = describe_plan(arrays.problem, arrays, new)
                late = max(0, plan.days[d].arrive - given.end_min)
                budget = problem.limits.budget
                reason = self._reason(
                    j,
                    plan,
                    day=d,
                    minutes=late,
                    cents=0 if budget is None else max(0, plan.cost - budget),
                    stops=max(0, self._sights(route) - problem.limits.max_stops),
                    stretch_min=stretch,
                )
                if best is None or reason.size < best.size:
                    best = reason
            if best is not None:
                yield self._earliest(best, arrays, old)

    def _earliest(self, reason: Reason, arrays: DayArrays, old: DayRoute) -> Reason:
        """Return the reason with the fewest minutes: among equal stops the enumeration keeps the least driving."""
        if reason.minutes == 0 or reason.day is None:
            return reason
        d, given = reason.day, self.problem.days[reason.day]
        subset = np.array(sorted({*old.stops, self.row[reason.code]}), np.int64)
        low, high, best = 0, reason.minutes, reason
        while low < high:
            middle = (low + high) // 2
            routes, _ = arrays.routes(d, old.start, beam=_BEAM, stops=subset, end_min=given.end_min + middle)
            fitting = [r for r in routes if r.end == old.end and len(r.stops) == subset.size]
            if not fitting:
                low = middle + 1
                continue
            plan = describe_plan(arrays.problem, arrays, [*self.routes[:d], fitting[0], *self.routes[d + 1 :]])
            high = max(0, plan.days[d].arrive - given.end_min)
            best = self._reason(
                self.row[reason.code], plan, day=d, minutes=high, cents=reason.cents, stops=reason.stops,
                stretch_min=reason.stretch_min,
            )  # fmt: skip
        return best

    def _swap(self, j: int) -> Reason | None:
        """Return the swap for the wished stop with the lowest score, with no limit changed."""
        arrays, problem = self.relaxed(0), self.problem
        budget = problem.limits.budget
        options = sorted(
            (problem.places[i].score, d, i)
            for d, route in enumerate(self.routes)
            for i in route.stops
            if problem.places[i].wish != "required" and problem.places[i].kind in {"sight", "base"}
            and problem.places[i].code not in problem.locked
        )  # fmt: skip
        for _, d, i in options:
            old = self.routes[d]
            subset = np.array(sorted({*old.stops, j} - {i}), np.int64)
            routes, _ = arrays.routes(d, old.start, beam=_BEAM, stops=subset)
            for route in routes:
                if route.end != old.end or len(route.stops) != subset.size:
                    continue
                plan = describe_plan(arrays.problem, arrays, [*self.routes[:d], route, *self.routes[d + 1 :]])
                if budget is None or plan.cost <= budget:
                    reason = self._reason(j, plan, day=d)
                    return replace(reason, kind="swap", replaces=problem.places[i].code)
        return None

    def _sights(self, route: DayRoute) -> int:
        return sum(self.problem.places[i].kind in {"sight", "base"} for i in route.stops)

    def _reason(
        self,
        j: int,
        plan: ItineraryResult,
        *,
        day: int,
        minutes: int = 0,
        cents: int = 0,
        stops: int = 0,
        stretch_min: int = 0,
    ) -> Reason:
        problem, limits = self.problem, self.problem.limits
        changed = replace(
            problem,
            places=tuple(replace(p, wish="required") if k == j else p for k, p in enumerate(problem.places)),
            days=tuple(
                replace(given, end_min=given.end_min + (minutes if d == day else 0))
                for d, given in enumerate(problem.days)
            ),
            limits=replace(
                limits,
                max_stops=limits.max_stops + stops,
                max_stretch_min=limits.max_stretch_min + stretch_min,
                budget=None if limits.budget is None else limits.budget + cents,
            ),
        )
        return Reason(
            problem.places[j].code, "change", day, minutes, cents, stops, stretch_min, plan=plan, problem=changed
        )
