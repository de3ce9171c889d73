"""The order of the nearest places: unknown hours count ten minutes, closed ones come last, an open one is there."""

import random
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from geo.hours import OpenState
from geo.network.costs import FAR
from tests.node import run_node
from webmap.logic.ranking import UNKNOWN_HOURS_S, Reach, rank_places

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
STATES = {"o": OpenState.OPEN, "c": OpenState.CLOSED, "u": OpenState.UNKNOWN}
N_CASES = 2000

Reached = tuple[str, int, str, bool]  # code, cost in deciseconds, state on arrival, barred by reports


def random_case(source: random.Random) -> tuple[int, list[Reached]]:
    most = source.choice((60, 12_000, 80_000))  # few different costs make ties
    states = source.choice(("ocu", "ocuuuuuuuu", "cu", "u", "o"))
    n = source.randrange(0, 25)
    codes = source.sample(range(100), n)
    places = [(f"S{code:03d}", source.randrange(most), source.choice(states), source.random() < 0.15) for code in codes]
    return source.randrange(1, 6), places


def wanted(count: int, places: list[Reached], *, must_be_open: bool = True) -> list[str]:
    """Return the codes by the definition alone."""
    closed = [place for place in places if place[2] == "c" or place[3]]
    others = [place for place in places if place not in closed]
    others.sort(key=lambda place: (place[1] + (10 * UNKNOWN_HOURS_S if place[2] == "u" else 0), place[0]))
    closed.sort(key=lambda place: (place[1], place[0]))
    codes = [place[0] for place in [*others, *closed]][:count]
    opened = sorted((place[1], place[0]) for place in others if place[2] == "o")
    if must_be_open and opened and opened[0][1] not in codes:
        codes[-1] = opened[0][1]
    return codes


def ranked(count: int, places: list[Reached], *, n_kept: int | None = None, **options: Any) -> list[str]:
    """Return what the server says, on a district that holds nothing else; `n_kept`: the table knows so many nearest."""
    functions = [{"rest_station": SimpleNamespace(hours=state)} for _, _, state, _ in places]
    candidates: Any = [
        SimpleNamespace(code=code, column=column, functions=functions[column])
        for column, (code, *_) in enumerate(places)
    ]
    barred = {code for code, _, _, is_barred in places if is_barred}
    board = SimpleNamespace(door=lambda code, _: SimpleNamespace(bars=lambda _: code in barred))
    state: Any = SimpleNamespace(open_state=lambda hours, _: STATES[hours], board=board)
    costs = np.array([cost for _, cost, _, _ in places], np.int64)
    reach = Reach(costs)
    if n_kept is not None and n_kept < costs.size:
        known_ds = int(np.sort(costs)[n_kept])
        reach = Reach(np.where(costs < known_ds, costs, FAR), known_ds, lambda: costs)
    found = rank_places(state, reach, candidates, kind="rest_station", services=(), departs=NOW, count=count, **options)
    return [each.place.code for each in found]


@pytest.fixture(scope="module")
def cases() -> list[tuple[int, list[Reached]]]:
    source = random.Random(20261130)
    return [random_case(source) for _ in range(N_CASES)]


def test_the_server_orders_as_defined(cases: list[tuple[int, list[Reached]]]) -> None:
    replaced = 0
    for count, places in cases:
        assert ranked(count, places) == wanted(count, places), (count, places)
        assert ranked(1, places, must_be_open=False) == wanted(1, places, must_be_open=False)
        replaced += wanted(count, places) != wanted(count, places, must_be_open=False)
    assert replaced > N_CASES / 50


@pytest.mark.parametrize("n_kept", [0, 1, 3, 8])
def test_a_table_that_keeps_the_nearest_few_gives_the_same_order(
    cases: list[tuple[int, list[Reached]]], n_kept: int
) -> None:
    for count, places in cases[:500]:
        assert ranked(count, places, n_kept=n_kept) == wanted(count, places), (count, places)


def test_what_the_table_knows_is_enough_where_the_answer_lies_near() -> None:
    searched: list[int] = []
    places = [(f"S{at:03d}", 100 * at, "o", False) for at in range(20)]
    function = {"rest_station": SimpleNamespace(hours="o")}
    candidates: Any = [
        SimpleNamespace(code=code, column=at, functions=function) for at, (code, *_) in enumerate(places)
    ]
    board = SimpleNamespace(door=lambda code, _: SimpleNamespace(bars=lambda _: False))
    state: Any = SimpleNamespace(open_state=lambda hours, _: STATES[hours], board=board)
    costs = np.array([cost for _, cost, _, _ in places], np.int64)

    def search() -> NDArray[np.int64]:
        searched.append(1)
        return costs

    reach = Reach(np.where(costs < 700, costs, FAR), 700, search)
    asked: Any = {"kind": "rest_station", "services": (), "departs": NOW}
    assert [each.place.code for each in rank_places(state, reach, candidates, count=3, **asked)] == [
        "S000",
        "S001",
        "S002",
    ]
    assert searched == []
    assert len(rank_places(state, reach, candidates, count=9, **asked)) == 9
    assert searched == [1]


def test_the_phone_orders_as_defined(cases: list[tuple[int, list[Reached]]]) -> None:
    names = {"o": "open", "c": "closed", "u": "unknown"}
    asked = [
        {
            "count": count,
            "reached": [
                {"place": {"code": code}, "cost": cost, "state": names[state], "isClosed": state == "c" or is_barred}
                for code, cost, state, is_barred in places
            ],
        }
        for count, places in cases
    ]
    said = run_node("ranking.mjs", {"unknown_s": UNKNOWN_HOURS_S, "cases": asked})
    for (count, places), answer in zip(cases, said, strict=True):
        assert answer["stations"] == wanted(count, places), (count, places)
        assert answer["first"] == next(iter(wanted(1, places, must_be_open=False)), None)


def test_a_surely_open_station_a_little_farther_comes_before_unknown_hours() -> None:
    near, far = ("A4", 1830, "u", False), ("A2", 2000, "o", False)
    assert ranked(3, [near, far]) == ["A2", "A4"]


def test_among_a_thousand_places_of_unknown_hours_the_only_open_one_is_in_the_list() -> None:
    places: list[Reached] = [(f"U{number:04d}", number, "u", False) for number in range(1008)]
    assert ranked(3, [*places, ("OPEN", 60_000, "o", False)]) == ["U0000", "U0001", "OPEN"]


def test_hours_are_read_at_the_moment_of_arrival() -> None:
    asked: list[float] = []

    def open_state(hours: str, moment_s: float) -> OpenState:
        asked.append(moment_s)
        return STATES[hours]

    place: Any = SimpleNamespace(code="A1", column=0, functions={"rest_station": SimpleNamespace(hours="o")})
    board = SimpleNamespace(door=lambda *_: SimpleNamespace(bars=lambda _: False))
    state: Any = SimpleNamespace(open_state=open_state, board=board)
    costs = np.array([6_000], np.int64)
    (found,) = rank_places(state, Reach(costs), [place], kind="rest_station", services=(), departs=NOW, count=1)
    assert asked == [NOW.timestamp() + 600.0]
    assert (found.arrives - NOW).total_seconds() == found.duration_s == 600.0
