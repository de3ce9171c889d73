"""Who loses cover when a door is locked: the same as measuring without that station."""

import numpy as np
from hypothesis import given

from geo.coverage.closure import measure_closure
from tests.geo.coverage.cases import cases, measure


@given(cases())
def test_what_hangs_on_a_station_is_what_is_lost_without_it(case):
    coverage = measure(case)
    closure = measure_closure(coverage, n_facility=case.counts.size)
    for k in range(case.counts.size):
        counts = case.counts.copy()
        counts[k] = False
        locked = measure(case._replace(counts=counts))
        assert closure.lost[k] == coverage.covered - locked.covered
        assert closure.lost_if_open[k] == locked.covered_if_open - coverage.covered_if_open
    assert closure.order.tolist() == sorted(range(case.counts.size), key=lambda k: (-closure.lost[k], k))
    assert np.sum(closure.lost) == coverage.covered - coverage.covered_twice
