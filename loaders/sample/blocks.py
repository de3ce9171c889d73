"""Streets of a built-up place as sides of blocks, which are split again and again, never quite evenly.

Recursive subdivision gives what a grid does not: T-junctions, streets that end, small blocks beside large ones
(Parish and Müller, Procedural Modeling of Cities, SIGGRAPH 2001, section 4.2; here applied to the streets themselves).
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from loaders.sample.plane import FloatArray, IntArray

PRIMARY, SECONDARY, TERTIARY, RESIDENTIAL, LANE = range(5)
"""Ranks of streets, the widest first."""

_SNAP_M = 26.0
_MIN_SIDE_M = 34.0


@dataclass(frozen=True)
class StreetPattern:
    """The streets around the kept blocks of one place.

    Attributes
    ----------
    xy : ndarray, shape (n, 2)
        Crossings, ends and bends.
    ends : ndarray, shape (m, 2)
        Indices into `xy` of each piece of street.
    rank : ndarray, shape (m,)
        `PRIMARY` … `LANE`.
    street : ndarray, shape (m,)
        The same number for the pieces of one street.
    """

    xy: FloatArray
    ends: IntArray
    rank: IntArray
    street: IntArray


@dataclass
class _Side:
    """A straight side: its vertices in order, with their distances from its start."""

    rank: int
    street: int
    vertices: list[int]
    at: list[float]


_Block = list[tuple[int, int]]
"""Corners in order, each with the side that leads to the next corner."""


@dataclass
class BlockCutter:
    """Blocks under division. Start from a lattice, `divide`, then take the `pattern` of the blocks to keep."""

    rng: np.random.Generator
    xy: list[tuple[float, float]] = field(default_factory=list)
    sides: list[_Side] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=list)
    n_street: int = 0

    def lay_lattice(
        self, across: list[tuple[float, int]], along: list[tuple[float, int]], *, jitter_m: float
    ) -> dict[tuple[int, int], int]:
        """Lay the main streets: lines of constant first and of constant second coordinate, each with its rank.

        Returns the vertex of every crossing by the two lines' numbers.
        """
        vertex = {}
        for i, (u, _) in enumerate(across):
            for j, (v, _) in enumerate(along):
                du, dv = self.rng.normal(0.0, jitter_m, 2)
                vertex[i, j] = self._vertex(u + du, v + dv)
        upright, level = {}, {}
        for i, (_, rank) in enumerate(across):
            for j in range(len(along) - 1):
                upright[i, j] = self._side(vertex[i, j], vertex[i, j + 1], rank, self.n_street)
            self.n_street += 1
        for j, (_, rank) in enumerate(along):
            for i in range(len(across) - 1):
                level[i, j] = self._side(vertex[i, j], vertex[i + 1, j], rank, self.n_street)
            self.n_street += 1
        for i in range(len(across) - 1):
            for j in range(len(along) - 1):
                self.blocks.append(
                    [
                        (vertex[i, j], level[i, j]),
                        (vertex[i + 1, j], upright[i + 1, j]),
                        (vertex[i + 1, j + 1], level[i, j + 1]),
                        (vertex[i, j + 1], upright[i, j]),
                    ]
                )
        return vertex

    def divide(self, *, block_m2: Callable[[float, float], float], keep_whole: float) -> None:
        """Cut every block until it is small enough.

        Parameters
        ----------
        block_m2 : callable
            The size aimed at, by place.
        keep_whole : float
            Probability that a block of up to five times that size stays whole (a school, a park, a works).
        """
        todo, done = self.blocks, []
        while todo:
            block = todo.pop()
            corners = [self.xy[corner] for corner, _ in block]
            size = _area(corners)
            middle = (sum(u for u, _ in corners) / len(corners), sum(v for _, v in corners) / len(corners))
            aim = block_m2(*middle) * float(self.rng.lognormal(0.0, 0.35))
            whole = size < 5.0 * aim and self.rng.random() < keep_whole
            halves = None if size < aim or whole else self._cut(block, np.array(corners), size)
            if halves is None:
                done.append(block)
            else:
                todo.extend(halves)
        self.blocks = done

    def pattern(self, *, keep: Callable[[FloatArray], npt.NDArray[np.bool_]]) -> StreetPattern:
        """Return the streets beside the blocks whose centres, shape (n, 2), `keep` accepts."""
        centres = np.array([self._ring(block).mean(axis=0) for block in self.blocks])
        pieces: dict[tuple[int, int], int] = {}
        for i in np.flatnonzero(keep(centres)):
            block = self.blocks[i]
            for (a, side_number), (b, _) in zip(block, block[1:] + block[:1], strict=True):
                vertices = self.sides[side_number].vertices
                low, high = sorted((vertices.index(a), vertices.index(b)))
                for p, q in zip(vertices[low:high], vertices[low + 1 : high + 1], strict=True):
                    pieces[p, q] = side_number
        ends = np.array(list(pieces), dtype=np.int64).reshape(-1, 2)
        used, flat = np.unique(ends, return_inverse=True)
        numbers = list(pieces.values())
        return StreetPattern(
            xy=np.array(self.xy)[used],
            ends=flat.reshape(-1, 2).astype(np.int64),
            rank=np.array([self.sides[n].rank for n in numbers], dtype=np.int64),
            street=np.array([self.sides[n].street for n in numbers], dtype=np.int64),
        )

    def _vertex(self, u: float, v: float) -> int:
        self.xy.append((float(u), float(v)))
        return len(self.xy) - 1

    def _side(self, a: int, b: int, rank: int, street: int) -> int:
        length = float(np.hypot(self.xy[b][0] - self.xy[a][0], self.xy[b][1] - self.xy[a][1]))
        self.sides.append(_Side(rank, street, [a, b], [0.0, length]))
        return len(self.sides) - 1

    def _ring(self, block: _Block) -> FloatArray:
        return np.array([self.xy[corner] for corner, _ in block])

    def _cut(self, block: _Block, ring: FloatArray, size: float) -> tuple[_Block, _Block] | None:
        """Cut across the longest side, roughly at a right angle; None if the block is too narrow for it."""
        step = np.roll(ring, -1, axis=0) - ring
        length = np.hypot(step[:, 0], step[:, 1])
        i = int(np.argmax(length))
        if length[i] < 2.0 * _MIN_SIDE_M:
            return None
        start = ring[i] + step[i] * self.rng.uniform(0.36, 0.64)
        bearing = np.arctan2(step[i, 1], step[i, 0]) + np.pi / 2.0 + self.rng.normal(0.0, 0.10)
        hit = _first_hit(start, np.array([np.cos(bearing), np.sin(bearing)]), ring, step, skip=i)
        if hit is None:
            return None
        j, share = hit
        share = min(max(share, 0.25), 0.75)
        if length[j] * min(share, 1.0 - share) < _MIN_SIDE_M * 0.6:
            return None
        rank = _rank_of_cut(size, self.rng)
        p = self._on_side(block, i, start)
        q = self._on_side(block, j, ring[j] + step[j] * share)
        new = self._side(p, q, rank, self.n_street)
        self.n_street += 1
        if i > j:
            i, j, p, q = j, i, q, p
        first = [(p, block[i][1]), *block[i + 1 : j + 1], (q, new)]
        second = [(q, block[j][1]), *block[j + 1 :], *block[: i + 1], (p, new)]
        return first, second

    def _on_side(self, block: _Block, i: int, point: FloatArray) -> int:
        """Return a vertex on side `i` of `block` at `point`, or a junction already there within reach."""
        (a, number), (b, _) = block[i], block[(i + 1) % len(block)]
        side = self.sides[number]
        at = float(np.hypot(*(point - np.array(self.xy[side.vertices[0]]))))
        low, high = sorted((side.vertices.index(a), side.vertices.index(b)))
        near = [k for k in range(low + 1, high) if abs(side.at[k] - at) < _SNAP_M]
        if near:
            return side.vertices[min(near, key=lambda k: abs(side.at[k] - at))]
        vertex = self._vertex(*point)
        k = bisect_left(side.at, at)
        side.vertices.insert(k, vertex)
        side.at.insert(k, at)
        return vertex


def _rank_of_cut(size_m2: float, rng: np.random.Generator) -> int:
    if size_m2 > 110_000.0:
        return TERTIARY
    if size_m2 > 16_000.0:
        return RESIDENTIAL
    return RESIDENTIAL if rng.random() < 0.35 else LANE


def _area(corners: list[tuple[float, float]]) -> float:
    # Plain Python: a block has four to eight corners, too few to be worth an array.
    following = corners[1:] + corners[:1]
    return abs(sum(x * t - y * s for (x, y), (s, t) in zip(corners, following, strict=True))) / 2.0


def _first_hit(
    start: FloatArray, direction: FloatArray, ring: FloatArray, step: FloatArray, *, skip: int
) -> tuple[int, float] | None:
    """Return the side of a convex ring that a ray from inside side `skip` meets, and how far along that side."""
    best: tuple[float, int, float] | None = None
    for k in range(len(ring)):
        cross = direction[0] * step[k, 1] - direction[1] * step[k, 0]
        if k == skip or abs(cross) < 1e-9:
            continue
        offset = ring[k] - start
        reach = float((offset[0] * step[k, 1] - offset[1] * step[k, 0]) / cross)
        share = float((offset[0] * direction[1] - offset[1] * direction[0]) / cross)
        if reach > 0.0 and 0.0 <= share <= 1.0 and (best is None or reach < best[0]):
            best = (reach, k, share)
    return None if best is None else (best[1], best[2])
