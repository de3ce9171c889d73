"""Plain twins of every compiled kernel: slow, obvious, written from what the kernel's docstring promises alone.

Costs are Python integers, the queue is a loop that runs until nothing changes, distances are Python floats. A twin is
told nothing of buckets, rings, work arrays or blocks.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.network._kernels import FAR
from geo.network.network import StreetNetwork
from geo.network.snap import SnappedPoints, metres_per_degree

UNREACHED = int(FAR)


class Arc(NamedTuple):
    """One direction of a street that is open to the mode."""

    number: int
    tail: int
    head: int
    cost: int


def open_arcs(edge_u: ArrayLike, edge_v: ArrayLike, arc_cost: ArrayLike) -> list[Arc]:
    """Return the arcs that the mode may use: ``2e`` from u to v, ``2e + 1`` from v to u."""
    arcs = []
    for edge, (u, v) in enumerate(zip(np.asarray(edge_u).tolist(), np.asarray(edge_v).tolist(), strict=True)):
        along, against = np.asarray(arc_cost)[2 * edge : 2 * edge + 2].tolist()
        if along >= 0:
            arcs.append(Arc(2 * edge, u, v, along))
        if against >= 0:
            arcs.append(Arc(2 * edge + 1, v, u, against))
    return arcs


# --- searching: R. Bellman (1958), relax every arc until nothing changes --------------------------------------------


def search(
    arcs: Iterable[Arc], seeds: Iterable[tuple[int, int]], *, limit: float = math.inf, towards: bool = False
) -> dict[int, int]:
    """Return the cost of every node within `limit` from the seeds, or ``towards`` them."""
    cost: dict[int, int] = {}
    for node, at in seeds:
        if at <= limit:
            cost[node] = min(at, cost.get(node, at))
    steps = [(a.head, a.tail, a.cost) if towards else (a.tail, a.head, a.cost) for a in arcs]
    is_changed = True
    while is_changed:
        is_changed = False
        for here, there, step in steps:
            if here in cost and cost[here] + step <= limit and cost[here] + step < cost.get(there, math.inf):
                cost[there] = cost[here] + step
                is_changed = True
    return cost


def search_to_targets(arcs: Sequence[Arc], out_of: Iterable[tuple[int, int]], into: Iterable[tuple[int, int]]) -> int:
    """Return the cost of the quickest way from one set of seeds to the other; `UNREACHED` if there is none."""
    reached = search(arcs, out_of)
    return min((reached[node] + more for node, more in into if node in reached), default=UNREACHED)


def join_points(
    searches: Sequence[Mapping[int, int]],
    joined: Sequence[Sequence[tuple[int, int]]],
    inside: Sequence[Sequence[tuple[int, int]]],
    limit: int,
) -> list[dict[int, int]]:
    """Return the points within `limit` of each search: ``joined[node]`` and ``inside[k]`` hold (point, cost)."""
    found = []
    for k, reached in enumerate(searches):
        ways = [(point, cost + more) for node, cost in reached.items() for point, more in joined[node]]
        best: dict[int, int] = {}
        for point, total in [*ways, *inside[k]]:
            best[point] = min(total, best.get(point, total))
        found.append({point: total for point, total in best.items() if total <= limit})
    return found


def keep_best(best: Mapping[int, int], point: int, total: int, limit: int) -> dict[int, int]:
    """Return `best` with a point's cost noted, if it is within the limit and the least so far."""
    if total > limit or best.get(point, math.inf) <= total:
        return dict(best)
    return {**best, point: total}


# --- following what a search noted -----------------------------------------------------------------------------------


