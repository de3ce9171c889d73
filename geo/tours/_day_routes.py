"""Compiled enumeration of the routes of one day; `geo.tours.day_routes` is its documented wrapper.

Labels grow by one stop a layer (labelling for shortest paths with resources, D. Feillet et al. 2004,
doi:10.1002/net.20033). A label is dropped if another one with the same stops and the same last stop is no later, has
driven no more in all and no more since the last break. It may wait longer from then on, but no longer than it drives
less: so a minute of waiting must not weigh more than one of driving. A layer that is wider than the beam keeps the most
promising.
"""

import numpy as np
from numba import njit

EPS = 1e-6
TIME, SINCE, DRIVEN, STOPS, LUNCH, RESTS, WAITED = 0, 1, 2, 3, 4, 5, 6
MEAL, SIGHT, REST = 0, 1, 2


@njit(cache=True, nogil=True)
def arrival(depart, i, j, minutes, band_ends):
    """Return the whole minute of arrival at `j` of a coach that leaves `i`; -1 if there is no way.

    In each band of the day the coach drives at that band's speed, so that leaving later never arrives earlier
    (S. Ichoua et al. 2003, doi:10.1016/S0377-2217(02)00147-9).
    """
    if i == j:
        return depart
    left = 1.0
    time = np.float64(depart)
    for b in range(minutes.shape[0]):
        whole = minutes[b, i, j]
        if not np.isfinite(whole):
            return -1
        end = np.float64(band_ends[b]) if b < band_ends.size else np.inf
        if time >= end:
            continue
        if time + left * whole <= end:
            return np.int64(np.ceil(time + left * whole - EPS))
        left -= (end - time) / whole
        time = end
    return -1


@njit(cache=True, nogil=True)
def visit_start(earliest, j, windows):
    """Return the first minute from `earliest` at which a visit of `j` may begin; -1 if there is none."""
    for w in range(windows.shape[1]):
        if windows[j, w, 1] < windows[j, w, 0]:
            continue
        if earliest <= windows[j, w, 1]:
            return max(earliest, windows[j, w, 0])
    return -1


