"""Plan an itinerary: a pool of day-routes, joined by an integer program (HiGHS), enlarged by its prices."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from geo.errors import NotReadyError
from geo.tours import _day_routes as kernel
from geo.tours.day_routes import DayArrays, DayRoute, Prices
from geo.tours.master import Master
from geo.tours.problem import (
    InfeasibleTourError,
    ItineraryProblem,
    ItineraryResult,
    PlannedDay,
    PlannedStop,
)

FIRST_BEAM = 40
LAST_BEAM = 40_000
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
    1998, doi:10.1287/opre.46.3.316), enumerated in a beam that doubles until nothing is cut off; then the objective is
    proven. There is no randomness: equal problems and enough time give equal plans.

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
    arrays.routes(0, arrays.starts(0)[0], beam=1, stops=np.zeros(0, np.int64))  # Loads or compiles the kernel.
    begin = clock()
    master = Master(arrays)
    best: ItineraryResult | None = None
    bound: float | None = None
    jobs = [(day, start) for day in range(len(problem.days)) for start in arrays.starts(day)]
    prices: Prices | None = None
    beam = FIRST_BEAM
    value = next_pack = 0.0

    def left() -> float:
        return seconds - (clock() - begin)

    def pack(share: float) -> None:
        nonlocal best
        routes = master.solve_integer(max(0.1, min(share * seconds, left())))
        if routes is not None:
            plan = describe_plan(problem, arrays, routes)
            if best is None or plan.objective > best.objective + _GAP:
                best = replace(plan, seconds=clock() - begin, n_column=master.n_column)
                if progress is not None:
                    progress(best)

    while True:
        density = max(1e-6, float(np.sort(arrays.gain)[-20:].mean()) / 90.0)
        complete, n_new = True, 0
        for day, start in jobs:
            routes, whole = arrays.routes(
                day, start, beam=beam, prices=prices, least=-1e18 if prices is None else _GAP, reward=density
            )
            complete &= whole
            n_new += master.add(routes)
            if left() <= 0.0 or is_cancelled():
                complete = False
                break
        try:
            value, prices = master.solve_linear(max(0.1, left()))
        except NotReadyError:
            break
        if best is None or n_new == 0 or clock() - begin >= next_pack:
            pack(0.2)
            next_pack = clock() - begin + seconds / 8.0
        if left() <= 0.25 * seconds or is_cancelled():
            break
        if n_new == 0 and complete:
            bound = value
            if best is not None and best.objective >= value - _GAP:
                break
            # Every route that can be in a better plan has a reduced cost above the gap.
            floor = best.objective if best is not None else -1e18
            for day, start in jobs:
                routes, whole = arrays.routes(
                    day, start, beam=LAST_BEAM, prices=prices, least=floor - value - _GAP, reward=density
                )
                complete &= whole
                master.add(routes)
                if left() <= 0.0 or is_cancelled():
                    complete = False
                    break
            pack(1.0)
            if complete and master.is_proven and best is not None:
                bound = best.objective
            break
        if n_new == 0 and not complete and beam >= LAST_BEAM:
            break
        if n_new == 0 or beam < 400:
            beam = min(2 * beam, LAST_BEAM)
    if best is None or bound is None:
        pack(0.3)
    if best is None:
        missing = master.missing()
        raise InfeasibleTourError("no plan keeps all limits: {missing}", missing=", ".join(missing) or "time ran out")
    return replace(best, bound=bound, seconds=clock() - begin, n_column=master.n_column, is_cancelled=is_cancelled())


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
    depart = problem.days[route.day].start_min + arrays.board
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
