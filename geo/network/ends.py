"""How a snapped point joins the network: what a search starts from, and what it is looked up by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.network._kernels import FAR, WHOLE, list_arcs, make_queue, search, search_many
from geo.network.graph import StreetGraph
from geo.network.snap import SnappedPoints

Longs = NDArray[np.int64]


_NO_LIMIT = int(FAR) - 1


@dataclass(frozen=True, eq=False)
class Ends:
    """The two ends of each point's edge.

    Attributes
    ----------
    arc : int64 (n, 2)
        Arc along which a point leaves for the end, or is reached from it.
    node : int64 (n, 2)
    part : float64 (n, 2)
        Part of the arc that is travelled.
    cost : int64 (n, 2)
        Deciseconds between point and end, access leg not included; `FAR` where the mode may not go.
    """

    arc: Longs
    node: Longs
    part: NDArray[np.float64]
    cost: Longs

    def with_more(self, arc: Longs, node: Longs, part: NDArray[np.float64], cost: Longs) -> "Ends":
        """Return the ends of one point and further ones."""
        pairs = ((self.arc, arc), (self.node, node), (self.part, part), (self.cost, cost))
        return Ends(*(np.concatenate([own, more[None, :]], axis=1) for own, more in pairs))

    def arc_at(self, node: int, *, point: int = 0) -> tuple[int, float]:
        """Return (arc, travelled part) between a point and `node`: the cheaper one where both ends are that node."""
        rows = zip(self.cost[point], self.arc[point], self.part[point], self.node[point], strict=True)
        _, arc, part = min((int(cost), int(arc), float(part)) for cost, arc, part, at in rows if at == node)
        return arc, part


@dataclass(frozen=True, eq=False)
class Joints:
    """Nodes by which points join a search: those of point ``i`` are ``node[ptr[i] : ptr[i + 1]]``.

    Attributes
    ----------
    ptr : int64 (n + 1,)
    node : int64 (n_joint,)
    cost : int64 (n_joint,)
        Deciseconds between point and node, access leg not included.
    """

    ptr: Longs
    node: Longs
    cost: Longs

    @property
    def point(self) -> Longs:
        """The point of each joint, int64 (n_joint,)."""
        return np.repeat(np.arange(self.ptr.size - 1), np.diff(self.ptr))

    def with_more(self, point: Longs, node: Longs, cost: Longs) -> "Joints":
        """Return these and further ones, each given with its point."""
        which = np.concatenate([self.point, point])
        order = np.argsort(which, kind="stable")
        counts = np.bincount(which, minlength=self.ptr.size - 1)
        return Joints(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.concatenate([self.node, node])[order],
            np.concatenate([self.cost, cost])[order],
        )

    def seeds(self, access_ds: Longs) -> tuple[Longs, Longs, Longs]:
        """Return (ptr, node, cost) with each point's access leg added to the cost."""
        return self.ptr, self.node, self.cost + access_ds[self.point]


def ends_of(network: StreetGraph, points: SnappedPoints, *, mode: str, is_origin: bool) -> Ends:
    """Return the ends of snapped points, as seen by somebody who sets out from them or who comes to them."""
    edge = np.where(points.is_snapped, points.edge, 0)
    fraction = np.where(points.is_snapped, points.fraction, 0.0)
    u, v = network.edge_u[edge].astype(np.int64), network.edge_v[edge].astype(np.int64)
    if is_origin:
        arc, node, part = (2 * edge, 2 * edge + 1), (v, u), (1.0 - fraction, fraction)
    else:
        arc, node, part = (2 * edge, 2 * edge + 1), (u, v), (fraction, 1.0 - fraction)
    arcs, parts = np.stack(arc, axis=1), np.stack(part, axis=1)
    cost = part_cost(network.cost[mode], arcs, parts)
    cost[~points.is_snapped] = FAR
    nodes = np.stack(node, axis=1)
    if is_origin and network.has_turns(mode):
        # Who sets out at the node itself has come to it by no street.
        nodes = np.where(parts > 0.0, network.arc_end[arcs], nodes)
    return Ends(arcs, nodes, parts, cost)


