"""Person-hours of longer hours and new sites, against every hour and every choice counted one by one."""

import itertools

import numpy as np
import pytest

from geo.errors import InputError
from geo.siting.actions import Limits, solve_actions
from geo.siting.certificate import solve_budget
from geo.siting.time_classes import HoursGround, extend_hours


def draw(seed, n_service=0):
    rng = np.random.default_rng(seed)
    n_demand, n_place, n_action, n_hour = 12, int(rng.integers(0, 4)), 5, 9
    services = {}
    if n_service:
        services = {
            "offers": rng.random((n_place, n_service)) < 0.5,
            "action_offers": rng.random((n_action, n_service)) < 0.6,
            "service_weight": rng.integers(0, 4, n_service) / 4.0 if seed % 2 else None,
        }
    return HoursGround(
        rng.random((n_demand, n_place)) < 0.4,
        rng.random((n_place, n_hour)) < 0.5,
        rng.random((n_demand, n_action)) < 0.4,
        rng.random((n_action, n_hour)) < 0.6,
        rng.integers(1, 9, n_demand).astype(float),
        rng.integers(0, 4, n_hour) / 4.0,
        **services,
    )


def counted(ground, actions):
    """Count every point in every hour for every service, one by one."""
    n_service = 1 if ground.offers is None else ground.offers.shape[1]
    total = 0.0
    for i, hour, s in itertools.product(range(ground.weight.size), range(ground.hour_weight.size), range(n_service)):
        existing = any(
            ground.within[i, k] and ground.is_open[k, hour] and (ground.offers is None or ground.offers[k, s])
            for k in range(len(ground.is_open))
        )
        added = any(
            ground.action_within[i, j]
            and ground.action_open[j, hour]
            and (ground.action_offers is None or ground.action_offers[j, s])
            for j in actions
        )
        worth = 1.0 / n_service if ground.service_weight is None else ground.service_weight[s]
        total += ground.weight[i] * ground.hour_weight[hour] * worth * (existing or added)
    return total


@pytest.mark.parametrize("n_service", [1, 2, 3])
def test_actions_on_hours_and_services_within_a_budget_are_the_best_of_all_choices_and_proven(n_service):
    n_proven = 0
    for seed in range(8):
        ground = draw(seed, n_service)
        rng = np.random.default_rng(seed)
        price = rng.integers(1, 6, 5).astype(float)
        limits = Limits(cost=price, budget=float(rng.integers(1, 13)), exclusive=[(0, 1), (2, 3, 4)][: seed % 3])
        choices = [
            some
            for k in range(6)
            for some in itertools.combinations(range(5), k)
            if price[list(some)].sum() <= limits.budget
            and all(len({*group} & {*some}) <= 1 for group in limits.exclusive)
        ]
        best = max(counted(ground, some) for some in choices)
        found = solve_budget(ground.sets(), limits)
        assert ground.person_hours(found.answer.sites) == pytest.approx(best)
        assert found.answer.objective == pytest.approx(best - ground.person_hours())
        assert found.answer.sites in choices
        n_proven += found.body["certified_bound"] == pytest.approx(found.answer.objective)
    assert n_proven == 8


def test_a_service_that_a_place_lacks_is_a_row_of_its_own():
    """Two places side by side: one has water, one is open later with neither; three actions add what each lacks."""
    ground = HoursGround(
        np.ones((1, 1), bool),
        np.array([[True, False]]),
        np.ones((1, 3), bool),
        np.array([[True, True], [True, False], [True, True]]),
        np.array([10.0]),
        np.array([3.0, 1.0]),
        offers=np.array([[True, False]]),
        action_offers=np.array([[True, False], [True, True], [True, True]]),
        service_weight=np.array([1.0, 1.0]),
    )
    gains = [ground.person_hours([j]) - ground.person_hours() for j in range(3)]
    assert (ground.person_hours(), gains) == (30.0, [10.0, 30.0, 50.0])
    assert solve_actions(ground.sets(), Limits(cost=[1, 1, 3], budget=2)).sites == (0, 1)


@pytest.mark.parametrize("seed", range(8))
def test_person_hours_are_those_counted_hour_by_hour_and_the_best_actions_are_found(seed):
    ground = draw(seed)
    assert ground.person_hours() == pytest.approx(counted(ground, ()))
    choices = [some for k in range(3) for some in itertools.combinations(range(5), k)]
    best = max(counted(ground, some) for some in choices)
    found = solve_actions(ground.sets(), Limits(sites=2))
    assert ground.person_hours(found.sites) == pytest.approx(best)
    assert found.objective == pytest.approx(best - ground.person_hours())


def test_places_stay_open_only_on_the_days_on_which_they_open():
    week = np.zeros((2, 168), bool)
    week[0, 9:17] = True
    week[1, 20:24] = True
    longer = extend_hours(week, 21)
    assert np.flatnonzero(longer[0]).tolist() == list(range(9, 21))
    assert (longer[1] == week[1]).all()
    with pytest.raises(InputError):
        extend_hours(week, 25)


def test_masks_of_other_sizes_are_refused():
    ones = np.ones((2, 1), bool)
    with pytest.raises(InputError):
        HoursGround(ones, np.ones((2, 3), bool), ones, np.ones((1, 3), bool), np.ones(2), np.ones(3))
    hours = np.ones((1, 3), bool)
    masks = (ones, hours, ones, hours, np.ones(2), np.ones(3))
    with pytest.raises(InputError, match="give both"):
        HoursGround(*masks, offers=np.ones((1, 2), bool))
    with pytest.raises(InputError, match="shapes"):
        HoursGround(*masks, offers=np.ones((1, 2), bool), action_offers=np.ones((2, 2), bool))
    with pytest.raises(InputError, match="3 weights for 2 services"):
        HoursGround(*masks, np.ones((1, 2), bool), np.ones((1, 2), bool), np.ones(3))
