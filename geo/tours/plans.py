"""Two or three different plans for one wish: balanced, relaxed, saving."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from geo.tours.planner import solve_itinerary
from geo.tours.problem import InfeasibleTourError, ItineraryProblem, ItineraryResult

Style = Literal["balanced", "relaxed", "saving"]

RELAXED_SHARE = 0.4
SAVING_SHARE = 0.6


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan and the problem that it solves, which has the limits and weights of its style."""

    style: Style
    problem: ItineraryProblem
    result: ItineraryResult


def restyle(problem: ItineraryProblem, style: Style, balanced: ItineraryResult) -> ItineraryProblem:
    """Return the problem with the limits and weights of a style.

    Relaxed has one sight a day less and ends an hour earlier (half an hour on days under seven hours), and all driving
    of the balanced plan weighs as much as `RELAXED_SHARE` of its score. Saving lets all its cost weigh as much as
    `SAVING_SHARE` of its score. So neither depends on the scale of scores and prices.
    """
    limits, weights = problem.limits, problem.weights
    if style == "relaxed":
        driving = max(1, sum(day.drive_min for day in balanced.days))
        return replace(
            problem,
            days=tuple(
                replace(day, end_min=day.end_min - (60 if day.end_min - day.start_min >= 420 else 30))
                for day in problem.days
            ),
            limits=replace(limits, max_stops=max(1, limits.max_stops - 1)),
            weights=replace(weights, drive_min=max(weights.drive_min, RELAXED_SHARE * balanced.score / driving)),
        )
    if style == "saving":
        per_head = max(1.0, balanced.cost / 100.0 / problem.group.people)
        rate = max(weights.yuan_per_head, SAVING_SHARE * balanced.score / per_head)
        return replace(problem, weights=replace(weights, yuan_per_head=rate))
    return problem


def solve_styles(
    problem: ItineraryProblem,
    *,
    seconds: float = 10.0,
    progress: Callable[[Style, ItineraryResult], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[Plan, ...]:
    """Return a balanced plan and, where they differ from it and each other, a relaxed and a saving one.

    Half of the time goes to the balanced plan, what is left is shared.

    Raises
    ------
    InfeasibleTourError
        If not even the balanced problem has a plan.
    """
    begin = clock()
    plans: list[Plan] = []
    styles: tuple[tuple[Style, float], ...] = (("balanced", 0.5), ("relaxed", 0.5), ("saving", 1.0))
    for style, share in styles:
        styled = restyle(problem, style, plans[0].result) if plans else problem
        left = max(0.5, seconds - (clock() - begin))
        tell = None if progress is None else _told(progress, style)
        try:
            result = solve_itinerary(
                styled, seconds=share * left, progress=tell, is_cancelled=is_cancelled, clock=clock
            )
        except InfeasibleTourError:
            if style == "balanced":
                raise
            continue
        if all(_visits(result) != _visits(plan.result) for plan in plans):
            plans.append(Plan(style, styled, result))
        if is_cancelled():
            break
    return tuple(plans)


def _told(progress: Callable[[Style, ItineraryResult], None], style: Style) -> Callable[[ItineraryResult], None]:
    return lambda result: progress(style, result)


def _visits(result: ItineraryResult) -> tuple[tuple[frozenset[str], str], ...]:
    """Return what makes a plan another one: the stops and the end of each day."""
    return tuple((frozenset(stop.code for stop in day.stops), day.end) for day in result.days)
