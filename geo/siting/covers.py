"""Cover sets: which facilities serve which demand points, sparse, with equal rows merged."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InputError
from geo.siting import _cover_kernels as kernels
from geo.siting.problem import Floats, Ints, Longs, read_cost, read_weight


@dataclass(frozen=True, eq=False)
class CoverSets:
    """Which facilities cover each row of demand.

    Attributes
    ----------
    ptr : int64 (n_row + 1,)
        Row ``r`` is covered by the facilities ``column[ptr[r] : ptr[r + 1]]``.
    column : int32 (n_entry,)
    weight : float64 (n_row,)
        People, or whatever is counted.
    n_column : int, optional
        Number of facilities; by default one more than the last that occurs.

    Examples
    --------
    Two points, both covered by facility 0, the second also by facility 2:

    >>> sets = CoverSets([0, 1, 3], [0, 0, 2], [10, 5])
    >>> sets.n_row, sets.n_column
    (2, 3)
    """

    ptr: Longs
    column: Ints
    weight: Floats
    n_column: int = -1

    def __post_init__(self) -> None:
        ptr = np.ascontiguousarray(self.ptr, dtype=np.int64)
        column = np.ascontiguousarray(self.column, dtype=np.int32)
        if ptr.ndim != 1 or ptr.size == 0 or ptr[0] != 0 or ptr[-1] != column.size or (np.diff(ptr) < 0).any():
            raise InputError("ptr must rise from 0 to the number of entries, {n}", n=column.size)
        n_column = self.n_column if self.n_column >= 0 else int(column.max(initial=-1)) + 1
        if column.size and (column.min() < 0 or column.max() >= n_column):
            raise InputError("column must lie from 0 to {last}", last=n_column - 1)
        object.__setattr__(self, "ptr", ptr)
        object.__setattr__(self, "column", _sorted_rows(ptr, column))
        object.__setattr__(self, "weight", read_weight(self.weight, ptr.size - 1))
        object.__setattr__(self, "n_column", n_column)

    @property
    def n_row(self) -> int:
        """Number of rows."""
        return self.ptr.size - 1

    @property
    def row(self) -> Longs:
        """The row of every entry, int64 (n_entry,)."""
        return np.repeat(np.arange(self.n_row), np.diff(self.ptr))

    def covered(self, sites: ArrayLike) -> NDArray[np.bool_]:
        """Tell which rows some of the sites cover, bool (n_row,)."""
        return self.count(sites) > 0

    def count(self, sites: ArrayLike) -> Longs:
        """Return how many of the sites cover each row, int64 (n_row,)."""
        is_open = np.zeros(self.n_column, bool)
        is_open[np.asarray(sites, dtype=np.int64)] = True
        running = np.concatenate([[0], np.cumsum(is_open[self.column])])
        return np.asarray(running[self.ptr[1:]] - running[self.ptr[:-1]], np.int64)

    def by_column(self) -> tuple[Longs, Ints]:
        """Return (col_ptr, row): the rows of facility ``j`` are ``row[col_ptr[j] : col_ptr[j + 1]]``."""
        col_ptr, row = kernels.transpose(self.ptr, self.column, self.n_column)
        return col_ptr, row

    def take(self, rows: Longs, columns: Longs) -> "CoverSets":
        """Return some rows and columns, columns numbered in the order in which they are given (ascending)."""
        keep = np.full(self.n_column, -1, np.int32)
        keep[columns] = np.arange(columns.size)
        ptr, column = kernels.take_rows(self.ptr, self.column, np.asarray(rows, np.int64), keep)
        return CoverSets(ptr, column, self.weight[rows], columns.size)

    def merged(self) -> tuple["CoverSets", Longs]:
        """Return the sets with equal rows merged, weights summed, and the merged row of every row."""
        code = kernels.hash_sparse(self.ptr, self.column, kernels.column_marks(self.n_column))
        group, first = kernels.group_sparse(code, self.ptr, self.column)
        taken = self.take(first, np.arange(self.n_column))
        weight = np.bincount(group, self.weight, minlength=first.size).astype(np.float64)
        return CoverSets(taken.ptr, taken.column, weight, self.n_column), group


def cover_within(cost: ArrayLike, weight: ArrayLike | None, *, standard: float) -> tuple[CoverSets, Longs]:
    """Return which facilities are within a standard of each demand point, equal points merged.

    Parameters
    ----------
    cost : array_like (n_demand, n_facility)
        inf where unreachable.
    weight : array_like (n_demand,), optional
        1 each by default.
    standard : float
        A cost is within it if it is not more; in the unit of `cost`.

    Returns
    -------
    CoverSets
        One row for each different set.
    int64 (n_demand,)
        The row of each demand point.
    """
    matrix = read_cost(cost)
    weights = np.ones(len(matrix)) if weight is None else read_weight(weight, len(matrix))
    limit = read_standard(standard)
    code, size = kernels.hash_dense(matrix, limit, kernels.column_marks(matrix.shape[1]))
    group, first = kernels.group_dense(code, matrix, limit)
    ptr = np.concatenate([[0], np.cumsum(size[first])]).astype(np.int64)
    column = kernels.fill_dense(matrix, limit, first, ptr)
    merged = np.bincount(group, weights, minlength=first.size).astype(np.float64)
    return CoverSets(ptr, column, merged, matrix.shape[1]), group


def read_standard(standard: float | None) -> float:
    """Return a standard as a number.

    Raises
    ------
    InputError
        If it is missing, NaN, negative or infinite: an infinite one would take the unreachable for reached.
    """
    if standard is None:
        raise InputError("standard is missing: the largest cost at which a point counts as covered")
    if not 0.0 <= standard < np.inf:
        raise InputError("standard {value} is not a finite cost from 0", value=standard)
    return float(standard)


@dataclass(eq=False)
class CoverBuilder:
    """Cover sets filled column by column, equal rows merged as they come: a partition of the rows is refined.

    A row costs 4 bytes and a set that occurs 8 bytes a column; nothing of size rows × columns is held
    (R. Paige and R. E. Tarjan 1987, doi:10.1137/0216062).

    Examples
    --------
    >>> builder = CoverBuilder(3)
    >>> builder.add(0, [0, 1])
    >>> builder.add(1, [2])
    >>> sets, row = builder.finish([10, 20, 30])
    >>> sets.weight.tolist(), row.tolist()
    ([30.0, 30.0], [0, 0, 1])
    """

    n_row: int
    n_column: int = 0
    _label: Ints = field(init=False, repr=False)
    _room: list[Ints] = field(init=False, repr=False)
    _n_class: int = field(default=1, init=False, repr=False)

    def __post_init__(self) -> None:
        self._label = np.zeros(self.n_row, np.int32)
        # child, parent, added
        self._room = [np.full(1024, -1, np.int32) for _ in range(3)]

    def add(self, column: int, rows: ArrayLike) -> None:
        """Add a facility and the rows that it covers, each once; columns come in ascending order."""
        if column < self.n_column:
            raise InputError("column {value} comes after column {last}", value=column, last=self.n_column - 1)
        rows = np.ascontiguousarray(rows, dtype=np.int32)
        if rows.size and (rows.min() < 0 or rows.max() >= self.n_row):
            raise InputError("column {value} covers a row that does not exist", value=column)
        while self._n_class + rows.size > self._room[0].size:
            self._room = [np.concatenate([part, np.full(part.size, -1, np.int32)]) for part in self._room]
        child, parent, added = self._room
        self._n_class = kernels.refine(self._label, rows, column, child, parent, added, self._n_class)
        self.n_column = column + 1

    def finish(self, weight: ArrayLike, *, n_column: int | None = None) -> tuple[CoverSets, Longs]:
        """Return the merged sets and the merged row of every row."""
        weights = read_weight(weight, self.n_row)
        classes, row = np.unique(self._label, return_inverse=True)
        ptr, column = kernels.unfold(classes.astype(np.int32), self._room[1], self._room[2])
        merged = np.bincount(row, weights, minlength=classes.size).astype(np.float64)
        return CoverSets(ptr, column, merged, self.n_column if n_column is None else n_column), row.astype(np.int64)


def cover_by_streets(
    network: Any, point: Any, weight: ArrayLike, facility: Any, *, mode: str, limit_s: float, block: int = 256
) -> tuple[CoverSets, Longs]:
    """Return which facilities each point reaches within a time by the streets, equal points merged.

    Parameters
    ----------
    network : geo.network.graph.StreetGraph
    point, facility : SnappedPoints
        Snapped in the same mode.
    weight : array_like (n_point,)
    mode : str
    limit_s : float
        Seconds, both legs included.
    block : int
        Facilities searched for at a time.
    """
    from geo.network.costs import find_points_within

    builder = CoverBuilder(point.edge.size)
    for low in range(0, facility.edge.size, block):
        some = facility.take(np.arange(low, min(low + block, facility.edge.size)))
        reach = find_points_within(network, point, some, mode=mode, limit_s=limit_s)
        for k in range(some.edge.size):
            builder.add(low + k, reach.index[reach.ptr[k] : reach.ptr[k + 1]])
    return builder.finish(weight, n_column=facility.edge.size)


def _sorted_rows(ptr: Longs, column: Ints) -> Ints:
    """Return the columns ascending in each row, each once checked."""
    if column.size < 2:
        return column
    is_start = np.zeros(column.size, bool)
    starts = ptr[:-1]
    is_start[starts[starts < column.size]] = True
    falls = (np.diff(column) <= 0) & ~is_start[1:]
    if not falls.any():
        return column
    row = np.repeat(np.arange(ptr.size - 1), np.diff(ptr))
    order = np.lexsort((column, row))
    ordered = column[order]
    same = (np.diff(ordered) == 0) & (np.diff(row) == 0)
    if same.any():
        raise InputError("row {row} names a facility twice", row=int(row[1:][same][0]))
    return np.ascontiguousarray(ordered)
