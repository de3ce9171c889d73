"""Cover sets of points in a plane: streamed block by block, merged while they come, distances only where in doubt."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import InputError
from geo.siting import _plane_kernels as kernels
from geo.siting.covers import CoverSets, cover_within, read_standard
from geo.siting.problem import Floats, Ints, Longs, read_weight

_CELLS_ACROSS = 40
"""Cells along the radius: finer ones leave fewer distances to look at, and cost more to prepare."""

_MOST_CELLS = 4_000_000
_DOUBTFUL = 62
_PART = 1 << 16
_BLOCK = 2_000


def cover_on_plane(blocks: Iterable[tuple[ArrayLike, ArrayLike]], candidate: ArrayLike, *, radius: float) -> CoverSets:
    """Return which candidates lie within a radius of points, equal points merged.

    Parameters
    ----------
    blocks : iterable of (points (n, 2), weights (n,))
        Taken one after another; only one is held at a time.
    candidate : array_like (n_candidate, 2)
        In the same unit, a projected one.
    radius : float
        ``dx² + dy² <= radius²`` in doubles counts as covered.

    Returns
    -------
    CoverSets
        One row for each different set of candidates.

    Examples
    --------
    >>> sets = cover_on_plane([([[0, 0], [0, 1], [5, 5]], [10, 20, 30])], [[0, 0], [5, 6]], radius=2)
    >>> sets.n_row, sorted(sets.weight.tolist())
    (2, [30.0, 30.0])
    """
    places = np.ascontiguousarray(candidate, dtype=np.float64)
    if places.ndim != 2 or places.shape[1] != 2 or len(places) == 0 or not np.isfinite(places).all():
        raise InputError("candidate has the shape {shape}; (n, 2) finite numbers are needed", shape=places.shape)
    limit = read_standard(radius)
    if limit == 0.0:
        raise InputError("radius 0 covers nothing: give a length")
    x, y = np.ascontiguousarray(places[:, 0]), np.ascontiguousarray(places[:, 1])
    grid = _make_grid(x, y, limit)
    parts: list[CoverSets] = []
    table = None if grid is None else _Table(grid, x, y, limit * limit)
    for points, weights in blocks:
        at = np.asarray(points, dtype=np.float64)
        if at.ndim != 2 or at.shape[1] != 2 or not np.isfinite(at).all():
            raise InputError("points have the shape {shape}; (n, 2) finite numbers are needed", shape=at.shape)
        weight = read_weight(weights, len(at))
        if table is not None:
            table.add(np.ascontiguousarray(at[:, 0]), np.ascontiguousarray(at[:, 1]), weight)
        else:
            parts += [_by_distances(at[low : low + _BLOCK], weight[low : low + _BLOCK], places, limit)
                      for low in range(0, len(at), _BLOCK)]  # fmt: skip
    if table is not None:
        parts.append(table.sets(len(places)))
    return _joined(parts, len(places)).merged()[0]


@dataclass(frozen=True, eq=False)
class _Grid:
    low_x: float
    low_y: float
    side: float
    n_x: int
    n_y: int
    sure_ptr: Longs
    sure: Ints
    doubt_ptr: Longs
    doubt: Ints

    @property
    def frame(self) -> tuple[float, float, float, int, int]:
        return self.low_x, self.low_y, self.side, self.n_x, self.n_y


def _make_grid(x: Floats, y: Floats, radius: float) -> _Grid | None:
    """Return cells of which none has more doubtful candidates than a signature holds; None where there is no such."""
    side = radius / _CELLS_ACROSS
    extent = np.array([np.ptp(x), np.ptp(y)]) + 2.0 * radius
    while np.prod(extent / side) > _MOST_CELLS:
        side *= 1.25
    for _ in range(3):
        # Beyond the candidates' reach lie two more rows of cells, which stand for everything outside.
        low_x, low_y = float(x.min() - radius - 2.0 * side), float(y.min() - radius - 2.0 * side)
        n_x, n_y = (math.ceil(span / side) + 5 for span in extent)
        lists = kernels.sort_cells(low_x, low_y, side, n_x, n_y, x, y, radius)
        if np.diff(lists[2]).max(initial=0) <= _DOUBTFUL:
            return _Grid(low_x, low_y, side, n_x, n_y, *lists)
        side /= 2.0
    return None


class _Table:
    """Weights by signature: an open hash table that doubles before it is half full."""

    def __init__(self, grid: _Grid, x: Floats, y: Floats, square: float) -> None:
        self.grid, self.x, self.y, self.square = grid, x, y, square
        self.plain = np.zeros(grid.n_x * grid.n_y)
        self.n = 0
        self._allot(1 << 18)

    def _allot(self, size: int) -> None:
        self.cell, self.code, self.weight = np.full(size, -1, np.int64), np.zeros(size, np.uint64), np.zeros(size)

    def add(self, px: Floats, py: Floats, weight: Floats) -> None:
        """Add points, a part of them at a time."""
        for low in range(0, px.size, _PART):
            if 2 * (self.n + _PART) > self.cell.size:
                used = self.cell >= 0
                old = self.cell[used], self.code[used], self.weight[used]
                self._allot(2 * self.cell.size)
                kernels.refill(*old, self.cell, self.code, self.weight)
            part = slice(low, low + _PART)
            self.n += kernels.tally_points(
                px[part], py[part], weight[part], *self.grid.frame, self.x, self.y, self.square,
                self.grid.doubt_ptr, self.grid.doubt, self.plain, self.cell, self.code, self.weight,
            )  # fmt: skip

    def sets(self, n_column: int) -> CoverSets:
        """Return one row a signature."""
        some, used = np.flatnonzero(self.plain > 0.0), np.flatnonzero(self.cell >= 0)
        cell = np.concatenate([some, self.cell[used]]).astype(np.int64)
        code = np.concatenate([np.zeros(some.size, np.uint64), self.code[used]])
        grid = self.grid
        ptr, column = kernels.unfold_signatures(cell, code, grid.sure_ptr, grid.sure, grid.doubt_ptr, grid.doubt)
        return CoverSets(ptr, column, np.concatenate([self.plain[some], self.weight[used]]), n_column)


def _by_distances(points: Floats, weight: Floats, places: Floats, radius: float) -> CoverSets:
    apart = points[:, None] - places[None]
    return cover_within(apart[..., 0] ** 2 + apart[..., 1] ** 2, weight, standard=radius * radius)[0]


def _joined(parts: list[CoverSets], n_column: int) -> CoverSets:
    ptr = np.concatenate([[0], *(np.diff(part.ptr) for part in parts)]).cumsum()
    column = np.concatenate([np.empty(0, np.int32), *(part.column for part in parts)])
    return CoverSets(ptr, column, np.concatenate([np.empty(0), *(part.weight for part in parts)]), n_column)
