"""Ways across squares (plazas): pedestrian areas, closed ways or multipolygons, become walkable ways."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from geo.network.snap import metres_per_degree

SQUARE_CLASSES = frozenset({"pedestrian", "footway", "path", "living_street", "platform", "corridor", "pier"})
"""Classes of street whose areas are walked across; of others, such as a car park's, people walk along the edge."""

_MOST_CORNERS = 120
"""Corners of one square between which ways are looked for; of more, the outline is drawn more simply."""

_DOOR_EVERY_M = 50.0
"""People step onto a square anywhere along its edge: at its corners, no farther apart than this where there are any."""

_SLACK_DEG = 2e-7
"""A way along the very edge of a square lies in it."""

_SIMPLER_DEG = 2e-5
"""About 2 m: how far corners may lie off a simpler outline."""


@dataclass(frozen=True)
class Square:
    """A pedestrian area.

    Attributes
    ----------
    id : int
        Of the way, or less than 0 of the relation.
    tags : dict
    rings : sequence of (int64 (n,), float64 (n, 2))
        Node ids and degrees of each ring, the first point again at its end; outer rings first.
    n_outer : int
    """

    id: int
    tags: dict[str, str]
    rings: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]]
    n_outer: int

    @property
    def is_on_the_ground(self) -> bool:
        """Whether it lies under the open sky, among the houses rather than in one or on a deck."""
        tags = self.tags
        is_under_roof = any(tags.get(key, "no") != "no" for key in ("indoor", "tunnel", "bridge", "covered"))
        return not is_under_roof and all(tags.get(key, "0") == "0" for key in ("layer", "level"))

    def surface(self, obstacles: shapely.Geometry | None) -> shapely.Geometry:
        """Return what is walked on: the area without its holes and without obstacles."""
        outer = [shapely.Polygon(points) for _, points in self.rings[: self.n_outer]]
        holes = [shapely.Polygon(points) for _, points in self.rings[self.n_outer :]]
        area = shapely.make_valid(shapely.union_all(outer))
        for hole in holes:
            area = shapely.difference(area, shapely.make_valid(hole))
        if obstacles is not None:
            area = shapely.difference(area, obstacles)
        return area


