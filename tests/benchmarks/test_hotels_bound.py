"""The bound on journeys with hotels to choose is the best score of small instances, whatever journey is known."""

from itertools import combinations, pairwise, permutations, product

import numpy as np
import pytest

from benchmarks.hotels import HotelInstance
from benchmarks.hotels_bound import enumerate_routes, journey_bound


def small(seed, *, n_hotel=3, n_place=6, n_trip=2):
    rng = np.random.default_rng(seed)
    points = rng.random((n_hotel + n_place, 2)) * 10.0
    score = np.concatenate([np.zeros(n_hotel), rng.integers(1, 9, n_place)]).astype(float)
    return HotelInstance("small", points, score, rng.uniform(9.0, 14.0, n_trip), n_hotel)


def length(matrix, stops):
    return sum(matrix[a, b] for a, b in pairwise(stops))


def brute(instance):
    """The best score over all sequences of hotels and all ways to give each day some places."""
    matrix, n_hotel = instance.matrix, instance.n_hotel
    places = range(n_hotel, len(instance.points))
    sets = [set(some) for n in range(len(places) + 1) for some in combinations(places, n)]
    shortest = {
        (a, b, frozenset(some)): min(length(matrix, (a, *order, b)) for order in permutations(some))
        for a, b in product(range(n_hotel), repeat=2)
        for some in sets
    }
    best = None
    for nights in product(range(n_hotel), repeat=len(instance.limits) - 1):
        ends = [0, *nights, 1]
        fit = [
            [some for some in sets if shortest[ends[d], ends[d + 1], frozenset(some)] <= limit]
            for d, limit in enumerate(instance.limits)
        ]
        for days in product(*fit):
            if sum(map(len, days)) == len(set().union(*days)):
                score = instance.score[sorted(set().union(*days))].sum()
                best = score if best is None else max(best, score)
    return best


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_is_the_best_score(seed):
    instance = small(seed)
    best = brute(instance)
    if best is None:
        pytest.fail("no journey fits: draw other limits")
    for known in {best, max(0.0, best - 1.0), 0.0}:
        assert journey_bound(instance, known) == pytest.approx(best)


def test_every_route_is_the_shortest_of_its_places_and_within_the_longest_day():
    instance = small(1)
    routes = enumerate_routes(instance)
    matrix, n_hotel = instance.matrix, instance.n_hotel
    for pair, mask, metres in zip(routes.pair, routes.mask, routes.length, strict=True):
        stops = [n_hotel + k for k in range(6) if mask >> k & 1]
        ways = (length(matrix, (pair // n_hotel, *order, pair % n_hotel)) for order in permutations(stops))
        assert metres == pytest.approx(min(ways))
        assert metres <= instance.limits.max()
    assert len({*zip(routes.pair.tolist(), routes.mask.tolist(), strict=True)}) == routes.mask.size


def test_scores_that_are_not_whole_numbers_are_refused():
    instance = small(1)
    instance.score[4] = 1.5
    with pytest.raises(ValueError, match="whole"):
        journey_bound(instance, 0.0)
