"""Coverage counted in people, against counting by hand."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.measure import measure_coverage, sum_by_cell, sum_by_region

FAR = 2**31 - 1


def people_by_hand(cost, weight, attached, standard_s, counts):
    total = 0.0
    for row, who, on_street in zip(cost, weight, attached, strict=True):
        reached = [c for c, counted in zip(row, counts, strict=True) if counted and c < FAR]
        if on_street and reached and min(reached) <= standard_s * 10:
            total += who
    return total


@st.composite
def cases(draw):
    n_demand, n_facility = draw(st.integers(1, 6)), draw(st.integers(0, 5))
    cost = draw(
        st.lists(
            st.lists(st.sampled_from([0, 5, 8999, 9000, 9001, FAR]), min_size=n_facility, max_size=n_facility),
            min_size=n_demand,
            max_size=n_demand,
        )
    )
    weight = draw(st.lists(st.integers(0, 50), min_size=n_demand, max_size=n_demand))
    attached = draw(st.lists(st.booleans(), min_size=n_demand, max_size=n_demand))
    counts = draw(st.lists(st.booleans(), min_size=n_facility, max_size=n_facility))
    return (
        np.array(cost, np.int32).reshape(n_demand, n_facility),
        np.array(weight, float),
        np.array(attached),
        np.array(counts, bool),
    )


@given(cases())
def test_coverage_is_what_counting_one_by_one_gives(case):
    cost, weight, attached, counts = case
    measured = measure_coverage(cost, weight, attached, standard_s=900.0, counts=counts)
    assert measured.covered == people_by_hand(cost, weight, attached, 900.0, counts)
    assert measured.people == weight.sum()
    assert measured.unattached == weight[~attached].sum()


@given(cases())
def test_one_more_facility_never_covers_fewer(case):
    cost, weight, attached, counts = case
    covered = measure_coverage(cost, weight, attached, standard_s=900.0, counts=counts).covered
    for i in np.flatnonzero(~counts):
        more = counts.copy()
        more[i] = True
        assert measure_coverage(cost, weight, attached, standard_s=900.0, counts=more).covered >= covered


def test_towns_add_up_to_the_district_and_nobody_without_a_town_is_dropped():
    cost = np.array([[10], [FAR], [10], [9001]], np.int32)
    weight = np.array([1.0, 2.0, 4.0, 8.0])
    measured = measure_coverage(cost, weight, np.ones(4, bool), standard_s=900.0, counts=np.array([True]))
    table = sum_by_region(measured, weight, pd.Series(["a", "a", None, "b"]))
    assert table["people"].to_dict() == {"": 4.0, "a": 3.0, "b": 8.0}
    assert table["covered"].to_dict() == {"": 4.0, "a": 1.0, "b": 0.0}
    assert table["covered"].sum() == measured.covered


def test_squares_hold_exactly_the_people_missed():
    cost = np.array([[10], [18000], [FAR], [12000]], np.int32)
    weight = np.array([1.0, 2.0, 4.0, 6.0])
    lon, lat = np.array([120.0, 120.0, 120.0, 120.1]), np.array([30.0, 30.0, 30.0, 30.1])
    measured = measure_coverage(cost, weight, np.ones(4, bool), standard_s=900.0, counts=np.array([True]))
    cells = sum_by_cell(measured, weight, lon, lat, cell_m=500.0).sort_values("people", ignore_index=True)
    assert cells["people"].tolist() == [6.0, 6.0]
    assert sorted(cells["nearest_s"]) == [1200.0, 1800.0]
    for cell in cells.itertuples():
        assert any(cell.west <= x <= cell.east and cell.south <= y <= cell.north for x, y in zip(lon, lat, strict=True))


def test_no_square_where_everybody_is_covered():
    measured = measure_coverage(
        np.array([[1]], np.int32), np.ones(1), np.ones(1, bool), standard_s=900.0, counts=np.array([True])
    )
    assert sum_by_cell(measured, np.ones(1), np.array([120.0]), np.array([30.0]), cell_m=500.0).empty
