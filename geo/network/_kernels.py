"""Compiled searches over the flat arrays; each has a documented wrapper and a plain twin in the tests.

Edge ``e`` goes from ``edge_u[e]`` to ``edge_v[e]``; its arcs are ``2e`` (along) and ``2e + 1`` (against), so the twin
of arc ``a`` is ``a ^ 1``. The packed adjacency of node ``n`` is ``adjacency[arc_ptr[n] : arc_ptr[n + 1]]``: the node at
the other end in the upper half of an int64, the deciseconds in the lower, `FAR` where the mode may not go. Searches
from the seeds take ``adjacency_out``, searches towards them ``adjacency_in``; side by side in memory is what is looked
at together.

A search writes what is *left* of its limit on arrival at each node, plus one; 0 is a node not reached. So work arrays
come as zeros (which the system makes of nothing), and one comparison says both "within the limit" and "better".

The queue is a ring of buckets `WIDTH` deciseconds wide (R. B. Dial 1969, doi:10.1145/363269.363610), last in first out
inside a bucket. A node can thus be looked at before its cost is final, and is then looked at again, as in
U. Meyer and P. Sanders (2003), Δ-stepping, doi:10.1016/S0196-6774(03)00076-2: costs are exact all the same. An entry is
the node and the entry below it in its bucket. `make bench` measures it beside other programs. Nothing is ever compiled
with ``fastmath``, which breaks comparisons with infinity.
"""

import numpy as np
from numba import njit

FAR = np.int32(2**31 - 1)
NO_ARC = np.int32(-1)

WHOLE = np.empty((0, 0), np.int32)
"""What a table keeps of which every facility has its own column."""

_LOW = (1 << 32) - 1
_SHIFT = 7
WIDTH = 1 << _SHIFT
_RING = 512
_FINE_SHIFT = 2
_FINE_RING = 1024
# First eccentricity squared of the WGS84 ellipsoid (NIMA TR8350.2).
_E2 = 6.69437999014e-3
_NOW, _LIVE, _USED = 0, 1, 2


@njit(cache=True, nogil=True)
def make_queue():
    """Return (first entry by bucket, entries) of an empty queue."""
    return np.full(_RING, -1, np.int32), np.empty(1024, np.int64)


@njit(cache=True, nogil=True)
def _grown(entry):
    """Return the entries with twice the room."""
    more = np.empty(2 * entry.size, np.int64)
    more[: entry.size] = entry
    return more


@njit(cache=True, nogil=True)
def search(
    arc_ptr, adjacency, arc_id, flip, seed_node, seed_cost, limit, left, via, reached, first, entry
):  # fmt: skip
    """Find what is left of `limit` at every node; return how many nodes `reached` then lists, and the queue's entries.

    ``left`` int32 (n_node,) comes in as zeros; a reached node's cost is ``limit + 1 - left``. ``reached`` holds one
    more than there are nodes. ``via``, unless it is empty, gets the arc of the route: into the node (``flip``
    0, with ``adjacency_out``), or out of it (``flip`` 1, with ``adjacency_in``); `NO_ARC` where it begins at a seed.
    """
    top = np.int64(limit) + 1
    keeps_via = via.size > 0
    n_reached, now, n_live, n_used = 0, np.int64(0), 0, 0
    for i in range(seed_node.size):
        node, rest = np.int64(seed_node[i]), top - np.int64(seed_cost[i])
        if rest <= left[node]:
            continue
        reached[n_reached] = node
        n_reached += left[node] == 0
        left[node] = rest
        if keeps_via:
            via[node] = NO_ARC
        if n_used == entry.size:
            entry = _grown(entry)
        # What lies beyond the ring waits in its last bucket and is put again when its turn seems to have come.
        slot = min((top - rest) >> _SHIFT, _RING - 1)
        entry[n_used] = (np.int64(first[slot]) << 32) | node
        first[slot] = n_used
        n_used += 1
        n_live += 1
    while n_live > 0:
        at = first[now & (_RING - 1)]
        if at < 0:
            now += 1
            continue
        taken = entry[at]
        first[now & (_RING - 1)] = taken >> 32
        n_live -= 1
        node = taken & _LOW
        rest = np.int64(left[node])
        due = (top - rest) >> _SHIFT
        if due < now:
            continue
        while n_used + arc_ptr[node + 1] - arc_ptr[node] + 1 > entry.size:
            entry = _grown(entry)
        if due > now:
            slot = min(due, now + _RING - 1) & (_RING - 1)
            entry[n_used] = (np.int64(first[slot]) << 32) | node
            first[slot] = n_used
            n_used += 1
            n_live += 1
            continue
        for i in range(arc_ptr[node], arc_ptr[node + 1]):
            beyond, head = rest - (adjacency[i] & _LOW), adjacency[i] >> 32
            before = left[head]
            if beyond <= before:
                continue
            reached[n_reached] = head
            n_reached += before == 0
            left[head] = beyond
            if keeps_via:
                via[head] = arc_id[i] ^ flip
            slot = min((top - beyond) >> _SHIFT, now + _RING - 1) & (_RING - 1)
            entry[n_used] = (np.int64(first[slot]) << 32) | head
            first[slot] = n_used
            n_used += 1
            n_live += 1
    return n_reached, entry


