"""Which parts of the network are served: towns cut off by a closed street, gaps in the map, islands."""

import numpy as np
import pytest

from geo.errors import UnreachableError
from geo.network.components import find_islands
from geo.network.snap import components_of
from tests.geo.network.plain_maps import ROAD, degrees, make

CLOSED = {"highway": "primary", "foot": "no", "bicycle": "no"}


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
    assert components_of(network, network.snap(*zip(degrees(1100, 0)), mode="walk"), mode="walk") == 0
    (island,) = find_islands(network, mode="walk")
    assert island.length_m == pytest.approx(280, abs=1)
    assert not island.is_gap


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
