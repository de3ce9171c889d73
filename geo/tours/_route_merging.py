"""Compiled label-setting over a sparse set of arcs; `geo.tours.route_merging` is its documented wrapper."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _push(heap, size, time, label):
    at = size
    heap[at] = label
    while at > 0:
        above = (at - 1) >> 1
        if time[heap[above]] <= time[heap[at]]:
            break
        heap[above], heap[at] = heap[at], heap[above]
        at = above


@njit(cache=True, nogil=True)
def _pop(heap, size, time):
    """Take the label of the earliest time out of a heap of `size` labels; return it."""
    top = heap[0]
    heap[0] = heap[size - 1]
    size -= 1
    at = 0
    while True:
        low = 2 * at + 1
        if low >= size:
            break
        if low + 1 < size and time[heap[low + 1]] < time[heap[low]]:
            low += 1
        if time[heap[at]] <= time[heap[low]]:
            break
        heap[at], heap[low] = heap[low], heap[at]
        at = low
    return top


@njit(cache=True, nogil=True)
def best_route(
    start, end, lead, score, opens, closes, begin, finish, is_allowed, arc_ptr, arc_to, most, n_front_most, max_label
):
    """Return (score, route) of the best route that uses the arcs given; the route without its ends.

    Labels leave a heap in the order of their times. A label is dropped where `most` others of its place are no later
    and worth no less, though they may have visited what it has not: so the answer is a heuristic's. A place keeps at
    most `n_front_most` labels.
    """
    n = lead.shape[0]
    node = np.zeros(max_label, np.int64)
    time = np.zeros(max_label)
    worth = np.zeros(max_label)
    parent = np.full(max_label, -1, np.int64)
    is_alive = np.ones(max_label, np.bool_)
    heap = np.zeros(max_label, np.int64)
    front = np.zeros((n, n_front_most), np.int64)
    n_front = np.zeros(n, np.int64)
    node[0], time[0] = start, begin
    n_label, size = 1, 1
    _push(heap, 0, time, 0)
    best, best_label, best_time = 0.0, 0, np.inf
    while size > 0:
        label = _pop(heap, size, time)
        size -= 1
        if not is_alive[label]:
            continue
        at = node[label]
        back = time[label] + lead[at, end]
        if worth[label] > best or (worth[label] == best and back < best_time):
            best, best_label, best_time = worth[label], label, back
        for k in range(arc_ptr[at], arc_ptr[at + 1]):
            to = arc_to[k]
            if not is_allowed[to]:
                continue
            there = time[label] + lead[at, to]
            if there < opens[to]:
                there = opens[to]
            if there > closes[to] or there + lead[to, end] > finish:
                continue
            seen = label
            while seen >= 0 and node[seen] != to:
                seen = parent[seen]
            if seen >= 0:
                continue
            gain = worth[label] + score[to]
            dominators, lowest = 0, 0
            for i in range(n_front[to]):
                other = front[to, i]
                if time[other] <= there and worth[other] >= gain:
                    dominators += 1
                    if dominators == most:
                        break
                if worth[other] < worth[front[to, lowest]]:
                    lowest = i
            if dominators >= most:
                continue
            slot = n_front[to]
            if slot == n_front_most:
                if worth[front[to, lowest]] >= gain:
                    continue
                is_alive[front[to, lowest]] = False
                slot = lowest
            else:
                n_front[to] += 1
            if n_label == max_label:
                size = 0
                break
            node[n_label], time[n_label], worth[n_label], parent[n_label] = to, there, gain, label
            front[to, slot] = n_label
            _push(heap, size, time, n_label)
            size += 1
            n_label += 1
    count = 0
    label = best_label
    while parent[label] >= 0:
        count += 1
        label = parent[label]
    route = np.zeros(count, np.int64)
    label = best_label
    for k in range(count - 1, -1, -1):
        route[k] = node[label]
        label = parent[label]
    return best, route