@njit(cache=True, nogil=True)
def _put(first, entry, meta, due, node):
    """Put a node into the bucket of the cost `due`, the present one at the earliest; return the entries."""
    if meta[_USED] == entry.size:
        entry = _grown(entry)
    slot = min(max(due >> _FINE_SHIFT, meta[_NOW]), meta[_NOW] + _FINE_RING - 1) & (_FINE_RING - 1)
    entry[meta[_USED]] = (np.int64(first[slot]) << 32) | node
    first[slot] = meta[_USED]
    meta[_USED] += 1
    meta[_LIVE] += 1
    return entry


@njit(cache=True, nogil=True)
def bound_targets(landmark_cost, in_node, in_cost):
    """Return of each landmark the least cost from it to the targets, and what a node's cost to it is more at least."""
    n = landmark_cost.shape[1] // 2
    bound_from, bound_to = np.full(n, np.int64(FAR)), np.full(n, np.int64(FAR))
    for k in range(n):
        for i in range(in_node.size):
            there, back = landmark_cost[in_node[i], k], landmark_cost[in_node[i], n + k]
            bound_from[k] = min(bound_from[k], np.int64(there) + in_cost[i])
            bound_to[k] = min(bound_to[k], np.int64(in_cost[i]) - back)
    return bound_from, bound_to


@njit(cache=True, nogil=True)
def left_to_go(landmark_cost, node, bound_from, bound_to):
    """Return a lower bound of the cost from a node to the targets: `FAR` where there is surely no way."""
    n = bound_from.size
    low = np.int64(0)
    for k in range(n):
        there, back = landmark_cost[node, k], landmark_cost[node, n + k]
        if bound_from[k] >= FAR and there < FAR:
            # The landmark reaches the node, but no target: then the node reaches none either.
            return np.int64(FAR)
        low = max(low, bound_from[k] - there)
        if back < FAR:
            low = max(low, back + bound_to[k])
    return low


