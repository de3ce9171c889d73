"""The pieces of streets from which a facility is reached in time: exact, inside edges too."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.network._kernels import FAR, NO_ARC, search
from geo.network.attach import attach_one

if TYPE_CHECKING:
    from geo.network.graph import StreetNetwork


@dataclass(frozen=True, eq=False)
class ServiceArea:
    """Parts of edges within a cost of a facility.

    Attributes
    ----------
    edge : int64 (n,)
    start, end : float64 (n,)
        Fractions of the edge's length, start < end; an edge may have two parts.
    """

    edge: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]


def find_service_area(network: "StreetNetwork", lon: float, lat: float, *, mode: str, limit_s: float) -> ServiceArea:
    """Return every part of a street from which the facility is reached within a time.

    Parameters
    ----------
    network : StreetNetwork
    lon, lat : float
        The facility, degrees WGS84.
    mode : str
    limit_s : float
        Seconds, the facility's leg included.

    Raises
    ------
    NotAttachedError
        If the facility is not near a street of the mode.
    """
    facility = attach_one(network, lon, lat, mode=mode)
    arc_cost = network.cost[mode].astype(np.float64)
    limit = round(limit_s * 10.0)
    edge, fraction, leg = int(facility.edge[0]), float(facility.fraction[0]), int(facility.leg_ds[0])
    seeds = [
        (int(node), round(arc_cost[arc] * part) + leg)
        for arc, node, part in (
            (2 * edge, network.edge_u[edge], fraction),
            (2 * edge + 1, network.edge_v[edge], 1.0 - fraction),
        )
        if arc_cost[arc] >= 0
    ]
    cost = np.full(network.n_node, FAR, np.int32)
    via = np.full(network.n_node, NO_ARC, np.int32)
    search(
        network.arc_ptr, network.arc_id, network.arc_head, network.cost[mode], 1,
        np.array([node for node, _ in seeds], np.int64), np.array([c for _, c in seeds], np.int64),
        limit, np.empty(0, np.int64), cost, via,
    )  # fmt: skip

    # On each edge: from the v end back as far as the budget left at v goes, and from the u end likewise.
    along, against = arc_cost[0::2], arc_cost[1::2]
    left_at_v = np.where(cost[network.edge_v] < FAR, limit - cost[network.edge_v].astype(np.float64), -1.0)
    left_at_u = np.where(cost[network.edge_u] < FAR, limit - cost[network.edge_u].astype(np.float64), -1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        from_v = np.where((along >= 0) & (left_at_v >= 0), np.clip(1.0 - left_at_v / along, 0.0, 1.0), 1.0)
        from_u = np.where((against >= 0) & (left_at_u >= 0), np.clip(left_at_u / against, 0.0, 1.0), 0.0)
    parts = [(int(e), 0.0, 1.0) for e in np.flatnonzero(from_u >= from_v)]
    is_split = from_u < from_v
    parts += [(int(e), 0.0, float(from_u[e])) for e in np.flatnonzero(is_split & (from_u > 0.0))]
    parts += [(int(e), float(from_v[e]), 1.0) for e in np.flatnonzero(is_split & (from_v < 1.0))]
    # The facility's own edge is also reached from inside, straight at it.
    if limit >= leg:
        low = max(0.0, fraction - (limit - leg) / arc_cost[2 * edge]) if arc_cost[2 * edge] > 0 else fraction
        high = min(1.0, fraction + (limit - leg) / arc_cost[2 * edge + 1]) if arc_cost[2 * edge + 1] > 0 else fraction
        own = [(start, end) for e, start, end in parts if e == edge]
        parts = [part for part in parts if part[0] != edge]
        parts += [(edge, start, end) for start, end in _merge([*own, (low, high)])]
    parts.sort()
    table = np.array(parts, dtype=np.float64).reshape(-1, 3)
    return ServiceArea(table[:, 0].astype(np.int64), table[:, 1], table[:, 2])


def _merge(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the union of closed intervals, without empty ones."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return [(start, end) for start, end in merged if end > start]
