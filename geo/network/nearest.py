"""Nearest is a lookup: every facility's cost and next arc stand in a table over the nodes (design decision 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.errors import UnreachableError
from geo.network._kernels import FAR, fill_table
from geo.network._threads import in_threads
from geo.network._ways import WITHIN, depart, look_up, measure_ways
from geo.network.attach import Attachment, attach_one
from geo.network.ends import ends_of

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
    facility = table.facility
    costs = np.empty((origin.edge.size, facility.edge.size), np.int64)
    look_up(
        origin.edge, origin.fraction, origin.leg_m, network.cost[table.mode], network.edge_u, network.edge_v,
        facility.edge, facility.fraction, facility.leg_m, table.cost, costs,
    )  # fmt: skip
    return costs


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
    found = [int(i) for i in order if costs[i] < FAR]
    metres = path_distances(network, table, origin, found)
    return [Nearest(i, float(costs[i]) / 10.0, float(m)) for i, m in zip(found, metres, strict=True)]


@dataclass(frozen=True)
class Departure:
    """How the quickest way to a facility begins: along `arc` to `node`; or within the edge.

    `arc` is None where the way never leaves the origin's edge. `cost` is in deciseconds, the facility's leg included,
    the origin's not.
    """

    arc: int | None
    node: int
    cost: int


def departure(network: "StreetNetwork", table: NearestTable, origin: Attachment, facility: int) -> Departure:
    """Return how the quickest way from an attached point to a facility begins.

    Raises
    ------
    UnreachableError
        If no way leads to the facility.
    """
    edge, goal = int(origin.edge[0]), table.facility
    side, cost = depart(
        edge, float(origin.fraction[0]), network.cost[table.mode], network.edge_u, network.edge_v,
        goal.edge, goal.fraction, goal.leg_m, table.cost, facility,
    )  # fmt: skip
    if cost >= FAR:
        raise _no_way()
    if side == WITHIN:
        return Departure(None, -1, int(cost))
    return Departure(2 * edge + side, int((network.edge_v, network.edge_u)[side][edge]), int(cost))


def path_distances(
    network: "StreetNetwork", table: NearestTable, origin: Attachment, facilities: Sequence[int]
) -> NDArray[np.float64]:
    """Return the metres of the quickest way from an attached point to each facility, both legs included, float64 (n,).

    Raises
    ------
    UnreachableError
        If no way leads to one of them.
    """
    goal = table.facility
    metres: NDArray[np.float64] = measure_ways(
        int(origin.edge[0]), float(origin.fraction[0]), float(origin.leg_m[0]), network.cost[table.mode],
        network.edge_u, network.edge_v, network.edge_length, goal.edge, goal.fraction, goal.leg_m,
        table.cost, table.via, np.array(facilities, np.int64),
    )  # fmt: skip
    if np.isnan(metres).any():
        raise _no_way()
    return metres


def _no_way() -> UnreachableError:
    return UnreachableError("no way leads there by the streets that this way of travel may use")
