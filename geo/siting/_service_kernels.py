"""Compiled work on service problems: Lagrangian bounds, swaps of sites, merging of rows.

A service problem is ``min over S of sum_i min(base[i], min over j in S of cost[i, j])`` with a given number of sites.
Its entries lie by row, ``column[ptr[i] : ptr[i + 1]]`` with ``cost`` ascending and below ``base[i]``. Covering is the
case where every cost is 0 and `base` the weight; the p-median is the case where `base` is larger than any total.
"""

import numpy as np
from numba import njit

_MOST_INSERTED = 40
"""Up to so many costs are sorted by inserting one after another."""


@njit(cache=True, nogil=True)
def reduced_costs(ptr, column, cost, v, rc):
    """Write ``rc[j] = sum_i min(0, cost[i, j] - v[i])``; return the sum of ``v``."""
    rc[:] = 0.0
    total = 0.0
    for i in range(ptr.size - 1):
        limit = v[i]
        total += limit
        for e in range(ptr[i], ptr[i + 1]):
            c = cost[e]
            if c >= limit:
                break
            rc[column[e]] += c - limit
    return total


@njit(cache=True, nogil=True)
def value_of(ptr, column, cost, base, is_open):
    """Return the objective of the open columns."""
    total = 0.0
    for i in range(ptr.size - 1):
        best = base[i]
        for e in range(ptr[i], ptr[i + 1]):
            if is_open[column[e]]:
                best = min(best, cost[e])
                break
        total += best
    return total


@njit(cache=True, nogil=True)
def ascend(
    ptr, column, cost, base, p, target, closes, n_iteration, state, best_v, direction, mean_open, best_rc, best_open
):
    """Improve multipliers by the volume algorithm (F. Barahona and R. Anbil 2000, doi:10.1007/s101070050002).

    ``state`` float64 (8,) carries on from call to call: step scale, most weight of a new subgradient, failures in a
    row, bound at the last check, iterations so far, best bound, best objective met, 1 where it has converged.
    ``best_v`` (n_row,) begins at multipliers between the lowest cost and the base of each row; it and ``best_rc`` are
    those of the best bound. ``direction`` (n_row,), ``mean_open`` (n_column,) are averages, ``best_open`` the best
    choice met. Ends where the bound reaches `closes`. `target` is what the bound may come to at most.
    """
    n, m = ptr.size - 1, mean_open.size
    now, rc = best_v.copy(), np.zeros(m)
    gradient, is_open = np.empty(n), np.zeros(m, np.bool_)
    for _ in range(n_iteration):
        k = int(state[4])
        state[4] += 1
        target = min(target, state[6])
        if k > 0:
            norm = 0.0
            for i in range(n):
                norm += direction[i] * direction[i]
            if norm < 1e-18:
                state[7] = 1.0
                return
            # A target beyond the bound by a hair keeps steps from vanishing where target and bound are equal.
            step = state[0] * max(target - state[5], 1e-7 * abs(target)) / norm
            for i in range(n):
                low = min(cost[ptr[i]], base[i]) if ptr[i + 1] > ptr[i] else base[i]
                now[i] = min(max(best_v[i] + step * direction[i], low), base[i])
        total = reduced_costs(ptr, column, cost, now, rc)
        order = np.argsort(rc)
        is_open[:] = False
        for q in range(p):
            is_open[order[q]] = True
            total += rc[order[q]]
        # The subgradient, its product with the direction, and the weight that makes their mixture shortest.
        dot, up, down = 0.0, 0.0, 0.0
        for i in range(n):
            limit, count = now[i], 0
            for e in range(ptr[i], ptr[i + 1]):
                if cost[e] >= limit:
                    break
                count += is_open[column[e]]
            # At its base a row is served by what is always open.
            gradient[i] = 0.0 if limit >= base[i] and count == 0 else 1.0 - count
            g, d = gradient[i], direction[i]
            dot += g * d
            up += d * (d - g)
            down += (g - d) * (g - d)
        alpha = 1.0 if k == 0 else state[1]
        if k > 0 and down > 0.0:
            alpha = min(max(up / down, state[1] / 10.0), state[1])
        for i in range(n):
            direction[i] = alpha * gradient[i] + (1.0 - alpha) * direction[i]
        for j in range(m):
            mean_open[j] = alpha * is_open[j] + (1.0 - alpha) * mean_open[j]
        if total > state[5]:
            if k % 4 == 0 or k < 5:
                value = value_of(ptr, column, cost, base, is_open)
                if value < state[6]:
                    state[6] = value
                    best_open[:] = is_open
            state[5] = total
            best_v[:] = now
            best_rc[:] = rc
            state[2] = 0.0
            if dot >= 0.0:
                state[0] = min(state[0] * 1.1, 2.0)
            if total >= closes:
                state[7] = 1.0
                return
        else:
            state[2] += 1.0
            if state[2] >= 20.0:
                state[0], state[2] = max(state[0] * 0.66, 1e-4), 0.0
        if k % 100 == 99:
            if state[5] - state[3] < 0.001 * abs(state[5]) and state[1] > 1e-4:
                state[1] *= 0.5
            if state[5] - state[3] < 2e-6 * abs(state[5]):
                state[7] = 1.0
                return
            state[3] = state[5]