def cross_square(
    square: Square, entrances: Collection[int], *, obstacles: shapely.Geometry | None = None
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Return the straight ways across a square, each as its two node ids and their positions.

    They are those of the shortest ways between its entrances, and corners between them, which bend only at corners of
    the outline, of holes and of obstacles (visibility graph: T. Lozano-Pérez and M. A. Wesley 1979,
    doi:10.1145/359156.359164).

    Parameters
    ----------
    square : Square
    entrances : collection of int
        Nodes of its rings where other streets arrive.
    obstacles : Polygon or MultiPolygon, optional
        Water, houses and whatever else nobody walks through, degrees WGS84. Corners of it get node ids below 0.
    """
    ids = np.concatenate([refs[:-1] for refs, _ in square.rings])
    points = np.concatenate([at[:-1] for _, at in square.rings])
    ids, first = np.unique(ids, return_index=True)
    points = points[first]
    is_entrance = np.isin(ids, np.fromiter(entrances, np.int64, len(entrances)))
    if not is_entrance.any():
        return []
    is_entrance |= np.isin(ids, _doors_between(square, set(ids[is_entrance].tolist())))
    if is_entrance.sum() < 2:
        return []
    surface = square.surface(obstacles)
    slack = _SLACK_DEG
    corner = _bends(surface)
    if len(corner) > _MOST_CORNERS:
        corner, slack = _bends(shapely.simplify(surface, _SIMPLER_DEG)), _SIMPLER_DEG
    is_corner = _among(points, corner)
    added = np.unique(corner[~_among(corner, points)], axis=0)
    ids = np.concatenate([ids, -abs(square.id) * 1000 - 1 - np.arange(len(added))])
    points = np.concatenate([points, added])
    is_entrance = np.concatenate([is_entrance, np.zeros(len(added), bool)])
    is_corner = np.concatenate([is_corner, np.ones(len(added), bool)])
    chosen = np.flatnonzero(is_entrance | is_corner)
    if chosen.size > 2 * _MOST_CORNERS:
        chosen = np.flatnonzero(is_entrance)[: 2 * _MOST_CORNERS]
    a, b = np.triu_indices(chosen.size, 1)
    lines = shapely.linestrings(np.stack([points[chosen[a]], points[chosen[b]]], axis=1))
    wide = shapely.buffer(surface, slack, join_style="mitre")
    shapely.prepare(wide)
    is_seen = shapely.covers(wide, lines)
    scale = [float(m) for m in metres_per_degree(float(points[0, 1]))]
    metres = np.hypot(*((points[chosen[a]] - points[chosen[b]]) * scale).T)
    is_seen &= ~_pass_others(metres, chosen.size)
    graph = np.zeros((chosen.size, chosen.size))
    graph[a[is_seen], b[is_seen]] = np.maximum(metres[is_seen], 1e-3)
    doors = np.flatnonzero(is_entrance[chosen])
    _, before = dijkstra(graph, directed=False, indices=doors, return_predecessors=True)
    used: set[tuple[int, int]] = set()
    for row in range(doors.size):
        for at in doors.tolist():
            while before[row, at] >= 0:
                step = int(before[row, at])
                used.add((min(at, step), max(at, step)))
                at = step
    beside = _neighbours(square)
    ways = []
    for i, j in sorted(used):
        pair = chosen[[i, j]]
        u, v = ids[pair].tolist()
        if (u, v) not in beside and (v, u) not in beside:
            ways.append((ids[pair].astype(np.int64), points[pair]))
    return ways


_PASSED_M = 0.01
"""A line that comes this near to a third point goes by it."""


def _pass_others(metres: NDArray[np.float64], n: int) -> NDArray[np.bool_]:
    """Return which lines between `n` points, the pairs in the order of ``np.triu_indices(n, 1)``, go by a third one.

    Two lines go there instead: a person who steps onto the square at that point would else lie beside a junction.
    """
    a, b = np.triu_indices(n, 1)
    between = np.zeros((n, n))
    between[a, b] = between[b, a] = metres
    passes = np.zeros(a.size, bool)
    for k in range(n):
        by_k = between[a, k] + between[k, b]
        passes |= (by_k <= metres + _PASSED_M) & (a != k) & (b != k)
    return passes


def _doors_between(square: Square, entrances: set[int]) -> list[int]:
    """Return corners of the outline so far from entrances, and from each other, that people would go round to cross."""
    found: list[int] = []
    for refs, points in square.rings[: square.n_outer]:
        scale = [float(m) for m in metres_per_degree(float(points[0, 1]))]
        along_m = np.concatenate([[0.0], np.cumsum(np.hypot(*(np.diff(points, axis=0) * scale).T))])
        here = [i for i, ref in enumerate(refs.tolist()) if ref in entrances]
        if not here:
            continue
        # From one entrance once round to itself.
        order = [*range(here[0], len(refs) - 1), *range(here[0] + 1)]
        since_m, before = 0.0, here[0]
        for i in order[1:]:
            since_m += float(abs(along_m[i] - along_m[before])) if i > before else float(along_m[-1] - along_m[before])
            before = i
            if int(refs[i]) in entrances:
                since_m = 0.0
            elif since_m >= _DOOR_EVERY_M:
                found.append(int(refs[i]))
                since_m = 0.0
    return found


def _bends(surface: shapely.Geometry) -> NDArray[np.float64]:
    """Return the corners of a surface round which a shortest way may bend: those that point into it."""
    found = []
    for ring in shapely.get_rings(shapely.orient_polygons(shapely.get_parts([surface]))):
        points = shapely.get_coordinates(ring)[:-1]
        into, out = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
        # The surface lies to the left of its rings.
        turn = into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0]
        found.append(points[turn < 0])
    return np.concatenate(found) if found else np.empty((0, 2))


def _among(points: NDArray[np.float64], some: NDArray[np.float64]) -> NDArray[np.bool_]:
    wanted = {(round(x, 7), round(y, 7)) for x, y in some.tolist()}
    return np.array([(round(x, 7), round(y, 7)) in wanted for x, y in points.tolist()], bool)


def _neighbours(square: Square) -> set[tuple[int, int]]:
    """Return the pairs of nodes that the outline already joins."""
    return {
        pair
        for refs, _ in square.rings[: square.n_outer]
        for pair in zip(refs[:-1].tolist(), refs[1:].tolist(), strict=True)
    }
