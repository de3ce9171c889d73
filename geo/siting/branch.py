"""Branch and bound on Lagrangian bounds, and the tree that proves the answer.

Each leaf of the tree is a set of columns fixed in and out, with multipliers whose bound says that no choice there is
better than the one found. Any multipliers give a valid bound (A. Geoffrion 1974, doi:10.1007/BFb0120690), so a reader
needs none of this module to check a tree. Columns that reduced costs decide hang as leaves on a chain.
"""

import heapq
import itertools
import math
from dataclasses import dataclass, field

import numpy as np

from geo.siting import _service_kernels as kernels
from geo.siting.problem import TOLERANCE, Floats, Longs, Stop
from geo.siting.service import Reduced, Service, reduce_service

_ROOT_ITERATIONS = 1500
_NODE_ITERATIONS = 240
_ROUNDS = 20

_SWAP_ENTRIES = 20_000_000
"""Entries times rounds of swaps between two looks at the clock."""

_CHUNK_ENTRIES = 200_000_000
"""Entries times iterations between two looks at the clock: about a second."""


@dataclass
class Tree:
    """A binary tree over columns; children and leaves are numbers of nodes.

    Attributes
    ----------
    nodes : list of [column, child where chosen, child where not] or [-1, multipliers]
        A leaf that was given up has ``[-1, number]`` too: its bound is simply lower than the objective.
    multipliers : list of float64 (n_row,)
    """

    nodes: list[list[int]] = field(default_factory=lambda: [[-1, -1]])
    multipliers: list[Floats] = field(default_factory=list)

    def leaf(self, node: int, multipliers: int) -> None:
        """Make a node a leaf."""
        self.nodes[node] = [-1, multipliers]

    def split(self, node: int, column: int) -> tuple[int, int]:
        """Split a node by a column; return the nodes where it is chosen and where it is not."""
        first = len(self.nodes)
        self.nodes += [[-1, -1], [-1, -1]]
        self.nodes[node] = [column, first, first + 1]
        return first, first + 1

    def keep(self, multipliers: Floats) -> int:
        """Store multipliers, return their number."""
        self.multipliers.append(multipliers)
        return len(self.multipliers) - 1


@dataclass
class Solved:
    """What the search found: sites, objective, bound, and its tree."""

    sites: Longs
    objective: float
    bound: float
    tree: Tree
    n_node: int
    is_complete: bool
    """No node is left that could hold something better (or below the threshold)."""
    spared: list[tuple[int, int]] = field(default_factory=list)
    """Columns left out of the search, each with another one that covers all its rows."""


@dataclass(order=True)
class _Node:
    bound: float
    order: int
    at: int = field(compare=False)
    chosen: Longs = field(compare=False)
    dropped: Longs = field(compare=False)
    v: int = field(compare=False)
    depth: int = field(compare=False, default=0)


def heuristic(
    full: Service, sites: int, *, fixed: Longs, forbidden: Longs, stop: Stop, seed: int = 1, n_round: int = 100
) -> Longs:
    """Return sites by greedy choice, swaps, and swaps from disturbed copies."""
    dropped = np.zeros(full.n_column, bool)
    dropped[forbidden] = True
    small = reduce_service(full, fixed, dropped)
    found, _ = improve(small.service, sites - fixed.size, None, stop=stop, seed=seed, n_round=n_round)
    return np.sort(np.concatenate([fixed, small.columns[found]]))


