"""Which parts of the network are served: towns cut off by a closed street, gaps in the map, islands."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import UnreachableError
from geo.network._kernels import FAR
from geo.network.build import build_network
from geo.network.components import find_islands, strong_components
from geo.network.nearest import start_aside
from geo.network.snap import components_of, snap
from loaders.streets import parse_streets
from tests.extracts import HELSINKI, LIECHTENSTEIN, needs_liechtenstein
from tests.geo.network.networks import MODE, towns
from tests.geo.network.networks import degrees as on_lattice
from tests.geo.network.plain_maps import ROAD, degrees, make

CLOSED = {"highway": "primary", "foot": "no", "bicycle": "no"}


def lists(place):
    return np.array([place[0]]), np.array([place[1]])


def two_towns(between, *, gap_m=0.0, size_m=400.0):
    """Two squares of street 1 km apart, joined by a street of the given tags; with `gap_m`, by none, so near."""
    east = size_m + (gap_m or 1000.0)
    corners = [(0, 0), (size_m, 0), (size_m, size_m), (0, size_m)]
    nodes = {i + 1: at for i, at in enumerate(corners)} | {i + 11: (x + east, y) for i, (x, y) in enumerate(corners)}
    streets = [(a, b, ROAD) for a, b in ((1, 2), (2, 3), (3, 4), (4, 1), (1, 3))]
    streets += [(a + 10, b + 10, ROAD) for a, b in ((1, 2), (2, 3), (3, 4), (4, 1))]
    if not gap_m:
        streets.append((2, 11, between))
    return make(nodes, streets)


def test_a_town_that_a_closed_street_cuts_off_has_streets_and_stations_of_its_own():
    network = two_towns(CLOSED)
    here = degrees(1500, 10)
    table = network.nearest_table(*np.array([degrees(300, 0), degrees(1400, 200)]).T, mode="walk")
    (found,) = network.nearest(table, *here)
    assert found.facility == 1
    assert found.distance_m == pytest.approx(310, abs=1)
    assert find_islands(network, mode="walk") == []
    with pytest.raises(UnreachableError):
        network.route(here, degrees(300, 0), mode="walk")
    # Whom the street is open to, they are one town.
    assert network.route(here, degrees(300, 0), mode="coach").distance_m == pytest.approx(1210, abs=2)


def test_the_parts_are_numbered_from_the_largest():
    network = two_towns(CLOSED)
    at = network.snap(*np.array([degrees(10, 0), degrees(1500, 0)]).T, mode="walk")
    assert components_of(network, at, mode="walk").tolist() == [1, 2]


def test_less_than_three_hundred_metres_of_street_are_no_town():
    network = two_towns(CLOSED, size_m=70.0)
    assert components_of(network, network.snap(*zip(degrees(1100, 0)), mode="walk"), mode="walk") == -1
    (island,) = find_islands(network, mode="walk")
    assert island.length_m == pytest.approx(280, abs=1)
    assert not island.is_gap


def test_a_station_on_a_short_path_far_from_other_streets_is_reached_by_that_path():
    network = two_towns(CLOSED, size_m=70.0)
    table = network.nearest_table(*np.array([degrees(0, 0), degrees(1140, 30)]).T, mode="walk")
    (found,) = network.nearest(table, *degrees(1100, 0))
    assert found.facility == 1
    # From (1100, 0) along the square to its east side (1140, 30).
    assert found.distance_m == pytest.approx(70, abs=0.5)
    route = network.route(degrees(1100, 0), degrees(1140, 30), mode="walk")
    assert route.distance_m == pytest.approx(found.distance_m)
    cost = network.cost_matrix(*zip(degrees(1100, 0)), *zip(degrees(1140, 30)), mode="walk")
    assert cost[0, 0] == pytest.approx(found.duration_s)
    area = network.service_area(*degrees(1140, 30), mode="walk", limit_s=600.0)
    assert area.length_m(network) == pytest.approx(280, abs=1)
    with pytest.raises(UnreachableError):
        network.route(degrees(1100, 0), degrees(0, 0), mode="walk")


# A quay of 100 m on the far bank of a river.
#   quay    3 --- 4          y = 160
#   ~~~~~~~~ river ~~~~~~~~  y 20..150
#   street  1 ----------- 2  y = 0
QUAY = {1: (0, 0), 2: (1000, 0), 3: (300, 160), 4: (400, 160)}
WATER = [(-500, 20), (1500, 20), (1500, 150), (-500, 150)]


def test_a_quay_with_a_station_across_the_water_is_served_and_its_other_places_are_islands():
    network = make(QUAY, [(1, 2, ROAD), (3, 4, ROAD)], water=[WATER])
    on_quay, on_street = degrees(310, 165), degrees(350, -5)
    table = network.nearest_table(*np.array([degrees(390, 165), degrees(900, 0)]).T, mode="walk")
    assert [n.facility for n in network.nearest(table, *on_quay)] == [0]
    assert [n.facility for n in network.nearest(table, *on_street)] == [1]
    # Without the station there the person is on a street that leads to none: cut off, not far from every street.
    origin, costs = start_aside(network, network.nearest_table(*zip(degrees(900, 0)), mode="walk"), *lists(on_quay))
    assert origin.is_snapped.tolist() == [True]
    assert (costs >= FAR).all()


def test_a_station_on_a_short_path_beside_a_street_stays_with_the_street_and_loses_nobody():
    # 100 m of path, 80 m off the street: the station on it is reached by the street, as are the people there.
    network = make(QUAY | {3: (300, 80), 4: (400, 80)}, [(1, 2, ROAD), (3, 4, ROAD)])
    table = network.nearest_table(*zip(degrees(390, 80)), mode="walk")
    (found,) = network.nearest(table, *degrees(900, 0))
    assert found.distance_m == pytest.approx(510 + 80, abs=0.5)
    (found,) = network.nearest(table, *degrees(310, 80))
    assert found.distance_m == pytest.approx(80 + 80 + 80, abs=0.5)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(HELSINKI, id="helsinki"),
        pytest.param(LIECHTENSTEIN, id="liechtenstein", marks=needs_liechtenstein),
    ],
)
def test_on_real_streets_nobody_who_is_covered_is_lost_to_a_short_path(path):
    """Beside a network whose cut-off streets are closed to points; a third of the stations are on those streets."""
    frames = parse_streets(path)
    network = build_network(frames.nodes, frames.edges, shores=list(frames.water.geometry))
    number = network.snappable["walk"]
    cut_off = network.points[network.point_ptr[np.flatnonzero(number < 0)]]
    assert len(cut_off) > 10
    served = np.maximum(number, 0)
    served.setflags(write=False)
    without = replace(network, snappable={**network.snappable, "walk": served})
    rng = np.random.default_rng(5)
    anywhere = network.points[rng.integers(0, len(network.points), 1000)] + rng.normal(0, 2e-4, (1000, 2))
    stations = np.concatenate([anywhere[:20], cut_off[rng.integers(0, len(cut_off), 10)]])
    seconds = [
        start_aside(each, each.nearest_table(*stations.T, mode="walk"), *anywhere.T.copy())[1].min(axis=1)
        for each in (without, network)
    ]
    assert (seconds[0] < FAR).sum() > 950
    assert (seconds[1] <= seconds[0]).all()


@settings(max_examples=40, deadline=None)
@given(towns(), st.lists(st.tuples(*[st.floats(-9.0, 15.0)] * 2), min_size=1, max_size=8))
def test_streets_that_are_cut_off_take_nobody_from_the_others(town, places):
    """Whoever joins the served streets alone joins the same spot when cut-off streets may be joined as well."""
    network = town.network()
    lon, lat = np.array([on_lattice(*at) for at in places]).T
    served = [int(k) for k in np.unique(network.snappable[MODE]) if k > 0]
    alone = snap(network, lon, lat, mode=MODE, components=served)
    both = network.snap(lon, lat, mode=MODE)
    kept = alone.is_snapped
    assert both.edge[kept].tolist() == alone.edge[kept].tolist()
    assert both.fraction[kept].tolist() == alone.fraction[kept].tolist()
    assert (network.snappable[MODE][both.edge[~kept & both.is_snapped]] < 0).all()


def test_what_lies_beside_a_larger_part_is_a_gap_in_the_map_and_its_people_join_the_larger_part():
    # 500 m of street, 30 m beside another that nothing joins it to.
    nodes = {1: (0, 0), 2: (1000, 0), 3: (100, 30), 4: (600, 30)}
    network = make(nodes, [(1, 2, ROAD), (3, 4, ROAD)])
    assert components_of(network, network.snap(*zip(degrees(300, 40)), mode="walk"), mode="walk") == 1
    (island,) = find_islands(network, mode="walk")
    assert island.is_gap
    # A little farther off it is a street of its own.
    network = make(nodes | {3: (100, 60), 4: (600, 60)}, [(1, 2, ROAD), (3, 4, ROAD)])
    assert components_of(network, network.snap(*zip(degrees(300, 70)), mode="walk"), mode="walk") == 2
    assert find_islands(network, mode="walk") == []


@pytest.mark.parametrize(("off_m", "is_moved"), [(90, True), (110, False)])
def test_who_stands_at_a_street_that_leads_to_no_station_starts_from_one_that_does_a_little_farther_off(
    off_m, is_moved
):
    nodes = {1: (0, 0), 2: (1000, 0), 3: (100, off_m), 4: (600, off_m)}
    network = make(nodes, [(1, 2, ROAD), (3, 4, ROAD)])
    table = network.nearest_table(*np.array([degrees(900, 0)]).T, mode="walk")
    found = network.nearest(table, *degrees(300, off_m))
    assert [n.distance_m for n in found] == ([pytest.approx(600 + off_m, abs=1)] if is_moved else [])
    if is_moved:
        route = network.route(degrees(300, off_m), degrees(900, 0), mode="walk")
        assert route.distance_m == pytest.approx(found[0].distance_m)


def test_a_ring_of_one_way_streets_is_inside_its_component():
    u, v = np.array([0, 1, 2, 2], np.int32), np.array([1, 2, 0, 3], np.int32)
    arc_cost = np.array([5, -1, 5, -1, 5, -1, 5, -1], np.int32)
    component, is_inside = strong_components(arc_cost, u, v, 4)
    assert is_inside.tolist() == [True, True, True, False]
    assert len(set(component[:3].tolist())) == 1


def test_every_island_is_listed_longest_first():
    nodes = {1: (0, 0), 2: (900, 0)}
    nodes |= {3: (0, 2000), 4: (120, 2000), 5: (2000, 2000), 6: (2200, 2000), 7: (4000, 2000), 8: (4150, 2000)}
    network = make(nodes, [(1, 2, ROAD), (3, 4, ROAD), (5, 6, ROAD), (7, 8, ROAD)])
    islands = find_islands(network, mode="walk")
    assert [round(island.length_m) for island in islands] == [200, 150, 120]
    assert [island.edges.tolist() for island in islands] == [[2], [3], [1]]


@pytest.mark.parametrize(("beside_m", "is_gap"), [(160, False), (240, True)])
def test_half_of_the_streets_beside_a_larger_part_make_a_gap_in_the_map(beside_m, is_gap):
    # A street of 400 m beside the larger one, at 40 m: so far along it, then straight away from it.
    nodes = {1: (0, 0), 2: (1000, 0), 3: (2000, 0), 4: (3000, 0), 5: (100, 40), 6: (100 + beside_m, 40)}
    nodes[7] = (100 + beside_m, 440 - beside_m)
    streets = [(1, 2, ROAD), (2, 3, ROAD), (3, 4, ROAD), (5, 6, ROAD), (6, 7, ROAD)]
    network = make(nodes, streets)
    component = network.snappable["walk"][np.argsort(network.edge_id)].tolist()
    assert component == ([1, 1, 1, -1, -1] if is_gap else [1, 1, 1, 2, 2])
