"""Merged routes: feasible, over the arcs given alone, and the best there is where every order can be tried."""

from itertools import permutations

import numpy as np
import pytest

from geo.tours.orienteering import solve_orienteering
from geo.tours.route_merging import Arcs, merge_route, often_used

N = 7


def made(seed: int) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return lead, scores and windows of six places around a depot (row 0)."""
    rng = np.random.default_rng(seed)
    at = rng.random((N, 2)) * 20.0
    gap = np.hypot(at[:, None, 0] - at[:, 0], at[:, None, 1] - at[:, 1])
    lead = gap + np.where(np.arange(N) > 0, 5.0, 0.0)[:, None]
    opens = np.where(np.arange(N) > 0, rng.integers(0, 40, N), 0).astype(float)
    closes = np.where(np.arange(N) > 0, opens + rng.integers(15, 40, N), 1e9)
    return lead, np.where(np.arange(N) > 0, rng.integers(1, 10, N), 0).astype(float), (opens, closes)


def walk(order: tuple[int, ...], lead: np.ndarray, windows: tuple[np.ndarray, np.ndarray], latest: float) -> bool:
    """Tell whether an order keeps windows and the latest return."""
    now, at = 0.0, 0
    for place in order:
        now = max(now + lead[at, place], windows[0][place])
        if now > windows[1][place]:
            return False
        at = place
    return bool(now + lead[at, 0] <= latest)


@pytest.mark.parametrize("seed", range(25))
def test_over_all_arcs_the_route_is_the_best_there_is(seed: int) -> None:
    lead, score, windows = made(seed)
    latest = 60.0
    orders = (order for k in range(N) for order in permutations(range(1, N), k))
    wanted = max(score[list(order)].sum() for order in orders if walk(order, lead, windows, latest))
    everything = Arcs(np.arange(N + 1) * N, np.tile(np.arange(N), N))
    is_allowed = np.arange(N) > 0
    found, route = merge_route(
        everything, (0, 0), lead=lead, score=score, windows=windows, limit=(0.0, latest), is_allowed=is_allowed
    )
    assert walk(tuple(route), lead, windows, latest)
    assert len(set(route)) == len(route)
    assert found == score[route].sum()
    # Labels are compared without their visits: on so few places that loses nothing in these instances.
    assert found == wanted


def test_deeper_merging_finds_routes_that_a_shallow_one_misses() -> None:
    n, scores = 40, {1: 0.0, 8: 0.0}
    for seed in range(6):
        rng = np.random.default_rng(seed)
        at = rng.random((n, 2)) * 40.0
        lead = np.hypot(at[:, None, 0] - at[:, 0], at[:, None, 1] - at[:, 1]) + 3.0
        score = np.where(np.arange(n) > 0, rng.integers(1, 20, n), 0).astype(float)
        windows = (np.zeros(n), np.full(n, 1e9))
        arcs = Arcs(np.arange(n + 1) * n, np.tile(np.arange(n), n))
        for depth in scores:
            found, route = merge_route(
                arcs, (0, 0), lead=lead, score=score, windows=windows, limit=(0.0, 120.0), is_allowed=np.arange(n) > 0,
                depth=depth,
            )  # fmt: skip
            assert walk(tuple(route), lead, windows, 120.0)
            assert len(set(route)) == len(route)
            scores[depth] += found
    assert scores[8] > scores[1]


def test_only_arcs_and_places_that_are_given_are_used() -> None:
    lead, score, windows = made(3)
    windows = (np.zeros(N), np.full(N, 1e9))
    weight = np.zeros((N, N))
    for one, other in ((0, 2), (2, 4), (4, 6), (0, 5)):
        weight[one, other] = 3.0
    arcs = often_used(weight, np.zeros((N, 1), np.int64), count=1)
    is_allowed = np.array([False, True, True, True, True, True, False])
    _, route = merge_route(
        arcs, (0, 0), lead=lead, score=score, windows=windows, limit=(0.0, 1e6), is_allowed=is_allowed
    )
    assert set(route) <= {2, 4, 5}
    assert 6 not in route


def test_a_search_that_merges_is_repeatable_by_rounds() -> None:
    rng = np.random.default_rng(5)
    at = rng.random((40, 2)) * 50.0
    gap = np.hypot(at[:, None, 0] - at[:, 0], at[:, None, 1] - at[:, 1])
    score = np.where(np.arange(40) > 0, rng.integers(1, 20, 40), 0).astype(float)
    runs = [
        solve_orienteering(gap, score, np.full(40, 3.0), None, [90.0, 90.0], seed=2, max_rounds=5_000) for _ in range(2)
    ]
    assert runs[0].tours == runs[1].tours
