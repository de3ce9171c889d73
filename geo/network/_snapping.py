"""Compiled search for the street a point joins; `geo.network.snap` is its documented wrapper.

Phones do the same in ``static/js/offline/snap.js``, equal to the last bit: what changes here changes there, and only
operations are used that IEEE 754 rounds one way everywhere.
"""

# mypy: disallow-untyped-defs=False, check-untyped-defs=False

import numpy as np
from numba import njit

PULL_BACK_M = 0.1
"""A leg ends this much before its street, so that a barrier which the street lies on does not cut it."""


@njit(cache=True, nogil=True)
def _side(ax, ay, bx, by, px, py):
    """Return whether the point lies to the left of the line from a to b."""
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax) > 0


@njit(cache=True, nogil=True)
def _is_barred(lon, lat, foot_lon, foot_lat, may_leave, origin, shape, cell_deg, bar_ptr, bar_seg, barrier):
    """Tell whether the access leg crosses a barrier piece from its right to its left: into water, or onto a motorway.

    Out of the water, from left to right, only an access leg that `may_leave` goes.
    """
    first_col = int(min(max((min(lon, foot_lon) - origin[0]) / cell_deg[0], 0), shape[0] - 1))
    last_col = int(min(max((max(lon, foot_lon) - origin[0]) / cell_deg[0], 0), shape[0] - 1))
    first_row = int(min(max((min(lat, foot_lat) - origin[1]) / cell_deg[1], 0), shape[1] - 1))
    last_row = int(min(max((max(lat, foot_lat) - origin[1]) / cell_deg[1], 0), shape[1] - 1))
    for row in range(first_row, last_row + 1):
        for col in range(first_col, last_col + 1):
            cell = row * shape[0] + col
            for i in range(bar_ptr[cell], bar_ptr[cell + 1]):
                s = bar_seg[i]
                ax, ay, bx, by = barrier[s, 0], barrier[s, 1], barrier[s, 2], barrier[s, 3]
                is_left = _side(ax, ay, bx, by, lon, lat)
                if is_left == _side(ax, ay, bx, by, foot_lon, foot_lat) or (is_left and may_leave):
                    continue
                if _side(lon, lat, foot_lon, foot_lat, ax, ay) != _side(lon, lat, foot_lon, foot_lat, bx, by):
                    return True
    return False


@njit(cache=True, nogil=True)
def snap_points(
    lon, lat, metres_x, metres_y, reach_m, free_m,
    usable, origin, shape, cell_deg, seg_ptr, seg_point, seg_edge, points, point_ptr, bar_ptr, bar_seg, barrier,
    out_edge, out_fraction, out_access,
):  # fmt: skip
    """Snap each point to the nearest usable edge that an access leg reaches without crossing a barrier.

    ``metres_x``/``metres_y`` are metres per degree at each point. Cells are searched ring by ring, until no nearer
    edge can lie in the next ring. ``out_edge`` is -1 where nothing is within `reach_m`; then `out_leg` is the distance
    to the nearest usable edge whatever lies between (NaN: none was seen).
    """
    for p in range(lon.size):
        col = int(np.floor((lon[p] - origin[0]) / cell_deg[0]))
        row = int(np.floor((lat[p] - origin[1]) / cell_deg[1]))
        cell_m = min(cell_deg[0] * metres_x[p], cell_deg[1] * metres_y[p])
        best, best_point, best_edge, best_t = reach_m, np.int64(-1), np.int64(-1), 0.0
        seen = np.inf
        ring = 0
        while (ring - 1) * cell_m <= best:
            for r in range(row - ring, row + ring + 1):
                if r < 0 or r >= shape[1]:
                    continue
                step = 1 if r == row - ring or r == row + ring else max(2 * ring, 1)
                for c in range(col - ring, col + ring + 1, step):
                    if c < 0 or c >= shape[0]:
                        continue
                    cell = r * shape[0] + c
                    for i in range(seg_ptr[cell], seg_ptr[cell + 1]):
                        edge = seg_edge[i]
                        if usable[edge] <= 0:
                            continue
                        k = seg_point[i]
                        ax = (points[k, 0] - lon[p]) * metres_x[p]
                        ay = (points[k, 1] - lat[p]) * metres_y[p]
                        bx = (points[k + 1, 0] - lon[p]) * metres_x[p]
                        by = (points[k + 1, 1] - lat[p]) * metres_y[p]
                        dx, dy = bx - ax, by - ay
                        square = dx * dx + dy * dy
                        t = 0.0
                        if square > 0:
                            t = min(max(-(ax * dx + ay * dy) / square, 0.0), 1.0)
                        off_x, off_y = ax + t * dx, ay + t * dy
                        access = np.sqrt(off_x * off_x + off_y * off_y)
                        seen = min(seen, access)
                        if access > best or (access == best and best_edge >= 0 and edge >= best_edge):
                            continue
                        # A street drawn on the shore itself lies on land: the leg is tested up to just before it.
                        part = max(1.0 - PULL_BACK_M / access, 0.0) if access > 0 else 0.0
                        if part > 0 and _is_barred(
                            lon[p], lat[p],
                            lon[p] + part * (points[k, 0] + t * (points[k + 1, 0] - points[k, 0]) - lon[p]),
                            lat[p] + part * (points[k, 1] + t * (points[k + 1, 1] - points[k, 1]) - lat[p]),
                            access <= free_m, origin, shape, cell_deg, bar_ptr, bar_seg, barrier,
                        ):  # fmt: skip
                            continue
                        best, best_point, best_edge, best_t = access, k, np.int64(edge), t
            ring += 1
        out_edge[p] = best_edge
        if best_edge < 0:
            out_access[p] = seen if np.isfinite(seen) else np.nan
            out_fraction[p] = np.nan
            continue
        before = 0.0
        whole = 0.0
        for k in range(point_ptr[best_edge], point_ptr[best_edge + 1] - 1):
            dx = (points[k + 1, 0] - points[k, 0]) * metres_x[p]
            dy = (points[k + 1, 1] - points[k, 1]) * metres_y[p]
            piece = np.sqrt(dx * dx + dy * dy)
            if k < best_point:
                before += piece
            elif k == best_point:
                before += best_t * piece
            whole += piece
        out_access[p] = best
        out_fraction[p] = before / whole if whole > 0 else 0.0
