"""Streets inside a built-up place: a pattern of blocks, bent, turned and thinned out."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree

from loaders.sample.blocks import (
    LANE,
    PRIMARY,
    RESIDENTIAL,
    SECONDARY,
    TERTIARY,
    BlockCutter,
    StreetPattern,
)
from loaders.sample.plane import BoolArray, FloatArray, IntArray
from loaders.sample.settlements import Settlement

FOOTWAY, CYCLEWAY, STEPS = 5, 6, 7
"""Ranks beside those of `loaders.sample.blocks`: ways without cars."""

_CORE_BLOCK_M2 = 4_300.0
_EDGE_BLOCK_M2 = 14_000.0
_VILLAGE_BLOCK_M2 = 6_800.0
_THINNING = {RESIDENTIAL: 0.10, LANE: 0.30}
_SPACING_M = (330.0, 500.0)
_RANK_IN_CORE = {"trunk": PRIMARY, "primary": PRIMARY, "secondary": SECONDARY, "tertiary": TERTIARY}
_RANK_IN_VILLAGE = {
    "trunk": PRIMARY,
    "primary": PRIMARY,
    "secondary": PRIMARY,
    "tertiary": SECONDARY,
    "unclassified": TERTIARY,
}


@dataclass(frozen=True)
class Fabric:
    """The streets of one settlement, in metres on the drawing board.

    Attributes
    ----------
    settlement : Settlement
        Whose streets they are.
    xy : ndarray, shape (n, 2)
        Vertices; `ends`, shape (m, 2), are indices into it.
    rank, street : ndarray, shape (m,)
        Rank of each piece, and the street it belongs to.
    name : tuple of (str or None), length m
        Names of the few streets that have one.
    footprint : Polygon
        The built-up area.
    one_way : dict
        The direction of traffic, a vector, by street; all other streets are open both ways.
    """

    settlement: Settlement
    xy: FloatArray
    ends: IntArray
    rank: IntArray
    street: IntArray
    name: tuple[str | None, ...]
    footprint: shapely.Polygon
    one_way: dict[int, FloatArray] = field(default_factory=dict)

    def nearest_gate(self, point: FloatArray) -> int:
        """Return the vertex nearest to `point` on a street wide enough for a road to continue on it."""
        wide = TERTIARY if self.settlement.is_core else RESIDENTIAL
        candidates = np.unique(self.ends[self.rank <= wide])
        return int(candidates[np.argmin(np.hypot(*(self.xy[candidates] - point).T))])


@dataclass(frozen=True)
class Gate:
    """Where a road of the OSM class `highway` enters a place: the number of its fabric and the vertex there."""

    fabric: int
    node: int
    highway: str


def lay_core(rng: np.random.Generator, settlement: Settlement, *, bearing: float) -> Fabric:
    """Return the streets of a town's core: a few main streets, smaller and smaller blocks towards the middle."""
    radius = settlement.radius_m
    stretch = float(rng.uniform(1.15, 1.9))
    a, b = radius * np.sqrt(stretch), radius / np.sqrt(stretch)
    cutter = BlockCutter(rng)
    cutter.lay_lattice(
        main_lines(rng, -1.25 * a, 1.25 * a, middle=SECONDARY if radius > 600 else TERTIARY),
        main_lines(rng, -1.25 * b, 1.25 * b, middle=PRIMARY if radius > 600 else SECONDARY),
        jitter_m=18.0,
    )
    cutter.divide(block_m2=growing_blocks(radius), keep_whole=0.10)
    blob = blob_shape(rng, a=a, b=b)
    pattern = cutter.pattern(keep=lambda centres: blob(centres))
    return finish(rng, settlement, pattern, bend=bend_and_turn(rng, settlement, bearing=bearing))


