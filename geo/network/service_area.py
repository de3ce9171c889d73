"""The pieces of streets from which a facility is reached in time: exact, inside edges too."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from contourpy import FillType, contour_generator
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from geo.network._kernels import search_many
from geo.network.costs import limit_ds
from geo.network.ends import joints_of
from geo.network.graph import StreetGraph
from geo.network.pieces import Piece
from geo.network.routes import piece_line
from geo.network.snap import metres_per_degree, snap_one

_MOST_CELLS = 1000
"""Cells along the longer side of a picture."""

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

    def length_m(self, network: StreetGraph) -> float:
        """Return the metres of street in the area."""
        return float(((self.end - self.start) * network.edge_length[self.edge]).sum())

    def lines(self, network: StreetGraph) -> list[shapely.LineString]:
        """Return the parts as lines, degrees WGS84."""
        if self.edge.size == 0:
            return []
        # Most parts are whole edges, whose points stand in the network; only the others are cut.
        is_whole = (self.start == 0.0) & (self.end == 1.0)
        first, last = network.point_ptr[self.edge], network.point_ptr[self.edge + 1]
        whole, cut = np.flatnonzero(is_whole), np.flatnonzero(~is_whole)
        index = np.repeat(np.arange(whole.size), last[whole] - first[whole])
        at = np.arange(index.size) - np.searchsorted(index, index) + first[whole][index]
        lines = np.empty(self.edge.size, dtype=object)
        lines[whole] = shapely.linestrings(network.points[at], indices=index)
        for i in cut.tolist():
            piece = Piece(int(self.edge[i]), float(self.start[i]), float(self.end[i]))
            lines[i] = shapely.LineString(piece_line(network, piece))
        return list(lines)

    def picture(self, network: StreetGraph, *, width_m: float = 60.0) -> shapely.Geometry:
        """Return a surface to draw: the parts, widened. For display only; coverage is counted from costs.

        The line at `width_m` from the parts, found on a grid of distances: tens of milliseconds where the union of
        widened lines takes seconds.

        Parameters
        ----------
        network : StreetGraph
        width_m : float
            How far to either side, about: to a third of it, or to half a thousandth of the area's own width.

        Returns
        -------
        Polygon or MultiPolygon
            Degrees, WGS84; empty if there are no parts.
        """
        if self.edge.size == 0:
            return shapely.Polygon()
        lines = np.array(self.lines(network), dtype=object)
        per_x, per_y = (float(m) for m in metres_per_degree(shapely.get_coordinates(lines[0])[0, 1]))
        metres = shapely.transform(lines, lambda points: points * [per_x, per_y])
        west, south, east, north = shapely.total_bounds(metres)
        cell = max(width_m / 3.0, max(east - west, north - south) / _MOST_CELLS)
        margin = width_m + 2.0 * cell
        points = _points_along(metres, cell)
        column, row = np.floor((points - [west - margin, south - margin]) / cell).astype(np.int64).T
        size = np.ceil((np.array([north - south, east - west]) + 2.0 * margin) / cell).astype(np.int64) + 1
        is_far = np.ones(size, bool)
        is_far[row, column] = False
        distance = distance_transform_edt(is_far) * cell
        x = west - margin + (np.arange(size[1]) + 0.5) * cell
        y = south - margin + (np.arange(size[0]) + 0.5) * cell
        surface = _within(distance, x, y, max(width_m, 1.5 * cell))
        simple = shapely.simplify(surface, cell / 4.0)
        surface_deg: shapely.Geometry = shapely.transform(simple, lambda points: points / [per_x, per_y])
        return surface_deg


def _points_along(lines: NDArray[np.object_], step: float) -> NDArray[np.float64]:
    """Return the vertices of lines (n, 2), and points between them at most `step` apart."""
    # GEOS refuses to part a line whose vertices are one point: what is in reach just beyond a crossing may be so short.
    has_length = shapely.length(lines) > 0.0
    parted = shapely.get_coordinates(shapely.segmentize(lines[has_length], step))
    return np.concatenate([parted, shapely.get_coordinates(lines[~has_length])])


def _within(
    distance: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64], limit: float
) -> shapely.Geometry:
    """Return where `distance` (row, column) at ``y``, ``x`` is at most `limit`."""
    contours = contour_generator(x, y, distance, fill_type=FillType.OuterOffset)
    polygons = []
    for ring, ends in zip(*contours.filled(-1.0, limit), strict=True):
        outer, *holes = (ring[low:high] for low, high in pairwise(ends.tolist()))
        polygons.append(shapely.Polygon(outer, holes))
    return shapely.union_all(polygons) if len(polygons) != 1 else polygons[0]


def find_service_area(network: StreetGraph, lon: float, lat: float, *, mode: str, limit_s: float) -> ServiceArea:
    """Return every part of a street from which the facility is reached within a time.

    A point is in it exactly if its cost by the streets, rounded to deciseconds like every cost, is at most `limit_s`.

    Parameters
    ----------
    network : StreetGraph
    lon, lat : float
        The facility, degrees WGS84.
    mode : str
    limit_s : float
        Seconds, the facility's access leg included.

    Raises
    ------
    InputError
        If `limit_s` is no time from 0 on.
    NotSnappedError
        If the facility is not near a street of the mode.
    """
    limit = limit_ds(limit_s)
    facility = snap_one(network, lon, lat, mode=mode)
    arc_cost = network.cost[mode]
    access = int(facility.access_ds[0])
    joints = joints_of(network, facility, mode=mode, is_origin=False, is_search=True, limit=limit)
    ptr, seed_node, seed_cost = joints.seeds(facility.access_ds)
    _, node, cost = search_many(
        network.arc_ptr, network.adjacency_in[mode], network.arc_id, ptr, seed_node, seed_cost, 0, 1, limit
    )  # fmt: skip
    # One more than is left, so that zeros, which the system makes of nothing, say "not reached".
    left = np.zeros(network.n_node, np.int64)
    left[node] = limit - cost + np.int64(1)
    # Who sets out in an area of restricted access goes on in it to wherever it is left.
    left_inside = left.copy()
    area_ptr = network.area_ptr[mode]
    has_area = area_ptr[node + 1] > area_ptr[node]
    if has_area.any():
        begin, at = node[has_area].astype(np.int64), cost[has_area].astype(np.int64)
        ends = np.array([0, begin.size], np.int64)
        _, inside, more = search_many(*network.areas_in(mode), ends, begin, at, 0, 1, limit)
        left_inside[inside] = limit - more + np.int64(1)
        node = np.union1d(node, inside)
    near = np.unique(network.street_of(np.concatenate([_arcs_at(network, node) >> 1, facility.edge])))
    is_area = network.restricted[mode][near] > 0

    # On each edge: from the v end back as far as the budget left at v goes, and from the u end likewise.
    along, against = arc_cost[2 * near].astype(np.float64), arc_cost[2 * near + 1].astype(np.float64)
    u, v = network.edge_u[near], network.edge_v[near]
    if network.has_turns(mode):
        v, u = network.arc_end[2 * near], network.arc_end[2 * near + 1]
    left_at_u = np.where(is_area, left_inside[u], left[u]) - 1
    left_at_v = np.where(is_area, left_inside[v], left[v]) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        from_v = np.where((along >= 0) & (left_at_v >= 0), np.clip(1.0 - (left_at_v + _HALF) / along, 0.0, 1.0), 1.0)
        from_u = np.where((against >= 0) & (left_at_u >= 0), np.clip((left_at_u + _HALF) / against, 0.0, 1.0), 0.0)
    is_whole = from_v <= from_u
    edge = np.concatenate([near, near[~is_whole]])
    start = np.concatenate([np.zeros(near.size), from_v[~is_whole]])
    end = np.concatenate([np.where(is_whole, 1.0, from_u), np.ones(edge.size - near.size)])
    if access <= limit:
        # The facility's own edge is also reached from inside, straight at it.
        own, at = int(facility.edge[0]), float(facility.fraction[0])
        behind, ahead = (int(arc_cost[2 * own + i]) for i in (0, 1))
        low = max(at - (limit - access + _HALF) / behind, 0.0) if behind > 0 else at
        high = min(at + (limit - access + _HALF) / ahead, 1.0) if ahead > 0 else at
        is_own = edge == own
        spans = _merge([*zip(start[is_own].tolist(), end[is_own].tolist(), strict=True), (low, high)])
        edge = np.concatenate([edge[~is_own], np.full(len(spans), own)])
        start = np.concatenate([start[~is_own], [span[0] for span in spans]])
        end = np.concatenate([end[~is_own], [span[1] for span in spans]])
    order = np.lexsort((start, edge))
    order = order[end[order] > start[order]]
    return ServiceArea(edge[order].astype(np.int64), start[order], end[order])


def _arcs_at(network: StreetGraph, node: NDArray[np.int32]) -> NDArray[np.int32]:
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
