"""Compiled searches over the flat arrays; each has a documented wrapper and a plain twin in the tests.

Conventions: edge ``e`` goes from ``edge_u[e]`` to ``edge_v[e]``; its arcs are ``2e`` (along) and ``2e + 1`` (against),
so the twin of arc ``a`` is ``a ^ 1``. ``arc_cost`` is in deciseconds, negative where the mode may not go. `FAR` is
unreached. A heap entry packs cost and node into one int64, which orders by cost, then by node: ties are always settled
the same way.
"""

import numpy as np
from numba import njit

FAR = np.int32(2**31 - 1)
NO_ARC = np.int32(-1)

_NODE_BITS = 32
_NODE_MASK = (1 << _NODE_BITS) - 1


@njit(cache=True, nogil=True)
def _push(heap, size, entry):
    child = size
    while child > 0:
        parent = (child - 1) >> 1
        if heap[parent] <= entry:
            break
        heap[child] = heap[parent]
        child = parent
    heap[child] = entry
    return size + 1


@njit(cache=True, nogil=True)
def _pop(heap, size):
    size -= 1
    entry = heap[size]
    parent = 0
    while True:
        child = 2 * parent + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= entry:
            break
        heap[parent] = heap[child]
        parent = child
    heap[parent] = entry
    return size


@njit(cache=True, nogil=True)
def search(arc_ptr, arc_id, arc_head, arc_cost, flip, seed_node, seed_cost, limit, targets, cost, via):
    """Dijkstra from seeds, filling `cost` and `via` (both preset to `FAR` and `NO_ARC`).

    ``flip`` 0 searches from the seeds, 1 towards them (costs of the twin arcs). ``via`` holds the arc by which the path
    goes: into the node (flip 0), or out of it (flip 1). Stops beyond `limit`, or once all `targets` (may be empty) are
    settled. A node whose best cost is a seed's keeps `NO_ARC`.
    """
    heap = np.empty(1024, np.int64)
    size = 0
    n_left = targets.size
    is_target = np.zeros(cost.size if n_left else 0, np.uint8)
    for target in targets:
        if is_target[target] == 0:
            is_target[target] = 1
        else:
            n_left -= 1
    for i in range(seed_node.size):
        node = seed_node[i]
        if seed_cost[i] < cost[node] and seed_cost[i] <= limit:
            cost[node] = seed_cost[i]
            via[node] = NO_ARC
            size = _push(heap, size, (np.int64(seed_cost[i]) << _NODE_BITS) | node)
    while size > 0:
        entry = heap[0]
        size = _pop(heap, size)
        node = entry & _NODE_MASK
        here = np.int64(entry >> _NODE_BITS)
        if here > cost[node]:
            continue
        if is_target.size and is_target[node]:
            is_target[node] = 0
            n_left -= 1
            if n_left == 0:
                break
        for i in range(arc_ptr[node], arc_ptr[node + 1]):
            arc = arc_id[i] ^ flip
            step = arc_cost[arc]
            if step < 0:
                continue
            there = here + step
            head = arc_head[i]
            if there < cost[head] and there <= limit:
                cost[head] = there
                via[head] = arc
                if size + 1 >= heap.size:
                    bigger = np.empty(2 * heap.size, np.int64)
                    bigger[:size] = heap[:size]
                    heap = bigger
                size = _push(heap, size, (there << _NODE_BITS) | head)


@njit(cache=True, nogil=True)
def fill_table(arc_ptr, arc_id, arc_head, arc_cost, seed_ptr, seed_node, seed_cost, cost, via):
    """Fill ``cost`` and ``via`` (n_node, n_facility) by one search towards each facility."""
    n_node = arc_ptr.size - 1
    nothing = np.empty(0, np.int64)
    for facility in range(seed_ptr.size - 1):
        row_cost = np.full(n_node, FAR, np.int32)
        row_via = np.full(n_node, NO_ARC, np.int32)
        low, high = seed_ptr[facility], seed_ptr[facility + 1]
        search(
            arc_ptr, arc_id, arc_head, arc_cost, 1,
            seed_node[low:high], seed_cost[low:high], FAR - 1, nothing, row_cost, row_via,
        )  # fmt: skip
        cost[:, facility] = row_cost
        via[:, facility] = row_via