def lay_village(rng: np.random.Generator, settlement: Settlement, *, bearing: float) -> Fabric:
    """Return the lanes of a village: one street along `bearing` (radians) and what grew beside it."""
    stretch = float(rng.uniform(1.3, 2.8))
    a, b = settlement.radius_m * np.sqrt(stretch), settlement.radius_m / np.sqrt(stretch)
    cutter = BlockCutter(rng)
    cutter.lay_lattice(
        [(-1.2 * a, LANE), (float(rng.uniform(-0.3, 0.3)) * a, RESIDENTIAL), (1.2 * a, LANE)],
        [(-1.2 * b, LANE), (float(rng.uniform(-0.25, 0.25)) * b, RESIDENTIAL), (1.2 * b, LANE)],
        jitter_m=14.0,
    )
    cutter.divide(block_m2=lambda u, v: _VILLAGE_BLOCK_M2, keep_whole=0.12)
    blob = blob_shape(rng, a=a, b=b)

    def keep(centres: FloatArray) -> BoolArray:
        inside = blob(centres)
        inside[int(np.argmin(np.hypot(*centres.T)))] = True
        return inside

    return finish(
        rng,
        settlement,
        cutter.pattern(keep=keep),
        bend=bend_and_turn(rng, settlement, bearing=bearing),
        n_spur=int(rng.integers(2, 6)),
    )


def main_lines(rng: np.random.Generator, low: float, high: float, *, middle: int) -> list[tuple[float, int]]:
    """Return unevenly spaced main lines from `low` to `high` metres; the one nearest zero has rank `middle`."""
    at = [low]
    while at[-1] < high - _SPACING_M[0]:
        at.append(at[-1] + float(rng.uniform(*_SPACING_M)))
    if len(at) < 3:
        at = [low, float(rng.uniform(-0.15, 0.15)) * (high - low), high]
    central = min(range(len(at)), key=lambda i: abs(at[i]))
    ranks = [SECONDARY if (i - central) % 3 == 0 else TERTIARY for i in range(len(at))]
    ranks[central] = middle
    if len(at) == 3:
        ranks[0] = ranks[2] = RESIDENTIAL
    return list(zip(at, ranks, strict=True))


def growing_blocks(radius_m: float, centre: tuple[float, float] = (0.0, 0.0)) -> Callable[[float, float], float]:
    """Return a block size in m², by place, that grows from the middle of a core to its edge."""

    def size(u: float, v: float) -> float:
        outward = min(float(np.hypot(u - centre[0], v - centre[1])) / radius_m, 1.3)
        return _CORE_BLOCK_M2 + (_EDGE_BLOCK_M2 - _CORE_BLOCK_M2) * outward**2

    return size


def blob_shape(
    rng: np.random.Generator, *, a: float, b: float, centre: tuple[float, float] = (0.0, 0.0)
) -> Callable[[FloatArray], BoolArray]:
    """Return a test for points, shape (n, 2), inside an ellipse of half axes `a` and `b` with a ragged edge."""
    phase = rng.uniform(0.0, 2.0 * np.pi, 4)

    def inside(points: FloatArray) -> BoolArray:
        u, v = (points - centre).T / np.array([[a], [b]])
        angle = np.arctan2(v, u)
        edge = 1.0 + sum(0.13 * np.sin((k + 2) * angle + phase[k]) for k in range(4))
        result: BoolArray = np.hypot(u, v) < edge
        return result

    return inside


def bend_and_turn(
    rng: np.random.Generator, settlement: Settlement, *, bearing: float
) -> Callable[[FloatArray], FloatArray]:
    """Return the map from a place's own axes to the drawing board: slow waves, then a turn to `bearing`."""
    phase = rng.uniform(0.0, 2.0 * np.pi, 4)
    wave = 2.6 * settlement.radius_m
    swing = 0.055 * min(settlement.radius_m, 700.0) * 2.0
    cos, sin = np.cos(bearing), np.sin(bearing)

    def bend(uv: FloatArray) -> FloatArray:
        u, v = uv.T
        x = u + swing * (np.sin(2.0 * np.pi * v / wave + phase[0]) + 0.4 * np.sin(5.0 * np.pi * u / wave + phase[1]))
        y = v + swing * (np.sin(2.0 * np.pi * u / wave + phase[2]) + 0.4 * np.sin(5.0 * np.pi * v / wave + phase[3]))
        turned: FloatArray = np.column_stack([cos * x - sin * y, sin * x + cos * y]) + settlement.centre
        return turned

    return bend


