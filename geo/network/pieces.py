"""The travelled parts of edges by which a way leads from point to point."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from geo.network.ends import Inside
from geo.network.graph import StreetGraph
from geo.network.snap import SnappedPoints


@dataclass(frozen=True)
class Piece:
    """A travelled part of an edge, from one fraction of its length to another (falling: against its drawing)."""

    edge: int
    start: float
    end: float


def join_pieces(
    network: StreetGraph,
    origin: tuple[SnappedPoints, Inside],
    node: int,
    arcs: list[int],
    destination: tuple[SnappedPoints, Inside],
) -> list[Piece]:
    """Return the pieces of a way that goes by `arcs` of open streets from `node`, which its origin reaches."""
    (start, reached), (end, reaches) = origin, destination
    left, before = reached.arcs_at(node)
    last = arcs[-1] if arcs else None
    into = node if last is None else int(network.edge_u[last >> 1] if last & 1 else network.edge_v[last >> 1])
    came, after = reaches.arcs_at(into)
    return [
        Piece(int(start.edge[0]), float(start.fraction[0]), 1.0 - float(left & 1)),
        *_whole(network, (*before, *arcs, *after)),
        Piece(int(end.edge[0]), float(came & 1), float(end.fraction[0])),
    ]


def _whole(network: StreetGraph, arcs: Iterable[int]) -> list[Piece]:
    each = np.array(list(arcs), np.int64)
    streets = network.street_of(each >> 1).tolist()
    return [Piece(edge, float(arc & 1), 1.0 - float(arc & 1)) for edge, arc in zip(streets, each.tolist(), strict=True)]
