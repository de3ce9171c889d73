"""The order of the nearest places: unknown hours count ten minutes, closed ones come last, an open one is there."""

import random
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from geo.hours import OpenState
from tests.node import run_node
from webmap.logic.nearest import UNKNOWN_HOURS_S, _rank

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


def ranked(count: int, places: list[Reached], **options: Any) -> list[str]:
    """Return what the server says, on a district that holds nothing else."""
    functions = [{"rest_station": SimpleNamespace(hours=state)} for _, _, state, _ in places]
    candidates: Any = [
        SimpleNamespace(code=code, column=column, functions=functions[column])
        for column, (code, *_) in enumerate(places)
    ]
    barred = {code for code, _, _, is_barred in places if is_barred}
    board = SimpleNamespace(door=lambda code, _: SimpleNamespace(bars=lambda _: code in barred))
    state: Any = SimpleNamespace(open_state=lambda hours, _: STATES[hours], board=board)
    costs = np.array([cost for _, cost, _, _ in places], np.int64)
    found = _rank(state, costs, candidates, kind="rest_station", services=(), departs=NOW, count=count, **options)
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
