"""How an attached point joins the two ends of its edge: what a search starts from, and what it is looked up by."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.network._kernels import FAR
from geo.network.attach import Attachment

if TYPE_CHECKING:
    from geo.network.graph import StreetNetwork

Longs = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ends:
    """The two ends of each point's edge.

    Attributes
    ----------
    arc : int64 (n, 2)
        Arc along which a point leaves for the end, or is reached from it.
    node : int64 (n, 2)
    part : float64 (n, 2)
        Part of the arc that is travelled.
    cost : int64 (n, 2)
        Deciseconds between point and end, straight leg not included; `FAR` where the mode may not go.
    """

    arc: Longs
    node: Longs
    part: NDArray[np.float64]
    cost: Longs

    def seeds(self, leg_ds: Longs) -> tuple[Longs, Longs, Longs]:
        """Return (ptr, node, cost) of the open ends of every point, its leg added to the cost."""
        is_open = self.cost < FAR
        ptr = np.concatenate([[0], np.cumsum(is_open.sum(axis=1))]).astype(np.int64)
        return ptr, self.node[is_open], (self.cost + leg_ds[:, None])[is_open]

    def arc_at(self, node: int, *, point: int = 0) -> tuple[int, float]:
        """Return (arc, travelled part) between a point and `node`: the cheaper one where both ends are that node."""
        rows = zip(self.cost[point], self.arc[point], self.part[point], self.node[point], strict=True)
        _, arc, part = min((int(cost), int(arc), float(part)) for cost, arc, part, at in rows if at == node)
        return arc, part


def ends_of(network: "StreetNetwork", points: Attachment, *, mode: str, is_origin: bool) -> Ends:
    """Return the ends of attached points, as seen by somebody who sets out from them or who comes to them."""
    edge = np.where(points.is_attached, points.edge, 0)
    fraction = np.where(points.is_attached, points.fraction, 0.0)
    u, v = network.edge_u[edge].astype(np.int64), network.edge_v[edge].astype(np.int64)
    if is_origin:
        arc, node, part = (2 * edge, 2 * edge + 1), (v, u), (1.0 - fraction, fraction)
    else:
        arc, node, part = (2 * edge, 2 * edge + 1), (u, v), (fraction, 1.0 - fraction)
    arcs, parts = np.stack(arc, axis=1), np.stack(part, axis=1)
    cost = part_cost(network.cost[mode], arcs, parts)
    cost[~points.is_attached] = FAR
    return Ends(arcs, np.stack(node, axis=1), parts, cost)


def part_cost(arc_cost: NDArray[np.int32], arc: Longs, part: NDArray[np.float64]) -> Longs:
    """Return deciseconds for parts of arcs; `FAR` where the mode may not go. No part of any arc costs nothing."""
    whole = arc_cost[arc].astype(np.int64)
    cost: Longs = np.where(whole < 0, np.int64(FAR), np.rint(np.maximum(whole, 0) * part).astype(np.int64))
    return np.where(part == 0.0, np.int64(0), cost)


def cost_within_edge(network: "StreetNetwork", origin: Attachment, facility: Attachment, *, mode: str) -> Longs:
    """Return deciseconds between points on the same edge without leaving it, legs not included, int64 (n,).

    `FAR` where the mode may not go that way. Origins and facilities are paired; each pair must share its edge.
    """
    part = facility.fraction - origin.fraction
    arc = 2 * origin.edge + (part < 0)
    return part_cost(network.cost[mode], arc, np.abs(part))
