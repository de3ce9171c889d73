"""A table that keeps the nearest few of many facilities: what it says is what the whole table says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import NotSnappedError, UnreachableError
from geo.network._kernels import FAR
from geo.network.nearest import (
    MOST_WHOLE,
    N_KEPT,
    fill_nearest_table,
    look_up_nearest,
    make_table,
    near_costs,
    origin_costs,
    path_distances,
    pieces_to_facility,
)
from geo.network.routes import route_to_facility
from tests.geo.network.networks import MODE, Street, Town, assemble, degrees, spots, towns

SETTINGS = settings(max_examples=30, deadline=None)


def both(network, facility, *, n_kept):
    whole = fill_nearest_table(network, facility, mode=MODE)
    return whole, fill_nearest_table(network, facility, mode=MODE, n_kept=n_kept)


@SETTINGS
@given(
    towns().flatmap(lambda town: st.tuples(st.just(town), spots(len(town.streets)), spots(len(town.streets)))),
    st.integers(1, 3),
)
def test_costs_and_ways_are_those_of_the_whole_table(case, n_kept):
    town, origins, facility = case
    network = assemble(town)
    whole, table = both(network, facility, n_kept=n_kept)
    assert table.cost.shape == (network.n_node, n_kept)
    expected = origin_costs(network, whole, origins)
    np.testing.assert_array_equal(origin_costs(network, table, origins), expected)
    for i in np.flatnonzero(origins.is_snapped).tolist():
        origin = origins.take([i])
        near, known_ds = near_costs(network, table, origin)
        np.testing.assert_array_equal(near, np.where(expected[i] < known_ds, expected[i], FAR))
        for j in range(facility.edge.size):
            if expected[i, j] >= FAR:
                with pytest.raises(UnreachableError):
                    pieces_to_facility(network, table, origin, j)
                continue
            pieces, cost = pieces_to_facility(network, table, origin, j)
            assert cost + int(origin.access_ds[0]) == expected[i, j]
            if near[j] < FAR:
                # A way that both know is the same one, where several take as long.
                assert pieces.as_list() == pieces_to_facility(network, whole, origin, j)[0].as_list()
                assert path_distances(network, table, origin, [j]) == path_distances(network, whole, origin, [j])


@pytest.fixture(scope="module")
def lattice():
    rng = np.random.default_rng(7)
    corners = tuple((x, y) for x in range(16) for y in range(16))
    ways = [(a, a + 1) for a in range(255) if (a + 1) % 16] + [(a, a + 16) for a in range(240)]
    cost = rng.integers(200, 900, len(ways)).tolist()
    network = Town(corners, tuple(Street(u, v, (), c, c) for (u, v), c in zip(ways, cost, strict=True))).network()
    lon, lat = np.array([degrees(*at) for at in rng.uniform(0, 15, (MOST_WHOLE + 60, 2))]).T
    return network, network.snap(lon, lat, mode=MODE), lon, lat


def test_many_facilities_are_truncated_and_few_are_not(lattice):
    network, facility, _, _ = lattice
    assert make_table(network, facility, mode=MODE).cost.shape == (network.n_node, N_KEPT)
    assert not make_table(network, facility.take(range(MOST_WHOLE)), mode=MODE).is_truncated


def test_each_row_is_sorted_and_holds_the_nearest(lattice):
    network, facility, _, _ = lattice
    whole, table = both(network, facility, n_kept=N_KEPT)
    order = np.lexsort((np.broadcast_to(np.arange(facility.edge.size), whole.cost.shape), whole.cost))[:, :N_KEPT]
    np.testing.assert_array_equal(table.kept, order)
    np.testing.assert_array_equal(table.cost, np.take_along_axis(whole.cost, order, axis=1))
    np.testing.assert_array_equal(table.via, np.take_along_axis(whole.via, order, axis=1))


@pytest.mark.parametrize("is_farthest_only", [False, True])
def test_what_a_filter_exhausts_is_searched_for(lattice, is_farthest_only):
    network, facility, lon, lat = lattice
    whole, table = both(network, facility, n_kept=N_KEPT)
    for i in range(0, 60, 7):
        try:
            costs = origin_costs(network, whole, network.snap([lon[i]], [lat[i]], mode=MODE))[0]
        except NotSnappedError:
            continue
        allowed = np.zeros(costs.size, bool)
        allowed[np.argsort(costs)[-3:] if is_farthest_only else slice(None, None, 9)] = True
        found, expected = (
            look_up_nearest(network, each, lon[i], lat[i], count=5, allowed=allowed) for each in (table, whole)
        )
        assert [(n.facility, n.duration_s) for n in found] == [(n.facility, n.duration_s) for n in expected]
        last = found[-1].facility
        at = (float(lon[last]), float(lat[last]))
        route = route_to_facility(network, table, last, (float(lon[i]), float(lat[i])), at)
        assert route.duration_s == found[-1].duration_s
        assert route.distance_m == pytest.approx(found[-1].distance_m)
