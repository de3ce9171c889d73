"""Coverage counted in people and places, against counting by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.areas import Areas
from geo.coverage.measure import measure_coverage, sum_areas, sum_by_cell, sum_cells, sum_district
from geo.crs import distance_m
from geo.errors import InputError
from tests.geo.coverage.cases import FAR, by_hand, cases, measure


@given(cases())
def test_coverage_is_what_counting_one_by_one_gives(case):
    sums = sum_district(measure(case))
    people, places = by_hand(case)
    assert (sums.people, sums.covered, sums.covered_if_open, sums.covered_twice, sums.unattached) == tuple(
        people.values()
    )
    assert (
        sums.places, sums.places_covered, sums.places_if_open, sums.places_twice, sums.places_unattached
    ) == tuple(places.values())  # fmt: skip


@given(cases())
def test_classes_do_not_overlap_and_twice_is_among_covered(case):
    coverage = measure(case)
    assert not (coverage.is_covered & coverage.is_covered_if_open).any()
    assert not (coverage.is_covered & ~coverage.is_snapped).any()
    assert not (coverage.is_covered_twice & ~coverage.is_covered).any()
    assert coverage.covered_twice <= coverage.covered <= coverage.people


@given(cases())
def test_the_nearest_is_the_least_of_those_that_count_the_first_of_equals(case):
    coverage = measure(case)
    for i, row in enumerate(case.cost.tolist()):
        reached = [(c, k) for k, c in enumerate(row) if case.counts[k] and c < FAR]
        cost, column = min(reached, default=(np.inf, -1))
        assert (coverage.nearest_s[i] * 10, coverage.nearest_column[i]) == (cost, column)
        maybe = [c for k, c in enumerate(row) if case.unknown[k] and c < FAR]
        assert coverage.nearest_unknown_s[i] * 10 == min(maybe, default=np.inf)


@given(cases())
def test_one_more_facility_never_covers_fewer_and_locking_one_never_more(case):
    covered = measure(case).covered
    for i in range(case.counts.size):
        counts = case.counts.copy()
        counts[i] = ~counts[i]
        other = measure(case._replace(counts=counts)).covered
        assert other >= covered if counts[i] else other <= covered


@given(cases(), st.lists(st.sampled_from(["a", "b", None]), min_size=7, max_size=7))
def test_towns_add_up_to_the_district_and_nobody_without_a_town_is_dropped(case, towns):
    coverage = measure(case)
    areas = Areas.of_codes(np.array(towns[: len(case.weight)], dtype=object), {"a": "A", "z": "empty"})
    sums = sum_areas(coverage, areas)
    whole = sum_district(coverage)
    for field in ("people", "covered", "covered_if_open", "covered_twice", "unattached", "places", "places_covered"):
        assert sum(getattr(town, field) for town in sums) == getattr(whole, field)
    assert areas.code[:2] == ("a", "z")
    assert sums[1].people == 0


@given(cases(), st.data())
def test_a_key_area_sums_its_own_points_and_areas_may_overlap(case, data):
    n = len(case.weight)
    masks = {k: data.draw(st.lists(st.booleans(), min_size=n, max_size=n)) for k in ("first", "second")}
    areas = Areas.of_masks(masks, names={})
    for sums, mask in zip(sum_areas(measure(case), areas), masks.values(), strict=True):
        inside = np.array(mask)
        alone = case._replace(cost=case.cost[inside], weight=case.weight[inside], snapped=case.snapped[inside])
        people, _ = by_hand(alone)
        assert (sums.people, sums.covered) == (people["people"], people["covered"])


def test_an_area_that_is_not_there_is_named():
    areas = Areas.of_masks({"x": [True, False]}, names={"x": "市区"})
    assert areas.mask("x", 2).tolist() == [True, False]
    assert areas.name == ("市区",)
    with pytest.raises(InputError, match="no area y; there are: x"):
        areas.mask("y", 2)


def test_minutes_that_floating_point_cannot_hold_still_include_their_own_limit():
    cost = np.array([[4380]], np.int32)  # 7.3 minutes; 7.3 * 60 is 437.99999999999994
    coverage = measure_coverage(
        cost, np.ones(1), np.ones(1, bool), standard_s=7.3 * 60, counts=np.ones(1, bool), is_unknown=None
    )
    assert coverage.covered == 1.0


def square_case(counts):
    cost = np.array([[10], [18000], [FAR], [12000]], np.int32)
    weight = np.array([1.0, 2.0, 4.0, 6.0])
    return measure_coverage(cost, weight, np.ones(4, bool), standard_s=900.0, counts=np.array([counts]))


def test_squares_hold_exactly_the_people_missed():
    lon, lat = np.array([120.0, 120.0, 120.0, 120.1]), np.array([30.0, 30.0, 30.0, 30.1])
    cells = sum_by_cell(square_case(True), lon, lat, cell_m=500.0).sort_values("people", ignore_index=True)
    assert cells["people"].tolist() == [6.0, 6.0]
    assert sorted(cells["nearest_s"]) == [1200.0, 1800.0]
    for cell in cells.itertuples():
        assert any(cell.west <= x <= cell.east and cell.south <= y <= cell.north for x, y in zip(lon, lat, strict=True))


def test_squares_are_as_wide_and_high_as_asked_and_hold_the_people_in_them():
    rng = np.random.default_rng(11)
    lon, lat, weight = rng.uniform(119.99, 120.01, 60), rng.uniform(29.99, 30.01, 60), rng.uniform(0.5, 9.0, 60)
    nobody = measure_coverage(
        np.full((60, 1), FAR, np.int32), weight, np.ones(60, bool), standard_s=900.0, counts=np.array([True])
    )
    cells = sum_by_cell(nobody, lon, lat, cell_m=250.0)
    for cell in cells.itertuples():
        assert distance_m(cell.west, cell.south, cell.east, cell.south) == pytest.approx(250.0, rel=1e-3)
        assert distance_m(cell.west, cell.south, cell.west, cell.north) == pytest.approx(250.0, rel=1e-3)
        is_in = (cell.west <= lon) & (lon < cell.east) & (cell.south <= lat) & (lat < cell.north)
        assert cell.people == pytest.approx(weight[is_in].sum())
    assert cells["people"].sum() == pytest.approx(weight.sum())
    people = sum_cells(lon, lat, weight, cell_m=250.0)
    np.testing.assert_allclose(np.sort(people), np.sort(cells["people"]))


def test_no_square_where_everybody_is_covered():
    covered = measure_coverage(
        np.array([[1]], np.int32), np.ones(1), np.ones(1, bool), standard_s=900.0, counts=np.array([True])
    )
    assert sum_by_cell(covered, np.array([120.0]), np.array([30.0]), cell_m=500.0).empty
