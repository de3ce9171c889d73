"""Compiling every count before a planner waits for it; the compiled code is kept on disk for later processes."""

import numpy as np
from numpy.typing import NDArray

from geo.coverage.areas import Areas
from geo.coverage.gaps import Facilities, find_missed
from geo.coverage.measure import measure_coverage
from geo.coverage.week import N_HOUR, measure_week


def compile_counts(cost_ds: NDArray[np.int32]) -> None:
    """Count once on the first rows of a cost matrix as a snapshot holds it, so that all is compiled for such arrays."""
    cost = cost_ds[:1]
    n_facility = cost.shape[1]
    one, all_of_them = np.ones(len(cost)), np.ones(n_facility, bool)
    snapped = np.ones(len(cost), bool)
    coverage = measure_coverage(cost, one, snapped, standard_s=1.0, counts=all_of_them)
    # A moved station is counted on a copy of some rows, which is a matrix that can be written to.
    measure_coverage(cost.copy(), one, snapped, standard_s=1.0, counts=all_of_them)
    states, nowhere = np.ones((n_facility, N_HOUR), np.int8), Areas.of_masks({}, names={})
    measure_week(cost, one, snapped, standard_s=1.0, states=states, areas=nowhere)
    facilities = Facilities(np.zeros(n_facility), np.zeros(n_facility), all_of_them, all_of_them)
    find_missed(cost, coverage, facilities, np.zeros(len(cost)), np.zeros(len(cost)), speed_mps=1.0, water=None)
