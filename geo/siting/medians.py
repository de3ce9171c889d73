"""Good sites of a p-median over a whole matrix of finite costs, by swaps on a share of it and then on all of it."""

import math

import numpy as np

from geo.siting import _median_kernels as kernels
from geo.siting.problem import Choice, Floats, Longs, Stop

_LEAST = 20
"""Rows and columns a site, at least, in the share of the matrix where the search begins."""
_SHARE = 4
"""The search begins on one row, and one column, of so many."""
_REACH = 1.1
"""A column lists the rows that are nearer to it than so many times the cost to their second site."""
_FIRST_KICKS = 10
"""Copies with exchanged sites that are tried on the share."""
_KICK = 3
"""Sites that are exchanged in a copy."""


def median_sites(
    matrix: Floats,
    weights: Floats,
    choice: Choice,
    *,
    stop: Stop,
    seed: int = 1,
    n_kick: int = 0,
    target: float = -math.inf,
) -> tuple[Longs, float]:
    """Return sites that no single swap makes better, as far as the lists tell, and their total cost.

    The search begins with random sites on a quarter of the rows and columns, which takes a fraction of the time and
    comes close.

    Parameters
    ----------
    matrix : float (n_demand, n_facility)
        Finite costs.
    weights : float64 (n_demand,)
    choice : Choice
        At least 2 sites.
    stop : Stop
        Looked at between two descents.
    seed : int
    n_kick : int
        Copies of the best, three sites exchanged at random, that are improved too.
    target : float
        A total that is good enough.
    """
    rng = np.random.default_rng(seed)
    fixed, p = choice.fixed, choice.sites or 0
    rows = _draw(rng, np.arange(len(matrix)), max(len(matrix) // _SHARE, _LEAST * p))
    free = np.setdiff1d(np.flatnonzero(choice.allowed), fixed)
    some = _draw(rng, free, max(free.size // _SHARE, _LEAST * p))
    columns = np.concatenate([fixed, some])
    start = np.arange(p)
    start[fixed.size :] = fixed.size + rng.choice(some.size, p - fixed.size, replace=False)
    part = np.ascontiguousarray(matrix[np.ix_(rows, columns)])
    swaps = _Swaps(part, weights[rows], np.arange(fixed.size, columns.size), fixed.size, start)
    start, _ = swaps.improve(start, stop, rng, _FIRST_KICKS)
    swaps = _Swaps(matrix, weights, free, fixed.size, columns[start])
    best, value = swaps.improve(columns[start], stop, rng, n_kick, target)
    return np.sort(best), value


class _Swaps:
    """Swaps on a matrix, with what lies near its columns, by the second of the sites they begin with."""

    def __init__(self, matrix: Floats, weights: Floats, free: Longs, n_fixed: int, sites: Longs) -> None:
        self._matrix, self._weights, self._free, self._n_fixed = matrix, weights, free, n_fixed
        self._is_out = np.ones(matrix.shape[1], bool)
        self._is_out[free] = False
        n = len(matrix)
        owner, heir = np.empty(n, np.int32), np.empty(n, np.int32)
        least, second = np.empty(n), np.empty(n)
        kernels.nearest_two(matrix, sites, owner, least, heir, second)
        self._lists = kernels.list_near(matrix, _REACH * second)

    def improve(
        self, sites: Longs, stop: Stop, rng: np.random.Generator, n_kick: int, target: float = -math.inf
    ) -> tuple[Longs, float]:
        """Return better sites and their total cost, from these and from copies with some of them exchanged."""
        best = sites.copy()
        value = self._descend(best)
        n_own = best.size - self._n_fixed
        n_other = min(_KICK, n_own, self._free.size - n_own)
        for _ in range(n_kick if n_other > 0 else 0):
            if stop.is_due or value <= target:
                break
            other = best.copy()
            others = rng.choice(np.setdiff1d(self._free, best), n_other, replace=False)
            other[self._n_fixed + rng.choice(n_own, n_other, replace=False)] = others
            now = self._descend(other)
            if now < value:
                best, value = other, now
        return best, value

    def _descend(self, sites: Longs) -> float:
        return float(
            kernels.swap_medians(self._matrix, self._weights, *self._lists, self._is_out, self._n_fixed, sites)
        )


def _draw(rng: np.random.Generator, items: Longs, count: int) -> Longs:
    return np.sort(rng.choice(items, min(count, items.size), replace=False))
