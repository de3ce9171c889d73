"""A district's streets packed for a phone: with them it snaps points and searches as the server does, alone.

The layout, all numbers little-endian:

* one uint32, the number of bytes of the header;
* the header, JSON in UTF-8: ``format``, ``n_node``, ``n_edge``, ``units_per_degree``, ``grid`` (origin and cell in
  degrees, shape), ``reach_m``, ``free_m``, ``aside_m``, ``pull_back_m``, ``walk_mps``,
  ``unreachable_ds`` (the cost that stands for none), ``modes``, ``labels`` (name, English name, kind,
  flags: 1 bridge, 2 tunnel, 4 roundabout) and ``columns``, a list of (name, number of values) in the order of what
  follows;
* the columns. Each value is a signed integer ``d`` written as ``2d`` or ``-2d - 1``, in four bytes; of a column first
  all lowest bytes are written, then all second ones, and so on: the upper ones are nearly all 0, which packs well.

==================  ====================================================================================================
column              values
==================  ====================================================================================================
node_x, node_y      units east and north, less those of the node before
edge_u              node, less that of the edge before (edges are sorted by it)
edge_v              node, less ``edge_u``
edge_label          index into ``labels``
edge_loose          1 where the first and last point are not the nodes themselves and stand among the inner points
n_inner             inner points of each edge
inner_x, inner_y    units, less those of the point before on the edge (before the first: node ``u``)
cost_<mode>         deciseconds along each edge, -1 where the mode may not go
back_<mode>         deciseconds against it, less ``cost_<mode>``
attach_<mode>       number of the component of the network where a point may be snapped, 0 where it may not; negative:
                    only a point that reaches no other
area_<mode>         1 in an area of restricted access, which no way passes through
bar_ax, bar_ay      units of the beginning of each barrier piece, less those of the end of the piece before
bar_bx, bar_by      units of its end, less those of its beginning
==================  ====================================================================================================

Everything is a whole number, and degrees are the quotient of units and ``units_per_degree`` on both sides, so nothing
is lost. What a phone computes from it (``static/js/offline``) equals the server's answer to the decisecond.
"""

import gzip
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.network._kernels import FAR
from geo.network._snapping import PULL_BACK_M
from geo.network.graph import StreetGraph
from geo.network.grid import UNITS_PER_DEGREE
from geo.network.modes import WALK_SPEED_MPS, check_mode
from geo.network.snap import ASIDE_M, FREE_M, REACH_M

FORMAT = 4

Longs = NDArray[np.int64]


def make_phone_pack(network: StreetGraph, *, modes: Sequence[str]) -> bytes:
    """Pack a network.

    Parameters
    ----------
    network : StreetGraph
        With coordinates on whole units, as `geo.network.build.build_network` makes them.
    modes : sequence of str
        Modes that the phone can search in.

    Returns
    -------
    bytes
        Gzip-compressed; equal networks give equal bytes.

    Raises
    ------
    InputError
        If there is no such mode.
    """
    columns = _columns(network, [check_mode(mode) for mode in modes])
    header = {
        "format": FORMAT,
        "n_node": network.n_place,
        "n_edge": network.n_street,
        "units_per_degree": UNITS_PER_DEGREE,
        "grid": {
            "origin": network.grid_origin.tolist(),
            "cell": network.grid_cell.tolist(),
            "shape": network.grid_shape.tolist(),
        },
        "reach_m": REACH_M,
        "free_m": FREE_M,
        "aside_m": ASIDE_M,
        "pull_back_m": PULL_BACK_M,
        "walk_mps": WALK_SPEED_MPS,
        "unreachable_ds": int(FAR),
        "modes": list(modes),
        "labels": [
            [label.name, label.name_en, label.kind, label.is_bridge + 2 * label.is_tunnel + 4 * label.is_roundabout]
            for label in network.labels
        ],
        "columns": [[name, int(values.size)] for name, values in columns.items()],
    }
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    body = b"".join(_planes(values) for values in columns.values())
    return gzip.compress(np.uint32(len(text)).astype("<u4").tobytes() + text + body, compresslevel=9, mtime=0)


def _columns(network: StreetGraph, modes: Sequence[str]) -> dict[str, Longs]:
    # Phones carry no mode that obeys turn restrictions, and so no states and copies.
    n = network.n_street
    u, v = network.edge_u[:n].astype(np.int64), network.edge_v[:n].astype(np.int64)
    ptr = network.point_ptr[: n + 1]
    points, barrier = _units(network.points[: ptr[-1]]), _units(network.barrier)
    first, last = ptr[:-1], ptr[1:] - 1
    # Where a node lies is told by the edges that end there; a node without edges is never looked at.
    node = _units(np.stack([network.node_lon, network.node_lat], axis=1)[: network.n_place])
    is_loose = (points[first] != node[u]).any(axis=1) | (points[last] != node[v]).any(axis=1)
    is_kept = np.ones(len(points), bool)
    is_kept[first] = is_kept[last] = False
    is_kept[first[is_loose]] = is_kept[last[is_loose]] = True
    before = np.concatenate([points[:1], points[:-1]])
    before[first] = node[u]
    inner = (points - before)[is_kept]
    node_step = np.diff(node, axis=0, prepend=0)
    bar_step = barrier[:, :2] - np.concatenate([np.zeros((1, 2), np.int64), barrier[:-1, 2:]])[: len(barrier)]
    columns = {
        "node_x": node_step[:, 0],
        "node_y": node_step[:, 1],
        "edge_u": np.diff(u, prepend=0),
        "edge_v": v - u,
        "edge_label": network.edge_label[:n].astype(np.int64),
        "edge_loose": is_loose.astype(np.int64),
        "n_inner": np.add.reduceat(is_kept, first).astype(np.int64),
        "inner_x": inner[:, 0],
        "inner_y": inner[:, 1],
        "bar_ax": bar_step[:, 0],
        "bar_ay": bar_step[:, 1],
        "bar_bx": barrier[:, 2] - barrier[:, 0],
        "bar_by": barrier[:, 3] - barrier[:, 1],
    }
    for mode in modes:
        cost = network.cost[mode][: 2 * n].astype(np.int64)
        along = np.maximum(cost[0::2], -1)
        columns[f"cost_{mode}"] = along
        columns[f"back_{mode}"] = np.maximum(cost[1::2], -1) - along
        columns[f"attach_{mode}"] = network.snappable[mode][:n].astype(np.int64)
        columns[f"area_{mode}"] = network.restricted[mode][:n].astype(np.int64)
    return columns


def _units(degrees: NDArray[np.float64]) -> Longs:
    units: Longs = np.rint(degrees * UNITS_PER_DEGREE).astype(np.int64)
    return units


def _planes(values: NDArray[Any]) -> bytes:
    signed = values.astype(np.int64)
    written = np.where(signed >= 0, 2 * signed, -2 * signed - 1).astype("<u4")
    return written.view(np.uint8).reshape(-1, 4).T.tobytes()
