"""From street tables to the arrays of a `StreetNetwork`."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.errors import InputError, NotReadyError
from geo.network.attach import metres_per_degree
from geo.network.graph import Label, StreetNetwork
from geo.network.modes import edge_speeds, load_modes, node_is_open

GRID_CELL_M = 150.0
"""Side of a cell of the attaching grid."""


def build_network(
    nodes: pd.DataFrame, edges: pd.DataFrame, *, shores: Sequence[shapely.Geometry] = ()
) -> StreetNetwork:
    """Build the network from nodes, edges and shores.

    Parameters
    ----------
    nodes : DataFrame
        ``node_id`` (int), ``lon``, ``lat`` (degrees WGS84), ``tags`` (dict or None: what bars the way).
    edges : DataFrame
        ``edge_id``, ``u``, ``v`` (node ids), ``length_m``, ``name`` (str or None), ``tags`` (dict of OSM tags),
        ``geometry`` (shapely LineString from u to v).
    shores : sequence of Polygon or MultiPolygon
        Water that no leg to a street may cross.

    Raises
    ------
    NotReadyError
        If there are no streets.
    InputError
        If an edge names a node that is not there.
    """
    if len(edges) == 0:
        raise NotReadyError("no streets are loaded; run: fuchun load streets FILE.osm.pbf")
    # Sorted by id, so that the same streets give the same arrays whatever order the store returns them in.
    nodes = nodes.sort_values("node_id", ignore_index=True)
    edges = edges.sort_values("edge_id", ignore_index=True)
    node_index = pd.Index(nodes["node_id"])
    u = node_index.get_indexer(pd.Index(edges["u"]))
    v = node_index.get_indexer(pd.Index(edges["v"]))
    if (u < 0).any() or (v < 0).any():
        bad = int(edges["edge_id"].iloc[int(np.argmax((u < 0) | (v < 0)))])
        raise InputError("street edge {edge} names a node that is not in the table; load the streets again", edge=bad)
    n_node, n_edge = len(nodes), len(edges)
    geometry = np.asarray(edges["geometry"], dtype=object)
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    point_ptr = np.searchsorted(owner, np.arange(n_edge + 1)).astype(np.int64)
    length_m = edges["length_m"].to_numpy(np.float64)

    tag_sets, tag_code = _factorize_tags(edges["tags"])
    labels, label_code = _labels(edges["name"], tag_sets, tag_code)
    cost, attachable = _costs(tag_sets, tag_code, length_m, u, v, nodes["tags"], n_node)

    tail = np.stack([u, v], axis=1).ravel()
    head = np.stack([v, u], axis=1).ravel()
    order = np.argsort(tail, kind="stable")
    arc_ptr = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=n_node))]).astype(np.int64)

    barrier = _barriers(points, point_ptr, tag_sets, tag_code, shores)
    origin, cell, shape = _grid(points, barrier)
    seg_point = np.flatnonzero(owner[:-1] == owner[1:]).astype(np.int64)
    seg_ptr, seg_order = _bin_segments(points[seg_point], points[seg_point + 1], origin, cell, shape)
    bar_ptr, bar_seg = _bin_segments(barrier[:, :2], barrier[:, 2:], origin, cell, shape)
    return StreetNetwork(
        node_id=nodes["node_id"].to_numpy(np.int64),
        node_lon=nodes["lon"].to_numpy(np.float64),
        node_lat=nodes["lat"].to_numpy(np.float64),
        edge_id=edges["edge_id"].to_numpy(np.int64),
        edge_u=u.astype(np.int32),
        edge_v=v.astype(np.int32),
        edge_length=length_m,
        edge_label=label_code,
        point_ptr=point_ptr,
        points=points,
        arc_ptr=arc_ptr,
        arc_id=order.astype(np.int32),
        arc_head=head[order].astype(np.int32),
        cost=cost,
        attachable=attachable,
        grid_origin=origin,
        grid_cell=cell,
        grid_shape=shape,
        seg_ptr=seg_ptr,
        seg_point=seg_point[seg_order],
        seg_edge=owner[seg_point[seg_order]].astype(np.int32),
        bar_ptr=bar_ptr,
        bar_seg=bar_seg.astype(np.int32),
        barrier=barrier,
        labels=labels,
    )


def _factorize_tags(tags: "pd.Series[Any]") -> tuple[list[dict[str, str]], NDArray[np.int64]]:
    """Return the distinct tag sets and the index of each edge's; a district has a few hundred among 100,000 edges."""
    text = [value if isinstance(value, str) else json.dumps(value, sort_keys=True) for value in tags]
    code, distinct = pd.factorize(pd.Series(text, dtype=object))
    return [json.loads(value) for value in distinct], code.astype(np.int64)


def _labels(
    name: "pd.Series[Any]", tag_sets: list[dict[str, str]], tag_code: NDArray[np.int64]
) -> tuple[list[Label], NDArray[np.int32]]:
    made = [
        (
            tags.get("name:en"),
            "ferry" if tags.get("route") == "ferry" else tags.get("highway", "road"),
            tags.get("bridge", "no") != "no",
            tags.get("tunnel", "no") != "no",
            tags.get("junction") in ("roundabout", "circular"),
            tags.get("name:zh"),
        )
        for tags in tag_sets
    ]
    keys = [
        Label(made[code][5] or (text if isinstance(text, str) and text else None), *made[code][:5])
        for text, code in zip(name, tag_code, strict=True)
    ]
    number: dict[Label, int] = {}
    code = np.array([number.setdefault(key, len(number)) for key in keys], np.int32)
    return list(number), code


