"""The lists of nearest columns that a p-median is solved on equal a plain sort."""

import numpy as np
import pytest

from geo.siting.p_median import search_median
from geo.siting.problem import Stop, read_choice
from geo.siting.service import from_costs
from tests.geo.siting import brute


@pytest.mark.parametrize("n_value", [2, 10, 1_000, 10**9])
def test_every_row_lists_its_cheapest_columns_and_what_the_next_costs(n_value):
    rng = np.random.default_rng(n_value)
    for n_column in (1, 2, 7, 60, 300):
        for share_of_inf in (0.0, 0.3, 1.0):
            cost = rng.integers(0, n_value, (5, n_column)).astype(float)
            cost[rng.random(cost.shape) < share_of_inf] = np.inf
            weight = rng.integers(0, 3, 5).astype(float)
            listed = int(rng.integers(1, n_column + 1))
            found = from_costs(cost, weight, nearest=listed)
            for i, row in enumerate(cost):
                order = np.argsort(row, kind="stable")
                base = row[order[listed]] * weight[i] if listed < n_column and weight[i] > 0 else np.inf
                if weight[i] == 0.0:
                    assert found.base[i] == 0.0
                elif np.isfinite(base):
                    assert found.base[i] == base
                else:
                    worst = np.where(np.isfinite(cost), cost, 0.0).max(axis=1)
                    assert found.base[i] > (worst * weight).sum()
                wanted = [j for j in order[:listed] if np.isfinite(row[j]) and row[j] * weight[i] < found.base[i]]
                mine = slice(found.ptr[i], found.ptr[i + 1])
                assert found.column[mine].tolist() == wanted
                assert found.cost[mine].tolist() == [row[j] * weight[i] for j in wanted]


def test_one_far_column_does_not_crowd_the_others_out():
    # All but one cost fall into one bin of the sort.
    row = np.append(np.random.default_rng(1).permutation(500).astype(float), 1e15)
    found = from_costs(row[None], np.ones(1), nearest=100)
    assert row[found.column].tolist() == list(range(100))
    assert found.base.tolist() == [100.0]


def test_a_gap_that_is_good_enough_leaves_a_bound_that_holds():
    n_open = 0
    for seed in range(1000, 1006):
        cost, weight, _, _ = brute.instance(seed, is_whole=seed % 2 == 0, n=60, m=16)
        cost = np.where(np.isfinite(cost), cost, 30.0)
        choice = read_choice(16, fixed=(), forbidden=(), sites=4)
        found, _ = search_median(cost, weight, choice, stop=Stop(), n_round=0, gap=0.04)
        assert found.bound <= brute.p_median(cost, weight, 4) + 1e-9 <= found.objective + 2e-9
        assert found.objective - found.bound <= 0.04 * found.objective + 1e-6
        n_open += found.bound < found.objective
    assert n_open >= 5, "nearly all are closed early, and the bound says so"