@njit(cache=True, nogil=True)
def search_to_targets(
    arc_ptr, arc_id, adjacency_out, landmark_cost, out_node, out_cost, in_node, in_cost, left, via, to_go
):  # fmt: skip
    """Search from seeds to the cheapest target; return (cost of the quickest route, the target's node).

    ``left`` and ``to_go`` int32 (n_node,) come in as zeros; a node's cost from the seeds is ``FAR - left``. Nodes are
    taken by that cost plus what the landmarks say is left to go at least (P. Hart, N. Nilsson and B. Raphael 1968, A*),
    so that the search looks where the targets lie. That sum hardly grows along a good route: its buckets are narrow, or
    most nodes would lie in one and be looked at many times. It ends when no bucket can hold a better way. (`FAR`, -1)
    if there is no way.
    """
    best, target = np.int64(FAR), np.int64(-1)
    if in_node.size == 0:
        return best, target
    bound_from, bound_to = bound_targets(landmark_cost, in_node, in_cost)
    first, entry = np.full(_FINE_RING, -1, np.int32), np.empty(8192, np.int64)
    meta = np.zeros(3, np.int64)
    low = np.int64(FAR)
    for i in range(out_node.size):
        node, rest = np.int64(out_node[i]), np.int64(FAR) - np.int64(out_cost[i])
        if rest > left[node]:
            left[node] = rest
            via[node] = NO_ARC
            to_go[node] = min(left_to_go(landmark_cost, node, bound_from, bound_to), FAR - 1) + 1
            low = min(low, FAR - rest + to_go[node] - 1)
    meta[_NOW] = low >> _FINE_SHIFT
    for i in range(out_node.size):
        node = np.int64(out_node[i])
        due = FAR - np.int64(left[node]) + to_go[node] - 1
        # A seed without cost that surely leads to no target is due at FAR - 1: too far off to turn the ring to.
        if due < FAR - 1:
            entry = _put(first, entry, meta, due, node)
    while meta[_LIVE] > 0:
        now = meta[_NOW]
        if now << _FINE_SHIFT >= best:
            break
        at = now & (_FINE_RING - 1)
        while first[at] >= 0:
            taken = entry[first[at]]
            first[at] = taken >> 32
            meta[_LIVE] -= 1
            node = taken & _LOW
            rest = np.int64(left[node])
            due = FAR - rest + to_go[node] - 1
            if due >> _FINE_SHIFT > now:
                entry = _put(first, entry, meta, due, node)
            if due >> _FINE_SHIFT != now:
                continue
            for i in range(in_node.size):
                total = FAR - rest + np.int64(in_cost[i])
                if in_node[i] == node and total < best:
                    best, target = total, node
            for i in range(arc_ptr[node], arc_ptr[node + 1]):
                beyond, head = rest - (adjacency_out[i] & _LOW), adjacency_out[i] >> 32
                if beyond <= left[head]:
                    continue
                left[head] = beyond
                via[head] = arc_id[i]
                if to_go[head] == 0:
                    to_go[head] = min(left_to_go(landmark_cost, head, bound_from, bound_to), FAR - 1) + 1
                due = FAR - beyond + to_go[head] - 1
                if due < min(best, FAR - 1):
                    entry = _put(first, entry, meta, due, head)
        meta[_NOW] += 1
    return best, target


@njit(cache=True, nogil=True)
def fill_table(arc_ptr, adjacency, arc_id, seed_ptr, seed_node, seed_cost, low, high, cost, via):
    """Fill columns `low` to `high` of ``cost`` and ``via`` (n_node, n_facility) by a search towards each facility."""
    n_node = arc_ptr.size - 1
    reached = np.empty(n_node + 1, np.int32)
    first, entry = make_queue()
    # One column at a time would touch every line of the table for four bytes: a few are gathered and written together.
    block_left = np.zeros((high - low, n_node), np.int32)
    block_via = np.full((high - low, n_node), NO_ARC, np.int32)
    for k in range(high - low):
        a, b = seed_ptr[low + k], seed_ptr[low + k + 1]
        _, entry = search(
            arc_ptr, adjacency, arc_id, 1, seed_node[a:b], seed_cost[a:b], FAR - 1, block_left[k], block_via[k],
            reached, first, entry,
        )  # fmt: skip
    for node in range(n_node):
        for k in range(high - low):
            cost[node, low + k] = FAR - block_left[k, node]
            via[node, low + k] = block_via[k, node]


@njit(cache=True, nogil=True)
def search_many(arc_ptr, adjacency, arc_id, seed_ptr, seed_node, seed_cost, low, high, limit):
    """Search within `limit` of each set of seeds from `low` to `high`; return (ptr, node, cost) of what is reached."""
    n_node = arc_ptr.size - 1
    left, no_via = np.zeros(n_node, np.int32), np.empty(0, np.int32)
    reached = np.empty(n_node + 1, np.int32)
    first, entry = make_queue()
    ptr = np.zeros(high - low + 1, np.int64)
    out_node = np.empty(1024, np.int32)
    out_cost = np.empty(1024, np.int32)
    for k in range(high - low):
        a, b = seed_ptr[low + k], seed_ptr[low + k + 1]
        n_reached, entry = search(
            arc_ptr, adjacency, arc_id, 0, seed_node[a:b], seed_cost[a:b], limit, left, no_via, reached, first, entry
        )  # fmt: skip
        start = ptr[k]
        ptr[k + 1] = start + n_reached
        if ptr[k + 1] > out_node.size:
            more_node = np.empty(2 * ptr[k + 1], np.int32)
            more_cost = np.empty(2 * ptr[k + 1], np.int32)
            more_node[:start] = out_node[:start]
            more_cost[:start] = out_cost[:start]
            out_node, out_cost = more_node, more_cost
        for i in range(n_reached):
            node = reached[i]
            out_node[start + i] = node
            out_cost[start + i] = limit + 1 - left[node]
            left[node] = 0
    return ptr, out_node[: ptr[-1]], out_cost[: ptr[-1]]


