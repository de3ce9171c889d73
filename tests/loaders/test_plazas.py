"""Squares are crossed, however they are drawn, round what stands in them."""

import pytest

from geo.crs import LocalPlane
from geo.network.build import build_network
from loaders.streets import parse_streets

PLANE = LocalPlane(120.0, 30.0)


def degrees(x, y):
    lon, lat = PLANE.to_degrees(float(x), float(y))
    return float(lon), float(lat)


def write(path, nodes, ways, relations=()):
    """Write an .osm file: nodes {id: (x, y)}, ways {id: (refs, tags)}, relations {id: ([(way, role)], tags)}."""

    def tags_of(tags):
        return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())

    lines = ['<?xml version="1.0"?><osm version="0.6">']
    for i, at in nodes.items():
        lon, lat = degrees(*at)
        lines.append(f'<node id="{i}" version="1" lat="{lat:.7f}" lon="{lon:.7f}"/>')
    for i, (refs, tags) in ways.items():
        drawn = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        lines.append(f'<way id="{i}" version="1">{drawn}{tags_of(tags)}</way>')
    for i, (members, tags) in dict(relations).items():
        parts = "".join(f'<member type="way" ref="{way}" role="{role}"/>' for way, role in members)
        lines.append(f'<relation id="{i}" version="1">{parts}{tags_of(tags)}</relation>')
    path.write_text("\n".join([*lines, "</osm>"]))
    frames = parse_streets(path)
    return build_network(frames.nodes, frames.edges, shores=list(frames.water.geometry))


ROAD = {"highway": "residential"}
SQUARE = {"highway": "pedestrian", "area": "yes"}
# A square of 200 m: streets arrive at the middle of its west side (10) and in its north-east corner (3).
NODES = {1: (0, 0), 2: (200, 0), 3: (200, 200), 4: (0, 200), 10: (0, 100), 11: (-300, 100), 12: (200, 600)}
STREETS = {100: ([11, 10], ROAD), 101: ([3, 12], ROAD)}
OUTLINE = [1, 2, 3, 4, 10, 1]
WEST, NORTH = degrees(-100, 100), degrees(200, 300)
STRAIGHT_M = 100 + 223.6 + 100


def metres(network, mode="walk"):
    return network.route(WEST, NORTH, mode=mode).distance_m


@pytest.fixture(params=["closed way", "multipolygon", "multipolygon of two ways"])
def drawn(request):
    """Return (ways, relations) of the square as it may be drawn."""
    if request.param == "closed way":
        return {200: (OUTLINE, SQUARE)}, {}
    tags = {"type": "multipolygon", "highway": "pedestrian"}
    if request.param == "multipolygon":
        return {200: (OUTLINE, {})}, {1: ([(200, "outer")], tags)}
    return {200: ([1, 2, 3], {}), 201: ([3, 4, 10, 1], {})}, {1: ([(200, "outer"), (201, "outer")], tags)}


def test_a_square_is_crossed_straight_however_it_is_drawn(tmp_path, drawn):
    ways, relations = drawn
    assert metres(write(tmp_path / "a.osm", NODES, STREETS | ways, relations)) == pytest.approx(STRAIGHT_M, abs=1)


def test_a_square_of_which_the_file_lacks_the_outline_is_left_out(tmp_path):
    relations = {500: ([(103, "outer")], {"type": "multipolygon", "highway": "pedestrian"})}
    # Of the outline the file has one side.
    around = {**STREETS, 102: ([10, 4, 3], ROAD), 103: ([1, 2], {"note": "outline"})}
    assert metres(write(tmp_path / "town.osm", NODES, around, relations)) == pytest.approx(500.0, abs=1.0)


def test_walkers_go_round_a_hole(tmp_path):
    hole = {20: (50, 100), 21: (150, 100), 22: (150, 190), 23: (50, 190)}
    network = write(
        tmp_path / "a.osm", NODES | hole, STREETS | {200: (OUTLINE, {}), 201: ([20, 21, 22, 23, 20], {})},
        {1: ([(200, "outer"), (201, "inner")], {"type": "multipolygon", "highway": "pedestrian"})},
    )  # fmt: skip
    south = 150 + (50**2 + 100**2) ** 0.5
    north = (50**2 + 90**2) ** 0.5 + 100 + (50**2 + 10**2) ** 0.5
    assert metres(network) == pytest.approx(200 + min(south, north), abs=1)


def test_walkers_go_round_a_basin(tmp_path):
    basin = {20: (80, 120), 21: (120, 120), 22: (120, 180), 23: (80, 180)}
    network = write(
        tmp_path / "a.osm", NODES | basin,
        STREETS | {200: (OUTLINE, SQUARE), 201: ([20, 21, 22, 23, 20], {"natural": "water"})},
    )  # fmt: skip
    past = (120**2 + 20**2) ** 0.5 + (80**2 + 80**2) ** 0.5
    assert metres(network) == pytest.approx(200 + past, abs=1)


def test_walkers_keep_inside_a_bent_square(tmp_path):
    # An L: the corner at 5 juts into the straight line between the two streets.
    nodes = {
        1: (0, 0),
        2: (200, 0),
        3: (200, 200),
        4: (150, 200),
        5: (150, 50),
        6: (0, 50),
        10: (0, 25),
        11: (-300, 25),
    }
    network = write(
        tmp_path / "a.osm", nodes | {12: (200, 600)},
        {100: ([11, 10], ROAD), 101: ([3, 12], ROAD), 200: ([1, 2, 3, 4, 5, 6, 10, 1], SQUARE)},
    )  # fmt: skip
    round_corner = (150**2 + 25**2) ** 0.5 + (50**2 + 150**2) ** 0.5
    way = network.route(degrees(-100, 25), NORTH, mode="walk")
    assert way.distance_m == pytest.approx(200 + round_corner, abs=1)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("5", 300),
        ("00:05", 300),
        ("00:05:30", 330),
        ("PT5M", 300),
        ("PT1H5M", 3900),
        ("5 min", 300),
        ("1 h 5 min", 3900),
    ],
)
def test_a_ferry_takes_as_long_as_its_timetable_says_however_it_is_written(tmp_path, said, seconds):
    network = write(
        tmp_path / "a.osm", {1: (0, 0), 2: (400, 0), 3: (1000, 0), 4: (1400, 0)},
        {1: ([1, 2], ROAD), 2: ([2, 3], {"route": "ferry", "foot": "yes", "duration": said}), 3: ([3, 4], ROAD)},
    )  # fmt: skip
    way = network.route(degrees(200, 0), degrees(1200, 0), mode="walk")
    assert way.duration_s == pytest.approx(400 / 1.2 + seconds, abs=2)