def finish(
    rng: np.random.Generator,
    settlement: Settlement,
    pattern: StreetPattern,
    *,
    bend: Callable[[FloatArray], FloatArray],
    n_spur: int = 0,
    name: Callable[[FloatArray, IntArray], list[str | None]] | None = None,
) -> Fabric:
    """Thin a pattern out, bend it, add `n_spur` dead ends outwards, and take its footprint.

    `name` gets the middles of the pieces, shape (m, 2), in the pattern's own axes, and their streets.
    """
    kept = _thin(rng, pattern)
    middles = pattern.xy[kept.ends].mean(axis=1)
    names = [None] * len(kept.ends) if name is None else name(middles, kept.street)
    used, flat = np.unique(kept.ends, return_inverse=True)
    xy = bend(kept.xy[used])
    fabric = Fabric(
        settlement=settlement,
        xy=xy,
        ends=flat.reshape(-1, 2).astype(np.int64),
        rank=kept.rank,
        street=kept.street,
        name=tuple(names),
        footprint=shapely.concave_hull(shapely.MultiPoint(xy), ratio=0.25).buffer(12.0),
    )
    return _add_spurs(rng, fabric, n_spur)


def _thin(rng: np.random.Generator, pattern: StreetPattern) -> StreetPattern:
    """Drop some lanes and fewer streets, never so many that the rest falls apart; keep the largest part."""
    n = len(pattern.xy)
    weight = 1.0 + pattern.rank + rng.random(len(pattern.rank))
    graph = coo_array((weight, tuple(pattern.ends.T)), shape=(n, n)).tocsr()
    tree = minimum_spanning_tree(graph).tocoo()
    in_tree = set(zip(tree.row.tolist(), tree.col.tolist(), strict=True))
    _, part = connected_components(graph, directed=False)
    largest = int(np.bincount(part).argmax())
    keep = []
    for i, (p, q) in enumerate(pattern.ends.tolist()):
        spared = (p, q) in in_tree or rng.random() >= _THINNING.get(int(pattern.rank[i]), 0.0)
        keep.append(bool(part[p] == largest and spared))
    chosen = np.array(keep)
    return replace(pattern, ends=pattern.ends[chosen], rank=pattern.rank[chosen], street=pattern.street[chosen])


def _add_spurs(rng: np.random.Generator, fabric: Fabric, count: int) -> Fabric:
    """Add short lanes that lead outwards from the edge and end there."""
    if count == 0:
        return fabric
    offset = fabric.xy - fabric.settlement.centre
    outer = np.argsort(-np.hypot(*offset.T) + rng.normal(0.0, 30.0, len(offset)))[:count]
    tips = []
    for node in outer:
        bearing = np.arctan2(offset[node, 1], offset[node, 0]) + rng.normal(0.0, 0.5)
        tips.append(fabric.xy[node] + rng.uniform(45.0, 130.0) * np.array([np.cos(bearing), np.sin(bearing)]))
    first = len(fabric.xy)
    return replace(
        fabric,
        xy=np.vstack([fabric.xy, tips]),
        ends=np.vstack([fabric.ends, np.column_stack([outer, first + np.arange(count)])]).astype(np.int64),
        rank=np.concatenate([fabric.rank, np.full(count, LANE)]),
        street=np.concatenate([fabric.street, fabric.street.max() + 1 + np.arange(count)]),
        name=fabric.name + (None,) * count,
    )


def carry_through(fabric: Fabric, gates: list[Gate]) -> Fabric:
    """Widen the streets that lead from the gates of a place to its middle, so that roads do not end at its edge."""
    length = np.hypot(*(fabric.xy[fabric.ends[:, 1]] - fabric.xy[fabric.ends[:, 0]]).T)
    open_to_cars = fabric.rank <= LANE
    p, q = fabric.ends[open_to_cars].T
    cost = (length * (1.0 + 0.6 * fabric.rank))[open_to_cars]
    graph = coo_array((cost, (p, q)), shape=(len(fabric.xy),) * 2).tocsr()
    middle = fabric.nearest_gate(fabric.settlement.centre)
    _, before = dijkstra(graph, directed=False, indices=middle, return_predecessors=True)
    piece_of = {tuple(sorted(pair)): i for i, pair in enumerate(fabric.ends.tolist())}
    rank = fabric.rank.copy()
    rank_of_road = _RANK_IN_CORE if fabric.settlement.is_core else _RANK_IN_VILLAGE
    for gate in gates:
        node = gate.node
        while before[node] >= 0:
            piece = piece_of[tuple(sorted((node, int(before[node]))))]
            rank[piece] = min(rank[piece], rank_of_road.get(gate.highway, RESIDENTIAL))
            node = int(before[node])
    return replace(fabric, rank=rank)
