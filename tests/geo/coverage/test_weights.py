"""What demand points weigh."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.demand import DemandLayer
from geo.coverage.weights import choose_multipliers, exact
from geo.errors import InputError

people = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=60)


@given(people, st.randoms())
def test_sums_do_not_depend_on_the_order(values, random):
    weights = exact(values)
    shuffled = weights.tolist()
    random.shuffle(shuffled)
    assert sum(shuffled) == weights.sum() == math.fsum(weights)
    assert np.abs(weights - values).max() <= 2.0**-21


HOMES = DemandLayer("residents", 2, 30.0, "people", False, 1.0)
RIDERS = DemandLayer("riders", 1, 4.0, "people", False, 0.0)


def test_what_a_question_names_counts_and_nothing_else():
    chosen = choose_multipliers([HOMES, RIDERS], {"riders": 0.25})
    assert [(layer.code, layer.multiplier) for layer in chosen] == [("residents", 0.0), ("riders", 0.25)]
    assert choose_multipliers([HOMES, RIDERS], {}) == (HOMES, RIDERS)


@pytest.mark.parametrize(
    ("multipliers", "said"),
    [
        ({"c": 1.0}, "no demand layer c; there are: residents, riders"),
        ({"riders": -1.0}, "not from 0"),
        ({"riders": math.nan}, "not from 0"),
        ({"riders": 0.0}, "nobody"),
    ],
)
def test_what_cannot_be_weighed_is_named(multipliers, said):
    with pytest.raises(InputError, match=said):
        choose_multipliers([HOMES, RIDERS], multipliers)
