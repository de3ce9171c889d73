"""Which street a barrier stands across, by the table of the streets alone."""

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import InputError
from geo.network.barriers import _barred, _straightest, part_at_barriers
from geo.network.build import build_network

GATE = {"barrier": "gate", "access": "private"}
EAST = shapely.LineString([(0, 0), (1, 0)])


def streets(ways):
    """Return streets that all begin at one node, of the given ways."""
    return pd.DataFrame(
        {"way_id": ways, "tags": [{}] * len(ways), "name": [None] * len(ways), "geometry": [EAST] * len(ways)}
    )


def test_a_barrier_where_one_way_goes_through_stands_across_the_others():
    assert _barred([0, 2, 4], streets([7, 9, 7])) == [2]
    assert _barred([0, 2, 4, 6], streets([9, 7, 8, 7])) == [0, 4]


def test_without_a_name_in_common_the_straightest_street_goes_through():
    lines = [shapely.LineString([(0, 0), to]) for to in ((1, 0), (0, 1), (-1, 0))]
    edges = pd.DataFrame({"tags": [{}] * 3, "name": ["East Road", "North Road", None], "geometry": lines})
    assert set(_straightest([0, 2, 4], edges)) == {0, 4}
    edges["name"] = ["East Road", "East Road", None]
    assert set(_straightest([0, 2, 4], edges)) == {0, 2}


@pytest.mark.parametrize(("east_and_west", "north_and_south", "through"), [(10, 14, {0, 2}), (14, 10, {4, 6})])
def test_straight_is_measured_in_metres_not_degrees(east_and_west, north_and_south, through):
    # At 60° N a degree of longitude is half as long as one of latitude. Each pair bends by so many degrees.
    headings = np.radians([0, 180 - east_and_west, 90, 270 - north_and_south])
    ends = zip(np.cos(headings) / 0.5, np.sin(headings), strict=True)
    lines = [shapely.LineString([(20, 60), (20 + x / 1000, 60 + y / 1000)]) for x, y in ends]
    assert set(_straightest([0, 2, 4, 6], streets([1, 2, 3, 4]).assign(geometry=lines))) == through


def test_a_barrier_at_the_end_of_a_street_parts_nothing():
    nodes = pd.DataFrame({"tags": [None, GATE]})
    edges = streets([7])
    ends = np.array([0], np.int32), np.array([1], np.int32)
    parted, u, v, gates = part_at_barriers(nodes, edges, *ends)
    assert (len(parted), u.tolist(), v.tolist(), len(gates.tags)) == (2, [0], [1], 0)


def test_a_street_whose_node_is_not_in_the_table_is_refused_by_its_number():
    nodes = pd.DataFrame({"node_id": [1, 2], "lon": [0.0, 1.0], "lat": [0.0, 0.0], "tags": [None, None]})
    edges = streets([7, 8]).assign(edge_id=[11, 12], u=[1, 9], v=[2, 2], length_m=1.0)
    with pytest.raises(InputError, match="street edge 12"):
        build_network(nodes, edges)