def _ends_by_copies(
    network: StreetGraph, points: SnappedPoints, *, mode: str
) -> tuple[Longs, Longs, Longs, NDArray[np.float64], Longs]:
    """Return (point, arc, node, part, deciseconds) by which who obeys turn restrictions also comes to points.

    From a state one travels a copy of the edge; a point at the very end of its edge is where the states of that node
    are, whatever leads on from them.
    """
    none = np.empty(0, np.int64)
    if not network.has_turns(mode):
        return none, none, none, np.empty(0), none
    edge = np.where(points.is_snapped, points.edge, -1)
    low, high = np.searchsorted(network.copy_of, edge, "left"), np.searchsorted(network.copy_of, edge, "right")
    of = np.repeat(np.arange(edge.size), high - low)
    copy = np.arange(of.size) - np.repeat(np.cumsum(high - low) - (high - low), high - low) + low[of]
    copy = copy + network.n_street
    is_back = network.cost[mode][2 * copy] < 0
    arc = 2 * copy + is_back
    node = np.where(is_back, network.edge_v[copy], network.edge_u[copy]).astype(np.int64)
    part = np.where(is_back, 1.0 - points.fraction[of], points.fraction[of])
    rows = [(of, arc, node, part)]
    by_place = np.argsort(network.state_at, kind="stable")
    state_at = network.state_at[by_place]
    for fraction, ends in ((0.0, network.edge_u), (1.0, network.edge_v)):
        at_end = np.flatnonzero(points.is_snapped & (points.fraction == fraction))
        at = ends[points.edge[at_end]]
        first, last_of = np.searchsorted(state_at, at, "left"), np.searchsorted(state_at, at, "right")
        n_state = last_of - first
        which = np.repeat(np.arange(at.size), n_state)
        state = by_place[np.arange(which.size) - np.repeat(np.cumsum(n_state) - n_state, n_state) + first[which]]
        last = 2 * points.edge[at_end[which]] + int(fraction)
        rows.append((at_end[which], last, state + network.n_place, np.zeros(which.size)))
    of, arc, node, part = (np.concatenate(column) for column in zip(*rows, strict=True))
    cost = part_cost(network.cost[mode], arc, part)
    order = np.flatnonzero(cost < FAR)
    return of[order], arc[order], node[order], part[order], cost[order]


def joints_of(
    network: StreetGraph,
    points: SnappedPoints,
    *,
    mode: str,
    is_origin: bool,
    is_search: bool,
    limit: int = _NO_LIMIT,
) -> Joints:
    """Return the nodes by which points join a search over open streets.

    Of a point on an open street, the ends of its edge. Of a point in an area of restricted access, what it reaches
    (or is reached from) inside the area within `limit`: all of that where the search begins at the point
    (`is_search`), and the area's borders with open streets, where it is looked up.
    """
    ends = ends_of(network, points, mode=mode, is_origin=is_origin)
    is_open = ends.cost < FAR
    ptr = np.concatenate([[0], np.cumsum(is_open.sum(axis=1))]).astype(np.int64)
    own = Joints(ptr, ends.node[is_open], ends.cost[is_open])
    if not is_origin:
        by_copies = _ends_by_copies(network, points, mode=mode)
        own = own.with_more(by_copies[0], by_copies[2], by_copies[4])
        ptr = own.ptr
    inside = np.flatnonzero(is_restricted(network, points, mode=mode))
    if inside.size == 0:
        return own
    adjacency = network.areas_out(mode) if is_origin else network.areas_in(mode)
    n_end = np.diff(ptr)[inside]
    at = np.arange(int(n_end.sum())) - np.repeat(np.cumsum(n_end) - n_end, n_end) + np.repeat(ptr[inside], n_end)
    begin = np.concatenate([[0], np.cumsum(n_end)]).astype(np.int64)
    reach_ptr, node, cost = search_many(*adjacency, begin, own.node[at], own.cost[at], 0, inside.size, limit)
    of = inside[np.repeat(np.arange(inside.size), np.diff(reach_ptr))]
    nodes, costs = node.astype(np.int64), cost.astype(np.int64)
    if not is_search:
        is_border = network.borders(mode, nodes)
        of, nodes, costs = of[is_border], nodes[is_border], costs[is_border]
    return own.with_more(of, nodes, costs)


