"""Compiled searches over the flat arrays; each has a documented wrapper and a plain twin in the tests.

Edge ``e`` goes from ``edge_u[e]`` to ``edge_v[e]``; its arcs are ``2e`` (along) and ``2e + 1`` (against), so the twin
of arc ``a`` is ``a ^ 1``. ``arc_cost`` is in deciseconds, negative where the mode may not go. `FAR` is unreached.

The queue is a ring of buckets `WIDTH` deciseconds wide (R. B. Dial 1969, doi:10.1145/363269.363610), last in first out
inside a bucket. A node can thus be looked at before its cost is final, and is then looked at again, as in
U. Meyer and P. Sanders (2003), Δ-stepping, doi:10.1016/S0196-6774(03)00076-2: costs are exact all the same. On 72,000
nodes of Hangzhou 2,000 searches within 1,080 m took 18 ms of one core with it, 22 ms with a heap of four children and
28 ms with a binary heap. Nothing is ever compiled with ``fastmath``, which breaks comparisons with infinity.

A node's `state` is one int64: the number of the search that wrote it, then its cost; a workspace thus serves search
after search without being cleared.
"""

import numpy as np
from numba import njit

FAR = np.int32(2**31 - 1)
NO_ARC = np.int32(-1)

_LOW = (1 << 32) - 1
_SHIFT = 7
WIDTH = 1 << _SHIFT
_RING = 512
_NOW, _LIVE, _USED, _FREE = 0, 1, 2, 3


@njit(cache=True, nogil=True)
def _make_queue():
    """Return (first entry by bucket, entries, next entry, [bucket now, entries in all, slots used, a free slot])."""
    return (
        np.full(_RING, -1, np.int32),
        np.empty(1024, np.int64),
        np.empty(1024, np.int32),
        np.array([0, 0, 0, -1], np.int64),
    )


@njit(cache=True, nogil=True)
def _room(entry, follow, meta):
    """Return the arrays with room for one more entry."""
    if meta[_FREE] >= 0 or meta[_USED] < entry.size:
        return entry, follow
    more_entry = np.empty(2 * entry.size, np.int64)
    more_follow = np.empty(2 * entry.size, np.int32)
    more_entry[: entry.size] = entry
    more_follow[: entry.size] = follow
    return more_entry, more_follow


@njit(cache=True, nogil=True)
def _put(first, entry, follow, meta, cost, node):
    # What lies beyond the ring waits in its last bucket and is put again when its turn seems to have come.
    number = min(cost >> _SHIFT, meta[_NOW] + _RING - 1)
    at = meta[_FREE]
    if at >= 0:
        meta[_FREE] = follow[at]
    else:
        at = meta[_USED]
        meta[_USED] += 1
    slot = number & (_RING - 1)
    entry[at] = (cost << 32) | node
    follow[at] = first[slot]
    first[slot] = at
    meta[_LIVE] += 1


@njit(cache=True, nogil=True)
def _take(first, entry, follow, meta):
    """Return an entry of the lowest bucket, -1 when there is none left."""
    while meta[_LIVE] > 0:
        slot = meta[_NOW] & (_RING - 1)
        at = first[slot]
        if at < 0:
            meta[_NOW] += 1
            continue
        first[slot] = follow[at]
        follow[at] = meta[_FREE]
        meta[_FREE] = at
        meta[_LIVE] -= 1
        taken = entry[at]
        if (taken >> 32) >> _SHIFT > meta[_NOW]:
            _put(first, entry, follow, meta, taken >> 32, taken & _LOW)
            continue
        return taken
    return np.int64(-1)


