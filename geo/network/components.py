"""Connected components of a mode's streets: those that points are snapped to, gaps in the map, and islands."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.network.graph import StreetGraph
from geo.network.modes import check_mode
from geo.network.snap import metres_per_degree

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

SERVED_M = 300.0
"""Metres of street from which on a component is served; points join a shorter one only where no other is near."""

GAP_M = 50.0
"""A component of which half lies this near to a larger one is a gap in the map: its people join the larger one."""

_SAMPLE_M = 10.0
"""Distance between the points by which a component is compared with a larger one."""


@dataclass(frozen=True, eq=False)
class Island:
    """Streets of a mode that are cut off from the others and not served: points join them only where no other is near.

    `edges` are theirs; `lon` and `lat` are a point on one of them, degrees WGS84, to look at on a map. `is_gap` tells
    that most of them lie beside a larger component: something is missing on the map, and the people there join that.
    """

    edges: NDArray[np.int64]
    length_m: float
    lon: float
    lat: float
    is_gap: bool = False

    @property
    def n_edge(self) -> int:
        """Number of edges."""
        return int(self.edges.size)


def strong_components(arc_cost: Ints, u: Ints, v: Ints, n_node: int) -> tuple[Ints, Bools]:
    """Return the strongly connected component of every node, and which open edges lie inside one.

    Parameters
    ----------
    arc_cost : int32 (2 n_edge,)
        Negative where the mode may not go.
    u, v : int32 (n_edge,)
    n_node : int

    Returns
    -------
    component : int32 (n_node,)
    is_inside : bool (n_edge,)
        Open in some direction, with both ends in one component.
    """
    along, against = arc_cost[0::2] >= 0, arc_cost[1::2] >= 0
    tail = np.concatenate([u[along], v[against]])
    head = np.concatenate([v[along], u[against]])
    # Parallel streets fall together in the matrix: booleans stay true, where small integers would overflow.
    graph = coo_array((np.ones(tail.size, bool), (tail, head)), shape=(n_node, n_node)).tocsr()
    _, component = connected_components(graph, directed=True, connection="strong")
    return component.astype(np.int32), (along | against) & (component[u] == component[v])


def number_components(
    arc_cost: Ints,
    u: Ints,
    v: Ints,
    n_node: int,
    *,
    can_snap: Bools,
    length_m: NDArray[np.float64],
    points: NDArray[np.float64],
    point_ptr: NDArray[np.int64],
) -> tuple[Ints, Bools]:
    """Number the components of a mode's network, the largest first: served ones from 1 up, the others from -1 down.

    Parameters
    ----------
    arc_cost : int32 (2 n_edge,)
        Deciseconds by arc, negative where the mode may not go.
    u, v : int32 (n_edge,)
    n_node : int
    can_snap : bool (n_edge,)
        Where points may join whatever the mode.
    length_m : float64 (n_edge,)
    points : float64 (n_point, 2), point_ptr : int64 (n_edge + 1,)
        The shapes of the edges, degrees WGS84.

    Returns
    -------
    number : int32 (n_edge,)
        From 1 where points are snapped; from -1 down where they are snapped only if they reach no such street; 0
        elsewhere. The first component is the one with the most open arcs.
    is_gap : bool (n_edge,)
        Edges of components that are not served because they lie beside a larger one.
    """
    component, is_inside = strong_components(arc_cost, u, v, n_node)
    edge = np.flatnonzero(is_inside)
    number, is_gap = np.zeros(u.size, np.int32), np.zeros(u.size, bool)
    if edge.size == 0:
        return number, is_gap
    of, code = np.unique(component[u[edge]], return_inverse=True)
    n_arc = np.bincount(code, (arc_cost[0::2] >= 0)[edge].astype(int) + (arc_cost[1::2] >= 0)[edge])
    metres = np.bincount(code, np.where(can_snap[edge], length_m[edge], 0.0), minlength=of.size)
    main = int(np.argmax(n_arc))
    order = sorted(np.flatnonzero(metres >= SERVED_M).tolist(), key=lambda k: (k != main, -metres[k], k))
    if main not in order:
        order.insert(0, main)
    beside = _Beside(points, point_ptr, length_m)
    by_component = np.argsort(code, kind="stable")
    start = np.searchsorted(code[by_component], np.arange(of.size + 1))
    n_served = 0
    for k in order:
        mine = edge[by_component[start[k] : start[k + 1]]]
        if k != main and beside.holds_half_of(mine):
            is_gap[mine] = True
            continue
        n_served += 1
        number[mine] = np.where(can_snap[mine], n_served, 0)
        beside.add(mine)
    # A station on a short path is served by that path where nothing else leads to it, and loses nobody who reaches it.
    rest = edge[can_snap[edge] & (number[edge] == 0)]
    of, code = np.unique(component[u[rest]], return_inverse=True)
    rank = np.empty(of.size, np.int32)
    rank[np.argsort(-np.bincount(code, length_m[rest], minlength=of.size), kind="stable")] = np.arange(of.size)
    number[rest] = -1 - rank[code]
    return number, is_gap


class _Beside:
    """The streets of the components that are served so far, to ask whether another component lies beside them."""

    def __init__(
        self, points: NDArray[np.float64], point_ptr: NDArray[np.int64], length_m: NDArray[np.float64]
    ) -> None:
        lat = float(points[:, 1].mean()) if len(points) else 0.0
        self._scale = np.array([float(m) for m in metres_per_degree(lat)])
        self._points, self._ptr, self._length = points, point_ptr, length_m
        self._served: list[NDArray[np.int64]] = []

    def add(self, edge: NDArray[np.int64]) -> None:
        self._served.append(edge)

    def holds_half_of(self, edge: NDArray[np.int64]) -> bool:
        """Tell whether half of the edges' length lies within `GAP_M` of a street that was added."""
        lines = self._lines(edge)
        west, south, east, north = shapely.total_bounds(lines)
        low, high = np.array([west - GAP_M, south - GAP_M]), np.array([east + GAP_M, north + GAP_M])
        served = np.concatenate(self._served)
        # Only the streets near this component are compared with it.
        first = self._points[self._ptr[served]] * self._scale
        slack = self._length[served][:, None]
        near = served[((first + slack >= low) & (first - slack <= high)).all(axis=1)]
        if near.size == 0:
            return False
        n = np.maximum(np.ceil(self._length[edge] / _SAMPLE_M), 1).astype(np.int64)
        which = np.repeat(np.arange(edge.size), n)
        at = (np.arange(which.size) - np.repeat(np.cumsum(n) - n, n) + 0.5) / n[which]
        spots = shapely.line_interpolate_point(lines[which], at, normalized=True)
        weight = self._length[edge][which] / n[which]
        tree = shapely.STRtree(self._lines(near))
        is_near = np.zeros(which.size, bool)
        is_near[tree.query(spots, predicate="dwithin", distance=GAP_M)[0]] = True
        return bool(weight[is_near].sum() >= 0.5 * weight.sum())

    def _lines(self, edge: NDArray[np.int64]) -> NDArray[np.object_]:
        n = self._ptr[edge + 1] - self._ptr[edge]
        which = np.repeat(np.arange(edge.size), n)
        at = np.arange(which.size) - np.repeat(np.cumsum(n) - n, n) + self._ptr[edge][which]
        lines: NDArray[np.object_] = shapely.linestrings(self._points[at] * self._scale, indices=which)
        return lines


