"""The quickest way between two points, or to a facility along the nearest table's arcs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.errors import UnreachableError
from geo.network._kernels import FAR, NO_ARC, search
from geo.network.attach import Attachment, attach_one
from geo.network.modes import check_mode
from geo.network.nearest import NearestTable, departure, last_part

if TYPE_CHECKING:
    from geo.network.graph import StreetNetwork


@dataclass(frozen=True)
class Piece:
    """A travelled part of an edge, from one fraction of its length to another (falling: against its drawing)."""

    edge: int
    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Route:
    """A way along streets.

    Attributes
    ----------
    mode : str
    pieces : list of Piece
        In travelling order.
    duration_s, distance_m : float
        Both straight legs included.
    coordinates : float64 (n, 2)
        Degrees, WGS84, from the origin itself to the destination itself.
    """

    mode: str
    pieces: list[Piece]
    duration_s: float
    distance_m: float
    coordinates: NDArray[np.float64]


def find_route(
    network: "StreetNetwork", origin: tuple[float, float], destination: tuple[float, float], *, mode: str
) -> Route:
    """Find the quickest way between two points.

    Parameters
    ----------
    network : StreetNetwork
    origin, destination : (lon, lat)
        Degrees, WGS84.
    mode : str

    Raises
    ------
    NotAttachedError
        If a point is not near a street of the mode.
    UnreachableError
        If no way leads there.
    """
    check_mode(mode)
    start = attach_one(network, *origin, mode=mode)
    end = attach_one(network, *destination, mode=mode)
    arc_cost = network.cost[mode]
    first, last = int(start.edge[0]), int(end.edge[0])
    start_at, end_at = float(start.fraction[0]), float(end.fraction[0])

    seeds = _open_parts(arc_cost, first, (1.0 - start_at, start_at))
    seed_node = np.array([_head(network, arc) for arc, _ in seeds], np.int64)
    seed_cost = np.array([round(float(arc_cost[arc]) * part) for arc, part in seeds], np.int64)
    exits = _open_parts(arc_cost, last, (end_at, 1.0 - end_at))
    exit_node = np.array([_tail(network, arc) for arc, _ in exits], np.int64)
    cost = np.full(network.n_node, FAR, np.int32)
    via = np.full(network.n_node, NO_ARC, np.int32)
    search(
        network.arc_ptr, network.arc_id, network.arc_head, arc_cost, 0,
        seed_node, seed_cost, FAR - 1, exit_node, cost, via,
    )  # fmt: skip

    best_cost, best_pieces = int(FAR), list[Piece]()
    if first == last:
        arc = 2 * first + (0 if end_at >= start_at else 1)
        if arc_cost[arc] >= 0:
            best_cost = round(float(arc_cost[arc]) * abs(end_at - start_at))
            best_pieces = [Piece(first, start_at, end_at)]
    best_exit = None
    for (arc, part), node in zip(exits, exit_node, strict=True):
        total = int(cost[node]) + round(float(arc_cost[arc]) * part)
        if cost[node] < FAR and total < best_cost:
            best_cost, best_exit = total, (arc, int(node))
    if best_exit is not None:
        arc, node = best_exit
        middle: list[Piece] = []
        while via[node] != NO_ARC:
            middle.append(_whole(int(via[node])))
            node = _tail(network, int(via[node]))
        seed = min((i for i in range(len(seeds)) if seed_node[i] == node), key=lambda i: seed_cost[i])
        seed_arc = seeds[seed][0]
        best_pieces = [
            Piece(first, start_at, 1.0 - float(seed_arc & 1)),
            *reversed(middle),
            Piece(last, float(arc & 1), end_at),
        ]
    if best_cost >= FAR:
        raise UnreachableError("no way leads there by the streets that this way of travel may use")
    duration_s = (best_cost + int(start.leg_ds[0]) + int(end.leg_ds[0])) / 10.0
    return _make_route(network, mode, best_pieces, duration_s, (origin, start), (destination, end))


def route_to_facility(
    network: "StreetNetwork",
    table: NearestTable,
    facility: int,
    origin: tuple[float, float],
    destination: tuple[float, float],
) -> Route:
    """Follow the nearest table's arcs from a point to one of its facilities.

    `destination` is where the facility itself stands; its attachment is the table's.

    Raises
    ------
    NotAttachedError
        If the point is not near a street of the mode.
    UnreachableError
        If no way leads to the facility.
    """
    start = attach_one(network, *origin, mode=table.mode)
    end = table.facility.take([facility])
    if not end.is_attached[0]:
        raise UnreachableError("this place is not near any street that this way of travel may use")
    arc, _ = departure(network, table, start, facility)
    first, start_at = int(start.edge[0]), float(start.fraction[0])
    last, end_at = int(end.edge[0]), float(end.fraction[0])
    if arc is None:
        pieces = [Piece(first, start_at, end_at)]
        whole_cost = float(network.cost[table.mode][2 * first + (0 if end_at >= start_at else 1)])
        cost = round(whole_cost * abs(end_at - start_at)) + int(end.leg_ds[0])
    else:
        pieces = [Piece(first, start_at, 1.0 - float(arc & 1))]
        node = _head(network, arc)
        part = 1.0 - start_at if arc & 1 == 0 else start_at
        cost = round(float(network.cost[table.mode][arc]) * part) + int(table.cost[node, facility])
        while table.via[node, facility] != NO_ARC:
            step = int(table.via[node, facility])
            pieces.append(_whole(step))
            node = _head(network, step)
        enters_at_u, _ = last_part(network, table.mode, last, end_at, node)
        pieces.append(Piece(last, 0.0 if enters_at_u else 1.0, end_at))
    duration_s = (cost + int(start.leg_ds[0])) / 10.0
    return _make_route(network, table.mode, pieces, duration_s, (origin, start), (destination, end))


def _head(network: "StreetNetwork", arc: int) -> int:
    return int(network.edge_u[arc >> 1] if arc & 1 else network.edge_v[arc >> 1])


def _tail(network: "StreetNetwork", arc: int) -> int:
    return int(network.edge_v[arc >> 1] if arc & 1 else network.edge_u[arc >> 1])


def _whole(arc: int) -> Piece:
    return Piece(arc >> 1, float(arc & 1), 1.0 - float(arc & 1))


def _open_parts(arc_cost: NDArray[np.int32], edge: int, parts: tuple[float, float]) -> list[tuple[int, float]]:
    """Return the arcs of an edge that the mode may use, each with the part of it that is travelled."""
    return [(arc, part) for arc, part in zip((2 * edge, 2 * edge + 1), parts, strict=True) if arc_cost[arc] >= 0]


def _make_route(
    network: "StreetNetwork",
    mode: str,
    pieces: list[Piece],
    duration_s: float,
    origin: tuple[tuple[float, float], Attachment],
    destination: tuple[tuple[float, float], Attachment],
) -> Route:
    moved = [piece for piece in pieces if piece.start != piece.end]
    lines = [piece_coordinates(network, piece) for piece in moved]
    distance_m = sum(abs(piece.end - piece.start) * float(network.edge_length[piece.edge]) for piece in moved)
    distance_m += float(origin[1].leg_m[0]) + float(destination[1].leg_m[0])
    stacked = np.concatenate([np.array([origin[0]]), *lines, np.array([destination[0]])])
    is_new = np.concatenate([[True], np.any(np.abs(np.diff(stacked, axis=0)) > 1e-9, axis=1)])
    coordinates = stacked[is_new]
    if len(coordinates) == 1:
        coordinates = np.repeat(coordinates, 2, axis=0)
    return Route(mode, moved, duration_s, distance_m, coordinates)


def piece_coordinates(network: "StreetNetwork", piece: Piece) -> NDArray[np.float64]:
    """Return the shape of a travelled part of an edge in travelling order, float64 (n, 2), degrees WGS84."""
    low, high = int(network.point_ptr[piece.edge]), int(network.point_ptr[piece.edge + 1])
    points = np.asarray(network.points[low:high])
    scale = np.array([np.cos(np.radians(points[0, 1])), 1.0])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*(np.diff(points, axis=0) * scale).T))])
    along /= along[-1]
    first, second = sorted((piece.start, piece.end))
    inside = points[(along > first) & (along < second)]
    ends = [np.array([np.interp(at, along, points[:, axis]) for axis in (0, 1)]) for at in (first, second)]
    line = np.vstack([ends[0], inside, ends[1]])
    return line if piece.start <= piece.end else line[::-1]
