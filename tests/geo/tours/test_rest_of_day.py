"""The rest of a day planned again: every limit kept, the best of all plans, and shown as proposed once accepted."""

import random
from dataclasses import replace
from datetime import date
from itertools import count
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from geo.errors import ConflictError
from geo.tours.presses import NewStop, Press
from geo.tours.problem import InfeasibleTourError
from geo.tours.rest_of_day import RestOfDay, solve_rest
from geo.tours.running_day import DayStop, DayTable, Progress, progress_of, run_day
from geo.tours.validator import check_itinerary
from tests.geo.tours.brute import best_objective
from tests.geo.tours.day_made import make_day

ON = date(2031, 5, 16)


class Asked(NamedTuple):
    """A new plan with what it was asked for: the day as it stood, what is gone, and when."""

    table: DayTable
    presses: list[Press]
    gone: set[str]
    now: int
    progress: Progress
    rest: RestOfDay


def under_way(table: DayTable, rng: random.Random) -> list[Press]:
    """Return presses of a leader who has led part of a day, mostly a little late."""
    presses: list[Press] = []
    n_event = rng.randrange(0, 2 * len(table.stops) - 3)

    def press(minute: int, kind: str, **fields: object) -> None:
        number = len(presses) + 1
        presses.append(Press("a", number, minute * 60_000 + number, minute, kind, **fields))  # type: ignore[arg-type]

    now = table.stops[0].depart or 0
    for _ in range(n_event):
        day = run_day(table, presses)
        if day.next_key is None:
            break
        stop = day.stop(day.next_key)
        due = stop.arrive if day.next_event == "arrive" else stop.depart
        now = max(now, (due or 0) + rng.choice((-5, 0, 0, 5, 15)))
        press(now, "arrived" if day.next_event == "arrive" else "departed", stop=day.next_key)
    if rng.random() < 0.4:
        press(now, "delay", minutes=rng.choice((5, 10, 20)))
    if rng.random() < 0.3:
        press(now, "shorten", stop=rng.choice(table.stops[1:-1]).key, minutes=10)
    return presses


def asked(seed: int) -> Asked | None:
    """Return a random new plan; None where there is nothing left to plan, or no plan."""
    rng = random.Random(seed)
    planned = make_day(seed, n_stop=6)
    known = {stop.key for stop in planned.stops}
    spare = {"barn": DayStop("barn", None, None, 30), "mill": DayStop("mill", None, None, 60, windows=((540, 720),))}
    places = {key: rng.uniform(0, 120) for key in spare}

    def drive(origin: str, to: str) -> int | None:
        if {origin, to} <= known:
            return planned.drive(origin, to)
        one, other = (places[key] if key in spare else 0.0 for key in (origin, to))
        return int(abs(one - other)) + 10

    table = replace(planned, drive=drive, spare=spare)
    presses = under_way(table, rng)
    progress = progress_of(table, presses)
    gone = {key for key in [*known, *spare] if rng.random() < 0.25}
    last = max((press.minute for press in presses), default=table.stops[0].depart or 0)
    now = last + rng.choice((0, 0, 10, 40))

    def minutes(keys: list[str]) -> NDArray[np.float64]:
        return np.array([[0 if a == b else drive(a, b) for b in keys] for a in keys], dtype=float)

    try:
        rest = solve_rest(table, presses, gone=gone, now=now, on=ON, minutes=minutes, seconds=30.0)
    except (ConflictError, InfeasibleTourError):
        return None
    return Asked(table, presses, gone, now, progress, rest)


def plans(n: int) -> list[tuple[int, Asked]]:
    """Return so many plans with at least one stop before the end, of random days."""
    found = ((seed, asked(seed)) for seed in count())
    made = ((seed, each) for seed, each in found if each is not None and len(each.rest.stops) > 1)
    return [next(made) for _ in range(n)]


@pytest.fixture(scope="module")
def sixty() -> list[tuple[int, Asked]]:
    return plans(60)


def test_plans_are_without_fault_and_the_best_of_all(sixty: list[tuple[int, Asked]]) -> None:
    for seed, (_, _, _, _, _, rest) in sixty:
        assert check_itinerary(rest.problem, rest.plan) == (), seed
        assert rest.plan.objective == pytest.approx(best_objective(rest.problem), abs=1e-6), seed


def test_plans_keep_what_the_day_asks_for(sixty: list[tuple[int, Asked]]) -> None:
    for seed, (table, _, gone, now, progress, rest) in sixty:
        keys = [stop.key for stop in rest.stops]
        known = {stop.key: stop for stop in table.stops} | dict(table.spare)
        ahead = progress.ahead()
        assert keys[-1] == table.stops[-1].key, seed
        assert not set(keys[:-1]) & gone, seed
        assert set(keys) <= {*ahead, *table.spare}, seed
        assert len(set(keys)) == len(keys), seed
        wanted = [key for key in ahead if key not in gone and key not in progress.skipped]
        must = {key for key in wanted if known[key].is_kept or known[key].start_window}
        assert must <= set(keys), seed
        assert set(rest.left_out) == set(wanted) - set(keys), seed
        moments = [moment for stop in rest.stops for moment in (stop.arrive, stop.depart)]
        assert moments == sorted(moments), seed
        assert moments[0] >= now, seed
        for stop in rest.stops[:-1]:
            windows, start = known[stop.key].windows, known[stop.key].start_window
            begin = stop.depart - known[stop.key].stay_min + progress.short.get(stop.key, 0)
            assert begin >= stop.arrive, (seed, stop)
            assert windows is None or any(o <= begin and stop.depart <= c for o, c in windows), (seed, stop)
            assert start is None or start[0] <= begin <= start[1], (seed, stop)


def test_an_accepted_plan_is_shown_as_it_was_proposed(sixty: list[tuple[int, Asked]]) -> None:
    waits = 0
    for seed, (table, presses, _, now, progress, rest) in sixty:
        accepted = Press("a", len(presses) + 1, now * 60_000 + 999, now, "replan", rest=rest.stops)
        day = run_day(table, [*presses, accepted])
        shown = [stop for stop in day.stops if stop.key not in progress.order or stop.key in progress.ahead()]
        assert [NewStop(stop.key, stop.arrive or 0, stop.depart or 0) for stop in shown] == list(rest.stops), seed
        assert not {breach.key for breach in day.breaches} & {stop.key for stop in rest.stops[:-1]}, seed
        waits += any((stop.begin or 0) > (stop.arrive or 0) for stop in shown)
        # People who are later than that are later at the next stop too.
        later = replace(accepted, number=accepted.number + 1, kind="delay", minutes=15, rest=())
        delayed = run_day(table, [*presses, accepted, later])
        assert delayed.stop(rest.stops[0].key).arrive == rest.stops[0].arrive + 15, seed
    assert waits >= 3


def test_nothing_is_planned_where_the_day_is_over() -> None:
    table = make_day(3)
    presses = [Press("a", 1, 1, 900, "arrived", stop=table.stops[-1].key)]
    with pytest.raises(ConflictError):
        solve_rest(table, presses, gone=(), now=900, on=ON, minutes=lambda keys: np.zeros((len(keys), len(keys))))
