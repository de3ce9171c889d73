"""Swaps of a p-median over a whole matrix, compiled: a swap looks only at the rows near a column.

The bookkeeping is FasterPAM's (E. Schubert and P. Rousseeuw 2021, doi:10.1016/j.is.2021.101804): of every row the
nearest and the second nearest site, of every site what losing it costs, and the first swap that gains is made.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.siting.problem import Floats, Ints, Longs

Mask = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def nearest_two(cost: Floats, sites: Longs, owner: Ints, least: Floats, heir: Ints, second: Floats) -> None:
    """Set of every row its nearest site and its second, as positions in `sites`, and their costs."""
    for i in range(cost.shape[0]):
        _two_of_row(cost, sites, owner, least, heir, second, i)


@njit(cache=True, nogil=True)
def _two_of_row(cost: Floats, sites: Longs, owner: Ints, least: Floats, heir: Ints, second: Floats, i: int) -> None:
    a, b, ia, ib = np.inf, np.inf, -1, -1
    for t in range(sites.size):
        c = cost[i, sites[t]]
        if c < a:
            b, ib, a, ia = a, ia, c, t
        elif c < b:
            b, ib = c, t
    owner[i], least[i], heir[i], second[i] = ia, a, ib, b


@njit(cache=True, nogil=True)
def list_near(cost: Floats, limit: Floats) -> tuple[Longs, Ints, Floats]:
    """Return (ptr, row, cost) by column: the rows whose cost to it is below their limit."""
    n, m = cost.shape
    ptr = np.zeros(m + 1, np.int64)
    for i in range(n):
        for j in range(m):
            if cost[i, j] < limit[i]:
                ptr[j + 1] += 1
    for j in range(m):
        ptr[j + 1] += ptr[j]
    at = ptr[:-1].copy()
    row, value = np.empty(ptr[m], np.int32), np.empty(ptr[m], np.float64)
    for i in range(n):
        for j in range(m):
            if cost[i, j] < limit[i]:
                row[at[j]], value[at[j]] = i, cost[i, j]
                at[j] += 1
    return ptr, row, value


@njit(cache=True, nogil=True)
def swap_medians(
    cost: Floats, weight: Floats, ptr: Longs, row: Ints, value: Floats, is_out: Mask, n_fixed: int, sites: Longs
) -> float:
    """Swap sites for columns while a swap gains, in place; return the total cost.

    Parameters
    ----------
    cost : float (n_row, n_column)
        Finite.
    weight : float64 (n_row,)
    ptr, row, value
        As `list_near` gives them. A gain beyond the limits is not seen, so no swap is made that does not gain.
    is_out : bool (n_column,)
        Columns that may not be chosen.
    n_fixed : int
        So many of the first sites stay.
    sites : int64 (p,)
        At least 2.
    """
    n, m = cost.shape
    p = sites.size
    owner, heir = np.empty(n, np.int32), np.empty(n, np.int32)
    least, second = np.empty(n), np.empty(n)
    nearest_two(cost, sites, owner, least, heir, second)
    loss = np.zeros(p)
    total = 0.0
    for i in range(n):
        loss[owner[i]] += weight[i] * (second[i] - least[i])
        total += weight[i] * least[i]
    is_site = np.zeros(m, np.bool_)
    is_site[sites] = True
    change = np.empty(p)
    j, n_idle = 0, 0
    while n_idle < m:
        if not is_site[j] and not is_out[j]:
            gain = 0.0
            change[:] = loss
            for e in range(ptr[j], ptr[j + 1]):
                i, c = row[e], value[e]
                if c < least[i]:
                    gain += weight[i] * (c - least[i])
                    change[owner[i]] += weight[i] * (least[i] - second[i])
                elif c < second[i]:
                    change[owner[i]] += weight[i] * (c - second[i])
            worst = n_fixed
            for t in range(n_fixed + 1, p):
                if change[t] < change[worst]:
                    worst = t
            if worst < p and gain + change[worst] < -1e-9 * total:
                is_site[sites[worst]], is_site[j] = False, True
                sites[worst] = j
                n_idle = 0
                for i in range(n):
                    c = cost[i, j]
                    if owner[i] == worst or heir[i] == worst:
                        loss[owner[i]] -= weight[i] * (second[i] - least[i])
                        _two_of_row(cost, sites, owner, least, heir, second, i)
                        loss[owner[i]] += weight[i] * (second[i] - least[i])
                    elif c < least[i]:
                        loss[owner[i]] -= weight[i] * (second[i] - least[i])
                        owner[i], heir[i], second[i], least[i] = worst, owner[i], least[i], c
                        loss[worst] += weight[i] * (second[i] - c)
                    elif c < second[i]:
                        loss[owner[i]] += weight[i] * (c - second[i])
                        heir[i], second[i] = worst, c
                total = (weight * least).sum()
        j = j + 1 if j + 1 < m else 0
        n_idle += 1
    return total
