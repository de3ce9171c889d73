"""The quickest way between two points, or to a facility along the nearest table's arcs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import UnreachableError
from geo.network._kernels import FAR, list_arcs, search_to_targets, trace_pieces
from geo.network.ends import Inside, cost_within_edge
from geo.network.graph import StreetGraph
from geo.network.modes import check_mode
from geo.network.nearest import NearestTable, pieces_to_facility
from geo.network.pieces import Piece, join_pieces
from geo.network.snap import SnappedPoints, components_of, snap_aside, snap_one

_SAME_DEG = 1e-9


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


@dataclass(frozen=True, eq=False)
class Route:
    """A way along streets.

    Attributes
    ----------
    mode : str
    travelled : Pieces
        What is travelled of each edge; none where both points join the streets at the same spot.
    duration_s, distance_m : float
        Both access legs included.
    access_m : (float, float)
        Metres of the access legs at the beginning and at the end.
    coordinates : float64 (n, 2)
        Degrees, WGS84, from the origin itself to the destination itself.
    point_ptr : int64 (n_piece + 1,)
        Piece ``i`` is drawn by ``coordinates[point_ptr[i] : point_ptr[i + 1] + 1]``.
    """

    mode: str
    travelled: Pieces
    duration_s: float
    distance_m: float
    access_m: tuple[float, float]
    coordinates: NDArray[np.float64]
    point_ptr: NDArray[np.int64]

    @property
    def pieces(self) -> list[Piece]:
        """The travelled pieces one by one."""
        t = self.travelled
        return [Piece(*row) for row in zip(t.edge.tolist(), t.start.tolist(), t.end.tolist(), strict=True)]


def find_route(
    network: StreetGraph, origin: tuple[float, float], destination: tuple[float, float], *, mode: str
) -> Route:
    """Find the quickest way between two points.

    Parameters
    ----------
    network : StreetGraph
    origin, destination : (lon, lat)
        Degrees, WGS84.
    mode : str

    Raises
    ------
    NotSnappedError
        If a point is not near a street of the mode.
    UnreachableError
        If no way leads there.
    """
    check_mode(mode)
    start = snap_one(network, *origin, mode=mode)
    end = snap_one(network, *destination, mode=mode)
    try:
        pieces, cost = _find_pieces(network, start, end, mode=mode)
    except UnreachableError:
        components = components_of(network, end, mode=mode)
        moved = snap_aside(network, start, *origin, mode=mode, components=components.tolist())
        if moved is None:
            raise
        start = moved
        pieces, cost = _find_pieces(network, start, end, mode=mode)
    duration_s = (cost + int(start.access_ds[0]) + int(end.access_ds[0])) / 10.0
    return _make_route(network, mode, pieces, duration_s, (origin, start), (destination, end))


def _find_pieces(
    network: StreetGraph, start: SnappedPoints, end: SnappedPoints, *, mode: str
) -> tuple[list[Piece], int]:
    """Return the pieces of the quickest way between two snapped points, and its deciseconds without the access legs."""
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
        return [Piece(first, float(start.fraction[0]), float(end.fraction[0]))], within
    arcs = list_arcs(via[:, None], 0, target, network.edge_u, network.edge_v, False)[::-1].tolist()
    begin = int(target)
    if arcs:
        begin = int(network.edge_v[arcs[0] >> 1] if arcs[0] & 1 else network.edge_u[arcs[0] >> 1])
    return join_pieces(network, (start, reached), begin, arcs, (end, reaches)), int(cost)


def route_to_facility(
    network: StreetGraph,
    table: NearestTable,
    facility: int,
    origin: tuple[float, float],
    destination: tuple[float, float],
) -> Route:
    """Follow the nearest table's arcs from a point to one of its facilities.

    `destination` is where the facility itself stands; its attachment is the table's.

    Raises
    ------
    NotSnappedError
        If the point is not near a street of the mode.
    UnreachableError
        If no way leads to the facility.
    """
    start = snap_one(network, *origin, mode=table.mode)
    end = table.facility.take([facility])
    if not end.is_snapped[0]:
        raise UnreachableError("this place is not near any street that this way of travel may use")
    try:
        pieces, cost = pieces_to_facility(network, table, start, facility)
    except UnreachableError:
        components = components_of(network, end, mode=table.mode)
        moved = snap_aside(network, start, *origin, mode=table.mode, components=components.tolist())
        if moved is None:
            raise
        start = moved
        pieces, cost = pieces_to_facility(network, table, start, facility)
    duration_s = (cost + int(start.access_ds[0])) / 10.0
    return _make_route(network, table.mode, pieces, duration_s, (origin, start), (destination, end))


def _make_route(
    network: StreetGraph,
    mode: str,
    pieces: Sequence[Piece],
    duration_s: float,
    origin: tuple[tuple[float, float], SnappedPoints],
    destination: tuple[tuple[float, float], SnappedPoints],
) -> Route:
    moved = [piece for piece in pieces if piece.start != piece.end]
    # Nothing travelled is still drawn: from the origin to the street and from there to the destination.
    drawn = moved or pieces[:1]
    edge = np.array([piece.edge for piece in drawn], np.int64)
    start, end = np.array([piece.start for piece in drawn]), np.array([piece.end for piece in drawn])
    line, point_ptr = trace_pieces(network.points, network.point_ptr, edge, start, end)
    head = [line] if np.allclose(line[0], origin[0], rtol=0.0, atol=_SAME_DEG) else [[origin[0]], line]
    tail = [] if np.allclose(line[-1], destination[0], rtol=0.0, atol=_SAME_DEG) else [[destination[0]]]
    coordinates = np.concatenate([*head, *tail])
    if len(coordinates) == 1:
        coordinates = np.repeat(coordinates, 2, axis=0)
    n = len(moved)
    travelled = Pieces(edge[:n], start[:n], end[:n])
    access_m = (float(origin[1].access_m[0]), float(destination[1].access_m[0]))
    distance_m = float((travelled.part * network.edge_length[travelled.edge]).sum()) + sum(access_m)
    return Route(
        mode=mode,
        travelled=travelled,
        duration_s=duration_s,
        distance_m=distance_m,
        access_m=access_m,
        coordinates=coordinates,
        point_ptr=point_ptr[: n + 1] + (len(head) - 1),
    )


def piece_line(network: StreetGraph, piece: Piece) -> NDArray[np.float64]:
    """Return the shape of a travelled part of an edge in travelling order, float64 (n, 2), degrees WGS84."""
    one = np.array([piece.edge], np.int64), np.array([piece.start]), np.array([piece.end])
    line: NDArray[np.float64] = trace_pieces(network.points, network.point_ptr, *one)[0]
    return line
