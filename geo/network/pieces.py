"""The travelled parts of edges by which a way leads from point to point."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.errors import UnreachableError
from geo.network._kernels import FAR, list_arcs
from geo.network.ends import Inside, cost_within_edge
from geo.network.snap import SnappedPoints

if TYPE_CHECKING:
    from geo.network.graph import StreetNetwork
    from geo.network.nearest import NearestTable


@dataclass(frozen=True)
class Piece:
    """A travelled part of an edge, from one fraction of its length to another (falling: against its drawing)."""

    edge: int
    start: float
    end: float


def pieces_to_facility(
    network: "StreetNetwork", table: "NearestTable", origin: SnappedPoints, facility: int
) -> tuple[list[Piece], int]:
    """Return the pieces of the quickest way from a snapped point to a facility of a table, and its deciseconds.

    The facility's access leg is included, the origin's is not.

    Raises
    ------
    UnreachableError
        If no way leads to the facility.
    """
    goal = table.facility.take([facility])
    start = Inside(network, origin, mode=table.mode, is_origin=True)
    # The side along the edge comes first, so that of two equal ways all choose the same one.
    totals = start.cost + table.cost[start.node, facility]
    best = int(np.argmin(totals)) if totals.size else -1
    cost = int(totals[best]) if totals.size else int(FAR)
    if goal.edge[0] == origin.edge[0]:
        within = int(cost_within_edge(network, origin, goal, mode=table.mode)[0]) + int(goal.access_ds[0])
        if within <= cost and within < FAR:
            return [Piece(int(origin.edge[0]), float(origin.fraction[0]), float(goal.fraction[0]))], within
    if cost >= FAR:
        raise UnreachableError("no way leads there by the streets that this way of travel may use")
    node = int(start.node[best])
    arcs = list_arcs(table.via, facility, node, network.edge_u, network.edge_v, True).tolist()
    end = Inside(network, goal, mode=table.mode, is_origin=False)
    return join_pieces(network, (origin, start), node, arcs, (goal, end)), cost


def join_pieces(
    network: "StreetNetwork",
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


def _whole(network: "StreetNetwork", arcs: Iterable[int]) -> list[Piece]:
    each = np.array(list(arcs), np.int64)
    streets = network.street_of(each >> 1).tolist()
    return [Piece(edge, float(arc & 1), 1.0 - float(arc & 1)) for edge, arc in zip(streets, each.tolist(), strict=True)]
