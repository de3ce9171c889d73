"""No planner waits for a compiler: what the pages ask for has been compiled, and is on disk for every process."""

import subprocess
import sys

import numpy as np
import pytest

from geo.siting import _cover_kernels, _service_kernels
from geo.siting.actions import Limits, solve_actions
from geo.siting.certificate import MODELS, solve_certified
from geo.siting.covers import cover_within
from geo.siting.lscp import solve_lscp
from geo.siting.mclp import solve_mclp
from geo.siting.p_median import solve_p_median
from geo.siting.warming import compile_solvers
from geo.tours import _day_routes, _joining
from geo.tours.planner import solve_itinerary
from geo.tours.warming import compile_planner
from tests.geo.tours.tours_made import make_problem

COUNTING = """
from geo.siting import _cover_kernels, _service_kernels
from geo.siting.warming import compile_solvers
from geo.tours import _day_routes, _joining
from geo.tours.warming import compile_planner
compile_solvers()
compile_planner()
modules = _cover_kernels, _service_kernels, _day_routes, _joining
kernels = [each for module in modules for each in vars(module).values() if hasattr(each, "stats")]
for kind in ("cache_hits", "cache_misses"):
    print(sum(sum(getattr(each.stats, kind).values()) for each in kernels))
"""


def signatures(*modules):
    kernels = [each for module in modules for each in vars(module).values() if hasattr(each, "signatures")]
    return {each.__name__: len(each.signatures) for each in kernels}


@pytest.fixture(scope="module", autouse=True)
def compiled():
    compile_solvers()
    compile_planner()


def test_after_warming_no_model_is_compiled_anew():
    before = signatures(_cover_kernels, _service_kernels)
    rng = np.random.default_rng(7)
    cost = rng.random((60, 12))
    cost[rng.random(cost.shape) < 0.3] = np.inf
    weight = rng.random(len(cost)) * 9.0
    sets, _ = cover_within(cost.astype(np.float32), weight, standard=0.3)
    solve_mclp(sets, sites=5, fixed=[0, 1], forbidden=[3])
    solve_actions(sets, Limits(sites=4, at_least=[([2, 3], 1)]), twice=0.5)
    solve_lscp(sets, share=0.4)
    near = np.minimum(cost, 2.0)
    solve_p_median(near.astype(np.float32), weight, sites=4, fixed=[0])
    for model in MODELS:
        solve_certified(model, near, weight, sites=4, standard=3.0)
    assert signatures(_cover_kernels, _service_kernels) == before


def test_after_warming_no_tour_is_compiled_anew():
    before = signatures(_day_routes, _joining)
    solve_itinerary(make_problem(3), seconds=0.5)
    assert signatures(_day_routes, _joining) == before


def test_a_second_process_finds_everything_on_disk():
    answer = subprocess.run([sys.executable, "-c", COUNTING], capture_output=True, text=True, check=True)
    hits, misses = map(int, answer.stdout.split()[-2:])
    assert hits > 20
    assert misses == 0