@njit(cache=True, nogil=True)
def join_points(
    ptr, node, cost, at_ptr, at_point, at_cost, same_ptr, same_point, same_cost, n_point, limit
):  # fmt: skip
    """Find the points within `limit` of each search: (ptr, point, cost) from (ptr, node, cost) of the searches.

    ``at_point[at_ptr[n] : at_ptr[n + 1]]`` are the points that join node ``n``, each for ``at_cost`` more;
    ``same_point[same_ptr[k] : same_ptr[k + 1]]`` those that also have a way inside the edge of search ``k``'s seed.
    """
    best = np.zeros(n_point, np.int64)
    found = np.empty(n_point, np.int32)
    out_ptr = np.zeros(ptr.size, np.int64)
    out_point = np.empty(1024, np.int32)
    out_cost = np.empty(1024, np.int32)
    for k in range(ptr.size - 1):
        base = np.int64(k + 1) << 32
        n_found = 0
        for i in range(ptr[k], ptr[k + 1]):
            for j in range(at_ptr[node[i]], at_ptr[node[i] + 1]):
                n_found = _keep_best(best, found, n_found, base, at_point[j], np.int64(cost[i]) + at_cost[j], limit)
        for j in range(same_ptr[k], same_ptr[k + 1]):
            n_found = _keep_best(best, found, n_found, base, same_point[j], same_cost[j], limit)
        start = out_ptr[k]
        out_ptr[k + 1] = start + n_found
        if out_ptr[k + 1] > out_point.size:
            more_point = np.empty(2 * out_ptr[k + 1], np.int32)
            more_cost = np.empty(2 * out_ptr[k + 1], np.int32)
            more_point[:start] = out_point[:start]
            more_cost[:start] = out_cost[:start]
            out_point, out_cost = more_point, more_cost
        for i in range(n_found):
            out_point[start + i] = found[i]
            out_cost[start + i] = best[found[i]] & _LOW
    return out_ptr, out_point[: out_ptr[-1]], out_cost[: out_ptr[-1]]


@njit(cache=True, nogil=True)
def _keep_best(best, found, n_found, base, point, total, limit):
    """Note a point's cost if it is the least so far; return how many points are found."""
    if total > limit or (best[point] >= base and best[point] <= base + total):
        return n_found
    if best[point] < base:
        found[n_found] = point
        n_found += 1
    best[point] = base + total
    return n_found


@njit(cache=True, nogil=True)
def keep_nearest(block_cost, block_via, low, kept, cost, via):
    """Merge the columns of facilities ``low`` on into rows of the nearest, each in the order of cost and facility.

    ``kept``, ``cost`` and ``via`` int32 (n_node, n_kept) come in as -1, `FAR` and `NO_ARC`; blocks come in the order of
    their facilities.
    """
    last = cost.shape[1] - 1
    for node in range(cost.shape[0]):
        for k in range(block_cost.shape[1]):
            new = block_cost[node, k]
            if new >= cost[node, last]:
                continue
            slot = last
            while slot > 0 and cost[node, slot - 1] > new:
                kept[node, slot] = kept[node, slot - 1]
                cost[node, slot] = cost[node, slot - 1]
                via[node, slot] = via[node, slot - 1]
                slot -= 1
            kept[node, slot] = low + k
            cost[node, slot] = new
            via[node, slot] = block_via[node, k]


