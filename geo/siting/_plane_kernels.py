"""Compiled merging of points in the plane by which candidates lie within a radius, without their distances.

The plane is cut into square cells. A candidate covers the whole of a cell, nothing of it, or is doubtful there; only
for the doubtful ones is a point's distance looked at. A signature is a cell with the doubtful candidates that cover.
"""

import numpy as np
from numba import njit

_HAIR = 1e-9
"""Part of the radius by which a cell must be inside or outside for sure: far more than the rounding of a distance."""


@njit(cache=True, nogil=True)
def sort_cells(low_x, low_y, side, n_x, n_y, x, y, radius):
    """Return (sure_ptr, sure, doubt_ptr, doubt): by cell, candidates that cover all of it, and doubtful ones."""
    n_cell = n_x * n_y
    sure_ptr, doubt_ptr = np.zeros(n_cell + 1, np.int64), np.zeros(n_cell + 1, np.int64)
    sure, doubt = np.empty(0, np.int32), np.empty(0, np.int32)
    square = radius * radius
    for turn in range(2):
        if turn == 1:
            for c in range(n_cell):
                sure_ptr[c + 1] += sure_ptr[c]
                doubt_ptr[c + 1] += doubt_ptr[c]
            sure, doubt = np.empty(sure_ptr[-1], np.int32), np.empty(doubt_ptr[-1], np.int32)
        at_sure, at_doubt = sure_ptr[:-1].copy(), doubt_ptr[:-1].copy()
        for j in range(x.size):
            first_x = max(int(np.floor((x[j] - radius - low_x) / side)) - 1, 0)
            last_x = min(int(np.floor((x[j] + radius - low_x) / side)) + 1, n_x - 1)
            first_y = max(int(np.floor((y[j] - radius - low_y) / side)) - 1, 0)
            last_y = min(int(np.floor((y[j] + radius - low_y) / side)) + 1, n_y - 1)
            for cx in range(first_x, last_x + 1):
                west = low_x + cx * side
                far_x = max(abs(x[j] - west), abs(x[j] - west - side)) + _HAIR * side
                near_x = max(west - x[j], x[j] - west - side, 0.0) - _HAIR * side
                for cy in range(first_y, last_y + 1):
                    south = low_y + cy * side
                    far_y = max(abs(y[j] - south), abs(y[j] - south - side)) + _HAIR * side
                    near_y = max(south - y[j], y[j] - south - side, 0.0) - _HAIR * side
                    c = cx * n_y + cy
                    if far_x * far_x + far_y * far_y < square * (1.0 - _HAIR):
                        if turn == 0:
                            sure_ptr[c + 1] += 1
                        else:
                            sure[at_sure[c]] = j
                            at_sure[c] += 1
                    elif max(near_x, 0.0) ** 2 + max(near_y, 0.0) ** 2 <= square * (1.0 + _HAIR):
                        if turn == 0:
                            doubt_ptr[c + 1] += 1
                        else:
                            doubt[at_doubt[c]] = j
                            at_doubt[c] += 1
    return sure_ptr, sure, doubt_ptr, doubt


@njit(cache=True, nogil=True)
def _slot_of(c, code, key_cell, key_mask):
    """Return where a signature stands in the table, or the free place where it would."""
    last = np.uint64(key_cell.size - 1)
    mixed = (code ^ (np.uint64(c) << np.uint64(40))) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(c)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    slot = (mixed ^ (mixed >> np.uint64(32))) & last
    while key_cell[slot] >= 0 and (key_cell[slot] != c or key_mask[slot] != code):
        slot = (slot + np.uint64(1)) & last
    return slot


@njit(cache=True, nogil=True)
def refill(cell, code, weight, key_cell, key_mask, key_weight):
    """Put the entries of one table into another, empty one."""
    for k in range(cell.size):
        slot = _slot_of(cell[k], code[k], key_cell, key_mask)
        key_cell[slot], key_mask[slot], key_weight[slot] = cell[k], code[k], weight[k]


@njit(cache=True, nogil=True)
def tally_points(
    px, py, weight, low_x, low_y, side, n_x, n_y, x, y, square, doubt_ptr, doubt, plain, key_cell, key_mask, key_weight
):
    """Add the weights of points to their signatures; return how many signatures are new.

    ``plain`` (n_cell,) takes the weights of points that no doubtful candidate covers; the others go into an open hash
    table of ``key_cell`` (-1 where free), ``key_mask`` and ``key_weight``.
    """
    n_new = 0
    for i in range(px.size):
        cx = min(max(int((px[i] - low_x) / side), 0), n_x - 1)
        cy = min(max(int((py[i] - low_y) / side), 0), n_y - 1)
        c = cx * n_y + cy
        code = np.uint64(0)
        for e in range(doubt_ptr[c], doubt_ptr[c + 1]):
            j = doubt[e]
            dx, dy = px[i] - x[j], py[i] - y[j]
            if dx * dx + dy * dy <= square:
                code |= np.uint64(1) << np.uint64(e - doubt_ptr[c])
        if code == 0:
            plain[c] += weight[i]
            continue
        slot = _slot_of(c, code, key_cell, key_mask)
        if key_cell[slot] < 0:
            key_cell[slot], key_mask[slot] = c, code
            n_new += 1
        key_weight[slot] += weight[i]
    return n_new


@njit(cache=True, nogil=True)
def unfold_signatures(cell, code, sure_ptr, sure, doubt_ptr, doubt):
    """Return (ptr, column) of signatures, columns ascending in each."""
    ptr = np.zeros(cell.size + 1, np.int64)
    for k in range(cell.size):
        c = cell[k]
        count = sure_ptr[c + 1] - sure_ptr[c]
        for e in range(doubt_ptr[c + 1] - doubt_ptr[c]):
            count += (code[k] >> np.uint64(e)) & np.uint64(1) > 0
        ptr[k + 1] = ptr[k] + count
    column = np.empty(ptr[-1], np.int32)
    for k in range(cell.size):
        c, at = cell[k], ptr[k]
        a, last = sure_ptr[c], sure_ptr[c + 1]
        for e in range(doubt_ptr[c + 1] - doubt_ptr[c]):
            if (code[k] >> np.uint64(e)) & np.uint64(1) == 0:
                continue
            j = doubt[doubt_ptr[c] + e]
            while a < last and sure[a] < j:
                column[at] = sure[a]
                a, at = a + 1, at + 1
            column[at] = j
            at += 1
        while a < last:
            column[at] = sure[a]
            a, at = a + 1, at + 1
    return ptr, column
