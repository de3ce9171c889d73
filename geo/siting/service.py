"""Service problems: one form for coverage, p-median and gradual decay, with merging, heuristics and bounds.

Minimise ``sum_i min(base_i, min over chosen j of cost_ij)`` over choices of ``p`` columns. A row's `base` is what it
costs without any site: its weight in coverage (where entries cost 0), more than any total in the p-median.
Rows that meet the same columns in the same order are one row with summed costs (P. Hammer 1968 and
V. Beresnev 1973 for the p-median; equal rows for coverage).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.network._threads import in_threads
from geo.siting import _cover_kernels as cover_kernels
from geo.siting import _service_kernels as kernels
from geo.siting.covers import CoverSets
from geo.siting.problem import Floats, Ints, Longs

_SORT_BLOCK = 500


@dataclass(frozen=True, eq=False)
class Service:
    """A service problem; see the module.

    Attributes
    ----------
    ptr : int64 (n_row + 1,), column : int32 (n_entry,), cost : float64 (n_entry,)
        Entries by row, cost ascending and below the base.
    base : float64 (n_row,)
    n_column : int
    """

    ptr: Longs
    column: Ints
    cost: Floats
    base: Floats
    n_column: int

    @property
    def n_row(self) -> int:
        """Number of rows."""
        return self.ptr.size - 1

    def value(self, sites: Longs) -> float:
        """Return the objective of some columns."""
        is_open = np.zeros(self.n_column, bool)
        is_open[sites] = True
        return float(kernels.value_of(self.ptr, self.column, self.cost, self.base, is_open))

    def by_column(self) -> tuple[Longs, Ints, Longs]:
        """Return (col_ptr, row, entry): the rows of each column and the entries where its costs stand."""
        col_ptr, row, entry = kernels.by_column(self.ptr, self.column, self.n_column)
        return col_ptr, row, entry

    def served_by(self, sites: Longs) -> Floats:
        """Return what each row costs with some columns, float64 (n_row,)."""
        is_open = np.zeros(self.n_column, bool)
        is_open[sites] = True
        best = self.base.copy()
        entry = np.flatnonzero(is_open[self.column])
        row = np.searchsorted(self.ptr, entry, side="right") - 1
        np.minimum.at(best, row, self.cost[entry])
        return best


@dataclass(frozen=True, eq=False)
class Reduced:
    """A service problem with some columns always chosen and some dropped, its rows merged.

    Attributes
    ----------
    service : Service
    constant : float
        To be added to its objective.
    columns : int64
        Column of the full problem by column of this one.
    limit : float64 (n_row of the full problem,)
        What each full row costs at most: its base, or less by the columns that are always chosen.
    """

    service: Service
    constant: float
    columns: Longs
    limit: Floats
    _unmerged: Service
    _source: Longs
    _group: Longs

    def pull(self, v: Floats) -> Floats:
        """Return multipliers of this problem's rows from those of the full one."""
        mine = np.minimum(v[self._source], self._unmerged.base)
        return np.bincount(self._group, mine, minlength=self.service.n_row).astype(np.float64)

    def push(self, v: Floats) -> Floats:
        """Return multipliers of the full problem's rows that give the same bound as `v`."""
        out = self.limit.copy()
        some, all_ = self._unmerged, self.service
        out[self._source] = kernels.spread_multipliers(
            some.ptr, some.cost, some.base, self._group, all_.ptr, all_.cost, all_.base, v
        )
        return out


def reduce_service(full: Service, chosen: Longs, dropped: NDArray[np.bool_]) -> Reduced:
    """Return the problem in which `chosen` columns are always open and `dropped` ones never, rows merged."""
    forced = np.zeros(full.n_column, bool)
    forced[chosen] = True
    columns = np.flatnonzero(~forced & ~dropped)
    keep = np.full(full.n_column, -1, np.int32)
    keep[columns] = np.arange(columns.size)
    ptr, column, cost, base, constant, source = kernels.reduce_rows(
        full.ptr, full.column, full.cost, full.base, keep, forced
    )
    limit = full.served_by(chosen) if chosen.size else full.base.copy()
    some = Service(ptr, column, cost, base, columns.size)
    merged, group = merge_service(some)
    return Reduced(merged, float(constant), columns, limit, some, source, group)


def merge_service(some: Service) -> tuple[Service, Longs]:
    """Return the problem with rows of equal column order merged, and the merged row of every row."""
    code = kernels.sequence_codes(some.ptr, some.column, cover_kernels.column_marks(some.n_column))
    group, first = cover_kernels.group_sparse(code, some.ptr, some.column)
    if first.size == some.n_row:
        return some, group
    keep = np.arange(some.n_column, dtype=np.int32)
    ptr, column = cover_kernels.take_rows(some.ptr, some.column, first, keep)
    cost, base = kernels.sum_groups(some.ptr, some.cost, some.base, group, first, ptr)
    return Service(ptr, column, cost, base, some.n_column), group


def from_costs(cost: Floats, weight: Floats, *, nearest: int | None = None) -> Service:
    """Return the p-median of a dense matrix.

    With `nearest`, each row lists so many of its cheapest columns, and its base is the cost of the next: a problem
    whose objective is never more than the true one, and equal where every row is served by a listed column. Without,
    a row that no chosen column serves costs more than every total of finite costs.
    """
    n, m = cost.shape
    k = m if nearest is None else min(nearest, m)
    big = _more_than_any(cost, weight)
    column, value, base = np.empty((n, k), np.int32), np.empty((n, k)), np.empty(n)

    def work(low: int, high: int) -> None:
        some = slice(low, high)
        kernels.nearest_rows(cost[some], weight[some], k, column[some], value[some], base[some], big)

    in_threads(work, n, step=_SORT_BLOCK)
    counts = ((column >= 0) & (value < base[:, None])).sum(axis=1)
    ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    flat_column, flat_cost = kernels.compact(column, value, base, ptr)
    return Service(ptr, flat_column, flat_cost, base, m)


def from_covers(sets: CoverSets) -> Service:
    """Return maximal coverage as the problem of least uncovered weight."""
    rows = np.flatnonzero((sets.weight > 0.0) & (np.diff(sets.ptr) > 0))
    some = sets.take(rows, np.arange(sets.n_column))
    return Service(some.ptr, some.column, np.zeros(some.column.size), some.weight, sets.n_column)


def _more_than_any(cost: Floats, weight: Floats) -> float:
    """Return a cost that is larger than the total of every choice in which all rows are served."""

    def work(low: int, high: int) -> float:
        block = cost[low:high]
        worst = np.where(np.isfinite(block), block, 0.0).max(axis=1, initial=0.0)
        return float((worst * weight[low:high]).sum())

    return 1.0 + sum(in_threads(work, len(cost), step=_SORT_BLOCK))
