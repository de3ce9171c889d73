"""What is found at one node of a branch and bound: its bound, the columns that reduced costs decide, where to split.

Nothing of the search is changed here, so that nodes can be looked at in threads of their own. The column that the
averaged choice leaves most open is split. Trying columns by a few steps of ascent beforehand (strong branching) made
the trees no smaller and took twice as long: p-median 900 nodes, p = 5 of the OR-Library's kind, 3.0 and 7.9 s.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from geo.siting import _service_kernels as kernels
from geo.siting.problem import Floats, Longs, Stop
from geo.siting.service import Reduced, Service, reduce_service
from geo.siting.swaps import improve
from geo.siting.tree import Tree

_ROOT_ITERATIONS = 1500
_NODE_ITERATIONS = 240

_CHUNK_ENTRIES = 200_000_000
"""Entries times iterations between two looks at the clock: about a second."""


@dataclass(order=True)
class Node:
    """A node that waits: its bound, when it was made, its place in the tree, and the multipliers to begin with."""

    bound: float
    order: int
    at: int = field(compare=False)
    chosen: Longs = field(compare=False)
    dropped: Longs = field(compare=False)
    v: int = field(compare=False)


@dataclass(frozen=True, eq=False)
class Task:
    """What all nodes of a search share, as it was when some of them were taken up.

    Attributes
    ----------
    full : Service
    sites : int
    objective : float
        Of the best choice known.
    closes : callable
        Objective to the bound from which on nothing better can lie in a node.
    number : int
        Nodes looked at before.
    """

    full: Service
    sites: int
    objective: float
    closes: Callable[[float], float]
    stop: Stop
    seed: int
    number: int


class Expansion:
    """A node looked at: `tree` with the node as its root, `children` that stand in it, and choices met on the way.

    Attributes
    ----------
    closed_bound : float
        Least bound of the leaves.
    offers : list of (float, int64)
        Objective and sites of choices that may be better.
    n_look : int
        How often a bound was sought.
    """

    def __init__(self, task: Task, node: Node, v: Floats) -> None:
        self.task, self.node, self.v = task, node, v
        self.objective = task.objective
        self.tree = Tree()
        self.children: list[Node] = []
        self.closed_bound = math.inf
        self.offers: list[tuple[float, Longs]] = []
        self.n_look = 0

    @property
    def _closes(self) -> float:
        return self.task.closes(self.objective)

    def run(self) -> "Expansion":
        """Bound the node, fix what reduced costs decide as long as that is much, and split it."""
        task, node = self.task, self.node
        full, chosen, dropped, at, v_id, v = task.full, node.chosen, node.dropped, 0, -1, self.v
        while True:
            self.n_look += 1
            is_root = task.number == 0 and self.n_look == 1
            p = task.sites - chosen.size
            gone = np.zeros(full.n_column, bool)
            gone[dropped] = True
            small = reduce_service(full, chosen, gone)
            if p == 0 or p == small.columns.size or small.service.n_row == 0:
                return self._finish(at, chosen, small, p)
            bound, low, rc, mean = self._bound(small, p, v, chosen, is_root=is_root)
            v = small.push(low)
            v_id = self.tree.keep(v)
            here = max(bound, node.bound)
            if here >= self._closes:
                self.tree.leaf(at, v_id)
                self.closed_bound = min(self.closed_bound, here)
                return self
            order = np.argsort(rc, kind="stable")
            last_in, first_out = rc[order[p - 1]], rc[order[p]]
            out = order[p:][bound + rc[order[p:]] - last_in >= self._closes]
            into = order[:p][bound + first_out - rc[order[:p]] >= self._closes]
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
            if not is_worth or task.stop.is_due:
                break
        free = np.setdiff1d(np.arange(small.columns.size), np.concatenate([out, into]))
        if free.size == 0 or chosen.size >= task.sites:
            gone[dropped] = True
            return self._finish(at, chosen, reduce_service(full, chosen, gone), task.sites - chosen.size)
        pick = int(free[np.argmin(np.abs(mean[free] - 0.5) - 1e-9 * np.abs(rc[free] / (1.0 + abs(rc).max())))])
        column = int(small.columns[pick])
        inside, outside = self.tree.split(at, column)
        self.children = [
            Node(here, 0, inside, np.append(chosen, column), dropped, v_id),
            Node(here, 0, outside, chosen, np.append(dropped, column), v_id),
        ]
        return self

    def _offer(self, sites: Longs, value: float) -> None:
        if value < self.objective:
            exact = self.task.full.value(sites)
            if exact < self.objective:
                self.objective = exact
                self.offers.append((exact, np.sort(sites)))

    def _finish(self, at: int, chosen: Longs, small: Reduced, p: int) -> "Expansion":
        """Close a node in which one choice is left, or every choice is equal."""
        sites = np.concatenate([chosen, small.columns[:p]])
        value = small.service.value(np.arange(p)) + small.constant
        self._offer(sites, value)
        # With every free column chosen, or none, the multipliers are what each row then costs.
        self.tree.leaf(at, self.tree.keep(self.task.full.served_by(sites)))
        self.closed_bound = min(self.closed_bound, max(value, self.node.bound))
        return self

    def _bound(
        self, small: Reduced, p: int, near: Floats, chosen: Longs, *, is_root: bool
    ) -> tuple[float, Floats, Floats, Floats]:
        """Return (bound, multipliers, reduced costs, averaged choice) of what is left."""
        some, constant, stop = small.service, small.constant, self.task.stop
        v = np.clip(small.pull(near), least_of_rows(some), some.base)
        state = np.array([0.5 if is_root else 0.1, 0.1, 0.0, -math.inf, 0.0, -math.inf, math.inf, 0.0])
        direction, mean, rc = np.zeros(some.n_row), np.zeros(some.n_column), np.zeros(some.n_column)
        is_open = np.zeros(some.n_column, bool)
        most = _ROOT_ITERATIONS if is_root else _NODE_ITERATIONS
        chunk = max(min(_CHUNK_ENTRIES // max(some.column.size, 1), most), 1)
        while state[4] < most and state[7] == 0.0:
            kernels.ascend(
                some.ptr, some.column, some.cost, some.base, p, self.objective - constant, self._closes - constant,
                chunk, state, v, direction, mean, rc, is_open,
            )  # fmt: skip
            if is_root:
                stop.tell(self.objective, min(state[5] + constant, self.objective))
            if stop.is_due:
                break
        if math.isfinite(state[6]):
            self._offer(np.concatenate([chosen, small.columns[np.flatnonzero(is_open)]]), state[6] + constant)
        number = self.task.number + self.n_look
        if number % 8 == 0 or number < 20:
            likely = np.argsort(-mean, kind="stable")[:p]
            start, value = improve(some, p, likely, stop=stop, seed=self.task.seed + number, n_round=0)
            self._offer(np.concatenate([chosen, small.columns[start]]), value + constant)
        return float(state[5]) + constant, v, rc, mean


def least_of_rows(some: Service) -> Floats:
    """Return the lowest cost of every row, its base where it has no entry."""
    low = some.base.copy()
    rows = np.flatnonzero(np.diff(some.ptr) > 0)
    low[rows] = some.cost[some.ptr[rows]]
    return low
