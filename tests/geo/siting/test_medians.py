"""Sites by swaps over a whole matrix, against every single swap and every choice."""

import itertools

import numpy as np
import pytest

from geo.siting import p_median
from geo.siting.medians import median_sites
from geo.siting.p_median import total_cost
from geo.siting.problem import Stop, read_choice


@pytest.mark.parametrize("seed", range(20))
def test_no_total_is_below_that_of_the_best_choice_and_most_are_the_best(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cost, weight = rng.integers(1, 50, (25, 9)).astype(np.float64), rng.integers(0, 5, 25).astype(np.float64)
    choice = read_choice(9, fixed=[seed % 9], forbidden=[(seed + 1) % 9], sites=3)
    best = min(
        total_cost(cost, weight, np.array(sites))
        for sites in itertools.combinations(range(9), 3)
        if seed % 9 in sites and (seed + 1) % 9 not in sites
    )
    sites, value = median_sites(cost, weight, choice, stop=Stop(), seed=seed, n_kick=20)
    assert set(choice.fixed) <= set(sites)
    assert not set(choice.forbidden) & set(sites)
    assert len(set(sites)) == 3
    assert value == pytest.approx(total_cost(cost, weight, sites))
    assert best <= value + 1e-9
    assert value <= 1.02 * best


def test_no_swap_within_reach_is_left() -> None:
    rng = np.random.default_rng(3)
    points = rng.random((600, 2))
    cost, weight = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)), rng.random(600)
    sites, value = median_sites(cost, weight, read_choice(600, fixed=[], forbidden=[], sites=8), stop=Stop(), seed=1)
    for t, j in itertools.product(range(8), range(600)):
        other = sites.copy()
        other[t] = j
        assert total_cost(cost, weight, other) >= value - 1e-6, (t, j)


def test_a_p_median_that_begins_over_the_whole_matrix_is_still_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(p_median, "_WHOLE", 1)
    rng = np.random.default_rng(4)
    cost, weight = rng.integers(1, 50, (40, 10)).astype(np.float64), rng.integers(1, 5, 40).astype(np.float64)
    answer = p_median.solve_p_median(cost, weight, sites=4, fixed=[3], forbidden=[5, 6])
    tried = (s for s in itertools.combinations(range(10), 4) if 3 in s and not {5, 6} & set(s))
    assert answer.status == "optimal"
    assert answer.objective == min(total_cost(cost, weight, np.array(sites)) for sites in tried)
