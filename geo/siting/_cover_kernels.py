"""Compiled work on cover sets: reading them from costs, merging equal rows, refining a partition, dominance.

Rows are demand points, columns facilities. Rows lie as ``column[ptr[r] : ptr[r + 1]]``, ascending; columns, where they
are wanted, as ``row[col_ptr[j] : col_ptr[j + 1]]``. Random numbers
are numba's own, seeded by the caller.
"""

import numpy as np
from numba import njit

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def _mixed(value):
    """Return 64 well-mixed bits of a number (the finalizer of SplitMix64, Steele et al. 2014)."""
    z = np.uint64(value) * _MULTIPLIER + _MULTIPLIER
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def column_marks(n):
    """Return one random-looking number a column; the sum over a set is its hash."""
    marks = np.empty(n, np.uint64)
    for j in range(n):
        marks[j] = _mixed(j)
    return marks


@njit(cache=True, nogil=True)
def hash_dense(cost, standard, marks):
    """Return (hash, size) of the set of columns within the standard, row by row."""
    n, m = cost.shape
    code = np.zeros(n, np.uint64)
    size = np.zeros(n, np.int64)
    for i in range(n):
        total, count = np.uint64(0), 0
        for j in range(m):
            if cost[i, j] <= standard:
                total += marks[j]
                count += 1
        code[i], size[i] = total, count
    return code, size


@njit(cache=True, nogil=True)
def hash_sparse(ptr, column, marks):
    """Return the hash of the set of columns of every row."""
    n = ptr.size - 1
    code = np.zeros(n, np.uint64)
    for i in range(n):
        total = np.uint64(0)
        for e in range(ptr[i], ptr[i + 1]):
            total += marks[column[e]]
        code[i] = total
    return code


@njit(cache=True, nogil=True)
def _equal_dense(cost, standard, a, b):
    for j in range(cost.shape[1]):  # noqa: SIM110 - numba compiles no generator here
        if (cost[a, j] <= standard) != (cost[b, j] <= standard):
            return False
    return True


@njit(cache=True, nogil=True)
def _equal_sparse(ptr, column, a, b):
    if ptr[a + 1] - ptr[a] != ptr[b + 1] - ptr[b]:
        return False
    for e in range(ptr[a + 1] - ptr[a]):  # noqa: SIM110
        if column[ptr[a] + e] != column[ptr[b] + e]:
            return False
    return True


@njit(cache=True, nogil=True)
def group_dense(code, cost, standard):
    """Return (group of each row, first row of each group): rows are of one group exactly if their sets are equal."""
    n = code.size
    n_slot = 16
    while n_slot < 2 * n:
        n_slot *= 2
    table = np.full(n_slot, -1, np.int64)
    group, first = np.empty(n, np.int64), np.empty(n, np.int64)
    n_group, mask = 0, np.uint64(n_slot - 1)
    for i in range(n):
        slot = _mixed(code[i]) & mask
        while True:
            g = table[slot]
            if g < 0:
                table[slot] = n_group
                first[n_group] = i
                group[i] = n_group
                n_group += 1
                break
            if code[first[g]] == code[i] and _equal_dense(cost, standard, first[g], i):
                group[i] = g
                break
            slot = (slot + np.uint64(1)) & mask
    return group, first[:n_group].copy()


@njit(cache=True, nogil=True)
def group_sparse(code, ptr, column):
    """Return (group of each row, first row of each group) of rows that are given as sets."""
    n = code.size
    n_slot = 16
    while n_slot < 2 * n:
        n_slot *= 2
    table = np.full(n_slot, -1, np.int64)
    group, first = np.empty(n, np.int64), np.empty(n, np.int64)
    n_group, mask = 0, np.uint64(n_slot - 1)
    for i in range(n):
        slot = _mixed(code[i]) & mask
        while True:
            g = table[slot]
            if g < 0:
                table[slot] = n_group
                first[n_group] = i
                group[i] = n_group
                n_group += 1
                break
            if code[first[g]] == code[i] and _equal_sparse(ptr, column, first[g], i):
                group[i] = g
                break
            slot = (slot + np.uint64(1)) & mask
    return group, first[:n_group].copy()


@njit(cache=True, nogil=True)
def fill_dense(cost, standard, rows, ptr):
    """Return the columns within the standard of some rows, one row after another."""
    column = np.empty(ptr[-1], np.int32)
    e = 0
    for i in rows:
        for j in range(cost.shape[1]):
            if cost[i, j] <= standard:
                column[e] = j
                e += 1
    return column


