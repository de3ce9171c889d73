"""Class breaks: natural, round, few, and none where there is nothing to tell apart."""

from itertools import combinations

import numpy as np
import pytest

from geo.coverage.legend_breaks import natural_breaks


def spread_within(values, breaks):
    """Return the sum of squared distances to the class means."""
    index = np.searchsorted(breaks, values, side="right")
    return sum(((values[index == k] - values[index == k].mean()) ** 2).sum() for k in np.unique(index))


@pytest.mark.parametrize("seed", range(5))
def test_breaks_rise_and_leave_no_class_empty(seed: int):
    people = np.random.default_rng(seed).lognormal(4.0, 1.5, 800)
    breaks = natural_breaks(people, classes=5)
    assert breaks == sorted(set(breaks))
    counts = np.bincount(np.searchsorted(breaks, people, side="right"), minlength=len(breaks) + 1)
    assert (counts > 0).all()
    assert len(breaks) <= 4


@pytest.mark.parametrize("seed", range(4))
def test_well_parted_heaps_are_parted_as_trying_every_way_would(seed: int):
    rng = np.random.default_rng(seed)
    people = np.concatenate([rng.normal(centre, centre / 20, 6) for centre in (20.0, 150.0, 900.0)])
    breaks = natural_breaks(people, classes=3)
    ordered = np.sort(people)
    best = min(spread_within(people, pair) for pair in combinations(ordered[1:], 2))
    assert spread_within(people, breaks) == pytest.approx(best)


def test_many_values_are_thinned_and_nothing_else_changes():
    people = np.concatenate([np.full(9000, 10.0), np.full(9000, 1000.0)]) + np.arange(18000) / 1e6
    assert natural_breaks(people, classes=2) == [500.0]


def test_equal_values_need_no_classes():
    assert natural_breaks(np.full(10, 7.0)) == []
    assert natural_breaks(np.zeros(3)) == []


@pytest.mark.parametrize("values", [[6.0, 7.2], [1.02, 1.3]])
def test_a_break_that_rounds_out_of_the_values_makes_no_class(values: list[float]):
    """Half-way between 6 and 7.2 lies nearest to 8, between 1.02 and 1.3 nearest to 1."""
    assert natural_breaks(np.array(values), classes=2) == []
