"""From street tables to the arrays of a `StreetNetwork`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import InputError, MissingDataError
from geo.network._kernels import FAR
from geo.network.barriers import part_at_barriers
from geo.network.components import number_components
from geo.network.grid import bin_pieces, both_ways, lay_grid, morton_key, on_grid, shore_pieces
from geo.network.labels import LabelList, label_of, spell_alike
from geo.network.landmarks import measure_landmarks
from geo.network.modes import (
    WHAT_IF_MODES,
    ModeRules,
    can_stop,
    edge_speeds,
    is_off_the_ground,
    is_restricted,
    load_modes,
)
from geo.network.network import StreetNetwork
from geo.network.restricted_access import close_areas, lay_areas
from geo.network.turns import Path, Streets, forbid_turns, turns_of_nodes, unfold
from geo.network.u_turns import LARGER, TURNING, U_TURN_M, forbid_u_turns

_ON_THE_GROUND = (None, "no", "building_passage")
"""Values of ``tunnel`` that leave a street on the ground, where points join it: a passage through a house is no tunnel
under the earth (OpenStreetMap wiki, Tag:tunnel=building_passage)."""


def build_network(
    nodes: pd.DataFrame, edges: pd.DataFrame, *, shores: Sequence[shapely.Geometry] = ()
) -> StreetNetwork:
    """Build the network from nodes, edges and shores.

    Parameters
    ----------
    nodes : DataFrame
        ``node_id`` (int), ``lon``, ``lat`` (degrees WGS84), ``tags`` (dict or None: barriers and restrictions).
    edges : DataFrame
        ``edge_id``, ``u``, ``v`` (node ids), ``length_m``, ``name`` (str or None), ``tags`` (dict of OSM tags, or its
        JSON), ``geometry`` (shapely LineString from u to v).
    shores : sequence of Polygon or MultiPolygon
        Water that no access leg to a street may cross.

    Raises
    ------
    MissingDataError
        If there are no streets.
    InputError
        If an edge names a node that is not there.
    """
    if len(edges) == 0:
        raise MissingDataError("no streets are loaded yet", what="streets")
    # The order depends on the streets alone: the same streets give the same arrays however the store returns them.
    nodes = nodes.sort_values("node_id", ignore_index=True)
    lon, lat = nodes["lon"].to_numpy(np.float64), nodes["lat"].to_numpy(np.float64)
    nodes = nodes.iloc[np.argsort(morton_key(lon, lat), kind="stable")].reset_index(drop=True)
    node_index = pd.Index(nodes["node_id"])
    u = node_index.get_indexer(pd.Index(edges["u"]))
    v = node_index.get_indexer(pd.Index(edges["v"]))
    if (u < 0).any() or (v < 0).any():
        bad = int(edges["edge_id"].iloc[int(np.argmax((u < 0) | (v < 0)))])
        raise InputError("street edge {edge} names a node that is not in the table; load the streets again", edge=bad)
    order = np.lexsort((edges["edge_id"].to_numpy(np.int64), v, u))
    edges = edges.iloc[order]
    nodes, u, v, gates = part_at_barriers(nodes, edges, u[order].astype(np.int32), v[order].astype(np.int32))

    points, owner = shapely.get_coordinates(np.asarray(edges["geometry"], dtype=object), return_index=True)
    points = on_grid(points)
    point_ptr = np.searchsorted(owner, np.arange(len(edges) + 1)).astype(np.int64)
    modes = load_modes()
    length_m = edges["length_m"].to_numpy(np.float64)
    tag_sets, tag_code = _factorize_tags(edges["tags"])
    labels, label_code = _labels(edges["name"], tag_sets, tag_code)
    is_motorway = np.array([_is_motorway_at_grade(tags) for tags in tag_sets], bool)[tag_code]
    n_gate = len(gates.tags)
    gate_node = np.repeat(gates.u, 2)
    lon, lat = on_grid(nodes["lon"].to_numpy(np.float64)), on_grid(nodes["lat"].to_numpy(np.float64))
    points = np.concatenate([points, np.stack([lon[gate_node], lat[gate_node]], axis=1)])
    point_ptr = np.concatenate([point_ptr, point_ptr[-1] + 2 * np.arange(1, n_gate + 1)])
    cost = {
        mode: np.concatenate([_costs(tag_sets, tag_code, length_m, rules), gates.costs(mode)])
        for mode, rules in modes.items()
    }
    turns = turns_of_nodes(nodes["tags"].tolist()) if "way_id" in edges else []
    turn_modes = [mode for mode, rules in modes.items() if rules.turn_tags]
    forbidden = forbid_turns(
        turns,
        Streets(
            np.concatenate([edges["way_id"].to_numpy(np.int64), np.full(n_gate, -1)])
            if turns
            else np.empty(0, np.int64),
            np.concatenate([u, gates.u]),
            np.concatenate([v, gates.v]),
            np.any([cost[mode] >= 0 for mode in turn_modes], axis=0),
            points,
            point_ptr,
        ),
    )
    return assemble_network(
        node_id=nodes["node_id"].to_numpy(np.int64),
        node_lon=lon,
        node_lat=lat,
        edge_id=np.concatenate([edges["edge_id"].to_numpy(np.int64), -1 - np.arange(n_gate)]),
        edge_u=np.concatenate([u, gates.u]),
        edge_v=np.concatenate([v, gates.v]),
        edge_length=np.concatenate([length_m, np.zeros(n_gate)]),
        edge_label=np.concatenate([label_code, label_code[gates.beside]]),
        point_ptr=point_ptr,
        points=points,
        labels=labels,
        cost=cost,
        forbidden=forbidden,
        turn_modes=turn_modes,
        u_turn_m=U_TURN_M,
        is_circle=np.array([_is_circle(tags) for tags in nodes["tags"]], bool),
        is_larger=np.concatenate(
            [np.array([tags.get("highway") in LARGER for tags in tag_sets], bool)[tag_code], np.zeros(n_gate, bool)]
        ),
        restricted={
            mode: np.concatenate(
                [np.array([is_restricted(tags, rules) for tags in tag_sets], bool)[tag_code], gates.restricted(mode)]
            )
            for mode, rules in modes.items()
        },
        can_snap={
            mode: np.concatenate(
                [np.array([_is_joined(tags, rules) for tags in tag_sets], bool)[tag_code], np.zeros(n_gate, bool)]
            )
            for mode, rules in modes.items()
        },
        barrier=np.concatenate([on_grid(shore_pieces(shores)), both_ways(_pieces(points, point_ptr, is_motorway))]),
    )


def assemble_network(
    *,
    node_id: NDArray[np.int64],
    node_lon: NDArray[np.float64],
    node_lat: NDArray[np.float64],
    edge_id: NDArray[np.int64],
    edge_u: NDArray[np.int32],
    edge_v: NDArray[np.int32],
    edge_length: NDArray[np.float64],
    edge_label: NDArray[np.int32],
    point_ptr: NDArray[np.int64],
    points: NDArray[np.float64],
    labels: LabelList,
    cost: Mapping[str, NDArray[np.int32]],
    can_snap: NDArray[np.bool_] | Mapping[str, NDArray[np.bool_]],
    barrier: NDArray[np.float64],
    restricted: Mapping[str, NDArray[np.bool_]] | None = None,
    forbidden: Sequence[Path] = (),
    turn_modes: Sequence[str] = (),
    u_turn_m: float = 0.0,
    is_circle: NDArray[np.bool_] | None = None,
    is_larger: NDArray[np.bool_] | None = None,
) -> StreetNetwork:
    """Return the network of given arrays, with what follows from them: arcs by node, components, the snapping grid.

    Parameters are named as the attributes of `StreetNetwork`. ``can_snap`` bool (n_edge,), or one by mode, says where
    points may join if the mode goes there. ``barrier`` holds pieces that no access leg may cross from their right to
    their left. ``restricted`` by mode, bool (n_edge,), is what may be used to get there and away only (nothing by
    default). ``forbidden`` are sequences of arcs that no way of the ``turn_modes`` contains (`geo.network.turns`);
    within ``u_turn_m`` metres of them nobody turns round but where a street of ``is_larger`` bool (n_edge,) (all by
    default) ends and where ``is_circle`` bool (n_node,) says so (`geo.network.u_turns`).
    """
    n_node, n_edge = node_id.size, edge_id.size
    snappable = {
        mode: number_components(
            arcs, edge_u, edge_v, n_node,
            can_snap=can_snap[mode] if isinstance(can_snap, Mapping) else can_snap,
            length_m=edge_length, points=points, point_ptr=point_ptr,
        )[0]
        for mode, arcs in cost.items()
    }  # fmt: skip
    areas = {
        mode: close_areas(
            arcs, np.zeros(n_edge, bool) if restricted is None else restricted[mode], edge_u, edge_v, n_node,
            length_m=edge_length,
        )
        for mode, arcs in cost.items()
    }  # fmt: skip
    origin, cell, shape = lay_grid(points)
    seg_edge = np.repeat(np.arange(n_edge, dtype=np.int32), np.diff(point_ptr) - 1)
    seg_point = np.delete(np.arange(len(points)), point_ptr[1:] - 1)
    is_open = np.any([cost[mode] >= 0 for mode in turn_modes], axis=0) if turn_modes else np.zeros(2 * n_edge, bool)
    u_turns = forbid_u_turns(
        forbidden, edge_u, edge_v, n_node,
        cost={mode: cost[mode] for mode in turn_modes}, area={mode: areas[mode] for mode in turn_modes},
        length_m=edge_length, is_circle=np.zeros(n_node, bool) if is_circle is None else is_circle,
        is_larger=np.ones(n_edge, bool) if is_larger is None else is_larger, reach_m=u_turn_m,
    )  # fmt: skip
    unfolded = unfold([*forbidden, *u_turns], edge_u, edge_v, is_open, n_node)
    at, of = unfolded.state_at, unfolded.copy_of
    # Whoever may not turn as they like leaves an arc that ends in a state by its copy alone.
    is_redirected = unfolded.arc_end != np.stack([edge_v, edge_u], axis=1).ravel()
    cost = {
        mode: np.concatenate([arcs, unfolded.copy_costs(arcs if mode in turn_modes else np.full_like(arcs, -1))])
        for mode, arcs in cost.items()
    }
    areas = {mode: np.concatenate([area, area[of]]) for mode, area in areas.items()}
    snappable = {mode: np.concatenate([part, np.zeros_like(part[of])]) for mode, part in snappable.items()}
    points, point_ptr = unfolded.copy_points(points, point_ptr)
    node_id = np.concatenate([node_id, -1 - np.arange(at.size)])
    node_lon, node_lat = np.concatenate([node_lon, node_lon[at]]), np.concatenate([node_lat, node_lat[at]])
    edge_id, edge_label = np.concatenate([edge_id, edge_id[of]]), np.concatenate([edge_label, edge_label[of]])
    edge_length = np.concatenate([edge_length, edge_length[of]])
    edge_u, edge_v = np.concatenate([edge_u, unfolded.u]), np.concatenate([edge_v, unfolded.v])
    n_node += at.size
    tail = np.stack([edge_u, edge_v], axis=1).ravel()
    head = np.stack([edge_v, edge_u], axis=1).ravel()
    order = np.argsort(tail, kind="stable")
    arc_ptr = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=n_node))]).astype(np.int64)
    tails, heads, arc_id = tail[order], head[order], order.astype(np.int32)
    passed = {mode: arcs.copy() for mode, arcs in cost.items()}
    for mode in turn_modes:
        passed[mode][: 2 * n_edge][is_redirected] = -1
    laid = {
        mode: lay_areas(
            arc_ptr, arc_id, _pack_adjacency(heads, arcs[order]), _pack_adjacency(heads, arcs[order ^ 1]), areas[mode]
        )
        for mode, arcs in passed.items()
    }
    open_cost = {mode: np.where(np.repeat(areas[mode], 2), -1, arcs) for mode, arcs in passed.items()}
    adjacency_out = {mode: _pack_adjacency(heads, arcs[order]) for mode, arcs in open_cost.items()}
    adjacency_in = {mode: _pack_adjacency(heads, arcs[order ^ 1]) for mode, arcs in open_cost.items()}
    # What-if modes answer coverage alone: nobody asks for their routes.
    rim = {
        mode: np.unique(np.stack([edge_u, edge_v])[:, (part == 1) & (mode not in WHAT_IF_MODES)]).astype(np.int64)
        for mode, part in snappable.items()
    }
    seg_ptr, seg_order = bin_pieces(points[seg_point], points[seg_point + 1], origin, cell, shape)
    bar_ptr, bar_seg = bin_pieces(barrier[:, :2], barrier[:, 2:], origin, cell, shape)
    network = StreetNetwork(
        node_id=node_id,
        node_lon=node_lon,
        node_lat=node_lat,
        edge_id=edge_id,
        edge_u=edge_u,
        edge_v=edge_v,
        edge_length=edge_length,
        edge_label=edge_label,
        point_ptr=point_ptr,
        points=points,
        arc_ptr=arc_ptr,
        arc_id=arc_id,
        arc_head=heads.astype(np.int32),
        cost=dict(cost),
        adjacency_out=adjacency_out,
        adjacency_in=adjacency_in,
        landmark_cost={
            mode: measure_landmarks(arc_ptr, arc_id, adjacency_out[mode], adjacency_in[mode], rim[mode])
            for mode in open_cost
        },
        restricted={mode: area.astype(np.uint8) for mode, area in areas.items()},
        is_border={
            mode: _ends_of_open(tails, arcs[order], arcs[order ^ 1], n_node) for mode, arcs in open_cost.items()
        },
        area_ptr={mode: area[0] for mode, area in laid.items()},
        area_arc={mode: area[1] for mode, area in laid.items()},
        area_out={mode: area[2] for mode, area in laid.items()},
        area_in={mode: area[3] for mode, area in laid.items()},
        snappable=snappable,
        arc_end=np.concatenate([unfolded.arc_end, head[2 * n_edge :]]).astype(np.int32),
        state_at=at,
        copy_of=of,
        grid_origin=origin,
        grid_cell=cell,
        grid_shape=shape,
        seg_ptr=seg_ptr,
        seg_point=seg_point[seg_order],
        seg_edge=seg_edge[seg_order],
        bar_ptr=bar_ptr,
        bar_seg=bar_seg.astype(np.int32),
        barrier=barrier,
        labels=labels,
    )
    # As read-only as a snapshot's: nobody changes what all answer from, and kernels are compiled for one kind of array.
    values = [value.values() if isinstance(value, Mapping) else [value] for value in vars(network).values()]
    for array in (array for arrays in values for array in arrays):
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return network


def _pack_adjacency(head: NDArray[np.int32], cost: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return node and deciseconds as one number, as `geo.network._kernels` reads them, int64 (n,)."""
    return (head.astype(np.int64) << 32) | np.where(cost < 0, FAR, cost)


