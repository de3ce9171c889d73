"""The street graph is one piece for every mode, planar, inside the district, and crosses the river on bridges only."""

import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.network.modes import edge_speeds, load_modes
from loaders.sample import SampleData
from loaders.sample.plane import to_plane

KNOWN_BRIDGES = {"场口": 119.865, "鹿山": 119.908, "富春": 119.945, "东洲": 120.000, "渔山": 120.075}
NAMES = {"迎宾路", "文教路", "金桥北路", "江滨西大道", "体育馆路", "320国道", "305省道"}


def test_size_and_ids(sample: SampleData) -> None:
    nodes, edges = sample.street_nodes, sample.street_edges
    assert 15_000 <= len(nodes) <= 25_000
    assert nodes["node_id"].is_unique
    assert edges["edge_id"].is_unique
    assert {str(edges[column].dtype) for column in ("edge_id", "way_id", "u", "v")} == {"int64"}
    assert set(nodes["node_id"]) == set(edges["u"]) | set(edges["v"])


def test_every_line_runs_exactly_from_u_to_v(sample: SampleData) -> None:
    place = sample.street_nodes.set_index("node_id")[["lon", "lat"]]
    lines = sample.street_edges.geometry.to_numpy()
    for end, at in (("u", 0), ("v", -1)):
        assert (
            shapely.get_coordinates(shapely.get_point(lines, at)) == place.loc[sample.street_edges[end]].to_numpy()
        ).all()


def test_no_loop_and_no_empty_edge(sample: SampleData) -> None:
    assert (sample.street_edges["u"] != sample.street_edges["v"]).all()
    assert (shapely.length(sample.street_edges.geometry.to_numpy()) > 0.0).all()
    metres = shapely.length(shapely.transform(sample.street_edges.geometry.to_numpy(), to_plane))
    assert metres.min() > 0.5


@pytest.mark.parametrize("mode", ["walk", "ebike", "coach"])
def test_all_streets_of_a_mode_reach_each_other(sample: SampleData, mode: str) -> None:
    rules = load_modes()[mode]
    speeds = np.array([edge_speeds(tags, rules) for tags in sample.street_edges["tags"]])
    u, v = (sample.street_edges[end].to_numpy() - 1 for end in ("u", "v"))
    tail, head = np.concatenate([u, v]), np.concatenate([v, u])
    used = speeds.T.ravel() > 0.0
    n = len(sample.street_nodes)
    graph = coo_array((np.ones(used.sum()), (tail[used], head[used])), shape=(n, n))
    _, part = connected_components(graph, directed=True, connection="strong")
    on_network = np.unique(np.concatenate([tail[used], head[used]]))
    # A coach may find the odd street behind a track or a footway; on foot and by e-bike there is none.
    in_largest = (part[on_network] == np.bincount(part).argmax()).mean()
    assert in_largest == 1.0 if mode != "coach" else in_largest > 0.97


def test_streets_stay_inside_the_outline(sample: SampleData) -> None:
    shapely.prepare(sample.outline)
    assert shapely.contains(sample.outline, sample.street_edges.geometry.to_numpy()).all()


def test_only_the_known_bridges_cross_the_river(sample: SampleData) -> None:
    water = sample.water.geometry.iloc[0]
    edges = sample.street_edges
    wet = edges[shapely.intersects(edges.geometry.to_numpy(), water)]
    assert len(wet) == len(KNOWN_BRIDGES)
    assert all(tags.get("bridge") == "yes" for tags in wet["tags"])
    # 渔山's stands 0.004° upstream: at 120.075 the river is outside the outline.
    middles = np.sort(shapely.get_x(shapely.centroid(wet.geometry.to_numpy())))
    assert np.abs(middles - sorted(KNOWN_BRIDGES.values())).max() < 0.005


def test_streets_that_cross_share_a_node(sample: SampleData) -> None:
    level = sample.street_edges[["bridge" not in tags for tags in sample.street_edges["tags"]]]
    lines = level.geometry.to_numpy()
    crossing, _ = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert len(crossing) == 0


def test_one_way_streets_come_in_pairs_and_motorways_admit_no_one(sample: SampleData) -> None:
    modes = load_modes()
    tags = sample.street_edges["tags"]
    motorway = [t for t in tags if t["highway"].startswith("motorway")]
    assert len(motorway) == 6
    assert all(edge_speeds(t, modes[mode]) == (0.0, 0.0) for t in motorway for mode in ("walk", "ebike"))
    assert all(t["oneway"] == "yes" for t in motorway)
    one_way = sample.street_edges[[t.get("oneway") == "yes" and "bridge" not in t for t in tags]]
    north = np.array([line.coords[-1][1] > line.coords[0][1] for line in one_way.geometry])
    assert min(north.sum(), (~north).sum()) >= 5


def test_names_are_only_the_known_ones(sample: SampleData) -> None:
    assert set(sample.street_edges["name"].dropna()) == NAMES


def test_the_town_is_densest(sample: SampleData) -> None:
    nodes = shapely.points(to_plane(sample.street_nodes[["lon", "lat"]].to_numpy()))
    tree = shapely.STRtree(nodes)
    seats = shapely.points(to_plane(shapely.get_coordinates(sample.regions["seat"].to_numpy())))
    within_1500_m = {
        name: len(tree.query(seat, predicate="dwithin", distance=1_500.0))
        for name, seat in zip(sample.regions["name"], seats, strict=True)
    }
    assert max(within_1500_m, key=lambda name: within_1500_m[name]) == "富春街道"
    assert within_1500_m["富春街道"] > 5 * np.median(list(within_1500_m.values()))