@njit(cache=True, nogil=True)
def search(
    arc_ptr, arc_id, arc_head, arc_cost, flip, seed_node, seed_cost, limit, number, state, via, reached
):  # fmt: skip
    """Find the cost of every node within `limit` of the seeds; return how many nodes `reached` then lists.

    ``flip`` 0 searches from the seeds, 1 towards them (costs of the twin arcs). A node is reached where
    ``state >> 32 == number``; its cost is the lower half. ``via`` holds the arc by which the way goes: into the node
    (flip 0), or out of it (flip 1); `NO_ARC` where it begins at a seed.
    """
    first, entry, follow, meta = _make_queue()
    base = np.int64(number) << 32
    n_reached = 0
    for i in range(seed_node.size):
        node, cost = np.int64(seed_node[i]), np.int64(seed_cost[i])
        if cost > limit or (state[node] >= base and state[node] <= base + cost):
            continue
        if state[node] < base:
            reached[n_reached] = node
            n_reached += 1
        state[node] = base + cost
        via[node] = NO_ARC
        entry, follow = _room(entry, follow, meta)
        _put(first, entry, follow, meta, cost, node)
    while True:
        taken = _take(first, entry, follow, meta)
        if taken < 0:
            return n_reached
        node, here = taken & _LOW, taken >> 32
        if state[node] != base + here:
            continue
        for i in range(arc_ptr[node], arc_ptr[node + 1]):
            arc = arc_id[i] ^ flip
            step = arc_cost[arc]
            if step < 0:
                continue
            there = here + step
            if there > limit:
                continue
            head = np.int64(arc_head[i])
            if state[head] < base:
                reached[n_reached] = head
                n_reached += 1
            elif state[head] <= base + there:
                continue
            state[head] = base + there
            via[head] = arc
            entry, follow = _room(entry, follow, meta)
            _put(first, entry, follow, meta, there, head)


@njit(cache=True, nogil=True)
def meet(
    arc_ptr, arc_id, arc_head, arc_cost, out_node, out_cost, in_node, in_cost, out_state, out_via, in_state, in_via
):  # fmt: skip
    """Search from one end and towards the other in turn; return (cost of the quickest way, the node where they meet).

    States must come in as zeros. I. Pohl (1971), Bi-directional search; ends when the lowest buckets of both sides
    together cost as much as the best way found. (`FAR`, -1) if there is no way.
    """
    base = np.int64(1) << 32
    best, middle = np.int64(FAR), np.int64(-1)
    out_first, out_entry, out_follow, out_meta = _make_queue()
    in_first, in_entry, in_follow, in_meta = _make_queue()
    for i in range(out_node.size):
        node, cost = np.int64(out_node[i]), np.int64(out_cost[i])
        if out_state[node] < base or base + cost < out_state[node]:
            out_state[node] = base + cost
            out_via[node] = NO_ARC
            _put(out_first, out_entry, out_follow, out_meta, cost, node)
    for i in range(in_node.size):
        node, cost = np.int64(in_node[i]), np.int64(in_cost[i])
        if in_state[node] < base or base + cost < in_state[node]:
            in_state[node] = base + cost
            in_via[node] = NO_ARC
            _put(in_first, in_entry, in_follow, in_meta, cost, node)
            if out_state[node] >= base and out_state[node] - base + cost < best:
                best, middle = out_state[node] - base + cost, node
    while out_meta[_LIVE] > 0 and in_meta[_LIVE] > 0:
        if (out_meta[_NOW] + in_meta[_NOW]) << _SHIFT >= best:
            break
        # One bucket of the side that has less to do.
        if out_meta[_LIVE] <= in_meta[_LIVE]:
            flip, state, via, other = 0, out_state, out_via, in_state
            first, entry, follow, meta = out_first, out_entry, out_follow, out_meta
        else:
            flip, state, via, other = 1, in_state, in_via, out_state
            first, entry, follow, meta = in_first, in_entry, in_follow, in_meta
        now = meta[_NOW]
        while meta[_LIVE] > 0 and meta[_NOW] == now:
            if first[now & (_RING - 1)] < 0:
                meta[_NOW] += 1
                break
            taken = _take(first, entry, follow, meta)
            if taken < 0:
                break
            node, here = taken & _LOW, taken >> 32
            if state[node] != base + here:
                continue
            for i in range(arc_ptr[node], arc_ptr[node + 1]):
                arc = arc_id[i] ^ flip
                step = arc_cost[arc]
                if step < 0:
                    continue
                there = here + step
                head = np.int64(arc_head[i])
                if state[head] >= base and state[head] <= base + there:
                    continue
                state[head] = base + there
                via[head] = arc
                if other[head] >= base and other[head] - base + there < best:
                    best, middle = other[head] - base + there, head
                entry, follow = _room(entry, follow, meta)
                _put(first, entry, follow, meta, there, head)
        if flip == 0:
            out_entry, out_follow = entry, follow
        else:
            in_entry, in_follow = entry, follow
    return best, middle


