"""Small maps one can draw on paper, and what the engine must say of them."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.crs import LocalPlane, line_length_m
from geo.errors import NotAttachedError
from geo.network.build import build_network

PLANE = LocalPlane(120.0, 30.0)


def degrees(x, y):
    lon, lat = PLANE.to_degrees(float(x), float(y))
    return float(lon), float(lat)


def make(nodes, streets, *, water=()):
    """Build a network from nodes {id: (x, y)} in metres and streets [(u, v, tags)] drawn straight."""
    frame = pd.DataFrame(
        [{"node_id": i, "lon": degrees(*at)[0], "lat": degrees(*at)[1], "tags": None} for i, at in nodes.items()]
    )
    lines = [shapely.LineString([degrees(*nodes[u]), degrees(*nodes[v])]) for u, v, _ in streets]
    edges = gpd.GeoDataFrame(
        {
            "edge_id": range(1, len(streets) + 1),
            "way_id": range(1, len(streets) + 1),
            "u": [u for u, _, _ in streets],
            "v": [v for _, v, _ in streets],
            "length_m": [line_length_m(shapely.get_coordinates(line)) for line in lines],
            "name": [tags.get("name") for _, _, tags in streets],
            "tags": [tags for _, _, tags in streets],
        },
        geometry=lines,
        crs="EPSG:4326",
    )
    shores = [shapely.Polygon([degrees(*corner) for corner in ring]) for ring in water]
    return build_network(frame, edges, shores=shores)


ROAD = {"highway": "residential"}

#   north bank   1 ------------- 2            y = 200
#                                |
#   ~~~~~~ river y 50..150 ~~~ bridge ~~~
#                                |
#   south bank   3 ------------- 4            y = 0
#              x=0            x=1000
BANKS = {1: (0, 200), 2: (1000, 200), 3: (0, 0), 4: (1000, 0)}
RIVER = [(-500, 50), (1500, 50), (1500, 150), (-500, 150)]


def river_town(bridge):
    return make(BANKS, [(1, 2, ROAD), (3, 4, ROAD), (2, 4, ROAD | {"bridge": "yes"} | bridge)], water=[RIVER])


def test_the_way_across_the_river_goes_by_the_bridge():
    way = river_town({}).route(degrees(0, 200), degrees(0, 0), mode="walk")
    assert way.distance_m == pytest.approx(2200, rel=1e-3)
    assert way.duration_s == pytest.approx(2200 / 1.2, rel=1e-3)


def test_a_station_on_the_other_bank_is_far_however_near_it_looks():
    town = river_town({})
    table = town.nearest_table([degrees(0, 0)[0]], [degrees(0, 0)[1]], mode="walk")
    assert town.nearest(table, *degrees(0, 200))[0].distance_m == pytest.approx(2200, rel=1e-3)


def test_nobody_is_attached_across_the_water():
    # A point on the north shore, 45 m from its own bank's road; and one with only the other bank's road in reach.
    town = make({1: (0, 0), 2: (1000, 0)}, [(1, 2, ROAD)], water=[RIVER])
    with pytest.raises(NotAttachedError, match="across water"):
        town.route(degrees(500, 190), degrees(0, 0), mode="walk")
    both = river_town({})
    lon, lat = degrees(500, 155)
    assert both.attach(lon, lat, mode="walk").leg_m[0] == pytest.approx(45, abs=0.5)


def test_a_one_way_bridge_lets_bicycles_over_in_one_direction_only_and_walkers_in_both():
    # Two bridges, so that a rider can come back: out by 2 -> 4, home by 3 -> 1.
    out, home = ({"bridge": "yes", "oneway": "yes"} | ROAD for _ in range(2))
    town = make(BANKS, [(1, 2, ROAD), (3, 4, ROAD), (2, 4, out), (3, 1, home)], water=[RIVER])
    assert town.route(degrees(1000, 200), degrees(1000, 0), mode="ebike").distance_m == pytest.approx(200, rel=1e-3)
    assert town.route(degrees(1000, 0), degrees(1000, 200), mode="ebike").distance_m == pytest.approx(2200, rel=1e-3)
    assert town.route(degrees(1000, 0), degrees(1000, 200), mode="walk").distance_m == pytest.approx(200, rel=1e-3)


def test_stairs_are_for_walkers_and_take_twice_the_time():
    #   1 --stairs-- 2        and the long way round 1 - 3 - 2
    nodes = {1: (0, 0), 2: (100, 0), 3: (50, 400)}
    town = make(nodes, [(1, 2, {"highway": "steps"}), (1, 3, ROAD), (3, 2, ROAD)])
    assert town.route(degrees(0, 0), degrees(100, 0), mode="walk").duration_s == pytest.approx(100 / 0.6, rel=1e-2)
    assert town.route(degrees(0, 0), degrees(100, 0), mode="ebike").distance_m == pytest.approx(806, rel=1e-2)


def test_an_island_is_never_attached_to_while_the_mainland_is_in_reach():
    #   mainland 1 - 2 - 3      island 8 - 9, 60 m north of it, with no way to leave
    nodes = {1: (0, 0), 2: (500, 0), 3: (900, 0), 8: (400, 60), 9: (450, 60)}
    town = make(nodes, [(1, 2, ROAD), (2, 3, ROAD), (8, 9, ROAD)])
    assert town.attach(*degrees(425, 55), mode="walk").leg_m[0] == pytest.approx(55, abs=0.5)


def test_two_streets_between_the_same_corners_stay_two():
    # A sparse matrix would add them up: 100 m of street and 100 m of steps are not 300 s of walking.
    town = make({1: (0, 0), 2: (100, 0)}, [(1, 2, ROAD), (1, 2, {"highway": "steps"})])
    assert town.route(degrees(0, 0), degrees(100, 0), mode="walk").duration_s == pytest.approx(100 / 1.2, rel=1e-2)


def test_a_street_that_one_can_enter_but_not_leave_is_no_place_to_start_from():
    town = make({1: (0, 0), 2: (500, 0), 3: (1200, 0)}, [(1, 2, ROAD), (2, 3, ROAD | {"oneway": "yes"})])
    with pytest.raises(NotAttachedError):
        town.route(degrees(1200, 0), degrees(0, 0), mode="ebike")
    assert town.route(degrees(1200, 0), degrees(0, 0), mode="walk").distance_m == pytest.approx(1200, rel=1e-3)


def test_inside_one_street_the_way_does_not_go_round_by_its_ends():
    town = make({1: (0, 0), 2: (1000, 0)}, [(1, 2, ROAD)])
    table = town.nearest_table([degrees(700, 0)[0]], [degrees(700, 0)[1]], mode="walk")
    assert town.nearest(table, *degrees(300, 0))[0].distance_m == pytest.approx(400, rel=1e-3)
    assert town.nearest(table, *degrees(300, 60))[0].distance_m == pytest.approx(460, rel=1e-2)


@pytest.mark.parametrize(("tunnel", "joined"), [("building_passage", 2), ("yes", 1)])
def test_one_joins_a_passage_through_a_house_but_not_a_tunnel_under_the_earth(tunnel, joined):
    #   1 ----------- 2     y = 0      and 3 -- 4, the passage or tunnel, 20 m north of it
    nodes = {1: (0, 0), 2: (200, 0), 3: (50, 20), 4: (150, 20)}
    covered = {"highway": "footway", "tunnel": tunnel}
    town = make(nodes, [(1, 2, ROAD), (3, 4, covered), (1, 3, ROAD), (4, 2, ROAD)])
    edge = town.attach(*degrees(100, 15), mode="walk").edge[0]
    assert town.edge_id[edge] == joined