def _costs(
    tag_sets: list[dict[str, str]],
    tag_code: NDArray[np.int64],
    length_m: NDArray[np.float64],
    u: NDArray[np.intp],
    v: NDArray[np.intp],
    node_tags: "pd.Series[Any]",
    n_node: int,
) -> tuple[dict[str, NDArray[np.int32]], dict[str, NDArray[np.uint8]]]:
    tagged = [(i, tags) for i, tags in enumerate(node_tags) if isinstance(tags, dict) and tags]
    can_attach = np.array(
        [tags.get("route") != "ferry" and tags.get("tunnel", "no") == "no" for tags in tag_sets], bool
    )[tag_code]
    cost: dict[str, NDArray[np.int32]] = {}
    attachable: dict[str, NDArray[np.uint8]] = {}
    for mode, rules in load_modes().items():
        speed_kph = np.array([edge_speeds(tags, rules) for tags in tag_sets], np.float64)[tag_code]
        is_closed_node = np.zeros(n_node, bool)
        is_closed_node[[i for i, tags in tagged if not node_is_open(tags, rules)]] = True
        speed_kph[is_closed_node[u] | is_closed_node[v]] = 0.0
        with np.errstate(divide="ignore"):
            deciseconds = np.maximum(np.rint(length_m[:, None] * 36.0 / speed_kph), 1.0)
        arcs = np.where(speed_kph > 0.0, deciseconds, -1.0).astype(np.int32).ravel()
        cost[mode] = arcs
        attachable[mode] = (can_attach & _in_main_part(arcs, u, v, n_node)).astype(np.uint8)
    return cost, attachable


def _in_main_part(arcs: NDArray[np.int32], u: NDArray[np.intp], v: NDArray[np.intp], n_node: int) -> NDArray[np.bool_]:
    """Return the edges of the largest strongly connected part: whoever starts there can leave, and come back."""
    along, against = arcs[0::2] >= 0, arcs[1::2] >= 0
    tail = np.concatenate([u[along], v[against]])
    head = np.concatenate([v[along], u[against]])
    if tail.size == 0:
        return np.zeros(u.size, bool)
    graph = coo_array((np.ones(tail.size, np.int8), (tail, head)), shape=(n_node, n_node)).tocsr()
    _, part = connected_components(graph, directed=True, connection="strong")
    main = np.argmax(np.bincount(part[np.concatenate([tail, head])]))
    in_main: NDArray[np.bool_] = (along | against) & (part[u] == main) & (part[v] == main)
    return in_main


def _barriers(
    points: NDArray[np.float64],
    point_ptr: NDArray[np.int64],
    tag_sets: list[dict[str, str]],
    tag_code: NDArray[np.int64],
    shores: Sequence[shapely.Geometry],
) -> NDArray[np.float64]:
    """Return barrier pieces (lon, lat, lon, lat): shores, and motorways at grade."""
    is_motorway = np.array(
        [
            tags.get("highway") == "motorway" and tags.get("bridge", "no") == "no" and tags.get("tunnel", "no") == "no"
            for tags in tag_sets
        ],
        bool,
    )[tag_code]
    rows = [
        np.hstack([points[point_ptr[e] : point_ptr[e + 1] - 1], points[point_ptr[e] + 1 : point_ptr[e + 1]]])
        for e in np.flatnonzero(is_motorway)
    ]
    if len(shores):
        rings = shapely.get_rings(shapely.get_parts(np.asarray(shores, dtype=object)))
        shore_points, owner = shapely.get_coordinates(rings, return_index=True)
        inside = np.flatnonzero(owner[:-1] == owner[1:])
        rows.append(np.hstack([shore_points[inside], shore_points[inside + 1]]))
    return np.concatenate(rows) if rows else np.empty((0, 4))


def _grid(
    points: NDArray[np.float64], barrier: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    low, high = points.min(axis=0), points.max(axis=0)
    per_x, per_y = metres_per_degree(max(abs(low[1]), abs(high[1])))
    cell = np.array([GRID_CELL_M / float(per_x), GRID_CELL_M / float(per_y)])
    shape = np.maximum(np.ceil((high - low) / cell), 1).astype(np.int64)
    return low, cell, shape


def _bin_segments(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    origin: NDArray[np.float64],
    cell: NDArray[np.float64],
    shape: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (ptr, segment) listing by cell the segments whose bounding box touches it."""
    first = np.clip(np.floor((np.minimum(start, end) - origin) / cell), 0, shape - 1).astype(np.int64)
    last = np.clip(np.floor((np.maximum(start, end) - origin) / cell), 0, shape - 1).astype(np.int64)
    n_col, n_row = (last - first + 1).T
    segment = np.repeat(np.arange(len(start)), n_col * n_row)
    within = np.arange(segment.size) - np.repeat(np.cumsum(n_col * n_row) - n_col * n_row, n_col * n_row)
    col = first[segment, 0] + within % n_col[segment]
    row = first[segment, 1] + within // n_col[segment]
    where = row * shape[0] + col
    order = np.argsort(where, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(where, minlength=int(shape[0] * shape[1])))]).astype(np.int64)
    return ptr, segment[order].astype(np.int64)
