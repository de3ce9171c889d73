"""Proof of a plan within a budget: a tree over actions whose leaves hold multipliers of rows and of money.

At each node the linear program is solved by HiGHS. Of its dual values only two kinds are kept: one multiplier a demand
row, clipped to the row's weight, and one price of money. Any such values give a valid bound (A. Geoffrion 1974,
doi:10.1007/BFb0120690), so the reader of the tree needs no solver. Spacing and minimum numbers are left out of the
bound, which stays valid and may be lower.
"""

import heapq
import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from geo.siting._highs import Program, solve_program
from geo.siting.covers import CoverSets
from geo.siting.problem import TOLERANCE, Floats, Longs, Stop
from geo.siting.tree import Tree, rounding_of

NODE_LIMIT = 400


class BudgetProof:
    """Search for a tree that proves how much weight must stay uncovered within a budget.

    Parameters
    ----------
    sets : CoverSets
        Merged, every row of positive weight and with a column.
    price : float64 (n_column,), budget : float
    sites : int or None
        At most so many.
    exclusive : sequence of sequence of int
        Groups without a common member; of each at most one column.
    fixed, forbidden : int64
    """

    def __init__(
        self,
        sets: CoverSets,
        price: ArrayLike,
        budget: float,
        *,
        sites: int | None,
        exclusive: Sequence[Sequence[int]],
        fixed: Longs,
        forbidden: Longs,
    ) -> None:
        n = sets.n_column
        self.sets, self.price, self.budget = sets, np.asarray(price, np.float64), float(budget)
        self.most = n if sites is None else sites
        self.group = np.arange(n)
        for group in exclusive:
            self.group[list(group)] = min(group)
        self.fixed, self.forbidden = fixed, forbidden
        self.tree = Tree()
        self.is_whole = bool((sets.weight == np.rint(sets.weight)).all())
        self.rounding = rounding_of(float(sets.weight.sum()))

    def run(self, objective: float, *, stop: Stop, node_limit: int = NODE_LIMIT) -> float:
        """Build the tree for a plan that leaves `objective` uncovered; return what it proves to stay uncovered."""
        count = itertools.count()
        slack = 1.0 - self.rounding if self.is_whole else TOLERANCE * objective
        worst = math.inf
        heap = [(*self._look(self.fixed, self.forbidden, stop), next(count), 0, self.fixed, self.forbidden)]
        while heap:
            bound, v_id, mean, _, at, chosen, dropped = heapq.heappop(heap)
            self.tree.leaf(at, v_id)
            free = self._free(chosen, dropped)
            is_over = bound >= objective - slack or free.size == 0
            if is_over or next(count) > 2 * node_limit or stop.is_due:
                worst = min(worst, bound)
                continue
            column = int(free[np.argmin(np.abs(np.array(mean)[free] - 0.5))])
            inside, outside = self.tree.split(at, column)
            for child, more, less in ((inside, [column], []), (outside, [], [column])):
                taken, gone = np.append(chosen, more).astype(np.int64), np.append(dropped, less).astype(np.int64)
                if not self._holds(taken):
                    self.tree.leaf(child, v_id)
                    continue
                low, number, values = self._look(taken, gone, stop, least=bound, near=v_id)
                heapq.heappush(heap, (low, number, values, next(count), child, taken, gone))
        if self.is_whole and math.isfinite(worst):
            worst = float(math.ceil(worst - self.rounding))
        return min(worst, objective)

    def _holds(self, chosen: Longs) -> bool:
        is_apart = np.unique(self.group[chosen]).size == chosen.size
        return is_apart and chosen.size <= self.most and self._left(chosen) >= 0.0

    def _left(self, chosen: Longs) -> float:
        """Return what is left of the budget, a little more than it is: the bound must hold for every rounding."""
        return float(self.budget * (1.0 + 1e-9) - self.price[chosen].sum())

    def _free(self, chosen: Longs, dropped: Longs) -> Longs:
        """Return the columns that can still be chosen."""
        can = np.ones(self.sets.n_column, bool)
        can[np.concatenate([chosen, dropped])] = False
        can &= ~np.isin(self.group, self.group[chosen])
        can &= self.price <= self._left(chosen)
        if chosen.size >= self.most:
            can[:] = False
        free: Longs = np.flatnonzero(can)
        return free

    def _look(
        self, chosen: Longs, dropped: Longs, stop: Stop, *, least: float = -math.inf, near: int = -1
    ) -> tuple[float, int, tuple[float, ...]]:
        """Return (bound, number of its multipliers, linear choice of each column) of a node."""
        sets, n = self.sets, self.sets.n_column
        free = self._free(chosen, dropped)
        if free.size == 0:
            # Nothing is left to choose: the multipliers are what each row then costs.
            uncovered = np.where(sets.count(chosen) > 0, 0.0, sets.weight)
            number = self.tree.keep(np.append(uncovered, 0.0))
            return self.bound(self.tree.multipliers[number], chosen, dropped), number, (0.0,) * n
        lower, upper = np.zeros(n + sets.n_row), np.ones(n + sets.n_row)
        upper[:n] = 0.0
        upper[free] = 1.0
        lower[chosen] = upper[chosen] = 1.0
        found = solve_program(self._program(lower, upper), stop=stop)
        options = [near] if near >= 0 else []
        mean = np.full(n, 0.5)
        if found.row_dual is not None and found.x is not None:
            v = np.clip(found.row_dual[: sets.n_row] * self._scale, 0.0, sets.weight)
            money = max(-float(found.row_dual[sets.n_row]) * self._scale, 0.0)
            options.append(self.tree.keep(np.append(v, money)))
            mean = found.x[:n]
        if not options:
            options.append(self.tree.keep(np.zeros(sets.n_row + 1)))
        bounds = [self.bound(self.tree.multipliers[number], chosen, dropped) for number in options]
        best = int(np.argmax(bounds))
        return max(bounds[best], least), options[best], tuple(mean.tolist())

    def bound(self, multipliers: Floats, chosen: Longs, dropped: Longs) -> float:
        """Return what stays uncovered at least with some columns taken and some not."""
        sets, money = self.sets, float(multipliers[-1])
        v = np.minimum(multipliers[:-1], sets.weight)
        reduced = money * self.price - np.bincount(sets.column, v[sets.row], minlength=sets.n_column)
        least = np.zeros(sets.n_column)
        can = np.ones(sets.n_column, bool)
        can[np.concatenate([chosen, dropped])] = False
        can &= self.price <= self._left(chosen)
        np.minimum.at(least, self.group[can], reduced[can])
        least[self.group[chosen]] = 0.0
        left = np.sort(least)[: max(self.most - chosen.size, 0)].sum()
        return float(v.sum() + left + reduced[chosen].sum() - money * self.budget)

    @property
    def _scale(self) -> float:
        return float(self.sets.weight.max(initial=0.0)) or 1.0

    def _program(self, lower: Floats, upper: Floats) -> Program:
        """Return the linear program: as little uncovered weight as can be; the rows of demand first, then money."""
        sets, n = self.sets, self.sets.n_column
        m = sets.n_row
        index = [np.append(sets.column[sets.ptr[i] : sets.ptr[i + 1]], n + i) for i in range(m)]
        value = [np.ones(each.size) for each in index]
        index.append(np.arange(n, dtype=np.int64))
        value.append(self.price)
        low, high = [1.0] * m + [-np.inf], [np.inf] * m + [self.budget]
        groups, sizes = np.unique(self.group, return_counts=True)
        several = [np.flatnonzero(self.group == each) for each in groups[sizes > 1]]
        for columns, most in [*((each, 1.0) for each in several), (np.arange(n), float(self.most))]:
            index.append(columns)
            value.append(np.ones(columns.size))
            low.append(-np.inf)
            high.append(most)
        ptr = np.concatenate([[0], np.cumsum([each.size for each in index])]).astype(np.int64)
        cost = np.concatenate([np.zeros(n), sets.weight / self._scale])
        return Program(
            cost, lower, upper, np.zeros(n + m, bool), np.array(low), np.array(high), ptr,
            np.concatenate(index).astype(np.int32), np.concatenate(value),
        )  # fmt: skip