def chain(via: Mapping[int, int], node: int, edge_u: ArrayLike, edge_v: ArrayLike, *, towards: bool) -> list[int]:
    """Return the arcs by which ``via`` goes on from `node`, or by which it came there, the nearest to `node` first."""
    u, v = np.asarray(edge_u).tolist(), np.asarray(edge_v).tolist()
    arcs = []
    while via[node] >= 0:
        arc = via[node]
        tail, head = (u[arc // 2], v[arc // 2]) if arc % 2 == 0 else (v[arc // 2], u[arc // 2])
        arcs.append(arc)
        node = head if towards else tail
    return arcs


def follow(
    via: Mapping[int, int], node: int, edge_u: ArrayLike, edge_v: ArrayLike, edge_length: ArrayLike
) -> tuple[float, int, int]:
    """Return (metres, number of arcs, last node) of the way that ``via`` notes from `node`."""
    arcs = chain(via, node, edge_u, edge_v, towards=True)
    length, u, v = (np.asarray(values).tolist() for values in (edge_length, edge_u, edge_v))
    last = node if not arcs else (v if arcs[-1] % 2 == 0 else u)[arcs[-1] // 2]
    return math.fsum(length[arc // 2] for arc in arcs), len(arcs), last


# --- drawing ---------------------------------------------------------------------------------------------------------


def trace(line: ArrayLike, start: float, end: float) -> list[tuple[float, float]]:
    """Return the part of a line from one fraction of its length to another, in that order.

    Length as in the kernel: on a plane whose degrees are as long as at the line's first point.
    """
    points = [(float(x), float(y)) for x, y in np.asarray(line).tolist()]
    per_x, per_y = (float(metres) for metres in metres_per_degree(points[0][1]))
    along = [0.0]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        along.append(along[-1] + math.hypot((x1 - x0) * per_x, (y1 - y0) * per_y))
    whole = along[-1]

    def at(fraction: float) -> tuple[float, float]:
        x, y = (float(np.interp(fraction * whole, along, [p[axis] for p in points])) for axis in (0, 1))
        return points[-1] if whole == 0.0 else (x, y)

    low, high = min(start, end), max(start, end)
    between = [p for p, a in zip(points[1:-1], along[1:-1], strict=True) if low * whole < a < high * whole]
    return [at(start), *(between if start <= end else reversed(between)), at(end)]


# --- joining points to streets ---------------------------------------------------------------------------------------


def is_barred(here: Sequence[float], foot: Sequence[float], barrier: ArrayLike, *, may_leave: bool) -> bool:
    """Tell whether the leg crosses any barrier piece from its right to its left (or, unless it may, back out)."""
    leg = shapely.LineString([here, foot])
    for ax, ay, bx, by in np.asarray(barrier).reshape(-1, 4).tolist():
        if leg.crosses(shapely.LineString([(ax, ay), (bx, by)])):
            is_left = (bx - ax) * (here[1] - ay) - (by - ay) * (here[0] - ax) > 0
            if not (is_left and may_leave):
                return True
    return False


def snap(
    network: StreetNetwork, lon: float, lat: float, *, mode: str, reach_m: float, free_m: float, pull_back_m: float
) -> tuple[int, float, float]:
    """Return (edge, fraction, leg in metres) by looking at every piece of every street; edge -1 where none is reached.

    Then the leg is the distance to the nearest usable street whatever lies between (inf: there is none). Streets that
    are cut off count where no other is reached.
    """
    limits = {"reach_m": reach_m, "free_m": free_m, "pull_back_m": pull_back_m}
    served = _snap_to(network, np.flatnonzero(network.snappable[mode] > 0), lon, lat, **limits)
    cut_off = _snap_to(network, np.flatnonzero(network.snappable[mode] < 0), lon, lat, **limits)
    return cut_off if served[0] < 0 <= cut_off[0] else served


def _snap_to(
    network: StreetNetwork,
    edges: NDArray[np.int64],
    lon: float,
    lat: float,
    *,
    reach_m: float,
    free_m: float,
    pull_back_m: float,
) -> tuple[int, float, float]:
    """Return what `snap` does, of the given streets alone."""
    per_x, per_y = (float(metres) for metres in metres_per_degree(lat))
    best, nearest = (math.inf, -1, math.nan), math.inf
    for edge in edges.tolist():
        points = network.points[network.point_ptr[edge] : network.point_ptr[edge + 1]]
        flat = [((x - lon) * per_x, (y - lat) * per_y) for x, y in points.tolist()]
        pieces = [math.dist(a, b) for a, b in itertools.pairwise(flat)]
        for k, (a, b) in enumerate(itertools.pairwise(flat)):
            square = pieces[k] ** 2
            t = min(max(-(a[0] * (b[0] - a[0]) + a[1] * (b[1] - a[1])) / square, 0.0), 1.0) if square > 0 else 0.0
            leg = math.hypot(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]))
            nearest = min(nearest, leg)
            if leg > reach_m or (leg, edge) >= best[:2]:
                continue
            part = max(1.0 - pull_back_m / leg, 0.0) if leg > 0 else 0.0
            foot = [
                h + part * (p + t * (q - p) - h) for h, p, q in zip((lon, lat), points[k], points[k + 1], strict=True)
            ]
            if part > 0 and is_barred((lon, lat), foot, network.barrier, may_leave=leg <= free_m):
                continue
            whole = sum(pieces)
            best = (leg, edge, (sum(pieces[:k]) + t * pieces[k]) / whole if whole > 0 else 0.0)
    return (best[1], best[2], best[0]) if best[1] >= 0 else (-1, math.nan, nearest)


def cells_touched(
    start: Sequence[float], end: Sequence[float], origin: ArrayLike, cell: ArrayLike, shape: ArrayLike
) -> set[int]:
    """Return the cells of the grid that a piece's bounding box touches; what lies outside belongs to the edge."""
    (x0, y0), (w, h), (n_col, n_row) = (np.asarray(each).tolist() for each in (origin, cell, shape))

    def span(a: float, b: float, low: float, width: float, n: int) -> range:
        first, last = sorted(min(max(math.floor((value - low) / width), 0), n - 1) for value in (a, b))
        return range(first, last + 1)

    columns, rows = span(start[0], end[0], x0, w, n_col), span(start[1], end[1], y0, h, n_row)
    return {row * n_col + col for row in rows for col in columns}


def morton(lon: ArrayLike, lat: ArrayLike) -> list[int]:
    """Return the sixteen bits of both coordinates in turn, latitude first, by writing them out."""

    def bits(values: ArrayLike) -> list[str]:
        numbers = np.asarray(values).tolist()
        span = (max(numbers) - min(numbers)) or 1.0
        return [f"{int((value - min(numbers)) / span * 65535.0):016b}" for value in numbers]

    return [
        int("".join(y + x for x, y in zip(a, b, strict=True)), 2) for a, b in zip(bits(lon), bits(lat), strict=True)
    ]


# --- the whole engine, for points on streets -------------------------------------------------------------------------


def point_costs(
    network: StreetNetwork, origin: SnappedPoints, facility: SnappedPoints, *, mode: str
) -> list[list[int]]:
    """Return deciseconds from every point to every facility, both legs included; `UNREACHED` where none leads there.

    A point leaves its edge by either end, or goes straight along it; every part is rounded to whole deciseconds.
    """
    arc_cost = network.cost[mode].tolist()
    arcs = open_arcs(network.edge_u, network.edge_v, arc_cost)

    def part(arc: int, of: float) -> list[int]:
        if of == 0.0:
            return [0]
        return [round(arc_cost[arc] * of)] if arc_cost[arc] >= 0 else []

    def ends(edge: int, at: float, *, leaves: bool) -> list[tuple[int, int]]:
        u, v = int(network.edge_u[edge]), int(network.edge_v[edge])
        along, against = (v, 1.0 - at), (u, at)
        if not leaves:
            along, against = (u, at), (v, 1.0 - at)
        return [(n, c) for arc, (n, of) in ((2 * edge, along), (2 * edge + 1, against)) for c in part(arc, of)]

    table = []
    for e, f, leg in zip(origin.edge.tolist(), origin.fraction.tolist(), origin.access_ds.tolist(), strict=True):
        row = []
        reached = search(arcs, ends(e, f, leaves=True)) if e >= 0 else {}
        for to_e, to_f, to_leg in zip(
            facility.edge.tolist(), facility.fraction.tolist(), facility.access_ds.tolist(), strict=True
        ):
            ways = []
            if e >= 0 and to_e >= 0:
                ways = [reached[n] + c for n, c in ends(to_e, to_f, leaves=False) if n in reached]
                if e == to_e:
                    ways += part(2 * e + (to_f < f), abs(to_f - f))
            row.append(min(ways) + leg + to_leg if ways else UNREACHED)
        table.append(row)
    return table