@njit(cache=True, nogil=True)
def path_length(via, facility, node, edge_u, edge_v, edge_length):
    """Return the metres of whole edges from `node` towards the facility, and the node where the last part begins."""
    total = 0.0
    while True:
        arc = via[node, facility]
        if arc < 0:
            return total, node
        edge = arc >> 1
        total += edge_length[edge]
        node = edge_v[edge] if arc & 1 == 0 else edge_u[edge]


@njit(cache=True, nogil=True)
def _crosses(ax, ay, bx, by, cx, cy, dx, dy):
    d1 = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    d2 = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
    if (d1 > 0) == (d2 > 0):
        return False
    d3 = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
    d4 = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    return (d3 > 0) != (d4 > 0)


@njit(cache=True, nogil=True)
def _leg_is_barred(lon, lat, foot_lon, foot_lat, origin, shape, cell_deg, bar_ptr, bar_seg, barrier):
    """Tell whether the straight leg crosses a barrier segment (shore line, motorway)."""
    first_col = int(min(max((min(lon, foot_lon) - origin[0]) / cell_deg[0], 0), shape[0] - 1))
    last_col = int(min(max((max(lon, foot_lon) - origin[0]) / cell_deg[0], 0), shape[0] - 1))
    first_row = int(min(max((min(lat, foot_lat) - origin[1]) / cell_deg[1], 0), shape[1] - 1))
    last_row = int(min(max((max(lat, foot_lat) - origin[1]) / cell_deg[1], 0), shape[1] - 1))
    for row in range(first_row, last_row + 1):
        for col in range(first_col, last_col + 1):
            cell = row * shape[0] + col
            for i in range(bar_ptr[cell], bar_ptr[cell + 1]):
                s = bar_seg[i]
                if _crosses(
                    lon, lat, foot_lon, foot_lat, barrier[s, 0], barrier[s, 1], barrier[s, 2], barrier[s, 3]
                ):  # fmt: skip
                    return True
    return False


@njit(cache=True, nogil=True)
def attach_points(
    lon, lat, metres_x, metres_y, reach_m, free_m,
    usable, origin, shape, cell_deg, seg_ptr, seg_point, seg_edge, points, point_ptr, bar_ptr, bar_seg, barrier,
    out_edge, out_fraction, out_leg,
):  # fmt: skip
    """Attach each point to the nearest usable edge that a straight leg reaches without crossing a barrier.

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
        while (ring - 1) * cell_m <= min(best, reach_m):
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
                        if usable[edge] == 0:
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
                        leg = np.hypot(ax + t * dx, ay + t * dy)
                        seen = min(seen, leg)
                        if leg > best or (leg == best and best_edge >= 0 and edge >= best_edge):
                            continue
                        if leg > free_m and _leg_is_barred(
                            lon[p], lat[p],
                            points[k, 0] + t * (points[k + 1, 0] - points[k, 0]),
                            points[k, 1] + t * (points[k + 1, 1] - points[k, 1]),
                            origin, shape, cell_deg, bar_ptr, bar_seg, barrier,
                        ):  # fmt: skip
                            continue
                        best, best_point, best_edge, best_t = leg, k, np.int64(edge), t
            ring += 1
        out_edge[p] = best_edge
        if best_edge < 0:
            out_leg[p] = seen if np.isfinite(seen) else np.nan
            out_fraction[p] = np.nan
            continue
        before = 0.0
        whole = 0.0
        for k in range(point_ptr[best_edge], point_ptr[best_edge + 1] - 1):
            piece = np.hypot(
                (points[k + 1, 0] - points[k, 0]) * metres_x[p], (points[k + 1, 1] - points[k, 1]) * metres_y[p]
            )
            if k < best_point:
                before += piece
            elif k == best_point:
                before += best_t * piece
            whole += piece
        out_leg[p] = best
        out_fraction[p] = before / whole if whole > 0 else 0.0
