"""Nobody waits for a compiler: whatever is counted on a snapshot's arrays has been compiled before."""

import numpy as np

from geo.coverage import _kernels
from geo.coverage.areas import Areas
from geo.coverage.gaps import Facilities, find_missed
from geo.coverage.measure import measure_coverage
from geo.coverage.warming import compile_counts
from geo.coverage.week import measure_week
from geo.coverage.what_if import measure_what_if

KERNELS = (_kernels.scan_rows, _kernels.least_of_rows, _kernels.mark_groups)


def test_after_warming_no_count_is_compiled_anew(tmp_path):
    np.save(tmp_path / "cost.npy", np.full((5, 3), 100, np.int32))
    cost = np.load(tmp_path / "cost.npy", mmap_mode="r")
    compile_counts(cost)
    before = [len(kernel.signatures) for kernel in KERNELS]
    people, snapped, counts = np.ones(5), np.ones(5, bool), np.array([True, False, True])
    unknown = np.array([False, True, False])
    coverage = measure_coverage(cost, people, snapped, standard_s=5.0, counts=counts, is_unknown=unknown)
    measure_what_if(coverage, cost, counts=counts, is_unknown=unknown, column=np.ones(5, np.int32), moved=0)
    states = np.zeros((3, 168), np.int8)
    states[0] = 1
    areas = Areas.of_masks({"a": snapped}, names={})
    measure_week(cost, people, snapped, standard_s=900.0, states=states, areas=areas)
    station = Facilities(np.zeros(3), np.zeros(3), counts, counts)
    find_missed(cost, coverage, station, np.zeros(5), np.zeros(5), speed_mps=1.2, water=None)
    assert [len(kernel.signatures) for kernel in KERNELS] == before


def test_a_district_without_demand_or_stations_is_no_fault():
    compile_counts(np.empty((0, 0), np.int32))
    compile_counts(np.empty((0, 4), np.int32))
    compile_counts(np.empty((3, 0), np.int32))
