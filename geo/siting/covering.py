"""Covering every row: the reductions of set covering, and whether a number of sites is enough.

Whether `p` sites cover all rows is the question whether the best coverage with `p` sites leaves nothing uncovered, so
the search and the tree are those of maximal coverage with a weight of 1 a row.
"""

from dataclasses import dataclass

import numpy as np

from geo.siting import _cover_kernels as kernels
from geo.siting._highs import Program, solve_program
from geo.siting.branch import Search
from geo.siting.covers import CoverSets
from geo.siting.problem import Choice, Longs, Stop
from geo.siting.service import Service
from geo.siting.swaps import heuristic
from geo.siting.tree import Tree

_STEPS = 60_000
"""Steps of the local search before a proof is tried."""

_POSITIVE = 1e-4
"""A bound on the uncovered rows that is surely not 0: far more than the rounding of a sum of small numbers."""


@dataclass(frozen=True, eq=False)
class Cover:
    """A set covering problem without what decides itself.

    Attributes
    ----------
    sets : CoverSets
        Rows of which none holds another, weight 1 each; all columns of the full problem.
    rows : int64
        Row of the full problem by row of this one.
    out : int64
        Columns that are forbidden, or that another one covers for.
    fixed : int64
        Columns that are fixed, or that a row has no other than.
    """

    sets: CoverSets
    rows: Longs
    out: Longs
    fixed: Longs


def reduce_cover(sets: CoverSets, choice: Choice) -> Cover:
    """Return the problem with rows and columns dropped as long as any can be.

    Every row must have an allowed column.
    """
    fixed = np.zeros(sets.n_column, bool)
    fixed[choice.fixed] = True
    out = np.zeros(sets.n_column, bool)
    out[choice.forbidden] = True
    rows = np.arange(sets.n_row)
    while True:
        rows = rows[~sets.take(rows, np.arange(sets.n_column)).covered(np.flatnonzero(fixed))]
        columns = np.flatnonzero(~out & ~fixed)
        some = sets.take(rows, columns)
        by_column = some.by_column()
        rows_left = rows[~kernels.supersets(some.ptr, some.column, *by_column)]
        some = sets.take(rows_left, columns)
        by = kernels.dominated(some.ptr, some.column, *some.by_column())
        out[columns[by >= 0]] = True
        out[np.setdiff1d(columns, columns[some.column])] = True
        columns_left = np.flatnonzero(~out & ~fixed)
        some = sets.take(rows_left, columns_left)
        lonely = np.unique(some.column[some.ptr[:-1][np.diff(some.ptr) == 1]])
        fixed[columns_left[lonely]] = True
        is_done = rows_left.size == rows.size and columns_left.size == columns.size and lonely.size == 0
        rows = rows_left
        if is_done:
            taken = sets.take(rows, np.arange(sets.n_column))
            ones = CoverSets(taken.ptr, taken.column, np.ones(rows.size), sets.n_column)
            return Cover(ones, rows, np.flatnonzero(out), np.flatnonzero(fixed))


def greedy_cover(cover: Cover) -> Longs:
    """Return columns that cover all rows: always the one with most of what is left, then none that can be spared."""
    left = np.ones(cover.sets.n_row, bool)
    columns = np.setdiff1d(np.arange(cover.sets.n_column), np.union1d(cover.out, cover.fixed))
    some = cover.sets.take(np.arange(cover.sets.n_row), columns)
    col_ptr, row = some.by_column()
    gain = np.diff(col_ptr).astype(np.float64)
    chosen: list[int] = []
    while left.any():
        j = int(np.argmax(gain))
        chosen.append(j)
        new = row[col_ptr[j] : col_ptr[j + 1]]
        new = new[left[new]]
        left[new] = False
        for i in new:
            gain[some.column[some.ptr[i] : some.ptr[i + 1]]] -= 1.0
    count = some.count(chosen)
    for j in chosen[::-1]:
        mine = row[col_ptr[j] : col_ptr[j + 1]]
        if (count[mine] > 1).all():
            count[mine] -= 1
            chosen.remove(j)
    return np.sort(np.concatenate([cover.fixed, columns[chosen]]))


@dataclass(frozen=True, eq=False)
class Answer:
    """Whether so many sites are enough: the sites, or None; `is_sure` says whether None is proven, by `tree`."""

    sites: Longs | None
    is_sure: bool
    tree: Tree


def find_cover(cover: Cover, p: int, *, stop: Stop, n_turn: int = 2, node_limit: int = 400) -> Answer:
    """Search for `p` columns that cover all rows; without nodes nothing is proven."""
    sets, stop = cover.sets, stop.telling(None)
    if sets.n_row == 0 and cover.fixed.size <= p:
        return Answer(cover.fixed, True, Tree())
    free = sets.n_column - np.union1d(cover.out, cover.fixed).size
    if p < cover.fixed.size or (p == cover.fixed.size and sets.n_row):
        return Answer(None, True, Tree())
    p = min(p, cover.fixed.size + free)
    columns = np.setdiff1d(np.arange(sets.n_column), np.union1d(cover.out, cover.fixed))
    some = sets.take(np.arange(sets.n_row), columns)
    full = Service(sets.ptr, sets.column, np.zeros(sets.column.size), np.ones(sets.n_row), sets.n_column)
    start = heuristic(full, p, fixed=cover.fixed, forbidden=cover.out, stop=stop, n_round=0)
    for turn in range(n_turn):
        local = np.searchsorted(columns, np.setdiff1d(start, cover.fixed))
        found, is_cover = kernels.search_cover(
            some.ptr, some.column, *some.by_column(), local, _STEPS, turn
        )  # fmt: skip
        if is_cover:
            return Answer(np.sort(np.concatenate([cover.fixed, columns[found]])), True, Tree())
        if stop.is_due:
            break
    if node_limit == 0 or stop.is_due:
        return Answer(None, False, Tree())
    search = Search(
        full, p, fixed=cover.fixed, forbidden=cover.out, start=start, stop=stop, is_integer=True,
        threshold=_POSITIVE, node_limit=node_limit,
    )  # fmt: skip
    solved = search.run()
    if solved.objective == 0.0:
        return Answer(solved.sites, True, solved.tree)
    if solved.is_complete or stop.is_due or node_limit == 1:
        return Answer(None, solved.is_complete, solved.tree)
    return _ask_highs(some, p - cover.fixed.size, cover.fixed, columns, stop)


def _ask_highs(some: CoverSets, p: int, fixed: Longs, columns: Longs, stop: Stop) -> Answer:
    """Let HiGHS branch: its cuts go further than multipliers where the bound is many nodes away from the answer."""
    n = columns.size
    program = Program(
        np.ones(n), np.zeros(n), np.ones(n), np.ones(n, bool), np.ones(some.n_row), np.full(some.n_row, np.inf),
        some.ptr, some.column, np.ones(some.column.size),
    )  # fmt: skip
    outcome = solve_program(program, stop=stop, target=p + 0.5, cutoff=p + 0.5)
    if outcome.x is not None and round(float(outcome.x.sum())) <= p:
        return Answer(np.sort(np.concatenate([fixed, columns[outcome.x > 0.5]])), True, Tree())
    return Answer(None, outcome.is_infeasible or outcome.bound > p + 1e-6, Tree())