@njit(cache=True, nogil=True)
def take_rows(ptr, column, rows, keep):
    """Return (ptr, column) of some rows without the columns that are not kept; `keep` holds new numbers or -1."""
    new_ptr = np.zeros(rows.size + 1, np.int64)
    for k in range(rows.size):
        count = 0
        for e in range(ptr[rows[k]], ptr[rows[k] + 1]):
            count += keep[column[e]] >= 0
        new_ptr[k + 1] = new_ptr[k] + count
    new_column = np.empty(new_ptr[-1], np.int32)
    at = 0
    for k in range(rows.size):
        for e in range(ptr[rows[k]], ptr[rows[k] + 1]):
            if keep[column[e]] >= 0:
                new_column[at] = keep[column[e]]
                at += 1
    return new_ptr, new_column


@njit(cache=True, nogil=True)
def transpose(ptr, column, n_column):
    """Return (col_ptr, row): the rows of every column, ascending."""
    col_ptr = np.zeros(n_column + 1, np.int64)
    for e in range(column.size):
        col_ptr[column[e] + 1] += 1
    for j in range(n_column):
        col_ptr[j + 1] += col_ptr[j]
    at = col_ptr[:-1].copy()
    row = np.empty(column.size, np.int32)
    for i in range(ptr.size - 1):
        for e in range(ptr[i], ptr[i + 1]):
            j = column[e]
            row[at[j]] = i
            at[j] += 1
    return col_ptr, row


@njit(cache=True, nogil=True)
def refine(label, row, j, child, parent, added, n_class):
    """Split the classes of rows by whether they are in column `j`; return the number of classes ever made.

    ``label`` (n_row,) is the class of each row. A class that is touched gets a child with ``parent`` and ``added`` (the
    column) noted; ``child`` is -1 for every class before and after. There is room for ``row.size`` more classes.
    """
    before = n_class
    for i in row:
        old = label[i]
        new = child[old]
        if new < 0:
            new = n_class
            child[old] = new
            child[new] = -1
            parent[new], added[new] = old, j
            n_class += 1
        label[i] = new
    for new in range(before, n_class):
        child[parent[new]] = -1
    return n_class


@njit(cache=True, nogil=True)
def unfold(classes, parent, added):
    """Return (ptr, column) of the sets of some classes, columns in the order in which they were added."""
    ptr = np.zeros(classes.size + 1, np.int64)
    for k in range(classes.size):
        count, c = 0, classes[k]
        while parent[c] >= 0:
            count += 1
            c = parent[c]
        ptr[k + 1] = ptr[k] + count
    column = np.empty(ptr[-1], np.int32)
    for k in range(classes.size):
        c, at = classes[k], ptr[k + 1] - 1
        while parent[c] >= 0:
            column[at] = added[c]
            c, at = parent[c], at - 1
    return ptr, column


@njit(cache=True, nogil=True)
def dominated(ptr, column, col_ptr, row):
    """Return for every column another one that holds all its rows, or -1; of equal ones the first stays.

    Chains end at a column that is not dominated. Empty columns are dominated by none.
    """
    n = col_ptr.size - 1
    by = np.full(n, -1, np.int32)
    for j in range(n):
        low, high = col_ptr[j], col_ptr[j + 1]
        if low == high:
            continue
        best = row[low]
        for e in range(low, high):
            if ptr[row[e] + 1] - ptr[row[e]] < ptr[best + 1] - ptr[best]:
                best = row[e]
        for c in range(ptr[best], ptr[best + 1]):
            k = column[c]
            size = col_ptr[k + 1] - col_ptr[k]
            if k == j or by[k] >= 0 or size < high - low or (size == high - low and k > j):
                continue
            at, is_subset = col_ptr[k], True
            for e in range(low, high):
                while at < col_ptr[k + 1] and row[at] < row[e]:
                    at += 1
                # The rows that are left must fit into what is left.
                if col_ptr[k + 1] - at < high - e or row[at] != row[e]:
                    is_subset = False
                    break
            if is_subset:
                by[j] = k
                break
    return by


