"""One motorway between two interchanges: fast for coaches, closed to feet and e-bikes, over everything else."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from loaders.sample.country import Country
from loaders.sample.curves import curve_pieces
from loaders.sample.linework import Line
from loaders.sample.plane import FloatArray, IntArray
from loaders.sample.settlements import Settlement

FROM_TOWN, FROM_OFFSET_M = "330111006", (-2_600.0, 900.0)
TO_TOWN, TO_OFFSET_M = "330111115", (-2_600.0, 2_600.0)

_CLEARANCE_M = 600.0
_AVERSION = 9.0
_RELAXATION = 40
_HALF_MEDIAN_M = 13.0
# Elevated all the way: it crosses other streets without a junction, and none has to be moved for it.
_TAGS = {"oneway": "yes", "bridge": "yes", "layer": "2", "foot": "no", "bicycle": "no"}


@dataclass(frozen=True)
class Motorway:
    """The vertices of the country's mesh where ramps meet ordinary roads, and the way between them."""

    path: tuple[int, ...]

    @property
    def interchanges(self) -> tuple[int, int]:
        """The first and the last vertex."""
        return self.path[0], self.path[-1]


def plan_motorway(
    country: Country, settlements: list[Settlement], joints: IntArray, *, crossings: IntArray
) -> Motorway:
    """Return a way far from all settlements between the `joints` nearest to the two places where it starts and ends.

    It stays on the left bank: `crossings`, the bridges, are closed to it.
    """
    centres = {s.town_code: s.centre for s in settlements if s.is_core}
    ends = [
        int(joints[np.argmin(np.hypot(*(country.xy[joints] - (centres[town] + offset)).T))])
        for town, offset in ((FROM_TOWN, FROM_OFFSET_M), (TO_TOWN, TO_OFFSET_M))
    ]
    open_land = len(country.ends) - len(crossings)
    p, q = country.ends[:open_land].T
    near, nearest = cKDTree([s.centre for s in settlements]).query((country.xy[p] + country.xy[q]) / 2.0)
    near = np.maximum(near - np.array([s.radius_m for s in settlements])[nearest], 0.0)
    cost = country.cost[:open_land] * (1.0 + _AVERSION * np.exp(-((near / _CLEARANCE_M) ** 2)))
    graph = coo_array((cost, (p, q)), shape=(len(country.xy),) * 2).tocsr()
    _, before = dijkstra(graph, directed=False, indices=ends[0], return_predecessors=True)
    path = [ends[1]]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return Motorway(path=tuple(reversed(path)))


def draw_motorway(country: Country, motorway: Motorway, *, first_way: int) -> list[Line]:
    """Return two carriageways (traffic keeps right) and four ramps, all one-way; ways are numbered on."""
    start, *inner, end = motorway.path
    xy = country.xy[inner]
    steps = np.column_stack([np.arange(len(xy) - 1), np.arange(1, len(xy))]).astype(np.int64)
    curves = curve_pieces(xy, steps, [0] * len(steps), passes=(_RELAXATION,), fixed=np.zeros(len(xy), dtype=np.bool_))
    middle = np.vstack([curves[0][:1], *(curve[1:] for curve in curves)])
    onward, back = _beside(middle, -_HALF_MEDIAN_M), _beside(middle, _HALF_MEDIAN_M)[::-1]
    links = [
        np.vstack([country.xy[start], onward[0]]),
        np.vstack([onward[-1], country.xy[end]]),
        np.vstack([country.xy[end], back[0]]),
        np.vstack([back[-1], country.xy[start]]),
    ]
    ways = [("motorway", onward), ("motorway", back), *(("motorway_link", link) for link in links)]
    return [
        Line(line, first_way + i, {"highway": highway, **_TAGS}, above=True) for i, (highway, line) in enumerate(ways)
    ]


def _beside(line: FloatArray, offset_m: float) -> FloatArray:
    """Return the line moved sideways, to the left where `offset_m` is positive."""
    direction = np.gradient(line, axis=0)
    direction /= np.hypot(*direction.T)[:, None]
    moved: FloatArray = line + offset_m * np.column_stack([-direction[:, 1], direction[:, 0]])
    return moved
