"""The travelled parts of edges by which a way leads from point to point."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import UnreachableError
from geo.network._kernels import FAR, WHOLE, list_arcs, search_to_targets
from geo.network.ends import Inside, cost_within_edge
from geo.network.graph import StreetGraph
from geo.network.snap import SnappedPoints


@dataclass(frozen=True)
class Piece:
    """A travelled part of an edge, from one fraction of its length to another (falling: against its drawing)."""

    edge: int
    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Pieces:
    """The travelled parts of edges of a way, in travelling order.

    Attributes
    ----------
    edge : int64 (n,)
    start, end : float64 (n,)
        Fractions of the edge's length; ``end < start`` against its drawing.
    """

    edge: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]

    @property
    def arc(self) -> NDArray[np.int64]:
        """The arc of each piece, int64 (n,)."""
        arcs: NDArray[np.int64] = 2 * self.edge + (self.end < self.start)
        return arcs

    @property
    def part(self) -> NDArray[np.float64]:
        """The part of its edge that each piece travels, float64 (n,)."""
        return np.abs(self.end - self.start)

    def as_list(self) -> list[Piece]:
        """Return the pieces one by one."""
        return [Piece(*row) for row in zip(self.edge.tolist(), self.start.tolist(), self.end.tolist(), strict=True)]

    def take(self, index: slice | NDArray[np.bool_]) -> "Pieces":
        """Return some of the pieces."""
        return Pieces(self.edge[index], self.start[index], self.end[index])


def one_piece(edge: int, start: float, end: float) -> Pieces:
    """Return a way along a part of one edge."""
    return Pieces(np.array([edge], np.int64), np.array([start], np.float64), np.array([end], np.float64))


def find_pieces(network: StreetGraph, start: SnappedPoints, end: SnappedPoints, *, mode: str) -> tuple[Pieces, int]:
    """Return the pieces of the quickest way between two snapped points, and its deciseconds without the access legs.

    Raises
    ------
    UnreachableError
        If no way leads from one to the other.
    """
    first, last = int(start.edge[0]), int(end.edge[0])
    reached = Inside(network, start, mode=mode, is_origin=True)
    reaches = Inside(network, end, mode=mode, is_origin=False)
    left, to_go, via = (np.zeros(network.n_node, np.int32) for _ in range(3))
    cost, target = search_to_targets(
        network.arc_ptr, network.arc_id, network.adjacency_out[mode], network.landmark_cost[mode],
        reached.node, reached.cost, reaches.node, reaches.cost, left, via, to_go,
    )  # fmt: skip
    within = int(cost_within_edge(network, start, end, mode=mode)[0]) if first == last else int(FAR)
    if min(int(cost), within) >= FAR:
        raise UnreachableError("no way leads there by the streets that this way of travel may use")
    if within <= cost:
        return one_piece(first, float(start.fraction[0]), float(end.fraction[0])), within
    arcs = list_arcs(via[:, None], WHOLE, 0, target, network.edge_u, network.edge_v, False)[::-1]
    begin = int(target)
    if arcs.size:
        begin = int(network.edge_v[arcs[0] >> 1] if arcs[0] & 1 else network.edge_u[arcs[0] >> 1])
    return join_pieces(network, (start, reached), begin, arcs, (end, reaches)), int(cost)


def join_pieces(
    network: StreetGraph,
    origin: tuple[SnappedPoints, Inside],
    node: int,
    arcs: Sequence[int] | NDArray[np.int32],
    destination: tuple[SnappedPoints, Inside],
) -> Pieces:
    """Return the pieces of a way that goes by `arcs` of open streets from `node`, which its origin reaches."""
    (start, reached), (end, reaches) = origin, destination
    left, before = reached.arcs_at(node)
    last = int(arcs[-1]) if len(arcs) else None
    into = node if last is None else int(network.edge_u[last >> 1] if last & 1 else network.edge_v[last >> 1])
    came, after = reaches.arcs_at(into)
    whole = np.concatenate([np.asarray(part, np.int64) for part in (before, arcs, after)])
    is_back = (whole & 1).astype(np.float64)
    return Pieces(
        np.concatenate([start.edge[:1], network.street_of(whole >> 1), end.edge[:1]]),
        np.concatenate([start.fraction[:1], is_back, [float(came & 1)]]),
        np.concatenate([[1.0 - float(left & 1)], 1.0 - is_back, end.fraction[:1]]),
    )
