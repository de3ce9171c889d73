"""Costs between many points and many facilities: whole matrices, the reachable part of them, and counts."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_array

from geo.errors import InputError
from geo.network._kernels import FAR as FAR
from geo.network._kernels import join_points, search_many
from geo.network._threads import in_threads
from geo.network.ends import cost_within_edge, joints_of
from geo.network.graph import StreetGraph
from geo.network.snap import SnappedPoints

_BLOCK = 512
"""Facilities that one thread searches for at a time, at most; every block makes new arrays as long as the network."""

_DENSE_BLOCK = 4
"""The same without a limit, where each search reaches the whole network."""


@dataclass(frozen=True, eq=False)
class Reach:
    """What lies within a cost of each facility: entries ``ptr[f]`` to ``ptr[f + 1]`` belong to facility ``f``.

    Attributes
    ----------
    ptr : int64 (n_facility + 1,)
    index : int32 (n,)
        Nodes or points; in no order that means anything, but the same at every run.
    cost : int32 (n,)
        Deciseconds.
    """

    ptr: NDArray[np.int64]
    index: NDArray[np.int32]
    cost: NDArray[np.int32]


def find_nodes_within(network: StreetGraph, facility: SnappedPoints, *, mode: str, limit_s: float) -> Reach:
    """Return the nodes from which each facility is reached within a time.

    Parameters
    ----------
    network : StreetGraph
    facility : SnappedPoints (n_facility)
        Snapped in the same mode; what is not snapped is reached from nowhere.
    mode : str
    limit_s : float
        Seconds, the facility's access leg included.

    Returns
    -------
    Reach
        ``index`` holds nodes.
    """
    limit = limit_ds(limit_s)
    joints = joints_of(network, facility, mode=mode, is_origin=False, is_search=True, limit=limit)
    seeds = joints.seeds(facility.access_ds)

    def work(low: int, high: int) -> Reach:
        return Reach(
            *search_many(
                network.arc_ptr, network.adjacency_in[mode], network.arc_id, *seeds, low, high, limit
            )
        )  # fmt: skip

    return _stack(in_threads(work, facility.edge.size, step=_BLOCK))


def find_points_within(
    network: StreetGraph, point: SnappedPoints, facility: SnappedPoints, *, mode: str, limit_s: float
) -> Reach:
    """Return the points from which each facility is reached within a time, both access legs included.

    Parameters
    ----------
    network : StreetGraph
    point : SnappedPoints (n_point)
        Where people set out; snapped in the same mode. What is not snapped reaches nothing.
    facility : SnappedPoints (n_facility)
    mode : str
    limit_s : float
        Seconds.

    Returns
    -------
    Reach
        ``index`` holds points.
    """
    return _stack(_join_blocks(network, point, facility, mode=mode, limit=limit_ds(limit_s)))


def count_within(
    network: StreetGraph,
    point: SnappedPoints,
    weight: ArrayLike,
    facility: SnappedPoints,
    *,
    mode: str,
    limit_s: float,
) -> NDArray[np.float64]:
    """Return how much weight (people) reaches each facility within a time, float64 (n_facility,).

    Parameters are those of `find_points_within`; `weight` is array_like (n_point,).
    """
    weights = np.asarray(weight, dtype=np.float64)
    if weights.shape != point.edge.shape:
        raise InputError("{n} weights for {m} points", n=weights.size, m=point.edge.size)
    reach = find_points_within(network, point, facility, mode=mode, limit_s=limit_s)
    of = np.repeat(np.arange(facility.edge.size), np.diff(reach.ptr))
    return np.bincount(of, weights[reach.index], minlength=facility.edge.size).astype(np.float64)


def find_costs(
    network: StreetGraph, point: SnappedPoints, facility: SnappedPoints, *, mode: str, limit_s: float | None = None
) -> NDArray[np.float64]:
    """Return seconds from every point to every facility, float64 (n_point, n_facility).

    inf where unreachable, or beyond `limit_s`. Searches run over the whole network from whichever side is fewer.
    """
    limit = int(FAR) - 1 if limit_s is None else limit_ds(limit_s)
    seconds = np.full((point.edge.size, facility.edge.size), np.inf)
    is_towards = facility.edge.size <= point.edge.size
    by_source = seconds.T if is_towards else seconds
    target, source = (point, facility) if is_towards else (facility, point)
    low = 0
    for block in _join_blocks(network, target, source, mode=mode, limit=limit, is_towards=is_towards):
        n_source = block.ptr.size - 1
        by_source[low + np.repeat(np.arange(n_source), np.diff(block.ptr)), block.index] = block.cost / 10.0
        low += n_source
    return seconds


def find_costs_within(
    network: StreetGraph, point: SnappedPoints, facility: SnappedPoints, *, mode: str, limit_s: float
) -> Any:
    """Return the seconds that are at most `limit_s`, scipy.sparse.csc_array (n_point, n_facility).

    An entry that is not stored is beyond the limit or unreachable, not 0; a stored 0 is a cost of 0.
    """
    reach = find_points_within(network, point, facility, mode=mode, limit_s=limit_s)
    matrix = csc_array((reach.cost / 10.0, reach.index, reach.ptr), shape=(point.edge.size, facility.edge.size))
    matrix.sort_indices()
    return matrix


def limit_ds(limit_s: float) -> int:
    """Return the whole deciseconds within a limit in seconds: a cost is within it exactly if it is not more than them.

    >>> limit_ds(900.0), limit_ds(99.96), limit_ds(7.3 * 60)
    (9000, 999, 4380)
    """
    if not 0.0 <= limit_s < float(FAR) / 10.0:
        raise InputError("limit {limit} s is not a time from 0 to 2e8 seconds", limit=limit_s)
    # A limit that was computed may fall a hair short of the decisecond it means: 7.3 minutes are 437.99999999999994 s.
    return math.floor(limit_s * 10.0 + 1e-6)


def _join_blocks(
    network: StreetGraph,
    target: SnappedPoints,
    source: SnappedPoints,
    *,
    mode: str,
    limit: int,
    is_towards: bool = True,
) -> list[Reach]:
    """Return which targets lie within `limit` of each source, block by block of sources in their order.

    ``is_towards``: the targets set out and the sources are where they go.
    """
    joints = joints_of(network, target, mode=mode, is_origin=is_towards, is_search=False, limit=limit)
    order = np.argsort(joints.node, kind="stable")
    at_ptr = np.concatenate([[0], np.cumsum(np.bincount(joints.node, minlength=network.n_node))]).astype(np.int64)
    at_target = joints.point[order].astype(np.int32)
    at_cost = joints.seeds(target.access_ds)[2][order]
    begin = joints_of(network, source, mode=mode, is_origin=not is_towards, is_search=True, limit=limit)
    seeds = begin.seeds(source.access_ds)
    adjacency = network.adjacency_in if is_towards else network.adjacency_out
    same_ptr, same_target, same_cost = _pairs_on_one_edge(network, target, source, mode=mode, is_towards=is_towards)

    def work(low: int, high: int) -> Reach:
        ptr, node, cost = search_many(
            network.arc_ptr, adjacency[mode], network.arc_id, *seeds, low, high, limit
        )  # fmt: skip
        return Reach(
            *join_points(
                ptr, node, cost, at_ptr, at_target, at_cost,
                same_ptr[low : high + 1], same_target, same_cost, target.edge.size, limit,
            )
        )  # fmt: skip

    return in_threads(work, source.edge.size, step=_DENSE_BLOCK if limit >= FAR - 1 else _BLOCK)


def _pairs_on_one_edge(
    network: StreetGraph, target: SnappedPoints, source: SnappedPoints, *, mode: str, is_towards: bool
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Return (ptr by source, target, deciseconds) of the pairs that share an edge, along that edge."""
    order = np.argsort(target.edge, kind="stable")
    wanted = np.where(source.is_snapped, source.edge, np.iinfo(np.int64).max)
    low = np.searchsorted(target.edge[order], wanted, "left")
    n_pair = np.searchsorted(target.edge[order], wanted, "right") - low
    ptr = np.concatenate([[0], np.cumsum(n_pair)]).astype(np.int64)
    of = np.repeat(np.arange(source.edge.size), n_pair)
    at = order[np.arange(of.size) - ptr[of] + low[of]]
    mine, theirs = target.take(at), source.take(of)
    pair = (mine, theirs) if is_towards else (theirs, mine)
    return ptr, at.astype(np.int32), cost_within_edge(network, *pair, mode=mode) + mine.access_ds + theirs.access_ds


def _stack(blocks: list[Reach]) -> Reach:
    if not blocks:
        return Reach(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, np.int32))
    n = np.concatenate([np.diff(block.ptr) for block in blocks])
    return Reach(
        np.concatenate([[0], np.cumsum(n)]).astype(np.int64),
        np.concatenate([block.index for block in blocks]),
        np.concatenate([block.cost for block in blocks]),
    )
