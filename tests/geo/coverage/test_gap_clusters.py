"""Station-sized clusters on small districts: one station serves each, everybody missed is in one; and their names."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from geo.coverage.gap_clusters import (
    SQUARE_M,
    _choose_greedily,
    _heaviest_of_squares,
    cluster_missed,
    sum_around,
)
from geo.coverage.gap_names import StreetLines, name_gaps
from geo.coverage.measure import measure_coverage
from geo.coverage.naming import name_places
from geo.crs import distance_m
from geo.network.costs import Reach
from tests.geo.network.plain_maps import ROAD, degrees, make

SIDE, STEP_M = 7, 240
WALK_MPS = 1.2
NOWHERE = pd.DataFrame({"name": [], "lon": [], "lat": [], "town": []})


def lonlat(points):
    lon, lat = zip(*(degrees(*point) for point in points), strict=True)
    return np.array(lon), np.array(lat)


def grid_town():
    """A grid of streets without those that would join its left half to its right, except along the top."""
    at = {1 + row * SIDE + col: (col * STEP_M, row * STEP_M) for row in range(SIDE) for col in range(SIDE)}
    ways = []
    for node, (x, y) in at.items():
        if x < (SIDE - 1) * STEP_M and (x != 3 * STEP_M or y == (SIDE - 1) * STEP_M):
            ways.append((node, node + 1))
        if y < (SIDE - 1) * STEP_M:
            ways.append((node, node + SIDE))
    return make(at, [(u, v, ROAD) for u, v in ways]), at, ways


TOWN, NODES, WAYS = grid_town()


def plain_seconds():
    """Return seconds between all corners of the grid, by SciPy, as a matrix by node number - 1."""
    lon, lat = lonlat([NODES[node] for node in sorted(NODES)])
    u, v = np.array(WAYS).T - 1
    seconds = distance_m(lon[u], lat[u], lon[v], lat[v]) / WALK_MPS
    graph = coo_array((seconds, (u, v)), shape=(len(NODES), len(NODES)))
    return dijkstra(graph.tocsr(), directed=False)


SECONDS = plain_seconds()


def clusters_of(nodes, away, weight, minutes):
    """Cluster people at corners of the grid and at points `away` from every street (metres)."""
    lon, lat = lonlat([NODES[node] for node in nodes] + list(away))
    snapped = TOWN.snap(lon, lat, mode="walk")
    assert snapped.is_snapped.tolist() == [True] * len(nodes) + [False] * len(away)
    found = cluster_missed(
        TOWN, snapped, np.arange(lon.size), np.array(weight, float), lon, lat,
        mode="walk", standard_s=minutes * 60.0, speed_mps=WALK_MPS,
    )  # fmt: skip
    return found, lon, lat


corners = st.lists(st.sampled_from(sorted(NODES)), min_size=1, max_size=25)
fields = st.lists(st.tuples(st.integers(2500, 6000), st.integers(0, 1500)), max_size=5)


@settings(max_examples=40)
@given(corners, fields, st.sampled_from([3, 7, 10, 15, 30]), st.data())
def test_everybody_missed_is_in_one_cluster_that_one_station_serves_in_time(nodes, away, minutes, data):
    n = len(nodes) + len(away)
    weight = data.draw(st.lists(st.integers(1, 90), min_size=n, max_size=n))
    found, lon, lat = clusters_of(nodes, away, weight, minutes)
    assert found.of.size == n
    assert set(found.of.tolist()) == set(range(len(found)))
    for number in range(len(found)):
        mine = np.flatnonzero(found.of == number)
        centre = found.centre[number]
        assert centre in mine
        if centre < len(nodes):
            assert (mine < len(nodes)).all(), "who is near no street is not in a cluster of those who are"
            seconds = SECONDS[nodes[centre] - 1, [nodes[at] - 1 for at in mine]]
            # The network's costs are whole deciseconds a street.
            assert (seconds <= minutes * 60.0 + 2.0).all()
        else:
            assert (distance_m(lon[mine], lat[mine], lon[centre], lat[centre]) <= minutes * 60.0 * WALK_MPS + 1.0).all()
    people = np.bincount(found.of, weights=weight)
    assert people.tolist() == sorted(people.tolist(), reverse=True)


@settings(max_examples=25)
@given(corners, st.sampled_from([3, 7, 15]))
def test_outlines_hold_their_own_people_and_nobody_elses(nodes, minutes):
    found, lon, lat = clusters_of(nodes, [], [1] * len(nodes), minutes)
    outlines = [found.ground.outline(number) for number in range(len(found))]
    inside = np.array([shapely.contains_xy(outline, lon, lat) for outline in outlines])
    assert (inside == (np.arange(len(found))[:, None] == found.of)).all()
    for one, outline in enumerate(outlines):
        assert outline.is_valid
        for other in outlines[one + 1 :]:
            assert outline.intersection(other).area < 1e-12
        west, south, east, _ = outline.bounds
        mine = found.of == one
        for side, limit in ((west, lon[mine].min()), (south, lat[mine].min()), (east, lon[mine].max())):
            assert abs(side - limit) < 2.1 * SQUARE_M / 85_000.0, "a rim is no farther than two squares"


def test_the_first_cluster_is_where_one_station_reaches_most_and_two_places_far_apart_are_two():
    # Four corners of the west around one, two in the east: the barrier between lies only at the top.
    found, _, _ = clusters_of([9, 10, 16, 17, 13, 14], [], [10, 10, 10, 10, 30, 30], 7)
    assert found.of.tolist() == [1, 1, 1, 1, 0, 0]


def test_people_around_are_those_in_the_outline_covered_or_not():
    found, lon, lat = clusters_of([9, 10], [], [10, 20], 7)
    more_lon, more_lat = lonlat([(240, 300), (240, 1300)])
    lon, lat = np.r_[lon, more_lon], np.r_[lat, more_lat]
    weight = np.array([10.0, 20.0, 5.0, 7.0])
    cost = np.array([[9999], [9999], [0], [0]], np.int32)
    coverage = measure_coverage(cost, weight, np.ones(4, bool), standard_s=60, counts=np.ones(1, bool))
    assert sum_around(found, coverage, lon, lat).tolist() == [35.0]
    assert shapely.contains_xy(found.ground.outline(0), lon, lat).tolist() == [True, True, True, False]


def test_nobody_missed_makes_no_cluster():
    none = np.empty(0)
    found = cluster_missed(
        TOWN, TOWN.snap([], [], mode="walk"), np.empty(0, np.int64), none, none, none,
        mode="walk", standard_s=900.0, speed_mps=WALK_MPS,
    )  # fmt: skip
    assert len(found) == 0
    assert found.ground.find_cluster(np.array([119.95]), np.array([30.0])).tolist() == [-1]


STREET_TOWN = make(
    {1: (0, 0), 2: (2000, 0), 3: (1000, 900), 4: (1000, 0)},
    [(1, 4, ROAD | {"name": "文教路"}), (4, 2, ROAD | {"name": "文教路"}), (4, 3, ROAD)],
)


def named(points, *, settlements=NOWHERE, towns=None, gaps=None, street="文教路"):
    lon, lat = lonlat(points)
    codes = towns or ["a"] * lon.size
    streets = [street] * lon.size
    naming = name_places(lon, lat, codes, settlements=settlements, street=streets, town_names={"a": "富春街道"})
    rows = [np.array(gap) for gap in gaps or [range(lon.size)]]
    weight = np.ones(lon.size)
    return name_gaps(naming, rows, weight, lon, lat, streets=StreetLines(STREET_TOWN), mark="walk 15")


@pytest.mark.parametrize(
    ("at", "direction"),
    [((1000, 300), "north"), ((700, -300), "south"), ((1000, 50), "here"), ((2300, 20), "east"), ((-300, 0), "west")],
)
def test_a_gap_beside_a_street_is_named_by_the_side_it_lies_on(at, direction):
    (place,) = named([at])
    assert (place.name, place.kind, place.town, place.direction) == ("文教路", "street", "a", direction)
    assert place.part is None


def test_a_gap_around_a_village_is_named_by_the_compass_and_one_in_it_by_the_village():
    village = pd.DataFrame({"name": ["蒋家村"], "town": ["a"]})
    village["lon"], village["lat"] = lonlat([(0, 0)])
    # Its people are at its middle, and a few north-east of it.
    points = [(0, 0)] * 8 + [(600, 600)]
    found = named(points, settlements=village, gaps=[range(8), [8]])
    assert [(place.name, place.kind, place.direction) for place in found] == [
        ("蒋家村", "settlement", "here"),
        ("蒋家村", "settlement", "northeast"),
    ]


def test_gaps_of_one_name_are_numbered_and_have_ids_of_their_own_that_a_second_look_gives_again():
    points = [(300, 300), (1700, 300), (1000, -300)]
    found = named(points, gaps=[[0], [1], [2]])
    assert [(place.direction, place.part) for place in found] == [("north", 1), ("north", 2), ("south", None)]
    assert len({place.id for place in found}) == 3
    assert found == named(points, gaps=[[0], [1], [2]])


def test_a_gap_in_a_town_without_street_or_village_is_named_by_the_part_of_the_town():
    points = [(0, 0)] * 9 + [(0, -2000)]
    found = named(points, gaps=[range(9), [9]], street=None)
    assert [(place.kind, place.direction) for place in found] == [("town", "here"), ("town", "south")]


def test_people_off_every_street_are_clustered_though_nobody_else_is_missed():
    found, _, _ = clusters_of([], [(3000, 0), (3050, 0), (5000, 1000)], [10, 20, 5], 7)
    assert found.of.tolist() == [0, 0, 1]


def reach_of(*sets):
    ptr = np.concatenate([[0], np.cumsum([len(each) for each in sets])]).astype(np.int64)
    index = np.array([i for each in sets for i in each], np.int32)
    return Reach(ptr, index, np.zeros(index.size, np.int32))


def test_candidates_are_chosen_by_the_people_they_still_gain():
    # The second gains most at first; of what is left then the third gains more than the first.
    people = np.array([9.0, 5.0, 5.0, 8.0, 7.0, 1.0])
    candidates = np.array([0, 1, 4, 5])
    is_open = np.ones(6, bool)
    reach = reach_of([0, 2], [1, 2, 3, 0], [4, 5], [])
    assert _choose_greedily(candidates, reach, people, is_open) == [1, 2]
    assert is_open.tolist() == [False] * 6
    is_open = np.ones(6, bool)
    assert _choose_greedily(candidates[[0, 3]], reach_of([2], []), people, is_open) == [0, 1]
    assert is_open.tolist() == [False, True, False, True, True, False]


def test_one_candidate_comes_from_each_square_and_the_first_of_equals():
    xy = np.array([[10.0, 10.0], [90.0, 90.0], [110.0, 10.0], [190.0, 20.0]])
    people = np.array([3.0, 7.0, 4.0, 4.0])
    assert _heaviest_of_squares(xy, people, np.arange(4), 100.0).tolist() == [1, 2]


def test_the_direction_in_a_town_is_from_the_middle_of_all_its_people():
    # Two streets without a name: most people live in the north of the town, the gap is south of them.
    points = [(0, 2000)] * 6 + [(0, -2000)] * 3
    found = named(points, gaps=[range(6), range(6, 9)], street=None)
    assert [(place.kind, place.direction) for place in found] == [("town", "north"), ("town", "south")]
    far = [(6000, 6000)] * 4 + [(6000, 9000)] * 4
    assert [place.direction for place in named(far, gaps=[range(4), range(4, 8)], street=None)] == ["south", "north"]