def _ends_of_open(
    tail: NDArray[np.int32], there: NDArray[np.int32], back: NDArray[np.int32], n_node: int
) -> NDArray[np.uint8]:
    """Return at which nodes an arc ends that is open either way, uint8 (n_node,)."""
    is_end = np.zeros(n_node, np.uint8)
    is_end[tail[(there >= 0) | (back >= 0)]] = 1
    return is_end


def _factorize_tags(tags: "pd.Series[Any]") -> tuple[list[dict[str, str]], NDArray[np.int64]]:
    """Return the distinct tag sets and the index of each edge's; a district has a few hundred among 100,000 edges."""
    text = [value if isinstance(value, str) else json.dumps(value, sort_keys=True) for value in tags]
    code, distinct = pd.factorize(pd.Series(text, dtype=object))
    return [json.loads(value) for value in distinct], code.astype(np.int64)


def _labels(
    name: "pd.Series[Any]", tag_sets: list[dict[str, str]], tag_code: NDArray[np.int64]
) -> tuple[LabelList, NDArray[np.int32]]:
    """Return the distinct labels and the index of each edge's."""
    name_code, found = pd.factorize(name.astype(object), use_na_sentinel=True)
    names = spell_alike(
        [str(each) for each in found], np.bincount(name_code[name_code >= 0], minlength=len(found)).tolist()
    )
    pair, pair_code = np.unique(np.stack([name_code, tag_code]), axis=1, return_inverse=True)
    made = [
        label_of(names[n] if n >= 0 else None, tag_sets[t]) for n, t in pair.T.tolist()
    ]  # fmt: skip
    number = {label: i for i, label in enumerate(dict.fromkeys(made))}
    by_pair = np.array([number[label] for label in made], np.int32)
    return LabelList.pack(number), by_pair[pair_code.ravel()]


