"""Compiling every solver before a planner waits for it; the compiled code is kept on disk for later processes."""

import numpy as np

from geo.siting import _cover_kernels as kernels
from geo.siting.actions import Limits, solve_actions
from geo.siting.certificate import MODELS, solve_budget, solve_certified
from geo.siting.covers import cover_within
from geo.siting.lscp import solve_lscp
from geo.siting.mclp import solve_mclp
from geo.siting.p_median import solve_p_median

_STANDARD = 0.4


def compile_solvers() -> None:
    """Solve each model once on a few points, with the kinds of arrays that the pages and the commands have.

    Coverage comes first: it is what is asked for most, and whoever waits for it need not wait for the rest.
    """
    rng = np.random.default_rng(1)
    point, site = rng.random((40, 2)), rng.random((10, 2))
    cost = np.hypot(*(point[:, None] - site[None]).transpose(2, 0, 1))
    weight = rng.integers(1, 9, len(cost)).astype(np.float64)
    for costs in (cost.astype(np.float32), cost):
        sets, _ = cover_within(costs, weight, standard=_STANDARD)
        solve_mclp(sets, sites=3, fixed=[0], forbidden=[1])
        solve_actions(sets, Limits(sites=3), twice=0.5)
        solve_budget(sets, Limits(cost=np.ones(len(site)), budget=3.0))
        solve_lscp(sets, share=0.5)
        solve_mclp(costs, weight, standard=_STANDARD, sites=3)
        solve_p_median(costs, weight, sites=3)
    # Small covers are found before this search is asked for.
    kernels.search_cover(sets.ptr, sets.column, *sets.by_column(), np.zeros(1, np.int64), 1, 0)
    for model in MODELS:
        solve_certified(model, cost, weight, sites=3, standard=1.0)
    solve_certified("lscp", cost, weight, standard=float(np.sort(cost, axis=1)[:, 4].max()))
