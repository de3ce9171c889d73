"""Budgets, exclusive actions, minima, spacing, backup, capacity and decay agree with every choice tried."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from geo.siting import CoverSets, InfeasibleError
from geo.siting.actions import Limits, solve_actions
from geo.siting.alternatives import Plan, close_each, curve, equally_good, frontier, refuse_each, survive
from geo.siting.capacity import solve_capacitated
from geo.siting.gradual import solve_gradual
from geo.siting.mclp import solve_mclp
from tests.geo.siting import brute


def sets_of(cost, weight, standard=5.0):
    within = cost <= standard
    ptr = np.concatenate([[0], np.cumsum(within.sum(axis=1))])
    return CoverSets(ptr, np.nonzero(within)[1], weight, cost.shape[1])


def every_choice(n):
    return itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(n + 1))


@pytest.mark.parametrize("seeds", [range(60), pytest.param(range(60, 400), marks=pytest.mark.soak)])
def test_limits_hold_and_the_best_of_all_choices_is_found(seeds):
    n_infeasible = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        cost, weight, _, options = brute.instance(seed, is_whole=bool(seed % 2))
        n = cost.shape[1]
        price = rng.integers(1, 6, n).astype(float)
        twice = float(rng.choice([0.0, 0.0, 0.3, 0.5, 0.8, 1.0]))
        pair = tuple(rng.choice(n, 2, replace=False).tolist())
        town = rng.choice(n, max(n // 2, 1), replace=False).tolist()
        limits = Limits(
            cost=price, budget=float(rng.integers(0, price.sum() + 1)), sites=int(rng.integers(1, n + 1)),
            exclusive=[pair] if rng.random() < 0.5 else [], apart=[pair] if rng.random() < 0.3 else [],
            at_least=[(town, 1)] if rng.random() < 0.5 else [],
        )  # fmt: skip
        best = -1.0
        for some in every_choice(n):
            if (
                price[list(some)].sum() > limits.budget
                or len(some) > limits.sites
                or any(len(set(group) & set(some)) > 1 for group in (*limits.exclusive, *limits.apart))
                or any(len(set(group) & set(some)) < least for group, least in limits.at_least)
                or not set(options["fixed"]) <= set(some)
                or set(options["forbidden"]) & set(some)
            ):
                continue
            count = (cost[:, list(some)] <= 5.0).sum(axis=1)
            best = max(best, (1 - twice) * weight[count > 0].sum() + twice * weight[count > 1].sum())
        if best < 0:
            n_infeasible += 1
            with pytest.raises(InfeasibleError):
                solve_actions(sets_of(cost, weight), limits, twice=twice, **options)
            continue
        found = solve_actions(sets_of(cost, weight), limits, twice=twice, **options)
        assert found.status == "optimal"
        assert found.objective == pytest.approx(best, abs=1e-6)
    assert n_infeasible


@pytest.mark.parametrize("seeds", [range(60), pytest.param(range(60, 300), marks=pytest.mark.soak)])
def test_gradual_decay_is_the_best_of_all_choices(seeds):
    for seed in seeds:
        cost, weight, sites, options = brute.instance(seed, is_whole=bool(seed % 2))
        worth = np.clip((9.0 - cost) / 7.0, 0.0, 1.0)
        best = max(
            float((weight * worth[:, list(some)].max(axis=1)).sum())
            for some in brute.choices(cost.shape[1], sites, **options)
        )
        found = solve_gradual(cost, weight, full=2.0, none=9.0, sites=sites, **options)
        assert found.objective == pytest.approx(best, abs=1e-9)
        assert found.gap == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize("seeds", [range(25), pytest.param(range(25, 250), marks=pytest.mark.soak)])
def test_a_site_serves_no_more_than_it_can(seeds):
    for seed in seeds:
        cost, weight, sites, options = brute.instance(seed, is_whole=True)
        capacity = np.random.default_rng(seed).integers(1, 9, cost.shape[1]).astype(float)
        within = cost <= 5.0

        def served(some, within=within, weight=weight, capacity=capacity):
            pairs = [(i, j) for j in some for i in np.flatnonzero(within[:, j])]
            if not pairs:
                return 0.0
            rows = np.zeros((len(weight) + len(capacity), len(pairs)))
            for k, (i, j) in enumerate(pairs):
                rows[i, k] = rows[len(weight) + j, k] = 1.0
            return -linprog(-np.ones(len(pairs)), rows, np.concatenate([weight, capacity])).fun

        best = max(served(some) for some in brute.choices(cost.shape[1], sites, **options))
        found = solve_capacitated(sets_of(cost, weight), capacity, sites=sites, **options)
        assert found.objective == pytest.approx(best, abs=1e-6)


def test_alternatives_are_answers_of_the_engine():
    cost, weight, _, _ = brute.instance(1001, is_whole=True, n=60, m=12)
    plan = Plan(cost, weight, 1.0, 3)
    best = solve_mclp(cost, weight, standard=1.0, sites=3)
    refused = list(refuse_each(plan, best))
    for each in refused:
        assert each.plan.objective == brute.mclp(cost, weight, 1.0, 3, (), (each.site,))
    assert equally_good(refused, best)[0] == best
    assert [found.objective for _, found in curve(plan, [1, 2, 3])] == [
        brute.mclp(cost, weight, 1.0, p) for p in (1, 2, 3)
    ]
    for site, covered in close_each(plan, best.sites):
        assert covered == brute.covered(cost, weight, 1.0, [j for j in best.sites if j != site])
    town = np.arange(60) % 4
    measures = frontier(plan, town)
    assert max(each.total for each in measures) == best.objective
    for each in survive(plan, best.sites):
        assert each.covered <= each.best
