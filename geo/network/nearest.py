"""Nearest is a lookup: facilities' costs and next arcs stand in a table over the nodes (design decision 4).

Of up to `MOST_WHOLE` facilities the table is whole. Of more, each node keeps the `N_KEPT` nearest ones; what lies
farther is searched for when somebody asks for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo.errors import UnreachableError
from geo.network._kernels import FAR, NO_ARC, WHOLE, fill_table, keep_nearest, list_arcs
from geo.network._threads import in_threads
from geo.network._ways import look_up, measure_ways
from geo.network.costs import find_costs
from geo.network.ends import Inside, cost_within_edge, is_restricted, joints_of
from geo.network.graph import StreetGraph
from geo.network.pieces import Pieces, find_pieces, join_pieces, one_piece
from geo.network.snap import SnappedPoints, components_of, snap, snap_aside, snap_one

MOST_WHOLE = 200
"""Facilities of which a table is whole."""

N_KEPT = 32
"""Nearest facilities that a node keeps in a truncated table."""

_BLOCK = 8
"""Facilities that one thread searches for before it writes their columns."""

_MERGED = 128
"""Facilities that are searched for before a truncated table takes in their columns."""

_MOST_COSTS = 2**22
"""Costs that are looked for at once: many more would take the memory that a truncated table saves."""


@dataclass(frozen=True)
class Nearest:
    """One facility as seen from a point: its index in the table, seconds and metres with both access legs."""

    facility: int
    duration_s: float
    distance_m: float


@dataclass(frozen=True, eq=False)
class NearestTable:
    """What it costs to reach each facility from each node.

    Attributes
    ----------
    mode : str
    facility : SnappedPoints
        Where the facilities join the network (n_facility); those not snapped are never reached.
    cost : int32 (n_node, n_facility), or (n_node, n_kept) if it is truncated
        Deciseconds from the node to the facility, the facility's own leg included, for a person on open streets: by
        open streets, and then by those of the facility's area of restricted access. The largest int32 where
        unreachable.
    via : int32, as `cost`
        The arc by which the route leaves the node; -1 where the facility's own edge or its restricted area begins, or
        unreachable.
    kept : int32 (n_node, n_kept)
        If it is truncated: the nearest facilities of each node, by cost and then by their number; -1 where no more is
        reached. Empty if every facility has its column. A node on the way to a facility that the node before it keeps
        keeps it too: what is nearer there is nearer before as well.
    """

    mode: str
    facility: SnappedPoints
    cost: NDArray[np.int32]
    via: NDArray[np.int32]
    kept: NDArray[np.int32] = field(default_factory=lambda: WHOLE)

    @property
    def is_truncated(self) -> bool:
        """Tell whether each node keeps its nearest facilities only."""
        return bool(self.kept.shape[1] > 0)

    def costs_at(self, node: NDArray[np.int64], facility: int) -> NDArray[np.int64]:
        """Return deciseconds from nodes to a facility, int64 (n,); `FAR`: unreachable, or not kept by the node."""
        if not self.is_truncated:
            whole: NDArray[np.int64] = self.cost[node, facility].astype(np.int64)
            return whole
        is_it = self.kept[node] == facility
        at = is_it.argmax(axis=1)
        return np.where(is_it.any(axis=1), self.cost[node, at].astype(np.int64), np.int64(FAR))

    def known_below(self, node: NDArray[np.int64], cost: NDArray[np.int64]) -> int:
        """Return the deciseconds below which a point that reaches nodes at costs finds all facilities in their rows."""
        if not self.is_truncated or node.size == 0:
            return int(FAR)
        return min(int((cost + self.cost[node, -1]).min()), int(FAR))


def make_table(network: StreetGraph, facility: SnappedPoints, *, mode: str) -> NearestTable:
    """Return the whole table of few facilities, the truncated one of more than `MOST_WHOLE`."""
    return fill_nearest_table(network, facility, mode=mode, n_kept=N_KEPT if facility.edge.size > MOST_WHOLE else None)


def fill_nearest_table(
    network: StreetGraph, facility: SnappedPoints, *, mode: str, n_kept: int | None = None
) -> NearestTable:
    """Search towards every facility over the whole network.

    Parameters
    ----------
    network : StreetGraph
    facility : SnappedPoints
        Facilities snapped in the same mode.
    mode : str
    n_kept : int, optional
        Nearest facilities that each node keeps; all by default.

    Returns
    -------
    NearestTable

    Notes
    -----
    E. W. Dijkstra (1959), A note on two problems in connexion with graphs, doi:10.1007/BF01386390; from each facility
    on the reversed graph, for people travel to a station.
    """
    n_facility = facility.edge.size
    if n_kept is not None:
        return _fill_truncated(network, facility, mode=mode, n_kept=n_kept)
    joints = joints_of(network, facility, mode=mode, is_origin=False, is_search=True)
    seed_ptr, seed_node, seed_cost = joints.seeds(facility.access_ds)
    cost = np.empty((network.n_node, n_facility), np.int32)
    via = np.empty((network.n_node, n_facility), np.int32)

    def fill(low: int, high: int) -> None:
        fill_table(
            network.arc_ptr, network.adjacency_in[mode], network.arc_id,
            seed_ptr, seed_node, seed_cost, low, high, cost, via,
        )  # fmt: skip

    in_threads(fill, n_facility, step=_BLOCK)
    return NearestTable(mode=mode, facility=facility, cost=cost, via=via)


def _fill_truncated(network: StreetGraph, facility: SnappedPoints, *, mode: str, n_kept: int) -> NearestTable:
    shape = (network.n_node, n_kept)
    kept, cost, via = np.full(shape, -1, np.int32), np.full(shape, FAR, np.int32), np.full(shape, NO_ARC, np.int32)
    for low in range(0, facility.edge.size, _MERGED):
        some = facility.take(range(low, min(low + _MERGED, facility.edge.size)))
        block = fill_nearest_table(network, some, mode=mode)
        keep_nearest(block.cost, block.via, low, kept, cost, via)
    return NearestTable(mode=mode, facility=facility, cost=cost, via=via, kept=kept)


def origin_costs(network: StreetGraph, table: NearestTable, origin: SnappedPoints) -> NDArray[np.int64]:
    """Return deciseconds from snapped points to every facility, int64 (n_origin, n_facility); `FAR`: unreachable.

    They are looked up in a whole table, and searched for where it is truncated; see `near_costs`.
    """
    facility, mode = table.facility, table.mode
    n = origin.edge.size
    if table.is_truncated:
        return _searched_costs(network, table, origin)
    if network.has_turns(mode):
        return _costs_with_turns(network, table, origin)
    joint_ptr, joint_node, joint_cost = np.zeros(n + 1, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    if is_restricted(network, origin, mode=mode).any():
        joints = joints_of(network, origin, mode=mode, is_origin=True, is_search=False)
        joint_ptr, joint_node, joint_cost = joints.ptr, joints.node, joints.cost
    costs = np.empty((n, facility.edge.size), np.int64)
    look_up(
        origin.edge, origin.fraction, origin.access_m, network.cost[mode], network.edge_u, network.edge_v,
        facility.edge, facility.fraction, facility.access_m, table.cost, joint_ptr, joint_node, joint_cost, costs,
    )  # fmt: skip
    return costs


def _costs_with_turns(network: StreetGraph, table: NearestTable, origin: SnappedPoints) -> NDArray[np.int64]:
    """Return what `origin_costs` does, for a mode that obeys turn restrictions."""
    facility, mode = table.facility, table.mode
    costs = np.full((origin.edge.size, facility.edge.size), FAR, np.int64)
    joints = joints_of(network, origin, mode=mode, is_origin=True, is_search=False)
    np.minimum.at(costs, joints.point, joints.cost[:, None] + table.cost[joints.node])
    i, j = np.nonzero((origin.edge[:, None] == facility.edge[None, :]) & origin.is_snapped[:, None])
    within = cost_within_edge(network, origin.take(i), facility.take(j), mode=mode) + facility.access_ds[j]
    costs[i, j] = np.minimum(costs[i, j], within)
    return np.where(costs < FAR, costs + origin.access_ds[:, None], FAR)


def _searched_costs(network: StreetGraph, table: NearestTable, origin: SnappedPoints) -> NDArray[np.int64]:
    n_origin, n_facility = origin.edge.size, table.facility.edge.size
    costs = np.empty((n_origin, n_facility), np.int64)
    step = n_facility if n_origin * n_facility <= _MOST_COSTS else _MERGED
    for low in range(0, n_facility, max(step, 1)):
        some = range(low, min(low + step, n_facility))
        seconds = find_costs(network, origin, table.facility.take(some), mode=table.mode)
        costs[:, some.start : some.stop] = np.where(np.isinf(seconds), FAR, np.rint(seconds * 10.0))
    return costs


def near_costs(network: StreetGraph, table: NearestTable, origin: SnappedPoints) -> tuple[NDArray[np.int64], int]:
    """Return the deciseconds from one snapped point to facilities, as far as the table knows them, and how far it does.

    Returns
    -------
    costs : int64 (n_facility,)
        `FAR` where unreachable, and where they are not below `known_ds`.
    known_ds : int
        `FAR` where all are known. `origin_costs` finds the others.
    """
    if not table.is_truncated:
        return origin_costs(network, table, origin)[0], int(FAR)
    costs = np.full(table.facility.edge.size, FAR, np.int64)
    joints = joints_of(network, origin, mode=table.mode, is_origin=True, is_search=False)
    kept = table.kept[joints.node]
    is_there = kept >= 0
    np.minimum.at(costs, kept[is_there], (joints.cost[:, None] + table.cost[joints.node])[is_there])
    beside = np.flatnonzero((table.facility.edge == origin.edge[0]) & origin.is_snapped[0])
    if beside.size:
        goal = table.facility.take(beside)
        within = cost_within_edge(network, origin.take(np.zeros(beside.size, np.int64)), goal, mode=table.mode)
        costs[beside] = np.minimum(costs[beside], within + goal.access_ds)
    known = table.known_below(joints.node, joints.cost)
    access = int(origin.access_ds[0])
    return np.where(costs < known, costs + access, FAR), min(known + access, int(FAR))


@dataclass(frozen=True, eq=False)
class Start:
    """Where a person sets out, and what it costs from there.

    Attributes
    ----------
    origin : SnappedPoints (1)
    costs : int64 (n_facility,)
        Deciseconds; `FAR` where unreachable, and where a truncated table does not know them.
    known_ds : int
        Costs below it are all known.
    aside_m : float or None
        Metres to the nearest street, where that leads to none of the facilities and the person starts from a street
        farther off instead.
    """

    origin: SnappedPoints
    costs: NDArray[np.int64]
    known_ds: int
    aside_m: float | None


def find_start(
    network: StreetGraph,
    table: NearestTable,
    lon: float,
    lat: float,
    *,
    allowed: NDArray[np.bool_] | None = None,
) -> Start:
    """Snap a person to the nearest street, or to one that leads to a facility if the nearest leads to none.

    Parameters are those of `look_up_nearest`.

    Raises
    ------
    NotSnappedError
        If no street is near the point.
    """
    origin = snap_one(network, lon, lat, mode=table.mode)
    costs, known_ds = near_costs(network, table, origin)
    if known_ds < FAR and not _reaches(costs, allowed):
        costs, known_ds = origin_costs(network, table, origin)[0], int(FAR)
    if _reaches(costs, allowed) or not (costs.size if allowed is None else allowed.any()):
        return Start(origin, costs, known_ds, None)
    components = components_of(network, table.facility, mode=table.mode)
    components = np.unique(components if allowed is None else components[allowed])
    moved = snap_aside(network, origin, lon, lat, mode=table.mode, components=components.tolist())
    if moved is None:
        return Start(origin, costs, known_ds, None)
    return Start(moved, *near_costs(network, table, moved), float(origin.access_m[0]))


def _reaches(costs: NDArray[np.int64], allowed: NDArray[np.bool_] | None) -> bool:
    return bool(((costs < FAR) if allowed is None else (costs < FAR) & allowed).any())


def start_aside(
    network: StreetGraph, table: NearestTable, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[SnappedPoints, NDArray[np.int64]]:
    """Snap many people as `find_start` does one, all facilities allowed; return (origins, costs).

    Parameters
    ----------
    network : StreetGraph
    table : NearestTable
    lon, lat : float64 (n,)
        Degrees, WGS84.
    """
    origin = snap(network, lon, lat, mode=table.mode)
    costs = origin_costs(network, table, origin)
    is_lost = origin.is_snapped & (costs >= FAR).all(axis=1)
    components = np.unique(components_of(network, table.facility, mode=table.mode)).tolist()
    for i in np.flatnonzero(is_lost).tolist():
        moved = snap_aside(
            network, origin.take([i]), float(lon[i]), float(lat[i]), mode=table.mode, components=components
        )
        if moved is not None:
            origin.edge[i], origin.fraction[i], origin.access_m[i] = moved.edge[0], moved.fraction[0], moved.access_m[0]
            costs[i] = origin_costs(network, table, moved)[0]
    return origin, costs


def look_up_nearest(
    network: StreetGraph,
    table: NearestTable,
    lon: float,
    lat: float,
    *,
    count: int = 3,
    allowed: NDArray[np.bool_] | None = None,
) -> list[Nearest]:
    """Rank facilities by the time it takes to reach them from a point.

    Parameters
    ----------
    network : StreetGraph
    table : NearestTable
    lon, lat : float
        Degrees, WGS84.
    count : int
        How many at most.
    allowed : bool (n_facility,), optional
        Facilities to choose from; all by default.

    Returns
    -------
    list of Nearest
        Quickest first; ties by index. Unreachable facilities are left out.

    Raises
    ------
    NotSnappedError
        If no street is near the point.
    """
    start = find_start(network, table, lon, lat, allowed=allowed)
    origin, costs = start.origin, start.costs
    if start.known_ds < FAR and ((costs < FAR) if allowed is None else (costs < FAR) & allowed).sum() < count:
        costs = origin_costs(network, table, origin)[0]
    if allowed is not None:
        costs = np.where(allowed, costs, FAR)
    order = np.argsort(costs, kind="stable")[:count]
    found = [int(i) for i in order if costs[i] < FAR]
    metres = path_distances(network, table, origin, found)
    return [Nearest(i, float(costs[i]) / 10.0, float(m)) for i, m in zip(found, metres, strict=True)]


def path_distances(
    network: StreetGraph, table: NearestTable, origin: SnappedPoints, facilities: Sequence[int]
) -> NDArray[np.float64]:
    """Return the metres of the quickest way from a snapped point to each facility, access legs included, float64 (n,).

    Raises
    ------
    UnreachableError
        If no way leads to one of them.
    """
    goal, which = table.facility, np.array(facilities, np.int64)
    if network.has_turns(table.mode) or is_restricted(network, origin, mode=table.mode)[0]:
        is_plain = np.zeros(which.size, bool)
    else:
        is_plain = ~is_restricted(network, goal.take(which), mode=table.mode)
    metres = np.zeros(which.size)
    metres[is_plain] = measure_ways(
        int(origin.edge[0]), float(origin.fraction[0]), float(origin.access_m[0]), network.cost[table.mode],
        network.edge_u, network.edge_v, network.edge_length, goal.edge, goal.fraction, goal.access_m,
        table.cost, table.via, table.kept, which[is_plain],
    )  # fmt: skip
    if table.is_truncated:
        is_plain &= ~np.isnan(metres)
    elif np.isnan(metres[is_plain]).any():
        raise UnreachableError("no way leads there by the streets that this way of travel may use")
    for i in np.flatnonzero(~is_plain).tolist():
        pieces, _ = pieces_to_facility(network, table, origin, int(which[i]))
        both_access_m = float(origin.access_m[0]) + float(goal.access_m[which[i]])
        metres[i] = both_access_m + float((pieces.part * network.edge_length[pieces.edge]).sum())
    return metres


def pieces_to_facility(
    network: StreetGraph, table: NearestTable, origin: SnappedPoints, facility: int
) -> tuple[Pieces, int]:
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
    totals = start.cost + table.costs_at(start.node, facility)
    best = int(np.argmin(totals)) if totals.size else -1
    cost = int(totals[best]) if totals.size else int(FAR)
    known = table.known_below(start.node, start.cost)
    if goal.edge[0] == origin.edge[0]:
        within = int(cost_within_edge(network, origin, goal, mode=table.mode)[0]) + int(goal.access_ds[0])
        if within <= cost and within < known:
            return one_piece(int(origin.edge[0]), float(origin.fraction[0]), float(goal.fraction[0])), within
    if cost >= known and table.is_truncated:
        pieces, searched = find_pieces(network, origin, goal, mode=table.mode)
        return pieces, searched + int(goal.access_ds[0])
    if cost >= FAR:
        raise UnreachableError("no way leads there by the streets that this way of travel may use")
    node = int(start.node[best])
    arcs = list_arcs(table.via, table.kept, facility, node, network.edge_u, network.edge_v, True)
    end = Inside(network, goal, mode=table.mode, is_origin=False)
    return join_pieces(network, (origin, start), node, arcs, (goal, end)), cost
