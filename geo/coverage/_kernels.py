"""Compiled passes over the cost matrix; `geo.coverage.measure`, `week` and `what_if` are their documented wrappers."""

# mypy: disallow-untyped-defs=False, check-untyped-defs=False

import numpy as np
from numba import njit

from geo.network._kernels import FAR


@njit(cache=True, nogil=True)
def scan_rows(cost, sure, maybe, limit, best, best_maybe, nearest, within, first):
    """Fill what every row of ``cost`` (n_demand, n_facility) says of the columns ``sure`` and ``maybe``.

    ``best`` and ``nearest``: least cost among `sure` and its column (-1: none); ``best_maybe``: least among `maybe`;
    ``within``: how many of `sure` cost at most `limit`, 2 for more; ``first``: the first column of these, or -1.
    """
    for i in range(cost.shape[0]):
        least, at, n, one = FAR, -1, 0, -1
        for j in sure:
            c = cost[i, j]
            if c < least:
                least, at = c, j
            if c <= limit:
                if n == 0:
                    one = j
                n += 1
        best[i], nearest[i], within[i], first[i] = least, at, min(n, 2), one
        least = FAR
        for j in maybe:
            least = min(least, cost[i, j])
        best_maybe[i] = least


@njit(cache=True, nogil=True)
def least_of_rows(cost, row, column, best):
    """Fill ``best`` (n_row,) with the least of the columns ``column`` of each row ``row``; `FAR`: there are none."""
    for i in range(row.size):
        least = FAR
        for j in column:
            least = min(least, cost[row[i], j])
        best[i] = least


@njit(cache=True, nogil=True)
def mark_groups(cost, column, group, is_there, limit, bits):
    """Set in ``bits`` uint64 (n_demand, n_word) the bit of every group with a column within `limit` of the row.

    ``group[k]`` is the group of ``column[k]``. Rows where ``is_there`` is False stay without bits.
    """
    for i in range(cost.shape[0]):
        if not is_there[i]:
            continue
        for k in range(column.size):
            if cost[i, column[k]] <= limit:
                bits[i, group[k] >> 6] |= np.uint64(1) << np.uint64(group[k] & 63)
