"""A time limit or a cancel ends every model soon, with the best choice found and a bound that holds."""

import itertools
import time

import numpy as np
import pytest

from geo.siting import solve_lscp, solve_mclp, solve_p_center, solve_p_median
from geo.siting.actions import Limits, solve_actions
from geo.siting.capacity import solve_capacitated
from geo.siting.covers import cover_within
from geo.siting.gradual import solve_gradual
from geo.siting.problem import Stop

RNG = np.random.default_rng(7)
POINTS, PLACES = RNG.random((300, 2)), RNG.random((40, 2))
COST = np.rint(np.hypot(*(POINTS[:, None] - PLACES[None]).transpose(2, 0, 1)) * 1000)
WEIGHT = RNG.integers(1, 101, 300).astype(float)
SETS = cover_within(COST, WEIGHT, standard=200.0)[0]
PRICE = 1.0 + np.arange(40) % 7
LEAST = float(COST.min(axis=1).max())

MODELS = {
    "mclp": (1, lambda stop: solve_mclp(COST, WEIGHT, standard=200.0, sites=6, stop=stop)),
    "lscp": (-1, lambda stop: solve_lscp(COST, standard=LEAST * 1.1, stop=stop)),
    "lscp, a share": (-1, lambda stop: solve_lscp(COST, standard=200.0, share=0.9, weight=WEIGHT, stop=stop)),
    "p-median": (-1, lambda stop: solve_p_median(COST, WEIGHT, sites=6, stop=stop)),
    "p-center": (-1, lambda stop: solve_p_center(COST, sites=6, stop=stop)),
    "gradual": (1, lambda stop: solve_gradual(COST, WEIGHT, full=100.0, none=300.0, sites=6, stop=stop)),
    "actions": (1, lambda stop: solve_actions(SETS, Limits(cost=PRICE, budget=20.0), stop=stop)),
    "actions, twice": (1, lambda stop: solve_actions(SETS, Limits(sites=6), twice=0.4, stop=stop)),
    "capacity": (1, lambda stop: solve_capacitated(SETS, np.full(40, 900.0), sites=6, stop=stop)),
}


@pytest.fixture(scope="module")
def best():
    return {name: solve(Stop()) for name, (_, solve) in MODELS.items()}


@pytest.mark.parametrize("name", MODELS)
def test_whenever_it_is_cancelled_the_best_found_is_returned(name, best):
    sign, solve = MODELS[name]
    optimum = best[name]
    assert optimum.status == "optimal"
    for n_ask in (0, 1, 3, 10, 40):
        asked = itertools.count()
        told = []
        stop = Stop(is_cancelled=lambda asked=asked, n=n_ask: next(asked) >= n, on_progress=told.append)
        begin = time.process_time()
        found = solve(stop)
        assert time.process_time() - begin < 2.0
        assert len(set(found.sites)) == len(found.sites)
        assert sign * found.objective <= sign * optimum.objective + 1e-6
        assert sign * found.bound >= sign * optimum.objective - 1e-6
        assert np.isfinite([found.objective, found.bound]).all()
        for before, after in itertools.pairwise(told):
            assert sign * after.objective >= sign * before.objective - 1e-6
            assert before.seconds <= after.seconds
        for each in told:
            assert sign * each.objective <= sign * found.objective + 1e-6
            assert sign * each.bound >= sign * optimum.objective - 1e-6


@pytest.mark.parametrize("name", MODELS)
def test_a_time_limit_that_is_over_at_once_still_gives_a_choice(name, best):
    sign, solve = MODELS[name]
    begin = time.process_time()
    found = solve(Stop(time_limit_s=1e-6))
    assert time.process_time() - begin < 1.0
    assert found.sites
    assert sign * found.bound >= sign * best[name].objective - 1e-6


def test_progress_ends_with_the_proof(best):
    for name in ("mclp", "p-median", "p-center", "actions", "capacity"):
        told = []
        MODELS[name][1](Stop(on_progress=told.append))
        assert told, name
        assert told[-1].objective == pytest.approx(best[name].objective), name
