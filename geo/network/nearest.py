"""Nearest is a lookup: every facility's cost and next arc stand in a table over the nodes (design decision 4)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.errors import UnreachableError
from geo.network._kernels import FAR, NO_ARC, fill_table, path_length
from geo.network.attach import Attachment, attach_one

if TYPE_CHECKING:
    from geo.network.graph import StreetNetwork


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

    def costs_from(self, network: "StreetNetwork", origin: Attachment) -> NDArray[np.float64]:
        """Return seconds from attached points to every facility, float64 (n_origin, n_facility); inf: unreachable."""
        return to_seconds(origin_costs(network, self, origin))


def to_seconds(cost_ds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Turn deciseconds into seconds, unreachable into inf."""
    return np.where(cost_ds >= FAR, np.inf, cost_ds / 10.0)


def _partial(arc_cost: NDArray[np.int32], arc: NDArray[np.int64], part: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the cost of a part of an arc; `FAR` where the mode may not go."""
    whole = arc_cost[arc].astype(np.int64)
    return np.where(whole < 0, np.int64(FAR), np.rint(np.where(whole < 0, 0, whole) * part).astype(np.int64))


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
    on the reversed graph.
    """
    n_facility = facility.edge.size
    arc_cost = network.cost[mode]
    edge = np.where(facility.is_attached, facility.edge, 0)
    fraction = np.nan_to_num(facility.fraction)
    seed_node = np.stack([network.edge_u[edge], network.edge_v[edge]], axis=1).astype(np.int64)
    seed_cost = np.stack(
        [_partial(arc_cost, 2 * edge, fraction), _partial(arc_cost, 2 * edge + 1, 1.0 - fraction)], axis=1
    )
    is_seed = (seed_cost < FAR) & facility.is_attached[:, None]
    seed_cost += facility.leg_ds[:, None]
    seed_ptr = np.concatenate([[0], np.cumsum(is_seed.sum(axis=1))]).astype(np.int64)
    cost = np.full((network.n_node, n_facility), FAR, np.int32)
    via = np.full((network.n_node, n_facility), NO_ARC, np.int32)
    fill_table(
        network.arc_ptr, network.arc_id, network.arc_head, arc_cost,
        seed_ptr, seed_node[is_seed], seed_cost[is_seed], cost, via,
    )  # fmt: skip
    return NearestTable(mode=mode, facility=facility, cost=cost, via=via)


def _along_same_edge(
    network: "StreetNetwork", mode: str, origin: Attachment, facility: Attachment
) -> NDArray[np.int64]:
    """Return the cost between points on one edge without leaving it, origin leg excluded; arrays broadcast."""
    arc_cost = network.cost[mode]
    edge = np.where(origin.edge >= 0, origin.edge, 0)
    part = facility.fraction - origin.fraction
    is_along = part >= 0
    inside = _partial(arc_cost, 2 * edge + np.where(is_along, 0, 1), np.abs(np.nan_to_num(part)))
    total: NDArray[np.int64] = np.minimum(inside + facility.leg_ds, np.int64(FAR))
    return total


def origin_costs(network: "StreetNetwork", table: NearestTable, origin: Attachment) -> NDArray[np.int64]:
    """Return deciseconds from attached points to every facility, int64 (n_origin, n_facility); `FAR`: unreachable."""
    arc_cost = network.cost[table.mode]
    edge = np.where(origin.is_attached, origin.edge, 0)
    fraction = np.nan_to_num(origin.fraction)
    by_v = _partial(arc_cost, 2 * edge, 1.0 - fraction)[:, None] + table.cost[network.edge_v[edge]]
    by_u = _partial(arc_cost, 2 * edge + 1, fraction)[:, None] + table.cost[network.edge_u[edge]]
    best = np.minimum(by_u, by_v)
    row, column = np.nonzero((origin.edge[:, None] == table.facility.edge[None, :]) & origin.is_attached[:, None])
    if row.size:
        same = _along_same_edge(network, table.mode, origin.take(row), table.facility.take(column))
        best[row, column] = np.minimum(best[row, column], same)
    best += origin.leg_ds[:, None]
    best[~origin.is_attached] = FAR
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
    return [
        Nearest(int(i), float(costs[i]) / 10.0, path_distance(network, table, origin, int(i)))
        for i in order
        if costs[i] < FAR
    ]


def departure(
    network: "StreetNetwork", table: NearestTable, origin: Attachment, facility: int
) -> tuple[int | None, float]:
    """Return (the arc along which the quickest way leaves the origin's edge, the part of it that is travelled).

    The arc is None where the way stays on that edge.
    """
    arc_cost = network.cost[table.mode]
    edge, fraction = int(origin.edge[0]), float(origin.fraction[0])
    choices: list[tuple[int, int, int | None, float]] = []
    ends = ((2 * edge, network.edge_v[edge], 1.0 - fraction), (2 * edge + 1, network.edge_u[edge], fraction))
    for arc, node, part in ends:
        if arc_cost[arc] >= 0 and table.cost[node, facility] < FAR:
            choices.append((round(float(arc_cost[arc]) * part) + int(table.cost[node, facility]), 1, arc, part))
    if int(table.facility.edge[facility]) == edge:
        same = int(_along_same_edge(network, table.mode, origin, table.facility.take([facility]))[0])
        if same < FAR:
            choices.append((same, 0, None, abs(float(table.facility.fraction[facility]) - fraction)))
    if not choices:
        raise UnreachableError("no way leads there by the streets that this way of travel may use")
    _, _, best_arc, best_part = min(choices, key=lambda choice: choice[:2])
    return best_arc, best_part


def path_distance(network: "StreetNetwork", table: NearestTable, origin: Attachment, facility: int) -> float:
    """Return the metres of the quickest way from an attached point to a facility, both legs included."""
    arc, part = departure(network, table, origin, facility)
    distance_m = float(origin.leg_m[0]) + float(table.facility.leg_m[facility])
    distance_m += part * float(network.edge_length[origin.edge[0]])
    if arc is None:
        return distance_m
    node = network.edge_v[arc >> 1] if arc & 1 == 0 else network.edge_u[arc >> 1]
    whole_m, end = path_length(table.via, facility, node, network.edge_u, network.edge_v, network.edge_length)
    edge, fraction = int(table.facility.edge[facility]), float(table.facility.fraction[facility])
    _, last = last_part(network, table.mode, edge, fraction, int(end))
    return float(distance_m + whole_m + last * network.edge_length[edge])


def last_part(network: "StreetNetwork", mode: str, edge: int, fraction: float, node: int) -> tuple[bool, float]:
    """Return (whether the way enters the facility's edge at u, the part of it that it travels)."""
    arc_cost = network.cost[mode]
    at_u, at_v = network.edge_u[edge] == node, network.edge_v[edge] == node
    if at_u and at_v:
        # A loop: the way enters where it is cheaper, as the search did.
        along = arc_cost[2 * edge] * fraction if arc_cost[2 * edge] >= 0 else np.inf
        against = arc_cost[2 * edge + 1] * (1.0 - fraction) if arc_cost[2 * edge + 1] >= 0 else np.inf
        at_u = along <= against
    return bool(at_u), fraction if at_u else 1.0 - fraction
