"""The quickest way between two points, or to a facility along the nearest table's arcs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import UnreachableError
from geo.network._kernels import trace_pieces
from geo.network.graph import StreetGraph
from geo.network.modes import check_mode
from geo.network.nearest import NearestTable, pieces_to_facility
from geo.network.pieces import Piece, Pieces, find_pieces
from geo.network.snap import SnappedPoints, components_of, snap_aside, snap_one

_SAME_DEG = 1e-9


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
        return self.travelled.as_list()


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
        pieces, cost = find_pieces(network, start, end, mode=mode)
    except UnreachableError:
        components = components_of(network, end, mode=mode)
        moved = snap_aside(network, start, *origin, mode=mode, components=components.tolist())
        if moved is None:
            raise
        start = moved
        pieces, cost = find_pieces(network, start, end, mode=mode)
    duration_s = (cost + int(start.access_ds[0]) + int(end.access_ds[0])) / 10.0
    return _make_route(network, mode, pieces, duration_s, (origin, start), (destination, end))


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
    pieces: Pieces,
    duration_s: float,
    origin: tuple[tuple[float, float], SnappedPoints],
    destination: tuple[tuple[float, float], SnappedPoints],
) -> Route:
    moved = pieces.take(pieces.start != pieces.end)
    # Nothing travelled is still drawn: from the origin to the street and from there to the destination.
    drawn = moved if moved.edge.size else pieces.take(slice(1))
    line, point_ptr = trace_pieces(network.points, network.point_ptr, drawn.edge, drawn.start, drawn.end)
    head = [line] if _is_at(line[0], origin[0]) else [[origin[0]], line]
    tail = [] if _is_at(line[-1], destination[0]) else [[destination[0]]]
    coordinates = np.concatenate([*head, *tail])
    if len(coordinates) == 1:
        coordinates = np.repeat(coordinates, 2, axis=0)
    access_m = (float(origin[1].access_m[0]), float(destination[1].access_m[0]))
    distance_m = float((moved.part * network.edge_length[moved.edge]).sum()) + sum(access_m)
    return Route(
        mode=mode,
        travelled=moved,
        duration_s=duration_s,
        distance_m=distance_m,
        access_m=access_m,
        coordinates=coordinates,
        point_ptr=point_ptr[: moved.edge.size + 1] + (len(head) - 1),
    )


def _is_at(point: NDArray[np.float64], place: tuple[float, float]) -> bool:
    return abs(float(point[0]) - place[0]) <= _SAME_DEG and abs(float(point[1]) - place[1]) <= _SAME_DEG


def piece_line(network: StreetGraph, piece: Piece) -> NDArray[np.float64]:
    """Return the shape of a travelled part of an edge in travelling order, float64 (n, 2), degrees WGS84."""
    one = np.array([piece.edge], np.int64), np.array([piece.start]), np.array([piece.end])
    line: NDArray[np.float64] = trace_pieces(network.points, network.point_ptr, *one)[0]
    return line
