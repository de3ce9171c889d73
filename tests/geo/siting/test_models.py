"""The four models agree with every choice tried, on random instances with ties, inf, and weights of 0."""

import numpy as np
import pytest

from geo.siting import CoverSets, InfeasibleError, solve_lscp, solve_mclp, solve_p_center, solve_p_median
from tests.geo.siting import brute

SEEDS = range(150)


def check(found, best, cost, options, sites=None):
    assert found.status == "optimal"
    assert found.objective == pytest.approx(best, rel=1e-9, abs=1e-12)
    assert found.bound == found.objective
    assert found.gap == 0.0
    assert list(found.sites) == sorted(set(found.sites))
    assert set(options["fixed"]) <= set(found.sites)
    assert not set(options["forbidden"]) & set(found.sites)
    if sites is not None:
        assert len(found.sites) == sites


@pytest.mark.parametrize("is_whole", [True, False])
def test_maximal_coverage_is_the_best_of_all_choices(is_whole):
    for seed in SEEDS:
        cost, weight, sites, options = brute.instance(seed, is_whole=is_whole)
        standard = float(np.random.default_rng(seed).integers(0, 9))
        found = solve_mclp(cost, weight, standard=standard, sites=sites, **options)
        check(found, brute.mclp(cost, weight, standard, sites, **options), cost, options, sites)
        assert brute.covered(cost, weight, standard, found.sites) == pytest.approx(found.objective)


@pytest.mark.parametrize("is_whole", [True, False])
def test_the_p_median_is_the_best_of_all_choices(is_whole):
    for seed in SEEDS:
        cost, weight, sites, options = brute.instance(seed, is_whole=is_whole)
        best = brute.p_median(cost, weight, sites, **options)
        if not np.isfinite(best):
            with pytest.raises(InfeasibleError) as caught:
                solve_p_median(cost, weight, sites=sites, **options)
            assert caught.value.rows
            continue
        found = solve_p_median(cost, weight, sites=sites, **options)
        check(found, best, cost, options, sites)
        assert brute.total(cost, weight, found.sites) == pytest.approx(found.objective)


@pytest.mark.parametrize("is_whole", [True, False])
def test_the_p_center_is_the_best_of_all_choices(is_whole):
    for seed in SEEDS:
        cost, _, sites, options = brute.instance(seed, is_whole=is_whole)
        best = brute.p_center(cost, sites, **options)
        if not np.isfinite(best):
            with pytest.raises(InfeasibleError) as caught:
                solve_p_center(cost, sites=sites, **options)
            assert caught.value.rows
            continue
        found = solve_p_center(cost, sites=sites, **options)
        check(found, best, cost, options, sites)
        assert cost[:, found.sites].min(axis=1).max() == found.objective


@pytest.mark.parametrize("is_whole", [True, False])
def test_the_fewest_sites_are_the_fewest_of_all_choices(is_whole):
    for seed in SEEDS:
        cost, _, _, options = brute.instance(seed, is_whole=is_whole)
        standard = float(np.random.default_rng(seed).integers(2, 11))
        allowed = np.setdiff1d(np.arange(cost.shape[1]), options["forbidden"])
        lost = ~(cost[:, allowed] <= standard).any(axis=1)
        if lost.any():
            with pytest.raises(InfeasibleError) as caught:
                solve_lscp(cost, standard=standard, **options)
            assert caught.value.rows == tuple(np.flatnonzero(lost))
            continue
        found = solve_lscp(cost, standard=standard, **options)
        check(found, brute.lscp(cost, standard, **options), cost, options)
        assert (cost[:, found.sites] <= standard).any(axis=1).all()


def test_a_share_is_covered_by_the_fewest_sites_of_all_choices():
    for seed in SEEDS:
        cost, weight, _, options = brute.instance(seed, is_whole=True)
        standard = float(np.random.default_rng(seed).integers(2, 11))
        for share in (0.5, 0.9):
            found = solve_lscp(cost, standard=standard, share=share, weight=weight, **options)
            check(found, brute.lscp(cost, standard, share=share, weight=weight, **options), cost, options)


def test_sparse_sets_give_the_answer_of_the_matrix():
    for seed in range(40):
        cost, weight, sites, options = brute.instance(seed, is_whole=True)
        within = cost <= 5.0
        ptr = np.concatenate([[0], np.cumsum(within.sum(axis=1))])
        sets = CoverSets(ptr, np.nonzero(within)[1], weight, cost.shape[1])
        assert solve_mclp(sets, None, sites=sites, **options) == solve_mclp(
            cost, weight, standard=5.0, sites=sites, **options
        )
        assert solve_mclp(sets, weight, standard=5.0, sites=sites, **options).status == "optimal"


def test_larger_instances_agree_with_every_choice_tried():
    for seed in range(6):
        cost, weight, _, options = brute.instance(seed + 1000, is_whole=seed % 2 == 0, n=60, m=16)
        cost = np.where(np.isfinite(cost), cost, 30.0)
        check(
            solve_mclp(cost, weight, standard=1.0, sites=4, **options),
            brute.mclp(cost, weight, 1.0, 4, **options), cost, options, 4,
        )  # fmt: skip
        check(
            solve_p_median(cost, weight, sites=4, **options), brute.p_median(cost, weight, 4, **options), cost, options
        )
        check(solve_p_center(cost, sites=4, **options), brute.p_center(cost, 4, **options), cost, options, 4)
