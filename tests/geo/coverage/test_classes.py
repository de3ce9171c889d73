"""Class breaks: round, few, and sharing out the people."""

import numpy as np
import pytest

from geo.coverage.classes import round_breaks


@pytest.mark.parametrize("seed", range(5))
def test_breaks_rise_and_leave_no_class_empty(seed: int):
    people = np.random.default_rng(seed).lognormal(4.0, 1.5, 800)
    breaks = round_breaks(people, classes=5)
    assert breaks == sorted(set(breaks))
    counts = np.bincount(np.searchsorted(breaks, people, side="right"), minlength=len(breaks) + 1)
    assert (counts > 0).all()
    assert len(breaks) <= 4


def test_classes_hold_like_numbers_of_people_as_far_as_round_numbers_allow():
    people = np.random.default_rng(7).lognormal(4.0, 1.5, 5000)
    breaks = round_breaks(people, classes=5)
    sums = np.bincount(np.searchsorted(breaks, people, side="right"), weights=people)
    assert len(sums) == 5
    assert sums.min() > 0.1 * people.sum()
    assert sums.max() < 0.35 * people.sum()


def test_equal_values_need_no_classes():
    assert round_breaks(np.full(10, 7.0)) == []
    assert round_breaks(np.zeros(3)) == []
