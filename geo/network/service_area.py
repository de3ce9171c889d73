"""The pieces of streets from which a facility is reached in time: exact, inside edges too."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.network._kernels import search_many
from geo.network.attach import attach_one, metres_per_degree
from geo.network.costs import limit_ds
from geo.network.ends import ends_of
from geo.network.routes import Piece, piece_line

if TYPE_CHECKING:
    from geo.network.graph import StreetNetwork

_HALF = 0.5
"""Costs are rounded to whole deciseconds: what is cheaper than the limit and a half has a cost within the limit."""


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

    def length_m(self, network: "StreetNetwork") -> float:
        """Return the metres of street in the area."""
        return float(((self.end - self.start) * network.edge_length[self.edge]).sum())

    def lines(self, network: "StreetNetwork") -> list[shapely.LineString]:
        """Return the parts as lines, degrees WGS84."""
        rows = zip(self.edge.tolist(), self.start.tolist(), self.end.tolist(), strict=True)
        return [shapely.LineString(piece_line(network, Piece(*row))) for row in rows]

    def picture(self, network: "StreetNetwork", *, width_m: float = 60.0) -> shapely.Geometry:
        """Return a surface to draw: the parts, widened. For display only; coverage is counted from costs.

        Parameters
        ----------
        network : StreetNetwork
        width_m : float
            How far to either side.

        Returns
        -------
        Polygon or MultiPolygon
            Degrees, WGS84; empty if there are no parts.
        """
        if self.edge.size == 0:
            return shapely.Polygon()
        lines = np.asarray(self.lines(network), dtype=object)
        per_x, per_y = (float(m) for m in metres_per_degree(shapely.get_coordinates(lines[0])[0, 1]))
        metres = shapely.transform(lines, lambda points: points * [per_x, per_y])
        surface = shapely.union_all(shapely.buffer(metres, width_m, quad_segs=4))
        return shapely.transform(shapely.simplify(surface, width_m / 20.0), lambda points: points / [per_x, per_y])


def find_service_area(network: "StreetNetwork", lon: float, lat: float, *, mode: str, limit_s: float) -> ServiceArea:
    """Return every part of a street from which the facility is reached within a time.

    A point is in it exactly if its cost by the streets, rounded to deciseconds like every cost, is at most `limit_s`.

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
    InputError
        If `limit_s` is no time from 0 on.
    NotAttachedError
        If the facility is not near a street of the mode.
    """
    limit = limit_ds(limit_s)
    facility = attach_one(network, lon, lat, mode=mode)
    arc_cost = network.cost[mode]
    leg = int(facility.leg_ds[0])
    ptr, seed_node, seed_cost = ends_of(network, facility, mode=mode, is_origin=False).seeds(facility.leg_ds)
    _, node, cost = search_many(
        network.arc_ptr, network.hops_in[mode], network.arc_id, ptr, seed_node, seed_cost, 0, 1, limit
    )  # fmt: skip
    left = np.full(network.n_node, -1, np.int64)
    left[node] = limit - cost
    near = np.unique(np.concatenate([_arcs_at(network, node) >> 1, facility.edge]))

    # On each edge: from the v end back as far as the budget left at v goes, and from the u end likewise.
    along, against = arc_cost[2 * near].astype(np.float64), arc_cost[2 * near + 1].astype(np.float64)
    left_at_u, left_at_v = left[network.edge_u[near]], left[network.edge_v[near]]
    with np.errstate(divide="ignore", invalid="ignore"):
        from_v = np.where((along >= 0) & (left_at_v >= 0), np.clip(1.0 - (left_at_v + _HALF) / along, 0.0, 1.0), 1.0)
        from_u = np.where((against >= 0) & (left_at_u >= 0), np.clip((left_at_u + _HALF) / against, 0.0, 1.0), 0.0)
    spans = {int(e): [(0.0, float(b)), (float(a), 1.0)] for e, b, a in zip(near, from_u, from_v, strict=True)}
    if leg <= limit:
        # The facility's own edge is also reached from inside, straight at it.
        edge, at = int(facility.edge[0]), float(facility.fraction[0])
        behind, ahead = (int(arc_cost[2 * edge + i]) for i in (0, 1))
        low = max(at - (limit - leg + _HALF) / behind, 0.0) if behind > 0 else at
        high = min(at + (limit - leg + _HALF) / ahead, 1.0) if ahead > 0 else at
        spans[edge].append((low, high))
    parts = [(edge, *span) for edge in sorted(spans) for span in _merge(spans[edge])]
    table = np.array(parts, dtype=np.float64).reshape(-1, 3)
    return ServiceArea(table[:, 0].astype(np.int64), table[:, 1], table[:, 2])


def _arcs_at(network: "StreetNetwork", node: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the arcs that leave any of the nodes."""
    low, high = network.arc_ptr[node], network.arc_ptr[node + 1]
    n_arc = high - low
    at = np.arange(int(n_arc.sum())) - np.repeat(np.cumsum(n_arc) - n_arc, n_arc) + np.repeat(low, n_arc)
    arcs: NDArray[np.int32] = network.arc_id[at]
    return arcs


def _merge(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the union of closed intervals, without empty ones."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return [(start, end) for start, end in merged if end > start]