@njit(cache=True, nogil=True)
def _sort_least(row, k, number, ends, order):
    """Write the columns of the `k` lowest costs of a row and of the next one into `order`, by cost and then column.

    Costs are laid into equal bins, which are sorted one by one as far as they are wanted. ``number`` int64 (m,) and
    ``ends`` int64 (m + 1,) are room for the bins.
    """
    m = row.size
    low, high = np.inf, -np.inf
    for j in range(m):
        if row[j] < np.inf:
            low, high = min(low, row[j]), max(high, row[j])
    scale = (m - 1) / (high - low) if high > low else 0.0
    ends[:] = 0
    for j in range(m):
        number[j] = int((row[j] - low) * scale) if row[j] < np.inf else m
        ends[number[j]] += 1
    wanted = min(k + 1, m)
    total, last = 0, 0
    for b in range(m + 1):
        # Where the bin begins; it grows to its end while columns are laid in.
        ends[b], total = total, total + ends[b]
        if total >= wanted:
            last = b
            break
    for j in range(m):
        if number[j] <= last:
            order[ends[number[j]]] = j
            ends[number[j]] += 1
    begin = 0
    for b in range(last + 1):
        end = ends[b]
        if end - begin > _MOST_INSERTED:
            order[begin:end] = order[begin:end][np.argsort(row[order[begin:end]], kind="mergesort")]
        else:
            for q in range(begin + 1, end):
                j, at = order[q], q
                while at > begin and row[order[at - 1]] > row[j]:
                    order[at] = order[at - 1]
                    at -= 1
                order[at] = j
        begin = end


@njit(cache=True, nogil=True)
def nearest_rows(cost, weight, k, column, value, base, big):
    """Write the `k` cheapest columns of each row, by cost, and as base what the next one costs (`big`: no other).

    ``column`` int32 (n, k) and ``value`` (n, k) get cost times weight; -1 where a cost is infinite.
    """
    n, m = cost.shape
    number, ends, order = np.empty(m, np.int64), np.empty(m + 1, np.int64), np.empty(m, np.int64)
    for i in range(n):
        row = cost[i]
        _sort_least(row, k, number, ends, order)
        bar = row[order[k]] if k < m else np.inf
        base[i] = bar * weight[i] if bar < np.inf else big
        for q in range(k):
            j = order[q]
            if row[j] < np.inf and weight[i] > 0.0:
                column[i, q], value[i, q] = j, row[j] * weight[i]
            else:
                column[i, q], value[i, q] = -1, 0.0
        if weight[i] == 0.0:
            base[i] = 0.0


@njit(cache=True, nogil=True)
def compact(column, value, base, ptr):
    """Return (column, cost) of the entries that are below the base of their row."""
    out_column, out_cost = np.empty(ptr[-1], np.int32), np.empty(ptr[-1])
    for i in range(base.size):
        at = ptr[i]
        for q in range(column.shape[1]):
            if column[i, q] >= 0 and value[i, q] < base[i]:
                out_column[at], out_cost[at] = column[i, q], value[i, q]
                at += 1
    return out_column, out_cost


@njit(cache=True, nogil=True)
def reduce_rows(ptr, column, cost, base, keep, forced):
    """Return (ptr, column, cost, base, constant, source) with the `forced` columns always open and others dropped.

    ``keep`` holds the new number of a column or -1. Rows of which no entry is left go into the constant; ``source``
    is the old row of each new one.
    """
    n = ptr.size - 1
    new_ptr = np.zeros(n + 1, np.int64)
    new_base, source = np.empty(n), np.empty(n, np.int64)
    n_entry, n_row, constant = 0, 0, 0.0
    for i in range(n):
        limit = base[i]
        for e in range(ptr[i], ptr[i + 1]):
            if forced[column[e]]:
                limit = min(limit, cost[e])
                break
        count = 0
        for e in range(ptr[i], ptr[i + 1]):
            if cost[e] >= limit:
                break
            count += keep[column[e]] >= 0
        if count == 0:
            constant += limit
            continue
        new_base[n_row], source[n_row] = limit, i
        n_entry += count
        n_row += 1
        new_ptr[n_row] = n_entry
    new_column, new_cost = np.empty(n_entry, np.int32), np.empty(n_entry)
    for r in range(n_row):
        at = new_ptr[r]
        i = source[r]
        for e in range(ptr[i], ptr[i + 1]):
            if cost[e] >= new_base[r]:
                break
            if keep[column[e]] >= 0:
                new_column[at], new_cost[at] = keep[column[e]], cost[e]
                at += 1
    return new_ptr[: n_row + 1].copy(), new_column, new_cost, new_base[:n_row].copy(), constant, source[:n_row].copy()


