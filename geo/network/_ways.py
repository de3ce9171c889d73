"""Compiled look-ups in a nearest table; `geo.network.nearest` is their documented wrapper.

A request asks for one point: what NumPy spends on arrays of one element is most of what it would cost. Points are given
by edge (-1: not snapped), fraction and metres of their access leg, as `SnappedPoints` holds them.
"""

# mypy: disallow-untyped-defs=False, check-untyped-defs=False

import numpy as np
from numba import njit

from geo.network._kernels import FAR, follow_table, slot_of
from geo.network.modes import WALK_SPEED_MPS

WITHIN = -1
"""The side by which a way sets out that never leaves its edge; 0 is along the edge, 1 against it."""


@njit(cache=True, nogil=True)
def _access_ds(access_m):
    return np.int64(np.rint(access_m / WALK_SPEED_MPS * 10.0))


@njit(cache=True, nogil=True)
def _part_ds(arc_cost, arc, part):
    """Return deciseconds for a part of an arc, as `geo.network.ends.part_cost`."""
    if part == 0.0:
        return np.int64(0)
    whole = arc_cost[arc]
    return np.int64(FAR) if whole < 0 else np.int64(np.rint(whole * part))


@njit(cache=True, nogil=True)
def _within_ds(arc_cost, edge, start, end):
    """Return deciseconds from one fraction of an edge to another."""
    return _part_ds(arc_cost, 2 * edge + (1 if end < start else 0), abs(end - start))


@njit(cache=True, nogil=True)
def look_up(
    edge, fraction, access_m, arc_cost, edge_u, edge_v, to_edge, to_fraction, to_access_m, cost,
    joint_ptr, joint_node, joint_cost, out,
):  # fmt: skip
    """Write deciseconds from every point to every facility of the table, all access legs included, into ``out``.

    A point leaves its edge by its ends, and by ``joint_node[joint_ptr[i] : joint_ptr[i + 1]]`` where it is given any.
    """
    for i in range(edge.size):
        if edge[i] < 0:
            out[i, :] = FAR
            continue
        to_v = _part_ds(arc_cost, 2 * edge[i], 1.0 - fraction[i])
        to_u = _part_ds(arc_cost, 2 * edge[i] + 1, fraction[i])
        from_v, from_u = cost[edge_v[edge[i]]], cost[edge_u[edge[i]]]
        access = _access_ds(access_m[i])
        for j in range(to_edge.size):
            best = min(to_v + from_v[j], to_u + from_u[j])
            if to_edge[j] == edge[i]:
                best = min(
                    best, _within_ds(arc_cost, edge[i], fraction[i], to_fraction[j]) + _access_ds(to_access_m[j])
                )
            for k in range(joint_ptr[i], joint_ptr[i + 1]):
                best = min(best, joint_cost[k] + cost[joint_node[k], j])
            out[i, j] = min(best + access, np.int64(FAR))


@njit(cache=True, nogil=True)
def _by_node(cost, kept, node, facility):
    """Return deciseconds from a node to a facility; `FAR` where its row does not keep it."""
    slot = slot_of(kept, node, facility)
    return np.int64(FAR) if slot < 0 else np.int64(cost[node, slot])


@njit(cache=True, nogil=True)
def known_below(edge, fraction, arc_cost, edge_u, edge_v, cost, kept):
    """Return the deciseconds below which both ends' rows together know the cost to every facility; `FAR`: to all."""
    if kept.shape[1] == 0:
        return np.int64(FAR)
    last = kept.shape[1] - 1
    along = _part_ds(arc_cost, 2 * edge, 1.0 - fraction) + cost[edge_v[edge], last]
    against = _part_ds(arc_cost, 2 * edge + 1, fraction) + cost[edge_u[edge], last]
    return min(along, against, np.int64(FAR))


@njit(cache=True, nogil=True)
def depart(
    edge, fraction, arc_cost, edge_u, edge_v, to_edge, to_fraction, to_access_m, cost, kept, facility
):  # fmt: skip
    """Return (side, deciseconds) of the quickest way to a facility, its leg included; `FAR` or more: there is none."""
    side, best = WITHIN, np.int64(FAR)
    if to_edge[facility] == edge:
        best = _within_ds(arc_cost, edge, fraction, to_fraction[facility]) + _access_ds(to_access_m[facility])
    along = _part_ds(arc_cost, 2 * edge, 1.0 - fraction) + _by_node(cost, kept, edge_v[edge], facility)
    if along < best:
        side, best = 0, along
    against = _part_ds(arc_cost, 2 * edge + 1, fraction) + _by_node(cost, kept, edge_u[edge], facility)
    if against < best:
        side, best = 1, against
    return side, best


@njit(cache=True, nogil=True)
def measure_ways(
    edge, fraction, access_m, arc_cost, edge_u, edge_v, edge_length, to_edge, to_fraction, to_access_m,
    cost, via, kept, facility,
):  # fmt: skip
    """Return the metres of the quickest way from one point to each of ``facility``, access legs included.

    NaN: there is none, or the rows of ``kept`` do not know it.
    """
    out = np.empty(facility.size)
    known = known_below(edge, fraction, arc_cost, edge_u, edge_v, cost, kept)
    for i in range(facility.size):
        goal = facility[i]
        side, best = depart(
            edge, fraction, arc_cost, edge_u, edge_v, to_edge, to_fraction, to_access_m, cost, kept, goal
        )
        both_access_m = access_m + to_access_m[goal]
        if best >= known:
            out[i] = np.nan
            continue
        if side == WITHIN:
            out[i] = both_access_m + abs(to_fraction[goal] - fraction) * edge_length[edge]
            continue
        node, part = (edge_v[edge], 1.0 - fraction) if side == 0 else (edge_u[edge], fraction)
        whole_m, _, node = follow_table(via, kept, goal, node, edge_u, edge_v, edge_length)
        last = to_edge[goal]
        # Where both ends of the last edge are this node, the route takes the cheaper one.
        along = _part_ds(arc_cost, 2 * last, to_fraction[goal]) if edge_u[last] == node else np.int64(FAR)
        against = _part_ds(arc_cost, 2 * last + 1, 1.0 - to_fraction[goal]) if edge_v[last] == node else np.int64(FAR)
        rest = to_fraction[goal] if along <= against else 1.0 - to_fraction[goal]
        out[i] = both_access_m + part * edge_length[edge] + whole_m + rest * edge_length[last]
    return out
