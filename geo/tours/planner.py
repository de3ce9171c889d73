"""Plan an itinerary: a pool of day-routes, joined to the best plan, and enlarged by the prices of a linear program."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from geo.errors import NotReadyError
from geo.tours import _day_routes as kernel
from geo.tours.day_routes import DayArrays, DayRoute, Prices
from geo.tours.joining import Master, join_nothing
from geo.tours.problem import (
    InfeasibleTourError,
    ItineraryProblem,
    ItineraryResult,
    PlannedDay,
    PlannedStop,
)

FIRST_BEAM = 40
MIDDLE_BEAM = 640
LAST_BEAM = 40_960
MAX_NODE = 20_000_000
"""Nodes that the search of the pool may visit, about a second, before HiGHS is asked."""
PATIENCE_S = 2.0
"""What HiGHS gets at least while there is no plan: its clock is the wall's, and a busy machine may give it little."""
_GAP = 1e-6


def solve_itinerary(
    problem: ItineraryProblem,
    *,
    seconds: float = 10.0,
    progress: Callable[[ItineraryResult], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.perf_counter,
) -> ItineraryResult:
    """Return the best plan found for an itinerary problem.

    Maximise the scores of the places visited, less the weights of driving and cost. Rows of the integer program: one
    route a day; each place at most once, required ones exactly once; each day starts at the hotel where the day before
    ended; the budget. Columns are day-routes that keep hours, lunch, pace, driving stretches and the day's end by
    themselves. Column generation: the prices of the linear program tell which further routes pay (C. Barnhart et al.
    1998, doi:10.1287/opre.46.3.316), enumerated in a beam that widens. A search of the pool, bounded by the reduced
    costs, joins the best plan in milliseconds; HiGHS does it where that search grows too large. Routes whose reduced
    cost fits into the gap to the bound are added as well; if the beam cuts none of them off, the plan is proven to be
    the best. There is no randomness: equal problems and enough time give equal plans.

    Parameters
    ----------
    problem : ItineraryProblem
    seconds : float
        Time limit, counted from the first step; compiled code is loaded before.
    progress : callable, optional
        Gets every better plan.
    is_cancelled : callable
        Asked between steps; the best plan so far is returned.
    clock : callable

    Raises
    ------
    InfeasibleTourError
        If no plan keeps all limits, or none was found in time; names what cannot be kept.
    """
    arrays = DayArrays(problem)
    warm_up(arrays)
    begin = clock()
    master = Master(arrays)
    best: ItineraryResult | None = None
    bound: float | None = None
    jobs = [(day, start) for day in range(len(problem.days)) for start in arrays.starts(day)]
    prices: Prices | None = None
    beam = FIRST_BEAM
    density = max(1e-6, float(np.sort(arrays.gain)[-20:].mean()) / 90.0)

    def left() -> float:
        return seconds - (clock() - begin)

    def is_over() -> bool:
        return left() <= 0.0 or is_cancelled()

    def enumerate_days(least: float) -> tuple[int, bool]:
        """Add the routes worth more than `least` by the prices; return how many are new, and whether all were seen."""
        n_new, is_whole = 0, True
        for day, start in jobs:
            routes, whole = arrays.routes(day, start, beam=beam, prices=prices, least=least, reward=density)
            is_whole &= whole
            n_new += master.add(routes)
            if is_over():
                return n_new, False
        return n_new, is_whole

    def join() -> bool:
        """Keep the best plan of the pool; return whether it is known to be the best."""
        nonlocal best
        routes, is_best = master.join(-np.inf if best is None else best.objective, max_node=MAX_NODE)
        if not is_best and not is_over():
            patience = PATIENCE_S if best is None and routes is None else 0.1
            packed = master.solve_integer(max(patience, min(0.2 * seconds, left())))
            is_best = master.is_proven and packed is not None
            if packed is not None and (routes is None or _worth(arrays, packed) > _worth(arrays, routes)):
                routes = packed
        if routes is not None and (best is None or _worth(arrays, routes) > best.objective + _GAP):
            best = replace(describe_plan(problem, arrays, routes), seconds=clock() - begin, n_column=master.n_column)
            if progress is not None:
                progress(best)
        return is_best

    while True:
        n_new, is_whole = enumerate_days(-1e18 if prices is None else _GAP)
        try:
            value, prices = master.solve_linear(max(PATIENCE_S, left()))
        except NotReadyError:
            break
        join()
        if is_over():
            break
        if n_new == 0 and is_whole:
            bound = value
        if n_new == 0 and beam >= MIDDLE_BEAM:
            # A route that is in a better plan has a reduced cost above the gap.
            gap = value - (best.objective if best is not None else -1e18)
            n_new, is_whole = enumerate_days(-gap - _GAP)
            known = value
            try:
                value, prices = master.solve_linear(max(PATIENCE_S, left()))
            except NotReadyError:
                break
            is_best = join()
            if is_whole and value <= known + _GAP:
                bound = best.objective if best is not None and is_best else value
                if is_best:
                    break
            if is_over() or beam >= LAST_BEAM:
                break
            beam = min(4 * beam, LAST_BEAM)
        elif n_new == 0 or beam < MIDDLE_BEAM:
            beam *= 2
    if best is None:
        routes = master.solve_integer(max(PATIENCE_S, left()))
        if routes is None:
            missing = ", ".join(master.missing()) or "time ran out"
            raise InfeasibleTourError("no plan keeps all limits: {missing}", missing=missing)
        best = describe_plan(problem, arrays, routes)
    return replace(best, bound=bound, seconds=clock() - begin, n_column=master.n_column, is_cancelled=is_cancelled())


def warm_up(arrays: DayArrays) -> None:
    """Load or compile the kernels, before any clock starts."""
    arrays.routes(0, arrays.starts(0)[0], beam=1, stops=np.zeros(0, np.int64))
    kernel.visit_start(0, 0, arrays.windows[0])
    kernel.arrival(0, 0, 0, arrays.minutes, arrays.band_ends)
    join_nothing()


def _worth(arrays: DayArrays, routes: list[DayRoute]) -> float:
    return sum(arrays.value(route) for route in routes)


def describe_plan(problem: ItineraryProblem, arrays: DayArrays, routes: list[DayRoute]) -> ItineraryResult:
    """Return the plan of one route a day, with its times."""
    days = tuple(_timed(problem, arrays, route) for route in routes)
    visited = {j for route in routes for j in route.stops}
    unknown = [problem.places[j].code for j in sorted(visited) if problem.places[j].group_price(1) is None]
    unknown += [problem.places[r.end].code for r in routes[:-1] if r.end in arrays.unknown_rooms]
    return ItineraryResult(
        days=days,
        objective=sum(arrays.value(route) for route in routes),
        score=float(arrays.score[sorted(visited)].sum()),
        cost=sum(arrays.spent(route) for route in routes) + problem.coach_cost,
        unknown_prices=tuple(dict.fromkeys(unknown)),
        left_out=tuple(
            place.code
            for i, place in enumerate(problem.places)
            if place.wish == "wished" and place.kind in {"sight", "base"} and i not in visited and i in arrays.stops
        ),
        bound=None,
        seconds=0.0,
        n_column=0,
    )


def _timed(problem: ItineraryProblem, arrays: DayArrays, route: DayRoute) -> PlannedDay:
    at, time, driven, _ = arrays.departure(route.day, route.start)
    depart = arrays.leaves_start(route.day)
    stops: list[PlannedStop] = []
    for j in route.stops:
        there = int(kernel.arrival(time, at, j, arrays.minutes, arrays.band_ends))
        begin = int(kernel.visit_start(there + arrays.leave, j, arrays.windows[route.day]))
        finish = begin + int(arrays.visit[j])
        driven += there - time
        stops.append(PlannedStop(problem.places[j].code, there, begin, finish, finish + arrays.board))
        at, time = j, finish + arrays.board
    there = int(kernel.arrival(time, at, route.end, arrays.minutes, arrays.band_ends))
    return PlannedDay(
        problem.places[route.start].code, problem.places[route.end].code, depart, tuple(stops),
        there + arrays.leave, driven + there - time,
    )  # fmt: skip
