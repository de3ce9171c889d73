"""Plan the rest of a day under way again, from the last stop and now: without what is closed, with what is booked."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geo.errors import ConflictError
from geo.tours.planner import solve_itinerary
from geo.tours.presses import NewStop, Press
from geo.tours.problem import (
    Boarding,
    DriveTimes,
    Group,
    ItineraryProblem,
    ItineraryResult,
    Limits,
    Place,
    TourDay,
)
from geo.tours.running_day import DayStop, DayTable, Progress, progress_of

PLANNED_SCORE = 3.0
SPARE_SCORE = 1.0
"""A stop that people were told of is worth more than one that is new to them."""

DriveMatrix = Callable[[Sequence[str]], NDArray[np.float64]]
"""Minutes between stops by their keys, float64 (n, n); inf where no way is known."""


@dataclass(frozen=True, eq=False)
class RestOfDay:
    """A plan of the stops to come, with the problem that it solves.

    Attributes
    ----------
    stops : tuple of NewStop
        The end of the day is the last of them.
    left_out : tuple of str
        Stops that were ahead and no longer are; those that were taken out are not among them.
    """

    stops: tuple[NewStop, ...]
    left_out: tuple[str, ...]
    problem: ItineraryProblem
    plan: ItineraryResult


def solve_rest(
    table: DayTable,
    presses: Iterable[Press],
    *,
    gone: Collection[str],
    now: int,
    on: date,
    minutes: DriveMatrix,
    seconds: float = 1.5,
) -> RestOfDay:
    """Return the best order of what is still ahead.

    Kept stops are visited; others where time allows, those of the timetable before spare ones. The coach leaves the
    present stop when the stay there is over, at once where that stop is among the `gone`; between two stops it starts
    from the one it left, now: where it is nobody knows. The day ends no later than it would otherwise.

    Parameters
    ----------
    table : DayTable
    presses : iterable of Press
    gone : collection of str
        Keys of stops that are not visited: closed, or outdoors in the rain.
    now : int
        Minutes after midnight of the day.
    on : date
    minutes : callable
    seconds : float

    Raises
    ------
    ConflictError
        The day is over.
    InfeasibleTourError
        What is kept cannot be reached in time.
    """
    progress = progress_of(table, presses)
    ahead = [key for key in progress.ahead() if key not in progress.skipped]
    if not ahead:
        raise ConflictError("the day is over; there is nothing left to plan")
    end = progress.order[-1]
    at = _before(progress, ahead[0])
    times = {stop.key: stop for stop in progress.times()}
    is_there = progress.coming() == (at, "depart")
    leaves = now if not is_there or at in gone else max(now, times[at].depart or now)
    wanted = [key for key in ahead if key != end and key not in gone]
    spare = [key for key in table.spare if key not in progress.order and key not in gone]
    keys = [at, *wanted, *spare, end]
    until = max(moment for moment in (times[end].arrive, progress.plan[end].arrive, leaves) if moment is not None)
    problem = _problem(progress, keys, minutes(keys), leaves=leaves, until=until, on=on)
    plan = solve_itinerary(problem, seconds=seconds)
    planned = plan.days[0]
    stops = [NewStop(stop.code, stop.arrive, stop.depart) for stop in planned.stops]
    visited = {stop.key for stop in stops}
    return RestOfDay(
        stops=(*stops, NewStop(end, planned.arrive, planned.arrive)),
        left_out=tuple(key for key in wanted if key not in visited),
        problem=problem,
        plan=plan,
    )


def _before(progress: Progress, key: str) -> str:
    """Return the last stop before another that is not skipped."""
    earlier = progress.order[: progress.order.index(key)]
    return next(each for each in reversed(earlier) if each not in progress.skipped or each == progress.order[0])


def _problem(
    progress: Progress, keys: Sequence[str], matrix: NDArray[np.float64], *, leaves: int, until: int, on: date
) -> ItineraryProblem:
    table, (at, *middle, end) = progress.table, keys
    known = [progress.plan.get(key) or table.spare[key] for key in middle]
    lunch = next((stop for stop in known if stop.start_window is not None and stop.key not in table.spare), None)
    driven = _driven(progress)
    return ItineraryProblem(
        places=(
            Place(at, at, "depot"),
            *(_place(stop, progress, on, is_lunch=stop is lunch) for stop in known),
            Place(end, end, "depot"),
        ),
        days=(TourDay(on, leaves, until, needs_lunch=lunch is not None),),
        start=at,
        end=end,
        nights=(),
        # Whole minutes, rounded up: a time that somebody is told is kept.
        drive=DriveTimes(np.ceil(matrix[None, :, :] - 1e-9)),
        group=Group(1),
        limits=Limits(
            max_stops=len(keys),
            max_stretch_min=table.limits.stretch_day_min,
            max_drive_min=max(0, table.limits.drive_min - driven),
            lunch=(0, 24 * 60) if lunch is None or lunch.start_window is None else lunch.start_window,
        ),
        # The stay of a stop counts from arrival to departure already.
        boarding=Boarding(0.0, 0.0, 0.0, 0.0),
    )


def _place(stop: DayStop, progress: Progress, on: date, *, is_lunch: bool) -> Place:
    is_spare = stop.key in progress.table.spare and stop.key not in progress.plan
    return Place(
        code=stop.key,
        name=stop.key,
        kind="restaurant" if is_lunch else "sight",
        wish="required" if stop.is_kept or is_lunch else "wished",
        score=SPARE_SCORE if is_spare else PLANNED_SCORE,
        visit_min=stop.stay_min - progress.short.get(stop.key, 0),
        windows={} if stop.windows is None else {on: stop.windows},
        price=0,
    )


def _driven(progress: Progress) -> int:
    """Return the minutes that the coach has driven."""
    done = [stop for stop in progress.times() if stop.has_arrived or stop.has_departed]
    legs = [(one.depart, other.arrive) for one, other in pairwise(done)]
    return sum(max(0, reached - left) for left, reached in legs if left is not None and reached is not None)