@njit(cache=True, nogil=True)
def enumerate_routes(
    depart, start, end_min, ends, places, kind, visit, windows, minutes, band_ends, leave, board,
    max_stops, max_rests, max_stretch, break_min, max_drive, needs_lunch, since, driven, profit, drive_weight,
    wait_weight, end_profit, reward, beam, dominates, least, zobrist, out_seq, out_n, out_end, out_drive, out_wait,
    out_value, table
):  # fmt: skip
    """Write the routes of a day that are worth more than `least`; return (how many, whether all were seen).

    A route has at most as many stops as ``out_seq`` has columns. ``windows`` int64 (n_place, n_window, 2): first and
    last start of a visit on this day, in order.
    ``out_*`` hold a route each; of routes with the same end and stops the best is kept.
    """
    width = out_seq.shape[1]
    max_layer = width
    capacity = beam * 8
    # Not filled: clearing arrays for a wide beam would take longer than a small day.
    seq, next_seq = np.empty((capacity, width), np.int16), np.empty((capacity, width), np.int16)
    state, next_state = np.empty((capacity, 7), np.int64), np.empty((capacity, 7), np.int64)
    value, next_value = np.empty(capacity), np.empty(capacity)
    key, next_key = np.empty(capacity, np.uint64), np.empty(capacity, np.uint64)
    chain = np.empty(capacity, np.int64)
    slots = 1
    while slots < 2 * capacity:
        slots *= 2
    heads = np.full(slots, -1, np.int64)
    state[0, :], value[0], key[0] = 0, 0.0, 0
    state[0, TIME], state[0, SINCE], state[0, DRIVEN] = depart, since, driven
    n, n_out, complete = 1, 0, True
    table[:] = -1
    for layer in range(max_layer + 1):
        # Close every label at every end.
        for i in range(n):
            if needs_lunch and state[i, LUNCH] == 0:
                continue
            last = start if layer == 0 else np.int64(seq[i, layer - 1])
            for e in range(ends.size):
                there = arrival(state[i, TIME], last, ends[e], minutes, band_ends)
                if there < 0 or there + leave > end_min:
                    continue
                drive = there - state[i, TIME]
                if state[i, SINCE] + drive > max_stretch or state[i, DRIVEN] + drive > max_drive:
                    continue
                total = value[i] - drive_weight * (state[i, DRIVEN] + drive) - wait_weight * state[i, WAITED]
                total += end_profit[e]
                if total <= least:
                    continue
                mark = key[i] ^ (zobrist[ends[e]] * np.uint64(3))
                slot = np.int64(mark & np.uint64(table.size - 1))
                at = -1
                while table[slot] >= 0:
                    k = table[slot]
                    if out_end[k] == ends[e] and out_n[k] == layer and _same_stops(out_seq, k, seq, i, layer):
                        at = k
                        break
                    slot = (slot + 1) & (table.size - 1)
                if at >= 0:
                    if total <= out_value[at]:
                        continue
                else:
                    if n_out == out_n.size:
                        complete = False
                        continue
                    at = n_out
                    table[slot] = at
                    n_out += 1
                for k in range(layer):
                    out_seq[at, k] = seq[i, k]
                out_n[at] = layer
                out_end[at] = ends[e]
                out_drive[at] = state[i, DRIVEN] + drive
                out_wait[at] = state[i, WAITED]
                out_value[at] = total
        if layer == max_layer:
            break
        heads[:] = -1
        n_next = 0
        for i in range(n):
            last = start if layer == 0 else np.int64(seq[i, layer - 1])
            for p in range(places.size):
                j = places[p]
                if kind[j] == MEAL and (state[i, LUNCH] == 1 or not needs_lunch):
                    continue
                if kind[j] == SIGHT and state[i, STOPS] >= max_stops:
                    continue
                if kind[j] == REST and state[i, RESTS] >= max_rests:
                    continue
                known = False
                for k in range(layer):
                    if seq[i, k] == j:
                        known = True
                        break
                if known:
                    continue
                there = arrival(state[i, TIME], last, j, minutes, band_ends)
                if there < 0 or there > end_min:
                    continue
                drive = there - state[i, TIME]
                new_since = state[i, SINCE] + drive
                new_driven = state[i, DRIVEN] + drive
                if new_since > max_stretch or new_driven > max_drive:
                    continue
                begin = visit_start(there + leave, j, windows)
                if begin < 0:
                    continue
                leaves = begin + visit[j] + board
                if leaves > end_min:
                    continue
                if leaves - there >= break_min:
                    new_since = 0
                mark = key[i] ^ zobrist[j]
                spot = np.int64((mark ^ (np.uint64(j) * np.uint64(0x9E3779B97F4A7C15))) & np.uint64(slots - 1))
                if dominates:
                    beaten = False
                    other = heads[spot]
                    while other >= 0:
                        if (
                            next_key[other] == mark and next_seq[other, layer] == j
                            and next_state[other, TIME] <= leaves and next_state[other, SINCE] <= new_since
                            and next_state[other, DRIVEN] <= new_driven
                        ):  # fmt: skip
                            beaten = True
                            break
                        other = chain[other]
                    if beaten:
                        continue
                if n_next == capacity:
                    complete = False
                    n_next = _keep_best(beam, n_next, layer + 1, next_seq, next_state, next_value, next_key, reward)
                    heads[:] = -1
                    for k in range(n_next):
                        at_last = np.uint64(next_seq[k, layer])
                        back = np.int64(
                            (next_key[k] ^ (at_last * np.uint64(0x9E3779B97F4A7C15))) & np.uint64(slots - 1)
                        )
                        chain[k] = heads[back]
                        heads[back] = k
                for k in range(layer):
                    next_seq[n_next, k] = seq[i, k]
                next_seq[n_next, layer] = j
                next_state[n_next, TIME] = leaves
                next_state[n_next, SINCE] = new_since
                next_state[n_next, DRIVEN] = new_driven
                next_state[n_next, STOPS] = state[i, STOPS] + (1 if kind[j] == SIGHT else 0)
                next_state[n_next, RESTS] = state[i, RESTS] + (1 if kind[j] == REST else 0)
                next_state[n_next, WAITED] = state[i, WAITED] + begin - there - leave
                next_state[n_next, LUNCH] = 1 if kind[j] == MEAL else state[i, LUNCH]
                next_value[n_next] = value[i] + profit[j]
                next_key[n_next] = mark
                chain[n_next] = heads[spot]
                heads[spot] = n_next
                n_next += 1
        if n_next > beam:
            complete = False
            n_next = _keep_best(beam, n_next, layer + 1, next_seq, next_state, next_value, next_key, reward)
        seq, next_seq = next_seq, seq
        state, next_state = next_state, state
        value, next_value = next_value, value
        key, next_key = next_key, key
        n = n_next
        if n == 0:
            break
    return n_out, complete


@njit(cache=True, nogil=True)
def _same_stops(out_seq, k, seq, i, n):
    for a in range(n):
        found = False
        for b in range(n):
            if out_seq[k, a] == seq[i, b]:
                found = True
                break
        if not found:
            return False
    return True


@njit(cache=True, nogil=True)
def _kth_smallest(work, k):
    """Return the `k`-th smallest number, from 0, and change their order (FIND, C. A. R. Hoare 1961).

    `np.argsort` would do, but takes 4 s to compile.
    """
    low, high = 0, work.size - 1
    while low < high:
        pivot = work[(low + high) >> 1]
        i, j = low, high
        while i <= j:
            while work[i] < pivot:
                i += 1
            while work[j] > pivot:
                j -= 1
            if i <= j:
                work[i], work[j] = work[j], work[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    return work[k]


@njit(cache=True, nogil=True)
def _keep_best(beam, n, width, seq, state, value, key, reward):
    """Keep the `beam` best labels: a minute left of the day is worth `reward`, a lunch done 90 of them."""
    rank, work = np.empty(n), np.empty(n)
    for k in range(n):
        rank[k] = work[k] = reward * state[k, TIME] - value[k] - 90.0 * reward * state[k, LUNCH]
    last = _kth_smallest(work, beam - 1)
    ties = beam
    for k in range(n):
        if rank[k] < last:
            ties -= 1
    to = 0
    for k in range(n):
        if rank[k] > last:
            continue
        if rank[k] == last:
            if ties == 0:
                continue
            ties -= 1
        for a in range(width):
            seq[to, a] = seq[k, a]
        for a in range(7):
            state[to, a] = state[k, a]
        value[to] = value[k]
        key[to] = key[k]
        to += 1
    return to
