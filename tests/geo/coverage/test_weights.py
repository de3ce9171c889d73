"""Demand layers and what they weigh."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.weights import combine_layers, exact
from geo.errors import InputError

people = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=60)


@given(people, st.randoms())
def test_sums_do_not_depend_on_the_order(values, random):
    weights = exact(values)
    shuffled = weights.tolist()
    random.shuffle(shuffled)
    assert sum(shuffled) == weights.sum() == math.fsum(weights)
    assert np.abs(weights - values).max() <= 2.0**-21


def test_layers_are_weighed_and_stated():
    both = combine_layers(["a", "b", "a"], [10.0, 4.0, 20.0], {"a": 1.0, "b": 0.25})
    assert both.weight.tolist() == [10.0, 1.0, 20.0]
    assert [(x.name, x.multiplier, x.people) for x in both.layers] == [("a", 1.0, 30.0), ("b", 0.25, 4.0)]
    alone = combine_layers(["a", "b", "a"], [10.0, 4.0, 20.0], {"b": 1.0})
    assert alone.weight.tolist() == [0.0, 4.0, 0.0]
    assert [x.multiplier for x in alone.layers] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("multipliers", "said"),
    [({"c": 1.0}, "no demand layer c; there are: a, b"), ({"a": -1.0}, "not from 0"), ({"a": math.nan}, "not from 0"),
     ({"a": 0.0}, "nobody")],
)  # fmt: skip
def test_what_cannot_be_weighed_is_named(multipliers, said):
    with pytest.raises(InputError, match=said):
        combine_layers(["a", "b"], [1.0, 1.0], multipliers)
