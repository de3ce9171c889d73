"""Percentiles and the worst tenth, against a list with one entry for every person."""

import math
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.travel_times import PERCENTILES, measure_travel_times

points = st.lists(
    st.tuples(st.sampled_from([0.0, 60.0, 60.1, 300.0, 900.0, math.inf]), st.integers(0, 40)), min_size=1, max_size=9
)


@given(points)
def test_percentiles_are_those_of_the_list_of_all_people(rows):
    seconds, people = np.array([s for s, _ in rows]), np.array([float(w) for _, w in rows])
    everybody = sorted(s for s, w in rows for _ in range(w))
    spread = measure_travel_times(seconds, people)
    if not everybody:
        assert all(math.isnan(value) for _, value in spread.percentiles)
        return
    for p, value in spread.percentiles:
        # The ceil(p n / 100)-th of the list, counted in whole numbers.
        assert value == everybody[-(-p * len(everybody) // 100) - 1]
    assert [p for p, _ in spread.percentiles] == list(PERCENTILES)
    assert spread.unreached == everybody.count(math.inf)


@given(points)
def test_the_worst_tenth_is_the_end_of_that_list_each_person_cut_into_ten(rows):
    seconds, people = np.array([s for s, _ in rows]), np.array([float(w) for _, w in rows])
    tenths = sorted(s for s, w in rows for _ in range(10 * w))
    worst = measure_travel_times(seconds, people).worst
    last = tenths[len(tenths) - len(tenths) // 10 :]
    assert worst.people * 10 == len(last)
    if not last:
        return
    assert worst.from_s == last[0]
    assert math.isclose(worst.unreached * 10, last.count(math.inf), abs_tol=1e-9)
    reached = [Fraction(s) for s in last if s < math.inf]
    if reached:
        assert math.isclose(worst.mean_s, sum(reached) / len(reached), rel_tol=1e-12)
    else:
        assert math.isnan(worst.mean_s)