@njit(cache=True, nogil=True)
def sequence_codes(ptr, column, marks):
    """Return a hash of the columns of every row in their order."""
    code = np.zeros(ptr.size - 1, np.uint64)
    for i in range(ptr.size - 1):
        total = np.uint64(ptr[i + 1] - ptr[i])
        for e in range(ptr[i], ptr[i + 1]):
            total = total * np.uint64(0x9E3779B97F4A7C15) + marks[column[e]]
            total ^= total >> np.uint64(29)
        code[i] = total
    return code


@njit(cache=True, nogil=True)
def sum_groups(ptr, cost, base, group, first, new_ptr):
    """Return (cost, base) of merged rows: entry by entry the sum over the rows of a group."""
    new_cost, new_base = np.zeros(new_ptr[-1]), np.zeros(first.size)
    for i in range(ptr.size - 1):
        g = group[i]
        new_base[g] += base[i]
        for e in range(ptr[i + 1] - ptr[i]):
            new_cost[new_ptr[g] + e] += cost[ptr[i] + e]
    return new_cost, new_base


@njit(cache=True, nogil=True)
def spread_multipliers(ptr, cost, base, group, new_ptr, new_cost, new_base, v):
    """Return a multiplier for each row whose merged row has ``v``: as far between the same two costs of its own."""
    out = np.empty(ptr.size - 1)
    for i in range(ptr.size - 1):
        g = group[i]
        size = ptr[i + 1] - ptr[i]
        at = 0
        while at < size and new_cost[new_ptr[g] + at] <= v[g]:
            at += 1
        low = new_cost[new_ptr[g] + at - 1] if at > 0 else 0.0
        mine = cost[ptr[i] + at - 1] if at > 0 else 0.0
        high = new_cost[new_ptr[g] + at] if at < size else new_base[g]
        next_ = cost[ptr[i] + at] if at < size else base[i]
        part = (v[g] - low) / (high - low) if high > low else 0.0
        out[i] = mine + min(max(part, 0.0), 1.0) * (next_ - mine)
    return out


@njit(cache=True, nogil=True)
def _two_best(ptr, column, cost, base, slot, i):
    """Return (slot of the best, its cost, slot of the second, its cost); -1 is what is always open, at the base."""
    k1, c1 = -1, base[i]
    for e in range(ptr[i], ptr[i + 1]):
        k = slot[column[e]]
        if k >= 0:
            if k1 < 0:
                k1, c1 = k, cost[e]
            else:
                return k1, c1, k, cost[e]
    return k1, c1, -1, base[i]


@njit(cache=True, nogil=True)
def _tally(ptr, column, cost, i, k1, d1, d2, sign, gain, loss, extra):
    """Add (`sign` 1) or take away (-1) what a row contributes to the value of every swap."""
    if k1 >= 0:
        loss[k1] += sign * (d2 - d1)
    for e in range(ptr[i], ptr[i + 1]):
        c = cost[e]
        if c >= d2:
            break
        j = column[e]
        if c < d1:
            gain[j] += sign * (d1 - c)
            if k1 >= 0:
                extra[k1, j] += sign * (d2 - d1)
        else:
            extra[k1, j] += sign * (d2 - c)


