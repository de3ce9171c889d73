"""Station-sized clusters: missed people grouped so that one station at the standard could serve each group.

Maximal covering by the greedy rule (Church and ReVelle 1974, doi:10.1007/BF01942293; 1 - 1/e of the best by Nemhauser,
Wolsey and Fisher 1978, doi:10.1007/BF01588971): the point that most missed people reach within the standard becomes a
centre, again and again until everybody reaches one; then each point joins the centre that is nearest by the streets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from heapq import heapify, heapreplace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.coverage.measure import Coverage
from geo.crs import LocalPlane
from geo.network.costs import Reach, find_points_within
from geo.network.graph import StreetGraph
from geo.network.snap import SnappedPoints

SQUARE_M = 150.0
"""Side of the squares by which outlines are drawn: about so far they reach around the missed people they hold."""

_CELLS_PER_REACH = 4.0
"""Centres are looked for among the heaviest points of squares of this part of what the mode covers in the standard."""

_Search = Callable[[NDArray[np.int64]], Reach]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Missed demand points in clusters.

    Attributes
    ----------
    of : int64 (n_missed,)
        The cluster of each missed point.
    centre : int64 (n_cluster,)
        A demand point of each cluster at which one station would serve the whole cluster within the standard. Points
        that no street is near are in clusters of their own, within the straight distance of the standard of the centre.
    ground : ClusterGround
    """

    of: NDArray[np.int64]
    centre: NDArray[np.int64]
    ground: "ClusterGround"

    def __len__(self) -> int:
        return self.centre.size


