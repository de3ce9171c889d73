"""The sample's street graph: the streets of every place and the roads between them, as nodes and edges."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.network.modes import edge_speeds, load_modes
from loaders.sample.blocks import LANE
from loaders.sample.chains import trace_chains
from loaders.sample.fabric import Fabric, Gate
from loaders.sample.linework import Line, join_crossings, open_rings
from loaders.sample.plane import Area, BoolArray, FloatArray, IntArray, to_lonlat
from loaders.sample.roads import Kind, Road

_CORE_HIGHWAY = ("primary", "secondary", "tertiary", "residential", "service", "footway", "cycleway", "steps")
_VILLAGE_HIGHWAY = ("secondary", "tertiary", "unclassified", "residential", "service")
_CORE_LANES = {"service": 0.62, "residential": 0.20, "footway": 0.18}
_VILLAGE_LANES = {"residential": 0.55, "service": 0.28, "footway": 0.17}


@dataclass(frozen=True)
class StreetFrames:
    """The graph in WGS84 (EPSG:4326).

    Attributes
    ----------
    nodes : DataFrame
        ``node_id, lon, lat, tags`` (no barriers: all None).
    edges : GeoDataFrame
        ``edge_id, way_id, u, v, name, tags, geometry``, each line drawn from ``u`` to ``v``.
    """

    nodes: pd.DataFrame
    edges: gpd.GeoDataFrame


def street_lines(rng: np.random.Generator, fabrics: list[Fabric], gates: list[Gate], roads: list[Road]) -> list[Line]:
    """Return all streets as lines in metres; streets run on through vertices where nothing branches off."""
    lines: list[Line] = []
    for number, fabric in enumerate(fabrics):
        is_core = fabric.settlement.is_core
        stops = {gate.node for gate in gates if gate.fabric == number}
        labels = list(zip(fabric.rank.tolist(), fabric.street.tolist(), fabric.name, strict=True))
        for run, piece in trace_chains([(p, q) for p, q in fabric.ends.tolist()], labels, stops=stops):
            rank, street, name = labels[piece]
            highway = (_CORE_HIGHWAY if is_core else _VILLAGE_HIGHWAY)[rank]
            if rank == LANE:
                lanes = _CORE_LANES if is_core else _VILLAGE_LANES
                highway = str(rng.choice(list(lanes), p=list(lanes.values())))
            # People walk on them too: the rules close a bare cycleway to walkers.
            tags = {"highway": highway} | ({"foot": "yes"} if highway == "cycleway" else {})
            xy = fabric.xy[run]
            if street in fabric.one_way:
                tags["oneway"] = "yes"
                xy = xy if (xy[-1] - xy[0]) @ fabric.one_way[street] > 0 else xy[::-1]
            lines.append(Line(xy, len(lines), tags, name))
    for road in roads:
        lines.append(Line(road.xy, len(lines), _road_tags(road.kind), road.kind.name, above=road.kind.is_bridge))
    return lines


def on_dry_land(lines: list[Line], *, outline: Area, water: Area) -> list[Line]:
    """Return the lines without those that leave the district or, bridges apart, touch the water."""
    shapely.prepare(outline)
    shapely.prepare(water)
    shapes = [shapely.LineString(line.xy) for line in lines]
    inside, wet = shapely.contains(outline, shapes), shapely.intersects(water, shapes)
    return [
        line for line, is_in, is_wet in zip(lines, inside, wet, strict=True) if is_in and (line.above or not is_wet)
    ]


def build_frames(lines: list[Line]) -> StreetFrames:
    """Return nodes and edges of the largest connected part of `lines`, every mode's streets in one piece."""
    lines = join_crossings(open_rings(lines))
    coordinates = [to_lonlat(line.xy) for line in lines]
    points, u, v = _number_ends(coordinates)
    _, part = connected_components(_graph(u, v, np.ones(len(u), dtype=np.bool_), len(points)), directed=False)
    kept = np.flatnonzero((part[u] == np.bincount(part).argmax()) & (u != v))
    lines, coordinates = [lines[i] for i in kept], [coordinates[i] for i in kept]
    points, u, v = _number_ends(coordinates)
    lines = _rideable_in_one_piece(lines, u, v, len(points))
    nodes = pd.DataFrame(
        {
            "node_id": np.arange(1, len(points) + 1, dtype=np.int64),
            "lon": points[:, 0],
            "lat": points[:, 1],
            "tags": pd.Series([None] * len(points), dtype=object),
        }
    )
    edges = gpd.GeoDataFrame(
        {
            "edge_id": np.arange(1, len(lines) + 1, dtype=np.int64),
            "way_id": np.array([line.way + 1 for line in lines], dtype=np.int64),
            "u": u + 1,
            "v": v + 1,
            "name": pd.Series([line.name for line in lines], dtype=object),
            "tags": pd.Series([dict(line.tags) for line in lines], dtype=object),
        },
        geometry=[shapely.LineString(line) for line in coordinates],
        crs="EPSG:4326",
    )
    return StreetFrames(nodes=nodes, edges=edges)


def _road_tags(kind: Kind) -> dict[str, str]:
    tags = {"highway": kind.highway}
    if kind.is_bridge:
        tags |= {"bridge": "yes", "layer": "1"}
    if kind.highway == "trunk":
        # Defaults differ between countries: say that people may walk and ride here.
        tags |= {"foot": "yes", "bicycle": "yes"}
    if kind.highway == "track":
        tags |= {"surface": "unpaved"}
    return tags


def _number_ends(coordinates: list[FloatArray]) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the distinct ends of the lines, shape (n, 2), and the numbers of each line's first and last."""
    ends = np.array([[line[0], line[-1]] for line in coordinates])
    points, number = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    u, v = number.reshape(-1, 2).T.astype(np.int64)
    return points, u, v


def _graph(tail: IntArray, head: IntArray, used: BoolArray, n: int) -> coo_array:
    return coo_array((np.ones(int(used.sum())), (tail[used], head[used])), shape=(n, n))


def _rideable_in_one_piece(lines: list[Line], u: IntArray, v: IntArray, n: int) -> list[Line]:
    """Return the lines with footways and one-way rules lifted where they cut an e-bike's streets off from the rest."""
    rules = load_modes()["ebike"]
    tail, head = np.concatenate([u, v]), np.concatenate([v, u])
    while True:
        # There are some dozens of different sets of tags.
        kinds = [tuple(line.tags.items()) for line in lines]
        speed_of = {kind: edge_speeds(dict(kind), rules) for kind in set(kinds)}
        speeds = np.array([speed_of[kind] for kind in kinds])
        open_ways: BoolArray = speeds.T.ravel() > 0.0
        _, part = connected_components(_graph(tail, head, open_ways, n), directed=True, connection="strong")
        rideable = np.unique(np.concatenate([tail[open_ways], head[open_ways]]))
        cut_off = np.zeros(n, dtype=np.bool_)
        cut_off[rideable] = part[rideable] != np.bincount(part).argmax()
        if not cut_off.any():
            return lines
        lines = [
            replace(line, tags=_opened(line.tags)) if cut_off[u[i]] or cut_off[v[i]] else line
            for i, line in enumerate(lines)
        ]


def _opened(tags: dict[str, str]) -> dict[str, str]:
    lifted = {key: value for key, value in tags.items() if key != "oneway" or tags["highway"].startswith("motorway")}
    return lifted | {"highway": "service"} if tags["highway"] in ("footway", "steps") else lifted
