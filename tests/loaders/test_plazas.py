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


# The shape of Place Georges Pompidou in Paris, metres, with its holes; and of a quay in Singapore, long and bent.
POMPIDOU = [
    [
        *((-17, -118), (34, 22), (31, 23), (24, 3), (21, 4), (28, 25), (27, 26)),
        *((25, 22), (21, 24), (25, 35), (24, 36), (34, 64), (-21, 83)),
    ],
    [(9, 41), (-13, 49), (-5, 70), (17, 62)],
    [(-19, 37), (-20, 38), (-19, 39), (-18, 39)],
]
QUAY = [
    [
        *((232, 92), (268, 67), (153, -108), (148, -90), (104, -158), (-190, 30), (-245, 67), (-229, 92)),
        *((-176, 59), (-144, 107), (-124, 94), (-49, 109), (-32, 34), (-12, 22), (-43, -27), (98, -116)),
    ]
]


@pytest.mark.parametrize(
    ("shape", "start", "end", "metres_across"),
    [
        (POMPIDOU, (-17, -118), (-21, 83), 201.0),
        (POMPIDOU, (-17, -118), (34, 64), 189.1),  # past two corners
        (QUAY, (232, 92), (268, 67), 43.8),
        (QUAY, (104, -158), (-245, 67), 415.2),
    ],
)
def test_real_squares_are_crossed_from_street_to_street(tmp_path, shape, start, end, metres_across):
    """Streets arrive at two corners of a multipolygon; the way round by streets is far longer."""
    nodes, ways, members = {}, {}, []
    for number, ring in enumerate(shape):
        ids = [100 * (number + 1) + i for i in range(len(ring))]
        nodes |= dict(zip(ids, ring, strict=True))
        ways[900 + number] = ([*ids, ids[0]], {})
        members.append((900 + number, "inner" if number else "outer"))
    at = {place: i for i, place in nodes.items()}
    nodes = {1: (start[0], start[1] - 900), 2: (end[0], end[1] - 900)} | nodes
    ways = {10: ([at[start], 1, 2, at[end]], ROAD)} | ways
    relations = {23: (members, {"type": "multipolygon", "highway": "pedestrian"})}
    route = write(tmp_path / "a.osm", nodes, ways, relations).route(degrees(*start), degrees(*end), mode="walk")
    assert route.distance_m == pytest.approx(metres_across, abs=1.0)


def test_a_square_of_which_the_file_lacks_the_outline_is_left_out(tmp_path):
    relations = {500: ([(103, "outer")], {"type": "multipolygon", "highway": "pedestrian"})}
    # Of the outline the file has one side.
    around = {**STREETS, 102: ([10, 4, 3], ROAD), 103: ([1, 2], {"note": "outline"})}
    assert metres(write(tmp_path / "town.osm", NODES, around, relations)) == pytest.approx(500.0, abs=1.0)


def test_a_square_of_which_the_file_lacks_a_hole_or_a_corner_is_crossed(tmp_path):
    # As where an extract was cut or filtered: hole 900 is not there, nor is the place of node 13.
    ways = {200: ([1, 13, 2, 3, 4, 10, 1], {})}
    members = [(200, "outer"), (900, "inner")]
    network = write(
        tmp_path / "a.osm", NODES, STREETS | ways, {1: (members, {"type": "multipolygon", "highway": "pedestrian"})}
    )  # fmt: skip
    assert metres(network) == pytest.approx(STRAIGHT_M, abs=1)


def test_a_relation_that_is_left_with_its_hole_is_no_square(tmp_path):
    around = {**STREETS, 102: ([10, 4, 3], ROAD), 200: (OUTLINE, {})}
    network = write(
        tmp_path / "a.osm", NODES, around,
        {1: ([(200, "inner")], {"type": "multipolygon", "highway": "pedestrian"})},
    )  # fmt: skip
    assert metres(network) == pytest.approx(500.0, abs=1.0)


@pytest.mark.parametrize(
    ("tags", "is_round"),
    [
        ({"building": "yes"}, True),
        ({"amenity": "fountain"}, True),
        ({"building": "roof"}, False),
        ({"building": "yes", "layer": "1"}, False),
    ],
)
def test_walkers_go_round_a_house_and_under_a_roof(tmp_path, tags, is_round):
    house = {20: (80, 120), 21: (120, 120), 22: (120, 180), 23: (80, 180)}
    ways = STREETS | {200: (OUTLINE, SQUARE), 201: ([20, 21, 22, 23, 20], tags)}
    network = write(tmp_path / "a.osm", NODES | house, ways)
    past = (120**2 + 20**2) ** 0.5 + (80**2 + 80**2) ** 0.5
    assert metres(network) == pytest.approx(200 + past if is_round else STRAIGHT_M, abs=1)


def test_a_long_square_is_crossed_from_one_side_to_the_other_where_no_street_arrives(tmp_path):
    # A promenade of 600 by 30 m with streets at its ends only; people live on both sides, half-way.
    north = {n: (100 * n, 30) for n in range(1, 6)}
    south = {10 + n: (100 * n, 0) for n in range(1, 6)}
    corners = {20: (0, 0), 21: (0, 30), 22: (600, 0), 23: (600, 30), 30: (-300, 0), 31: (900, 0)}
    outline = [20, 21, *north, 23, 22, *reversed(south), 20]
    network = write(
        tmp_path / "a.osm", north | south | corners,
        {100: ([30, 20], ROAD), 101: ([22, 31], ROAD), 200: (outline, SQUARE)},
    )  # fmt: skip
    assert network.route(degrees(300, 32), degrees(300, -2), mode="walk").distance_m == pytest.approx(34.0, abs=1.0)


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
    ("tags", "leg_m"),
    [
        ({"highway": "corridor"}, 5),
        ({"indoor": "corridor"}, 5),
        ({"highway": "corridor", "level": "0;1"}, 5),
        ({"highway": "corridor", "level": "2"}, 20),
        ({"highway": "footway", "level": "-1"}, 20),
        ({"highway": "footway", "level": "1"}, 5),
    ],
)
def test_points_join_no_corridor_on_another_floor(tmp_path, tags, leg_m):
    network = write(tmp_path / "a.osm", {1: (0, 0), 2: (600, 0), 3: (0, 25), 4: (600, 25)},
                    {1: ([1, 2], ROAD), 2: ([3, 4], tags), 3: ([1, 3], ROAD), 4: ([2, 4], ROAD)})  # fmt: skip
    assert network.snap(*degrees(300, 20), mode="walk").access_m[0] == pytest.approx(leg_m, abs=0.1)


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