@njit(cache=True, nogil=True)
def supersets(ptr, column, col_ptr, row):
    """Return which rows hold all columns of another row, bool (n_row,); of equal rows the first stays."""
    n = ptr.size - 1
    is_more = np.zeros(n, np.bool_)
    size = np.empty(n, np.int64)
    for i in range(n):
        size[i] = ptr[i + 1] - ptr[i]
    for s in np.argsort(size, kind="mergesort"):
        if is_more[s] or size[s] == 0:
            continue
        best = column[ptr[s]]
        for e in range(ptr[s], ptr[s + 1]):
            j = column[e]
            if col_ptr[j + 1] - col_ptr[j] < col_ptr[best + 1] - col_ptr[best]:
                best = j
        for f in range(col_ptr[best], col_ptr[best + 1]):
            r = row[f]
            if r == s or is_more[r] or size[r] < size[s] or (size[r] == size[s] and r < s):
                continue
            at, is_subset = ptr[r], True
            for e in range(ptr[s], ptr[s + 1]):
                while at < ptr[r + 1] and column[at] < column[e]:
                    at += 1
                if ptr[r + 1] - at < ptr[s + 1] - e or column[at] != column[e]:
                    is_subset = False
                    break
            is_more[r] = is_subset
    return is_more


@njit(cache=True, nogil=True)
def _turn(ptr, column, col_ptr, row, j, is_in, count, weight, score):
    """Put column `j` in or take it out, and renew the scores: what a column would newly cover, or alone covers."""
    if is_in[j]:
        is_in[j] = False
        for e in range(col_ptr[j], col_ptr[j + 1]):
            i = row[e]
            count[i] -= 1
            if count[i] == 0:
                for f in range(ptr[i], ptr[i + 1]):
                    score[column[f]] += weight[i]
                score[j] -= weight[i]
            elif count[i] == 1:
                for f in range(ptr[i], ptr[i + 1]):
                    if is_in[column[f]]:
                        score[column[f]] += weight[i]
                        break
        # What it alone covered it would newly cover: the same sum.
        total = 0.0
        for e in range(col_ptr[j], col_ptr[j + 1]):
            if count[row[e]] == 0:
                total += weight[row[e]]
        score[j] = total
    else:
        for e in range(col_ptr[j], col_ptr[j + 1]):
            i = row[e]
            if count[i] == 0:
                for f in range(ptr[i], ptr[i + 1]):
                    score[column[f]] -= weight[i]
            elif count[i] == 1:
                for f in range(ptr[i], ptr[i + 1]):
                    if is_in[column[f]]:
                        score[column[f]] -= weight[i]
                        break
            count[i] += 1
        is_in[j] = True
        total = 0.0
        for e in range(col_ptr[j], col_ptr[j + 1]):
            if count[row[e]] == 1:
                total += weight[row[e]]
        score[j] = total


@njit(cache=True, nogil=True)
def search_cover(ptr, column, col_ptr, row, start, n_step, seed):
    """Look for as many columns as `start` has that cover all rows; return (columns, whether they do).

    Local search with weights that grow on rows left uncovered (C. Gao, T. Weise and J. Li 2015, RWLS,
    doi:10.1016/j.ejor.2015.05.038).
    """
    np.random.seed(seed)  # noqa: NPY002
    n, m = ptr.size - 1, col_ptr.size - 1
    is_in, count = np.zeros(m, np.bool_), np.zeros(n, np.int64)
    weight, score = np.ones(n), np.zeros(m)
    for j in range(m):
        score[j] = col_ptr[j + 1] - col_ptr[j]
    at = start.copy()
    for j in start:
        _turn(ptr, column, col_ptr, row, j, is_in, count, weight, score)
    moved = np.zeros(m, np.int64)
    open_rows, banned = np.empty(n, np.int64), -1
    for step in range(1, n_step + 1):
        n_open = 0
        for i in range(n):
            if count[i] == 0:
                open_rows[n_open] = i
                n_open += 1
        if n_open == 0:
            return at, True
        out = -1
        for k in range(at.size):
            if at[k] == banned and at.size > 1:
                continue
            if out < 0 or (score[at[k]], moved[at[k]]) < (score[at[out]], moved[at[out]]):
                out = k
        left = at[out]
        _turn(ptr, column, col_ptr, row, left, is_in, count, weight, score)
        moved[left] = step
        i = open_rows[np.random.randint(n_open)]  # noqa: NPY002
        best = -1
        for f in range(ptr[i], ptr[i + 1]):
            j = column[f]
            if is_in[j] or j == left:
                continue
            if best < 0 or (-score[j], moved[j]) < (-score[best], moved[best]):
                best = j
        if best < 0:
            best = left
        _turn(ptr, column, col_ptr, row, best, is_in, count, weight, score)
        moved[best] = step
        at[out] = best
        banned = best
        for i in range(n):
            if count[i] == 0:
                weight[i] += 1.0
                for f in range(ptr[i], ptr[i + 1]):
                    score[column[f]] += 1.0
    return at, False
