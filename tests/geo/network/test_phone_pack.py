"""A phone with the packed streets computes what the server computes: equal to the last bit where it snaps, and to the
decisecond where it searches."""

import re
from dataclasses import replace

import numpy as np
import pytest
from numba import njit

from geo.network._snapping import snap_points
from geo.network.build import build_network
from geo.network.nearest import fill_nearest_table, origin_costs
from geo.network.phone_pack import _columns, make_phone_pack
from geo.network.snap import metres_per_degree
from loaders.streets import parse_streets
from tests.extracts import HELSINKI, LIECHTENSTEIN, needs_liechtenstein
from tests.geo.network.plain_maps import ROAD, degrees, make, river_town
from tests.node import run_node

MODES = ("walk", "ebike")


def hexes(values):
    return [np.float64(value).tobytes().hex() for value in values]


def compare(network, points, goals, tmp_path):
    """Ask the phone and compare all it says with the server's engine; return what the phone said."""
    path = tmp_path / "streets.pack"
    path.write_bytes(make_phone_pack(network, modes=MODES))
    asked = {"pack": str(path), "points": points.tolist(), "goals": goals.tolist(), "modes": MODES}
    answer = run_node("snap.mjs", asked)
    assert answer["metres"] == [hexes(metres) for metres in zip(*metres_per_degree(points[:, 1]), strict=True)]
    for mode in MODES:
        origin = network.snap(*points.T, mode=mode)
        said = answer[mode]
        assert [each["edge"] for each in said] == origin.edge.tolist()
        is_on = origin.is_snapped
        assert [each["fraction"] for each in said if each["edge"] >= 0] == hexes(origin.fraction[is_on])
        assert [each["leg"] for each in said if each["leg"]] == hexes(origin.access_m[~np.isnan(origin.access_m)])
        assert [each["leg_ds"] for each in said] == origin.access_ds.tolist()
        table = fill_nearest_table(network, network.snap(*goals.T, mode=mode), mode=mode)
        costs = origin_costs(network, table, origin)
        assert [each["costs"] for each in said if each["edge"] >= 0] == costs[is_on].tolist()
    return answer


def scattered(network, *, n, seed):
    """Points beside streets, on them, far from them, and outside; half of them as a phone rounds them."""
    rng = np.random.default_rng(seed)
    low, high = network.points.min(axis=0), network.points.max(axis=0)
    beside = network.points[rng.integers(0, len(network.points), n // 2)] + rng.normal(0, 6e-4, (n // 2, 2))
    anywhere = rng.uniform(low - 0.01, high + 0.01, (n // 4, 2))
    on_nodes = network.points[rng.integers(0, len(network.points), n - n // 2 - n // 4)]
    points = np.concatenate([beside, anywhere, on_nodes])
    points[::2] = points[::2].round(5)
    return points


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(HELSINKI, id="helsinki"),
        pytest.param(LIECHTENSTEIN, id="liechtenstein", marks=needs_liechtenstein),
    ],
)
def test_real_streets_and_shores_give_the_same_everywhere(path, tmp_path):
    frames = parse_streets(path)
    network = build_network(frames.nodes, frames.edges, shores=list(frames.water.geometry))
    answer = compare(network, scattered(network, n=400, seed=3), scattered(network, n=12, seed=5), tmp_path)
    edges = [each["edge"] for each in answer["walk"]]
    assert edges.count(-1) > 10, "some points must have no street"
    assert len(set(edges)) > 100


@pytest.mark.parametrize("mode_of_bridge", [{}, {"foot": "no", "bicycle": "no"}], ids=["bridge", "no-way-across"])
def test_across_the_river_as_on_the_server(mode_of_bridge, tmp_path):
    network = river_town(ROAD | mode_of_bridge)
    grid = np.array([degrees(x, y) for x in range(-700, 1800, 130) for y in range(-600, 800, 35)])
    goals = np.array([degrees(500, 10), degrees(0, 200), degrees(300, 90), degrees(5000, 0)])
    compare(network, grid, goals, tmp_path)


def test_a_short_path_that_is_cut_off_is_joined_as_on_the_server(tmp_path):
    # South of the river two streets 800 m apart; on the far bank a quay of 100 m and, farther on, a path of 60 m.
    nodes = {1: (0, 0), 2: (1000, 0), 3: (300, 160), 4: (400, 160), 5: (700, 160), 6: (760, 160)}
    streets = [(1, 2, ROAD), (3, 4, ROAD), (5, 6, {"highway": "footway"})]
    network = make(nodes, streets, water=[[(-500, 20), (1500, 20), (1500, 150), (-500, 150)]])
    assert set(network.snappable["walk"].tolist()) == {1, -1, -2}
    assert set(network.snappable["ebike"].tolist()) == {1, -1, 0}
    grid = np.array([degrees(x, y) for x in range(-700, 1800, 70) for y in range(-300, 700, 35)])
    answer = compare(network, grid, np.array([degrees(390, 170), degrees(500, 0), degrees(710, 170)]), tmp_path)
    assert {each["edge"] for each in answer["walk"]} == {-1, 0, 1, 2}


@pytest.mark.parametrize("end", ["edge_u", "edge_v"])
def test_a_street_that_ends_straight_beside_its_node_is_drawn_as_on_the_server(end, tmp_path):
    # North of the node by 11 m: of the two coordinates only one is another.
    network = river_town({})
    lat = network.node_lat.copy()
    lat[getattr(network, end)[0]] += 1e-4
    compare(replace(network, node_lat=lat), np.array([degrees(-50, 20)]), np.array([degrees(500, 10)]), tmp_path)


def test_equal_streets_make_equal_packs_and_others_others():
    network = river_town({})
    assert make_phone_pack(network, modes=MODES) == make_phone_pack(river_town({}), modes=MODES)
    assert make_phone_pack(network, modes=MODES) != make_phone_pack(river_town({"foot": "no"}), modes=MODES)


def test_twenty_thousand_real_nodes_fit_into_a_megabyte():
    frames = parse_streets(HELSINKI)
    network = build_network(frames.nodes, frames.edges, shores=list(frames.water.geometry))
    assert len(make_phone_pack(network, modes=MODES)) / network.n_node * 20_000 < 1_000_000


def test_the_compiler_joins_no_multiplication_with_an_addition():
    """A fused operation rounds once where a phone rounds twice; the machine that runs the tests must have made none."""
    network = river_town({})
    network.snap(*degrees(0, 200), mode="walk")
    compiled = njit(snap_points.py_func)  # the machine code of a cached function cannot be inspected
    compiled.compile(snap_points.signatures[0])
    code = compiled.inspect_asm(compiled.signatures[0])
    assert "mul" in code
    assert not re.search(r"\bv?fn?m(add|sub|la|ls)", code)


def test_ends_that_lie_at_their_nodes_are_not_packed():
    network = make({1: (0, 0), 2: (500, 0), 3: (500, 500)}, [(1, 2, ROAD), (2, 3, ROAD)])
    columns = _columns(network, ["walk"])
    assert columns["edge_loose"].tolist() == [0, 0]
    assert columns["n_inner"].tolist() == [0, 0]