def improve(
    some: Service, p: int, start: Longs | None, *, stop: Stop, seed: int, n_round: int, kick: int = 3
) -> tuple[Longs, float]:
    """Return sites by swaps from `start` (by default a greedy choice), and their objective.

    After the first descent `n_round` copies of the best, disturbed by `kick` swaps each, descend too.
    """
    lists = some.by_column()
    args = (some.ptr, some.column, some.cost, some.base, *lists, some.n_column)
    if start is None:
        start = kernels.greedy_sites(*args, p, np.empty(0, np.int64))
    held = np.zeros(some.n_column, bool)
    found = np.asarray(start, np.int64)
    step = max(min(_SWAP_ENTRIES // max(some.column.size, 1), _ROUNDS), 1)
    for low in range(0, n_round + 1, step):
        found, _ = kernels.swap_sites(*args, found, held, min(step, n_round - low), kick, seed + low)
        if stop.is_due:
            break
    return found, some.value(found)


def _first(some: Service) -> Floats:
    """Return the lowest cost of every row, its base where it has no entry."""
    low = some.base.copy()
    rows = np.flatnonzero(np.diff(some.ptr) > 0)
    low[rows] = some.cost[some.ptr[rows]]
    return low


class Search:
    """Branch and bound for one service problem with a number of sites.

    Parameters
    ----------
    full : Service
    sites : int
    fixed, forbidden : int64
        Columns that must, and may not, be chosen.
    start : int64 (sites,)
        A choice to improve on.
    stop : Stop
    is_integer : bool
        Every objective is a whole number.
    node_limit : int
    gap : float
        A relative gap that is good enough.
    threshold : float
        A bound from which on a node is of no interest: whether some choice costs less is all that is asked.
    """

    def __init__(
        self,
        full: Service,
        sites: int,
        *,
        fixed: Longs,
        forbidden: Longs,
        start: Longs,
        stop: Stop,
        is_integer: bool,
        seed: int = 1,
        node_limit: int = 1_000_000,
        gap: float = 0.0,
        threshold: float = math.inf,
    ) -> None:
        self.full, self.sites, self.stop, self.is_integer, self.seed = full, sites, stop, is_integer, seed
        self.fixed, self.forbidden = fixed, forbidden
        self.best = np.sort(start)
        self.objective = full.value(start)
        self.tree = Tree()
        self.count = itertools.count()
        self.node_limit, self.gap, self.threshold = node_limit, gap, threshold
        self.n_node = 0
        self.closed_bound = math.inf

    @property
    def closes(self) -> float:
        """A bound from which on nothing better can lie in a node."""
        slack = 1.0 - 1e-6 if self.is_integer else TOLERANCE * abs(self.objective)
        return min(self.objective - max(slack, self.gap * abs(self.objective)), self.threshold)

    def run(self) -> Solved:
        """Search until the best choice is proven, or it is time to stop."""
        near = self.full.served_by(self.best)
        first = self.tree.keep(near)
        cheapest = _first(self.full)
        heap = [_Node(float(cheapest.sum()), next(self.count), 0, self.fixed, self.forbidden, first)]
        bound = -math.inf
        while heap:
            bound = max(heap[0].bound, bound)
            self.stop.tell(self.objective, min(bound, self.objective))
            if self.stop.is_due or self.n_node >= self.node_limit or self.objective <= 0.0:
                break
            node = heapq.heappop(heap)
            if node.bound >= self.closes:
                self._close(node, node.v, node.bound)
                continue
            for child in self._expand(node):
                heapq.heappush(heap, child)
        for node in heap:
            # What was not looked at keeps the multipliers of its parent, and their bound.
            self.tree.leaf(node.at, node.v)
        bound = min([node.bound for node in heap] + [self.closed_bound, self.objective])
        if self.is_integer and math.isfinite(bound):
            bound = min(float(math.ceil(bound - 1e-6)), self.objective)
        elif not heap and self.gap == 0.0 and self.threshold == math.inf:
            bound = self.objective
        return Solved(self.best, self.objective, bound, self.tree, self.n_node, not heap)

    def _close(self, node: _Node, v: int, bound: float) -> None:
        self.tree.leaf(node.at, v)
        self.closed_bound = min(self.closed_bound, bound)

    def _offer(self, sites: Longs, value: float) -> None:
        if value < self.objective:
            exact = self.full.value(sites)
            if exact < self.objective:
                self.best, self.objective = np.sort(sites), exact

    def _expand(self, node: _Node) -> list[_Node]:
        """Return the children of a node that may hold something better, after fixing what reduced costs decide."""
        chosen, dropped, at, v_id = node.chosen, node.dropped, node.at, node.v
        while True:
            self.n_node += 1
            is_root = self.n_node == 1
            p = self.sites - chosen.size
            gone = np.zeros(self.full.n_column, bool)
            gone[dropped] = True
            small = reduce_service(self.full, chosen, gone)
            some = small.service
            if p == 0 or p == small.columns.size or some.n_row == 0:
                return self._finish(node, at, chosen, small, p)
            bound, v, rc, mean = self._bound(small, p, v_id, chosen, is_root=is_root)
            v_id = self.tree.keep(small.push(v))
            here = _Node(max(bound, node.bound), 0, at, chosen, dropped, v_id)
            if here.bound >= self.closes:
                self._close(here, v_id, here.bound)
                return []
            order = np.argsort(rc, kind="stable")
            last_in, first_out = rc[order[p - 1]], rc[order[p]]
            out = order[p:][bound + rc[order[p:]] - last_in >= self.closes]
            into = order[:p][bound + first_out - rc[order[:p]] >= self.closes]
            # The last decided first: each leaf of the chain is bounded with fewer columns left.
            for j in out:
                leaf, at = self.tree.split(at, int(small.columns[j]))
                self.tree.leaf(leaf, v_id)
                self.closed_bound = min(self.closed_bound, bound + rc[j] - last_in)
            for j in into:
                at, leaf = self.tree.split(at, int(small.columns[j]))
                self.tree.leaf(leaf, v_id)
                self.closed_bound = min(self.closed_bound, bound + first_out - rc[j])
            chosen = np.concatenate([chosen, small.columns[into]])
            dropped = np.concatenate([dropped, small.columns[out]])
            is_worth = out.size + into.size > 0.15 * small.columns.size
            if not is_worth or self.stop.is_due:
                break
        free = np.setdiff1d(np.arange(small.columns.size), np.concatenate([out, into]))
        if free.size == 0 or chosen.size >= self.sites:
            fresh = _Node(here.bound, 0, at, chosen, dropped, v_id)
            gone[dropped] = True
            return self._finish(fresh, at, chosen, reduce_service(self.full, chosen, gone), self.sites - chosen.size)
        pick = int(free[np.argmin(np.abs(mean[free] - 0.5) - 1e-9 * np.abs(rc[free] / (1.0 + abs(rc).max())))])
        column = int(small.columns[pick])
        inside, outside = self.tree.split(at, column)
        depth = node.depth + 1
        return [
            _Node(here.bound, next(self.count), inside, np.append(chosen, column), dropped, v_id, depth),
            _Node(here.bound, next(self.count), outside, chosen, np.append(dropped, column), v_id, depth),
        ]

    def _finish(self, node: _Node, at: int, chosen: Longs, small: Reduced, p: int) -> list[_Node]:
        """Close a node in which one choice is left, or every choice is equal."""
        sites = np.concatenate([chosen, small.columns[:p]])
        value = small.service.value(np.arange(p)) + small.constant
        self._offer(sites, value)
        # With every free column chosen, or none, the multipliers are what each row then costs.
        v_id = self.tree.keep(self.full.served_by(sites))
        self.tree.leaf(at, v_id)
        self.closed_bound = min(self.closed_bound, max(value, node.bound))
        return []

    def _bound(
        self, small: Reduced, p: int, v_id: int, chosen: Longs, *, is_root: bool
    ) -> tuple[float, Floats, Floats, Floats]:
        """Return (bound, multipliers, reduced costs, averaged choice) of what is left."""
        some, constant = small.service, small.constant
        v = np.clip(small.pull(self.tree.multipliers[v_id]), _first(some), some.base)
        state = np.array([0.5 if is_root else 0.1, 0.1, 0.0, -math.inf, 0.0, -math.inf, math.inf, 0.0])
        direction, mean, rc = np.zeros(some.n_row), np.zeros(some.n_column), np.zeros(some.n_column)
        is_open = np.zeros(some.n_column, bool)
        most = _ROOT_ITERATIONS if is_root else _NODE_ITERATIONS
        chunk = max(min(_CHUNK_ENTRIES // max(some.column.size, 1), most), 1)
        while state[4] < most and state[7] == 0.0:
            kernels.ascend(
                some.ptr, some.column, some.cost, some.base, p, self.objective - constant, self.closes - constant,
                chunk, state, v, direction, mean, rc, is_open,
            )  # fmt: skip
            if is_root:
                self.stop.tell(self.objective, min(state[5] + constant, self.objective))
            if self.stop.is_due:
                break
        if math.isfinite(state[6]):
            self._offer(np.concatenate([chosen, small.columns[np.flatnonzero(is_open)]]), state[6] + constant)
        if is_root or self.n_node % 8 == 0 or self.n_node < 20:
            likely = np.argsort(-mean, kind="stable")[:p]
            start, value = improve(some, p, likely, stop=self.stop, seed=self.seed + self.n_node, n_round=0)
            self._offer(np.concatenate([chosen, small.columns[start]]), value + constant)
        return float(state[5]) + constant, v, rc, mean
