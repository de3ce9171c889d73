"""A moved station recounted equals the whole matrix made and measured anew."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.measure import measure_coverage
from geo.coverage.what_if import cost_column, measure_what_if, prepare_demand
from geo.errors import NotSnappedError
from geo.hours import OpenState
from geo.network.nearest import fill_nearest_table, origin_costs
from tests.geo.coverage.cases import FAR, cases, measure
from tests.geo.network.plain_maps import BANKS, RIVER, ROAD, degrees, make


def same(left, right):
    for field in dataclasses.fields(left):
        np.testing.assert_array_equal(getattr(left, field.name), getattr(right, field.name), err_msg=field.name)


def columns(n_demand):
    return st.lists(st.sampled_from([0, 8999, 9000, 9001, FAR]), min_size=n_demand, max_size=n_demand)


@given(cases(), st.data())
def test_a_moved_station_is_recounted_as_in_full(case, data):
    n_demand, n_facility = case.cost.shape
    if n_facility == 0:
        return
    moved = data.draw(st.integers(0, n_facility - 1))
    column = np.array(data.draw(columns(n_demand)), np.int32)
    column[~case.snapped] = FAR
    changed = case.cost.copy()
    changed[:, moved] = column
    found = measure_what_if(
        measure(case), case.cost, counts=case.counts, is_unknown=case.unknown,
        column=column, moved=moved,
    )  # fmt: skip
    same(found.before, measure(case))
    same(found.after, measure(case._replace(cost=changed)))
    assert found.gained - found.lost == found.after.covered - found.before.covered


@given(cases(), st.data(), st.sampled_from(list(OpenState)))
def test_one_more_station_is_counted_as_in_full(case, data, state):
    column = np.array(data.draw(columns(len(case.weight))), np.int32)
    column[~case.snapped] = FAR
    more = case._replace(
        cost=np.column_stack([case.cost, column]),
        counts=np.append(case.counts, state is OpenState.OPEN),
        unknown=np.append(case.unknown, state is OpenState.UNKNOWN),
    )
    found = measure_what_if(
        measure(case), case.cost, counts=case.counts, is_unknown=case.unknown,
        column=column, state=state,
    )  # fmt: skip
    same(found.after, measure(more))
    assert found.lost == 0


@pytest.mark.parametrize("mode", ["walk", "ebike"])
def test_the_column_is_that_of_the_cost_matrix(mode):
    out = ROAD | {"bridge": "yes", "oneway": "yes"}
    town = make(BANKS, [(1, 2, ROAD), (3, 4, ROAD), (2, 4, out), (3, 1, out)], water=[RIVER])
    rng = np.random.default_rng(3)
    points = [degrees(*point) for point in rng.uniform((-100, -300), (1100, 1000), (80, 2))]
    lon, lat = np.array(points).T
    origin = town.snap(lon, lat, mode=mode)
    assert origin.is_snapped.any()
    assert not origin.is_snapped.all()
    demand = prepare_demand(town, origin, mode=mode)
    for x, y in [(0, 0), (500, 10), (1000, 100), (300, 230)]:
        at = degrees(x, y)
        table = fill_nearest_table(town, town.snap([at[0]], [at[1]], mode=mode), mode=mode)
        np.testing.assert_array_equal(cost_column(town, demand, *at), origin_costs(town, table, origin)[:, 0])


def test_a_station_where_no_street_is_is_refused():
    town = make(BANKS, [(1, 2, ROAD)])
    demand = prepare_demand(town, town.snap([degrees(0, 200)[0]], [degrees(0, 200)[1]], mode="walk"), mode="walk")
    with pytest.raises(NotSnappedError):
        cost_column(town, demand, *degrees(0, 2000))


def test_moving_a_closed_station_changes_nothing():
    cost, closed = np.array([[100], [200]], np.int32), np.array([False])
    before = measure_coverage(cost, np.ones(2), np.ones(2, bool), standard_s=900.0, counts=closed)
    found = measure_what_if(before, cost, counts=closed, column=np.array([1, 1], np.int32), moved=0)
    assert found.after.covered == 0.0
    same(found.after, before)
