"""Nearest is a lookup: every facility's cost and next arc stand in a table over the nodes (design decision 4)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.errors import UnreachableError
from geo.network._kernels import FAR, fill_table, follow_table
from geo.network._threads import in_threads
from geo.network.attach import Attachment, attach_one
from geo.network.ends import Ends, cost_within_edge, ends_of

if TYPE_CHECKING:
    from geo.network.graph import StreetNetwork

_BLOCK = 8
"""Facilities that one thread searches for before it writes their columns."""


@dataclass(frozen=True)
class Nearest:
    """One facility as seen from a point: its index in the table, seconds and metres by the streets, legs included."""

    facility: int
    duration_s: float
    distance_m: float


@dataclass(frozen=True, eq=False)
class NearestTable:
    """What it costs to reach each facility from each node.

    Attributes
    ----------
    mode : str
    facility : Attachment
        Where the facilities join the network (n_facility); those not attached are never reached.
    cost : int32 (n_node, n_facility)
        Deciseconds from the node to the facility, the facility's own leg included; the largest int32 where unreachable.
    via : int32 (n_node, n_facility)
        The arc by which the way leaves the node; -1 where the facility's own edge begins, or unreachable.
    """

    mode: str
    facility: Attachment
    cost: NDArray[np.int32]
    via: NDArray[np.int32]


def fill_nearest_table(network: "StreetNetwork", facility: Attachment, *, mode: str) -> NearestTable:
    """Search towards every facility over the whole network.

    Parameters
    ----------
    network : StreetNetwork
    facility : Attachment
        Facilities attached in the same mode.
    mode : str

    Returns
    -------
    NearestTable

    Notes
    -----
    E. W. Dijkstra (1959), A note on two problems in connexion with graphs, doi:10.1007/BF01386390; from each facility
    on the reversed graph, for people travel to a station.
    """
    n_facility = facility.edge.size
    seed_ptr, seed_node, seed_cost = ends_of(network, facility, mode=mode, is_origin=False).seeds(facility.leg_ds)
    cost = np.empty((network.n_node, n_facility), np.int32)
    via = np.empty((network.n_node, n_facility), np.int32)

    def fill(low: int, high: int) -> None:
        fill_table(
            network.arc_ptr, network.hops_in[mode], network.arc_id,
            seed_ptr, seed_node, seed_cost, low, high, cost, via,
        )  # fmt: skip

    in_threads(fill, n_facility, step=_BLOCK)
    return NearestTable(mode=mode, facility=facility, cost=cost, via=via)


def origin_costs(network: "StreetNetwork", table: NearestTable, origin: Attachment) -> NDArray[np.int64]:
    """Return deciseconds from attached points to every facility, int64 (n_origin, n_facility); `FAR`: unreachable."""
    ends = ends_of(network, origin, mode=table.mode, is_origin=True)
    best = np.minimum(ends.cost[:, :1] + table.cost[ends.node[:, 0]], ends.cost[:, 1:] + table.cost[ends.node[:, 1]])
    row, column = np.nonzero(origin.edge[:, None] == table.facility.edge[None, :])
    is_on_street = origin.edge[row] >= 0
    row, column = row[is_on_street], column[is_on_street]
    if row.size:
        facility = table.facility.take(column)
        same = cost_within_edge(network, origin.take(row), facility, mode=table.mode) + facility.leg_ds
        best[row, column] = np.minimum(best[row, column], same)
    best += origin.leg_ds[:, None]
    capped: NDArray[np.int64] = np.minimum(best, np.int64(FAR))
    return capped


def look_up_nearest(
    network: "StreetNetwork",
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
    network : StreetNetwork
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
    NotAttachedError
        If no street is near the point.
    """
    origin = attach_one(network, lon, lat, mode=table.mode)
    costs = origin_costs(network, table, origin)[0]
    if allowed is not None:
        costs = np.where(allowed, costs, FAR)
    order = np.argsort(costs, kind="stable")[:count]
    ends = ends_of(network, origin, mode=table.mode, is_origin=True)
    return [
        Nearest(int(i), float(costs[i]) / 10.0, path_distance(network, table, origin, int(i), ends=ends))
        for i in order
        if costs[i] < FAR
    ]


@dataclass(frozen=True)
class Departure:
    """How the quickest way to a facility begins: along `arc` for a `part` of it, to `node`; or within the edge.

    `arc` is None where the way never leaves the origin's edge. `cost` is in deciseconds, the facility's leg included,
    the origin's not.
    """

    arc: int | None
    node: int
    part: float
    cost: int


def departure(
    network: "StreetNetwork", table: NearestTable, origin: Attachment, facility: int, *, ends: Ends | None = None
) -> Departure:
    """Return how the quickest way from an attached point to a facility begins.

    `ends` are those of the origin, where the caller has them.

    Raises
    ------
    UnreachableError
        If no way leads to the facility.
    """
    goal = table.facility.take([facility])
    choices = []
    if goal.edge[0] == origin.edge[0]:
        within = int(cost_within_edge(network, origin, goal, mode=table.mode)[0]) + int(goal.leg_ds[0])
        choices.append(Departure(None, -1, abs(float(goal.fraction[0] - origin.fraction[0])), within))
    ends = ends or ends_of(network, origin, mode=table.mode, is_origin=True)
    for arc, node, part, cost in zip(ends.arc[0], ends.node[0], ends.part[0], ends.cost[0], strict=True):
        choices.append(Departure(int(arc), int(node), float(part), int(cost) + int(table.cost[node, facility])))
    best = min(choices, key=lambda choice: choice.cost)
    if best.cost >= FAR:
        raise UnreachableError("no way leads there by the streets that this way of travel may use")
    return best


def path_distance(
    network: "StreetNetwork", table: NearestTable, origin: Attachment, facility: int, *, ends: Ends | None = None
) -> float:
    """Return the metres of the quickest way from an attached point to a facility, both legs included.

    `ends` are those of the origin, where the caller has them.

    Raises
    ------
    UnreachableError
        If no way leads to the facility.
    """
    start = departure(network, table, origin, facility, ends=ends)
    legs_m = float(origin.leg_m[0]) + float(table.facility.leg_m[facility])
    own_m = start.part * float(network.edge_length[origin.edge[0]])
    if start.arc is None:
        return legs_m + own_m
    whole_m, _, node = follow_table(
        table.via, facility, start.node, network.edge_u, network.edge_v, network.edge_length
    )  # fmt: skip
    goal = ends_of(network, table.facility.take([facility]), mode=table.mode, is_origin=False)
    _, part = goal.arc_at(int(node))
    last_m = part * float(network.edge_length[table.facility.edge[facility]])
    return legs_m + own_m + float(whole_m) + last_m