def _costs(
    tag_sets: list[dict[str, str]], tag_code: NDArray[np.int64], length_m: NDArray[np.float64], rules: ModeRules
) -> NDArray[np.int32]:
    """Return deciseconds by arc, negative where the mode may not go; never 0, so that ways have no cycles."""
    speed_kph = np.array([edge_speeds(tags, rules) for tags in tag_sets], np.float64)[tag_code]
    with np.errstate(divide="ignore"):
        deciseconds = np.maximum(np.rint(length_m[:, None] * 36.0 / speed_kph), 1.0)
    return np.where(speed_kph > 0.0, deciseconds, -1.0).astype(np.int32).ravel()


def _is_joined(tags: Mapping[str, str], rules: ModeRules) -> bool:
    """Tell whether points join a way of these tags: no ferry, no tunnel, no other floor, no motorway."""
    on_the_ground = (
        tags.get("route") != "ferry" and tags.get("tunnel") in _ON_THE_GROUND and not is_off_the_ground(tags)
    )
    return on_the_ground and can_stop(tags, rules)


def _is_circle(tags: Any) -> bool:
    return isinstance(tags, Mapping) and tags.get("highway") in TURNING


def _is_motorway_at_grade(tags: Mapping[str, str]) -> bool:
    is_fast = tags.get("highway") == "motorway" or tags.get("motorroad") == "yes"
    return is_fast and tags.get("bridge", "no") == "no" and tags.get("tunnel", "no") == "no"


def _pieces(
    points: NDArray[np.float64], point_ptr: NDArray[np.int64], is_wanted: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the straight pieces of the wanted edges, float64 (n, 4)."""
    rows = [
        np.hstack([points[point_ptr[e] : point_ptr[e + 1] - 1], points[point_ptr[e] + 1 : point_ptr[e + 1]]])
        for e in np.flatnonzero(is_wanted)
    ]
    return np.concatenate(rows) if rows else np.empty((0, 4))
