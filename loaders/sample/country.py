"""Routes of roads between places: least-cost paths over the hills, and which of them are worth building."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay

from loaders.sample.plane import Area, FloatArray, IntArray
from loaders.sample.relief import Relief

_SPACING_M = 230.0
_JITTER = 0.36
_LONGEST_M = 900.0
_CLIMB = 7.0
_OFF_OUTLINE_M = 140.0
_OFF_WATER_M = 80.0


@dataclass(frozen=True)
class Country:
    """The open land as a triangle mesh that roads may follow.

    Attributes
    ----------
    xy : ndarray, shape (n, 2)
        Vertices, metres; the places that roads must reach come first.
    ends : ndarray, shape (m, 2)
        Sides of triangles that neither leave the district nor touch the water.
    cost : ndarray, shape (m,)
        Metres, more where it is hilly.
    graph : csr_array, shape (n, n)
        The same, both ways.
    """

    xy: FloatArray
    ends: IntArray
    cost: FloatArray
    graph: csr_array


@dataclass(frozen=True)
class Link:
    """A possible road between the places `a` and `b` (positions in the list of places): vertices and their cost."""

    a: int
    b: int
    cost: float
    path: tuple[int, ...]


def survey(
    rng: np.random.Generator,
    *,
    places: FloatArray,
    outline: Area,
    water: Area,
    relief: Relief,
    crossings: IntArray,
) -> Country:
    """Return the land as a mesh; `crossings`, shape (k, 2), are pairs of places that a bridge joins over the water."""
    inside = outline.buffer(-_OFF_OUTLINE_M)
    shore = water.buffer(_OFF_WATER_M, quad_segs=4)
    shapely.prepare(inside)
    shapely.prepare(shore)
    west, south, east, north = outline.bounds
    grid = np.stack(np.meshgrid(np.arange(west, east, _SPACING_M), np.arange(south, north, _SPACING_M)), axis=-1)
    scattered = grid.reshape(-1, 2) + rng.uniform(-_JITTER, _JITTER, (grid.size // 2, 2)) * _SPACING_M
    land = shapely.contains_xy(inside, *scattered.T) & ~shapely.contains_xy(shore, *scattered.T)
    xy = np.vstack([places, scattered[land]])

    triangles = Delaunay(xy).simplices
    sides = np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    ends = np.unique(sides, axis=0).astype(np.int64)
    ends = ends[_length(xy, ends) < _LONGEST_M]
    lines = shapely.linestrings(xy[ends])
    # Abutments stand nearer to the water than the mesh does: their sides may enter the shore but not the water.
    shapely.prepare(water)
    ends = ends[shapely.contains(inside, lines) & ~shapely.intersects(water, lines)]

    length = _length(xy, ends)
    cost = length * (1.0 + _CLIMB * relief.at(xy[ends].mean(axis=1)))
    ends = np.vstack([ends, crossings])
    cost = np.concatenate([cost, _length(xy, crossings)])
    return Country(xy=xy, ends=ends, cost=cost, graph=_both_ways(len(xy), ends, cost))


def neighbour_links(country: Country, places: list[IntArray]) -> list[Link]:
    """Return the cheapest link between every two places whose catchments touch, the cheapest first.

    Every vertex belongs to the place it is cheapest to reach; a side between two catchments closes a link
    (Mehlhorn 1988, doi:10.1016/0020-0190(88)90066-X). A place may be several vertices, such as an existing road.
    """
    owner_of = np.full(len(country.xy), -1, dtype=np.int64)
    for number, vertices in enumerate(places):
        owner_of[vertices] = number
    starts = np.flatnonzero(owner_of >= 0)
    dist, before, root = dijkstra(country.graph, indices=starts, min_only=True, return_predecessors=True)
    owner = np.where(root >= 0, owner_of[root], -1)
    p, q = country.ends.T
    between = np.flatnonzero((owner[p] != owner[q]) & (owner[p] >= 0) & (owner[q] >= 0))
    total = dist[p[between]] + country.cost[between] + dist[q[between]]
    best: dict[tuple[int, int], int] = {}
    for i in between[np.argsort(total, kind="stable")].tolist():
        a, b = sorted((int(owner[p[i]]), int(owner[q[i]])))
        best.setdefault((a, b), i)
    links = []
    for (a, b), i in best.items():
        u, v = (p[i], q[i]) if owner[p[i]] == a else (q[i], p[i])
        path = (*reversed(_trace(before, int(u))), *_trace(before, int(v)))
        links.append(Link(a=a, b=b, cost=float(dist[u] + country.cost[i] + dist[v]), path=path))
    return sorted(links, key=lambda link: link.cost)


def worth_building(links: list[Link], ways: FloatArray, *, detour: float) -> list[Link]:
    """Return the links without which the way between two neighbours is more than `detour` times as long.

    The greedy spanner (Althöfer et al. 1993, doi:10.1007/BF02189308): whoever has a link is reached.

    Parameters
    ----------
    links : list of Link
        The cheapest first.
    ways : ndarray, shape (n, n)
        Cost between every two places on the roads that exist already; inf where there are none.
    detour : float
        The ratio that is still accepted; inf: build only what is needed to reach everyone.
    """
    built: list[Link] = []
    ways = ways.copy()
    np.fill_diagonal(ways, 0.0)
    for link in links:
        way = ways[link.a, link.b]
        if np.isinf(way) or way > detour * link.cost:
            built.append(link)
            through = ways[:, link.a, None] + link.cost + ways[None, link.b, :]
            ways = np.minimum(ways, np.minimum(through, through.T))
    return built


def ways_along(country: Country, sides: IntArray, places: IntArray) -> FloatArray:
    """Return the cost between every two of the vertices `places` along `sides` only, shape (n, n)."""
    known = {(p, q): cost for (p, q), cost in zip(country.ends.tolist(), country.cost.tolist(), strict=True)}
    cost = np.array([known[p, q] for p, q in sides.tolist()])
    vertices = np.unique(np.concatenate([sides.ravel(), places]))
    graph = _both_ways(len(vertices), np.searchsorted(vertices, sides), cost)
    at = np.searchsorted(vertices, places)
    ways: FloatArray = dijkstra(graph, indices=at)[:, at]
    return ways


def way_between(country: Country, used: IntArray, a: int, b: int) -> tuple[int, ...]:
    """Return the cheapest way from vertex `a` to vertex `b` along the sides `used`, shape (k, 2), only."""
    cost = _length(country.xy, used)
    _, before = dijkstra(_both_ways(len(country.xy), used, cost), indices=a, return_predecessors=True)
    return tuple(reversed(_trace(before, b)))


def road_ends(country: Country, *, outline: Area, near: FloatArray, count: int, apart_m: float) -> IntArray:
    """Return vertices beside the outline where roads leave the district, well apart.

    First the nearest to each point of `near`, shape (k, 2), then the easiest to reach, `count` in all.
    """
    rim = np.flatnonzero(shapely.distance(shapely.points(country.xy), outline.boundary) < _OFF_OUTLINE_M + 200.0)
    ease = np.full(len(country.xy), np.inf)
    on_rim = np.isin(country.ends, rim)
    for side in range(2):
        np.minimum.at(ease, country.ends[on_rim[:, side], side], country.cost[on_rim[:, side]])
    chosen = [int(rim[np.argmin(np.hypot(*(country.xy[rim] - point).T))]) for point in near]
    for vertex in rim[np.argsort(ease[rim], kind="stable")].tolist():
        if all(np.hypot(*(country.xy[vertex] - country.xy[other])) > apart_m for other in chosen):
            chosen.append(vertex)
    return np.array(chosen[:count], dtype=np.int64)


def sides_of(paths: list[tuple[int, ...]]) -> IntArray:
    """Return the distinct sides along `paths`, shape (k, 2), each with its smaller vertex first."""
    sides = [sorted(side) for path in paths for side in pairwise(path)]
    return np.unique(np.array(sides, dtype=np.int64).reshape(-1, 2), axis=0)


def _trace(before: npt.NDArray[np.int32], vertex: int) -> list[int]:
    path = [vertex]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path


def _length(xy: FloatArray, ends: IntArray) -> FloatArray:
    length: FloatArray = np.hypot(*(xy[ends[:, 1]] - xy[ends[:, 0]]).T)
    return length


def _both_ways(n: int, ends: IntArray, cost: FloatArray) -> csr_array:
    p, q = ends.T
    return coo_array(
        (np.concatenate([cost, cost]), (np.concatenate([p, q]), np.concatenate([q, p]))), shape=(n, n)
    ).tocsr()


def inside_any(xy: FloatArray, areas: list[shapely.Polygon]) -> IntArray:
    """Return for each point the number of the area it lies in, -1 for none."""
    number = np.full(len(xy), -1, dtype=np.int64)
    tree = shapely.STRtree(np.asarray(shapely.points(xy)))
    area, point = tree.query(areas, predicate="contains")
    number[point] = area
    return number