def is_restricted(network: StreetGraph, points: SnappedPoints, *, mode: str) -> NDArray[np.bool_]:
    """Return which points are snapped inside an area of restricted access, bool (n,)."""
    return points.is_snapped & (network.restricted[mode][np.where(points.is_snapped, points.edge, 0)] > 0)


class Inside:
    """What one point reaches inside its area of restricted access, with the routes; of a point elsewhere, its ends.

    Attributes
    ----------
    node, cost : int64 (n,)
        Deciseconds between point and node, access leg not included.
    """

    def __init__(self, network: StreetGraph, point: SnappedPoints, *, mode: str, is_origin: bool) -> None:
        self._network, self._is_origin = network, is_origin
        self.ends = ends_of(network, point, mode=mode, is_origin=is_origin)
        if not is_origin:
            self.ends = self.ends.with_more(*_ends_by_copies(network, point, mode=mode)[1:])
        is_open = self.ends.cost[0] < FAR
        self.node, self.cost = self.ends.node[0][is_open], self.ends.cost[0][is_open]
        self._via: NDArray[np.int32] | None = None
        if is_restricted(network, point, mode=mode)[0]:
            adjacency = network.areas_out(mode) if is_origin else network.areas_in(mode)
            left, self._via = np.zeros(network.n_node, np.int32), np.empty(network.n_node, np.int32)
            reached = np.empty(network.n_node + 1, np.int32)
            n, _ = search(
                *adjacency, 0 if is_origin else 1, self.node, self.cost, np.int64(FAR - 1), left, self._via, reached,
                *make_queue(),
            )  # fmt: skip
            self.node = reached[:n].astype(np.int64)
            self.cost = np.int64(FAR) - left[self.node]

    def arcs_at(self, node: int) -> tuple[int, list[int]]:
        """Return the arc on the point's own edge and the whole arcs between it and `node`, in travelling order."""
        arcs: list[int] = []
        if self._via is not None:
            column = self._via.reshape(-1, 1)
            edges = self._network.edge_u, self._network.edge_v
            arcs = list_arcs(column, WHOLE, 0, node, *edges, not self._is_origin).tolist()
            if self._is_origin:
                arcs.reverse()
        if arcs:
            end = arcs[0] ^ 1 if self._is_origin else arcs[-1]
            node = int(self._network.edge_u[end >> 1] if end & 1 else self._network.edge_v[end >> 1])
        return self.ends.arc_at(node)[0], arcs


def part_cost(arc_cost: NDArray[np.int32], arc: Longs, part: NDArray[np.float64]) -> Longs:
    """Return deciseconds for parts of arcs; `FAR` where the mode may not go. No part of any arc costs nothing."""
    whole = arc_cost[arc].astype(np.int64)
    cost: Longs = np.where(whole < 0, np.int64(FAR), np.rint(np.maximum(whole, 0) * part).astype(np.int64))
    return np.where(part == 0.0, np.int64(0), cost)


def cost_within_edge(network: StreetGraph, origin: SnappedPoints, facility: SnappedPoints, *, mode: str) -> Longs:
    """Return deciseconds between points on the same edge without leaving it, access legs not included, int64 (n,).

    `FAR` where the mode may not go that way. Origins and facilities are paired; each pair must share its edge.
    """
    part = facility.fraction - origin.fraction
    arc = 2 * origin.edge + (part < 0)
    return part_cost(network.cost[mode], arc, np.abs(part))