@njit(cache=True, nogil=True)
def slot_of(kept, node, facility):
    """Return where a facility stands in a node's row: in its own column if ``kept`` is empty; -1 if it is not kept."""
    if kept.shape[1] == 0:
        return np.int64(facility)
    for slot in range(kept.shape[1]):
        if kept[node, slot] == facility:
            return np.int64(slot)
    return np.int64(-1)


@njit(cache=True, nogil=True)
def follow_table(via, kept, facility, node, edge_u, edge_v, edge_length):
    """Return (metres of whole edges from `node` towards the facility, their number, the node where the rest begins)."""
    total, n_arc = 0.0, 0
    while True:
        arc = via[node, slot_of(kept, node, facility)]
        if arc < 0:
            return total, n_arc, node
        total += edge_length[arc >> 1]
        n_arc += 1
        node = edge_v[arc >> 1] if arc & 1 == 0 else edge_u[arc >> 1]


@njit(cache=True, nogil=True)
def list_arcs(via, kept, column, node, edge_u, edge_v, is_towards):
    """Return the arcs by which ``via`` (n_node, any) goes on from `node`, or by which it came there (in that order).

    `column` is a facility's number where ``kept`` says which facilities a node's row is of (see `slot_of`).
    """
    n_arc = 0
    at = node
    while via[at, slot_of(kept, at, column)] >= 0:
        arc = via[at, slot_of(kept, at, column)]
        at = edge_v[arc >> 1] if (arc & 1 == 0) == is_towards else edge_u[arc >> 1]
        n_arc += 1
    arcs = np.empty(n_arc, np.int32)
    at = node
    for i in range(n_arc):
        arc = via[at, slot_of(kept, at, column)]
        arcs[i] = arc
        at = edge_v[arc >> 1] if (arc & 1 == 0) == is_towards else edge_u[arc >> 1]
    return arcs


@njit(cache=True, nogil=True)
def _shrink(lat):
    """Return a degree of longitude in degrees of latitude, as snapping measures them: else feet would shift."""
    sine = np.sin(np.radians(lat))
    return np.cos(np.radians(lat)) * (1.0 - _E2 * sine * sine) / (1.0 - _E2)


@njit(cache=True, nogil=True)
def _piece_length(points, k, scale):
    return np.hypot((points[k + 1, 0] - points[k, 0]) * scale, points[k + 1, 1] - points[k, 1])


@njit(cache=True, nogil=True)
def _write_point(points, low, high, scale, at, out):
    """Write the point at a distance along the line ``points[low:high]``; its ends exactly."""
    for k in range(low, high - 1):
        piece = _piece_length(points, k, scale)
        if at < piece or k == high - 2:
            t = min(at / piece, 1.0) if piece > 0 else 1.0
            for axis in range(2):
                step = points[k + 1, axis] - points[k, axis]
                out[axis] = points[k + 1, axis] if t == 1.0 else points[k, axis] + t * step
            return
        at -= piece


@njit(cache=True, nogil=True)
def trace_pieces(points, point_ptr, edge, start, end):
    """Return the line of travelled parts of edges, float64 (n, 2), and (n_piece + 1,) the first point of each part.

    Each part begins where the one before it ends; that point is written once.
    """
    bound = 1
    for i in range(edge.size):
        bound += point_ptr[edge[i] + 1] - point_ptr[edge[i]] + 1
    line = np.empty((bound, 2))
    ptr = np.zeros(edge.size + 1, np.int64)
    n = 0
    for i in range(edge.size):
        low, high = point_ptr[edge[i]], point_ptr[edge[i] + 1]
        scale = _shrink(points[low, 1])
        whole = 0.0
        for k in range(low, high - 1):
            whole += _piece_length(points, k, scale)
        if i == 0:
            _write_point(points, low, high, scale, start[i] * whole, line[n])
            n += 1
        first = n
        done = 0.0
        for k in range(low, high - 2):
            done += _piece_length(points, k, scale)
            if min(start[i], end[i]) * whole < done < max(start[i], end[i]) * whole:
                line[n] = points[k + 1]
                n += 1
        if end[i] < start[i]:
            line[first:n] = line[first:n][::-1].copy()
        _write_point(points, low, high, scale, end[i] * whole, line[n])
        n += 1
        ptr[i + 1] = n - 1
    return line[:n].copy(), ptr