@njit(cache=True, nogil=True)
def swap_sites(ptr, column, cost, base, col_ptr, row, entry, m, open_at, is_held, n_round, kick, seed):
    """Improve sites by the best swap, again and again, then from disturbed copies; return (sites, objective).

    The tables of M. Resende and R. Werneck (2007, doi:10.1016/j.ejor.2005.05.049). `open_at` (p,) the first sites,
    those where `is_held` (m,) stay. ``row[col_ptr[j] : col_ptr[j + 1]]`` are the rows of a column and `entry` where its
    cost stands. `n_round` disturbances of `kick` swaps each: a random column comes in, the site that is missed least
    goes.
    """
    np.random.seed(seed)  # noqa: NPY002
    n, p = ptr.size - 1, open_at.size
    slot = np.full(m, -1, np.int32)
    at = open_at.copy()
    for k in range(p):
        slot[at[k]] = k
    k1, k2 = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    d1, d2 = np.empty(n), np.empty(n)
    gain, loss, extra = np.zeros(m), np.zeros(p), np.zeros((p, m))
    total = 0.0
    for i in range(n):
        k1[i], d1[i], k2[i], d2[i] = _two_best(ptr, column, cost, base, slot, i)
        _tally(ptr, column, cost, i, k1[i], d1[i], d2[i], 1.0, gain, loss, extra)
        total += d1[i]
    movable = np.array([k for k in range(p) if not is_held[at[k]]], np.int64)
    best_at, best_total = at.copy(), total
    stamp = np.full(n, -1, np.int64)
    moves = np.int64(0)
    if movable.size == 0 or p == m:
        return best_at, best_total
    for turn in range(n_round + 1):
        n_kick = kick if turn > 0 else 0
        while True:
            if n_kick > 0:
                into = np.random.randint(m)  # noqa: NPY002
                if slot[into] >= 0:
                    continue
                out, least = movable[0], np.inf
                for q in movable:
                    if loss[q] - extra[q, into] < least:
                        least, out = loss[q] - extra[q, into], q
                n_kick -= 1
            else:
                out, into, least = -1, -1, -1e-9 * max(abs(total), 1e-3)
                for q in movable:
                    for j in range(m):
                        change = loss[q] - gain[j] - extra[q, j]
                        if change < least and slot[j] < 0:
                            least, out, into = change, q, j
                if out < 0:
                    break
            moves += 1
            before = at[out]
            # The rows whose best or second best changes: those of the site that goes, and those of the one that comes.
            for part in range(2):
                j = before if part == 0 else into
                for e in range(col_ptr[j], col_ptr[j + 1]):
                    i = row[e]
                    if stamp[i] == moves:
                        continue
                    c = cost[entry[e]]
                    if k1[i] == out or k2[i] == out or c < d2[i]:
                        stamp[i] = moves
                        _tally(ptr, column, cost, i, k1[i], d1[i], d2[i], -1.0, gain, loss, extra)
                        total -= d1[i]
            slot[before] = -1
            slot[into] = out
            at[out] = into
            for part in range(2):
                j = before if part == 0 else into
                for e in range(col_ptr[j], col_ptr[j + 1]):
                    i = row[e]
                    if stamp[i] == moves:
                        stamp[i] = -1
                        k1[i], d1[i], k2[i], d2[i] = _two_best(ptr, column, cost, base, slot, i)
                        _tally(ptr, column, cost, i, k1[i], d1[i], d2[i], 1.0, gain, loss, extra)
                        total += d1[i]
        if total < best_total - 1e-12 * abs(best_total):
            best_total = total
            best_at[:] = at
        elif total > best_total and turn < n_round:
            # Back to the best: the tables are computed again, since sums that rose and fell have lost digits.
            at[:] = best_at
            slot[:] = -1
            for k in range(p):
                slot[at[k]] = k
            gain[:], loss[:], extra[:] = 0.0, 0.0, 0.0
            total = 0.0
            for i in range(n):
                k1[i], d1[i], k2[i], d2[i] = _two_best(ptr, column, cost, base, slot, i)
                _tally(ptr, column, cost, i, k1[i], d1[i], d2[i], 1.0, gain, loss, extra)
                total += d1[i]
    return best_at, best_total


@njit(cache=True, nogil=True)
def greedy_sites(ptr, column, cost, base, col_ptr, row, entry, m, p, held):
    """Return `p` sites, `held` first, then always the one that lowers the objective most."""
    n = ptr.size - 1
    now = base.copy()
    sites = np.empty(p, np.int64)
    is_open = np.zeros(m, np.bool_)
    gain = np.zeros(m)
    for i in range(n):
        for e in range(ptr[i], ptr[i + 1]):
            gain[column[e]] += now[i] - cost[e]
    for k in range(p):
        if k < held.size:
            j = held[k]
        else:
            j = -1
            for other in range(m):
                if not is_open[other] and (j < 0 or gain[other] > gain[j]):
                    j = other
        sites[k] = j
        is_open[j] = True
        for e in range(col_ptr[j], col_ptr[j + 1]):
            i, c = row[e], cost[entry[e]]
            if c >= now[i]:
                continue
            for f in range(ptr[i], ptr[i + 1]):
                if cost[f] >= now[i]:
                    break
                gain[column[f]] -= now[i] - max(cost[f], c)
            now[i] = c
    return sites


@njit(cache=True, nogil=True)
def by_column(ptr, column, m):
    """Return (col_ptr, row, entry) of the entries by column."""
    col_ptr = np.zeros(m + 1, np.int64)
    for e in range(column.size):
        col_ptr[column[e] + 1] += 1
    for j in range(m):
        col_ptr[j + 1] += col_ptr[j]
    at = col_ptr[:-1].copy()
    row, entry = np.empty(column.size, np.int32), np.empty(column.size, np.int64)
    for i in range(ptr.size - 1):
        for e in range(ptr[i], ptr[i + 1]):
            j = column[e]
            row[at[j]], entry[at[j]] = i, e
            at[j] += 1
    return col_ptr, row, entry