@dataclass(frozen=True, eq=False)
class ClusterGround:
    """Where clusters lie: what outlines, and the people around them, are told by.

    Attributes
    ----------
    plane : LocalPlane
    xy : float64 (n_position, 2)
        Positions of missed points in metres on the plane, each once.
    of : int64 (n_position,)
        The cluster of each position.
    """

    plane: LocalPlane
    xy: NDArray[np.float64]
    of: NDArray[np.int64]

    @cached_property
    def _sites(self) -> NDArray[np.float64]:
        """The positions, then points without people all around them: what is nearest to those is in no cluster."""
        square = np.unique(np.floor(self.xy / SQUARE_M).astype(np.int64), axis=0)
        near = _widened(square, 1)
        empty = _rows_not_in(_widened(square, 2), near)
        return np.concatenate([self.xy, (empty + 0.5) * SQUARE_M])

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self._sites)

    @cached_property
    def _cells(self) -> Any:
        """Voronoi cells of the positions, on the plane."""
        sites = self._sites
        low, high = sites.min(axis=0) - SQUARE_M, sites.max(axis=0) + SQUARE_M
        cells = shapely.voronoi_polygons(shapely.multipoints(sites), extend_to=shapely.box(*low, *high), ordered=True)
        return shapely.get_parts(cells)[: len(self.xy)]

    def find_cluster(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the cluster in whose outline each point lies, -1 where in none, int64 (n,)."""
        if len(self.xy) == 0 or lon.size == 0:
            return np.full(lon.size, -1, np.int64)
        _, at = self._tree.query(np.column_stack(self.plane.to_metres(lon, lat)))
        return np.where(at < self.of.size, self.of[np.minimum(at, self.of.size - 1)], -1)

    def outline(self, number: int) -> shapely.MultiPolygon:
        """Return what is nearer to a cluster's people than to any other's or to empty land around (EPSG:4326).

        All missed people of the cluster lie inside, and nobody's of another. The rim is 0.75 to 2 `SQUARE_M` away from
        the people.
        """
        shape = shapely.coverage_union_all(self._cells[self.of == number])
        degrees = shapely.transform(shape, lambda at: np.column_stack(self.plane.to_degrees(*at.T)))
        return shapely.MultiPolygon([part for part in shapely.get_parts(degrees) if part.geom_type == "Polygon"])


def cluster_missed(
    network: StreetGraph,
    snapped: SnappedPoints,
    index: NDArray[np.int64],
    weight: NDArray[np.float64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    mode: str,
    standard_s: float,
    speed_mps: float,
) -> Clusters:
    """Group missed demand points into clusters that one station each could serve within the standard.

    Parameters
    ----------
    network : StreetGraph
    snapped : SnappedPoints (n_demand)
        All demand, snapped in `mode`.
    index : int64 (n_missed,)
        Rows of the demand that are missed.
    weight, lon, lat : float64 (n_demand,)
        People; degrees, WGS84.
    mode : str
    standard_s : float
        Seconds.
    speed_mps : float
        What the mode covers in a straight line, metres a second.

    Returns
    -------
    Clusters
        Every missed point is in exactly one, points at one position in the same; numbered by people, most first.
    """
    if index.size == 0:
        nowhere = ClusterGround(LocalPlane(0.0, 0.0), np.empty((0, 2)), np.empty(0, np.int64))
        return Clusters(np.empty(0, np.int64), np.empty(0, np.int64), nowhere)
    here = np.column_stack([lon[index], lat[index]])
    _, first, position = np.unique(here, axis=0, return_index=True, return_inverse=True)
    row = index[first]
    people = np.bincount(position, weights=weight[index], minlength=row.size).astype(np.float64)
    plane = LocalPlane(float(np.median(here[:, 0])), float(np.median(here[:, 1])))
    xy: NDArray[np.float64] = np.column_stack(plane.to_metres(lon[row], lat[row]))
    reach_m = standard_s * speed_mps
    centre = np.full(row.size, -1, np.int64)
    on_street = snapped.is_snapped[row]
    side_m = reach_m / _CELLS_PER_REACH
    for rows, is_street in ((np.flatnonzero(on_street), True), (np.flatnonzero(~on_street), False)):
        if rows.size == 0:
            continue
        points = snapped.take(row[rows])
        search = _by_streets(network, points, mode, standard_s) if is_street else _straight(xy[rows], reach_m)
        centre[rows] = rows[_find_centres(xy[rows], people[rows], search, side_m=side_m)]
    chosen, of = np.unique(centre, return_inverse=True)
    total = np.bincount(of, weights=people)
    order = np.lexsort((row[chosen], -total))
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size)
    of = rank[of]
    return Clusters(of[position], row[chosen[order]], ClusterGround(plane, xy, of))


def sum_around(clusters: Clusters, coverage: Coverage, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Any:
    """Return all people, covered or not, in the outline of each cluster, float64 (n_cluster,)."""
    of = clusters.ground.find_cluster(lon, lat)
    is_near = of >= 0
    return np.bincount(of[is_near], weights=coverage.weight[is_near], minlength=len(clusters))


def _by_streets(network: StreetGraph, points: SnappedPoints, mode: str, standard_s: float) -> _Search:
    return lambda at: find_points_within(network, points, points.take(at), mode=mode, limit_s=standard_s)


def _straight(xy: NDArray[np.float64], reach_m: float) -> _Search:
    tree = cKDTree(xy)

    def search(at: NDArray[np.int64]) -> Reach:
        found = tree.query_ball_point(xy[at], reach_m, return_sorted=True)
        ptr = np.concatenate([[0], np.cumsum([len(each) for each in found])]).astype(np.int64)
        index = np.concatenate(found).astype(np.int32)
        off = xy[index] - np.repeat(xy[at], np.diff(ptr), axis=0)
        return Reach(ptr, index, np.hypot(*off.T).astype(np.int32))

    return search


def _find_centres(
    xy: NDArray[np.float64], people: NDArray[np.float64], search: _Search, *, side_m: float
) -> NDArray[np.int64]:
    """Return the centre of each point, itself a point, int64 (n,)."""
    n = len(xy)
    is_open = np.ones(n, bool)
    points, costs, centres = [], [], []
    while is_open.any():
        candidates = _heaviest_of_squares(xy, people, np.flatnonzero(is_open), side_m)
        reach = search(candidates)
        for number in _choose_greedily(candidates, reach, people, is_open):
            its = slice(reach.ptr[number], reach.ptr[number + 1])
            # A station at the very place serves it, however far its street is.
            points.append(np.append(reach.index[its], candidates[number]))
            costs.append(np.append(reach.cost[its], -1))
            centres.append(np.full(points[-1].size, candidates[number], np.int64))
    point, cost, centre = (np.concatenate(each) for each in (points, costs, centres))
    order = np.lexsort((centre, cost, point))
    first = order[np.searchsorted(point[order], np.arange(n))]
    return np.asarray(centre[first], np.int64)


def _heaviest_of_squares(
    xy: NDArray[np.float64], people: NDArray[np.float64], rows: NDArray[np.int64], side_m: float
) -> NDArray[np.int64]:
    square = np.floor(xy[rows] / max(side_m, 1.0)).astype(np.int64)
    _, number = np.unique(square, axis=0, return_inverse=True)
    order = np.lexsort((rows, -people[rows], number))
    return rows[order[np.searchsorted(number[order], np.arange(number.max() + 1))]]


def _choose_greedily(
    candidates: NDArray[np.int64], reach: Reach, people: NDArray[np.float64], is_open: NDArray[np.bool_]
) -> list[int]:
    """Choose candidates by the people they still gain, most first, and close what they reach (in `is_open`)."""
    chosen: list[int] = []
    sums = np.add.reduceat(np.append(people[reach.index], 0.0), np.minimum(reach.ptr[:-1], reach.index.size))
    gain = np.where(np.diff(reach.ptr) > 0, sums, 0.0) + people[candidates]
    # A gain only falls while others are chosen: the first of the heap whose gain is up to date is the largest.
    heap = [(-value, number) for number, value in enumerate(gain.tolist())]
    heapify(heap)
    known = np.full(candidates.size, -1)
    left = heap
    while left:
        value, number = left[0]
        if value == np.inf:
            break
        if known[number] == len(chosen):
            chosen.append(number)
            is_open[reach.index[reach.ptr[number] : reach.ptr[number + 1]]] = False
            is_open[candidates[number]] = False
            heapreplace(left, (np.inf, number))
            continue
        known[number] = len(chosen)
        mine = reach.index[reach.ptr[number] : reach.ptr[number + 1]]
        still = float(people[mine[is_open[mine]]].sum())
        if is_open[candidates[number]] and candidates[number] not in mine:
            still += float(people[candidates[number]])
        heapreplace(left, (-still if still > 0 else np.inf, number))
    return chosen


def _widened(squares: NDArray[np.int64], by: int) -> NDArray[np.int64]:
    """Return squares (column, row) with all that are at most `by` away, each once."""
    steps = np.array([(x, y) for x in range(-by, by + 1) for y in range(-by, by + 1)])
    return np.unique((squares[:, None] + steps).reshape(-1, 2), axis=0)


def _rows_not_in(rows: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the `rows` that are none of the `others`; both hold each row once."""
    both = np.concatenate([rows, others])
    _, first, count = np.unique(both, axis=0, return_index=True, return_counts=True)
    return np.asarray(both[np.sort(first[(count == 1) & (first < len(rows))])], np.int64)