@njit(cache=True, nogil=True)
def fill_table(arc_ptr, arc_id, arc_head, arc_cost, seed_ptr, seed_node, seed_cost, low, high, cost, via):
    """Fill columns `low` to `high` of ``cost`` and ``via`` (n_node, n_facility) by a search towards each facility."""
    n_node = arc_ptr.size - 1
    state = np.zeros(n_node, np.int64)
    reached = np.empty(n_node, np.int32)
    # One column at a time would touch every line of the table for four bytes: a few are gathered and written together.
    block_cost = np.full((high - low, n_node), FAR, np.int32)
    block_via = np.full((high - low, n_node), NO_ARC, np.int32)
    for k in range(high - low):
        a, b = seed_ptr[low + k], seed_ptr[low + k + 1]
        n_reached = search(
            arc_ptr, arc_id, arc_head, arc_cost, 1, seed_node[a:b], seed_cost[a:b], np.int64(FAR - 1),
            k + 1, state, block_via[k], reached,
        )  # fmt: skip
        for i in range(n_reached):
            block_cost[k, reached[i]] = state[reached[i]] & _LOW
    for node in range(n_node):
        for k in range(high - low):
            cost[node, low + k] = block_cost[k, node]
            via[node, low + k] = block_via[k, node]


@njit(cache=True, nogil=True)
def search_many(arc_ptr, arc_id, arc_head, arc_cost, flip, seed_ptr, seed_node, seed_cost, low, high, limit):
    """Search within `limit` of each set of seeds from `low` to `high`; return (ptr, node, cost) of what is reached."""
    n_node = arc_ptr.size - 1
    state = np.zeros(n_node, np.int64)
    via = np.empty(n_node, np.int32)
    reached = np.empty(n_node, np.int32)
    ptr = np.zeros(high - low + 1, np.int64)
    out_node = np.empty(1024, np.int32)
    out_cost = np.empty(1024, np.int32)
    for k in range(high - low):
        a, b = seed_ptr[low + k], seed_ptr[low + k + 1]
        n_reached = search(
            arc_ptr, arc_id, arc_head, arc_cost, flip, seed_node[a:b], seed_cost[a:b], limit, k + 1, state, via, reached
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
            out_node[start + i] = reached[i]
            out_cost[start + i] = state[reached[i]] & _LOW
    return ptr, out_node[: ptr[-1]].copy(), out_cost[: ptr[-1]].copy()


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
    return out_ptr, out_point[: out_ptr[-1]].copy(), out_cost[: out_ptr[-1]].copy()


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
def follow_table(via, facility, node, edge_u, edge_v, edge_length):
    """Return (metres of whole edges from `node` towards the facility, their number, the node where the rest begins)."""
    total, n_arc = 0.0, 0
    while True:
        arc = via[node, facility]
        if arc < 0:
            return total, n_arc, node
        total += edge_length[arc >> 1]
        n_arc += 1
        node = edge_v[arc >> 1] if arc & 1 == 0 else edge_u[arc >> 1]


@njit(cache=True, nogil=True)
def list_arcs(via, column, node, edge_u, edge_v, is_towards):
    """Return the arcs by which ``via`` (n_node, any) goes on from `node`, or by which it came there (in that order)."""
    n_arc = 0
    at = node
    while via[at, column] >= 0:
        arc = via[at, column]
        at = edge_v[arc >> 1] if (arc & 1 == 0) == is_towards else edge_u[arc >> 1]
        n_arc += 1
    arcs = np.empty(n_arc, np.int32)
    at = node
    for i in range(n_arc):
        arc = via[at, column]
        arcs[i] = arc
        at = edge_v[arc >> 1] if (arc & 1 == 0) == is_towards else edge_u[arc >> 1]
    return arcs


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
        scale = np.cos(np.radians(points[low, 1]))
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