def find_islands(network: StreetGraph, *, mode: str) -> list[Island]:
    """Return the streets of a mode that are cut off and not served, longest first.

    Streets that only lead in or only lead out (the end of a one-way street at the border of the extract) belong to no
    component; those that hang together are one island.

    Parameters
    ----------
    network : StreetGraph
    mode : str

    Raises
    ------
    InputError
        If there is no such mode.
    """
    n = network.n_street
    arcs, u, v = network.cost[check_mode(mode)][: 2 * n], network.edge_u[:n], network.edge_v[:n]
    component, is_inside = strong_components(arcs, u, v, network.n_node)
    is_open = (arcs[0::2] >= 0) | (arcs[1::2] >= 0)
    # Ferries and tunnels of a served component are no islands though nothing is snapped to them.
    served = np.unique(component[u[is_inside & (network.snappable[mode][:n] > 0)]])
    is_cut_off = is_open & ~(is_inside & np.isin(component[u], served))
    _, is_gap = number_components(
        arcs, u, v, network.n_node, can_snap=np.ones(n, bool),
        length_m=network.edge_length[:n], points=network.points, point_ptr=network.point_ptr[: n + 1],
    )  # fmt: skip
    islands = [
        *_group(network, np.flatnonzero(is_cut_off & ~is_gap), is_gap=False),
        *_group(network, np.flatnonzero(is_cut_off & is_gap), is_gap=True),
    ]
    return sorted(islands, key=lambda island: (-island.length_m, island.lon, island.lat))


def _group(network: StreetGraph, edge: NDArray[np.int64], *, is_gap: bool) -> list[Island]:
    """Return edges that hang together as islands."""
    if edge.size == 0:
        return []
    u, v = network.edge_u[edge], network.edge_v[edge]
    graph = coo_array((np.ones(edge.size, bool), (u, v)), shape=(network.n_node, network.n_node)).tocsr()
    group = connected_components(graph, directed=False)[1][u]
    _, first, code = np.unique(group, return_index=True, return_inverse=True)
    length_m = np.bincount(code, network.edge_length[edge])
    members = np.split(edge[np.argsort(code, kind="stable")], np.cumsum(np.bincount(code))[:-1])
    at = network.points[network.point_ptr[edge[first]]].tolist()
    return [
        Island(edges, float(length), lon, lat, is_gap)
        for edges, length, (lon, lat) in zip(members, length_m, at, strict=True)
    ]
