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

from geo.network._threads import in_threads
from geo.siting.expansion import Expansion, Node, Task, least_of_rows
from geo.siting.problem import TOLERANCE, Longs, Stop
from geo.siting.service import Service
from geo.siting.tree import Tree, rounding_of

_WIDE = 100_000
"""From so many entries on two nodes are looked at together, on any machine, so that answers are the same everywhere."""


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
        self.rounding = rounding_of(self.objective if full.cost.any() else float(full.base.sum()))
        self.node_limit, self.gap, self.threshold = node_limit, gap, threshold
        self.n_node = 0
        self.closed_bound = math.inf

    def _closes_at(self, objective: float) -> float:
        """Return the bound from which on nothing better than an objective can lie in a node."""
        slack = 1.0 - self.rounding if self.is_integer else TOLERANCE * abs(objective)
        return min(objective - max(slack, self.gap * abs(objective)), self.threshold)

    @property
    def closes(self) -> float:
        """A bound from which on nothing better can lie in a node."""
        return self._closes_at(self.objective)

    def run(self) -> Solved:
        """Search until the best choice is proven, or it is time to stop."""
        first = self.tree.keep(self.full.served_by(self.best))
        cheapest = least_of_rows(self.full)
        heap = [Node(float(cheapest.sum()), next(self.count), 0, self.fixed, self.forbidden, first)]
        width = 2 if self.full.column.size >= _WIDE else 1
        bound = -math.inf
        while heap:
            bound = max(heap[0].bound, bound)
            self.stop.tell(self.objective, min(bound, self.objective))
            if self.stop.is_due or self.n_node >= self.node_limit or self.objective <= 0.0:
                break
            taken = [heapq.heappop(heap) for _ in range(min(width, len(heap)))]
            for node in taken:
                if node.bound >= self.closes:
                    self._close(node)
            for part in self._look([node for node in taken if node.bound < self.closes]):
                for child in self._apply(part):
                    heapq.heappush(heap, child)
        for node in heap:
            # What was not looked at keeps the multipliers of its parent, and their bound.
            self.tree.leaf(node.at, node.v)
        bound = min([node.bound for node in heap] + [self.closed_bound, self.objective])
        if self.is_integer and math.isfinite(bound):
            bound = min(float(math.ceil(bound - self.rounding)), self.objective)
        elif not heap and self.gap == 0.0 and self.threshold == math.inf:
            bound = self.objective
        return Solved(self.best, self.objective, bound, self.tree, self.n_node, not heap)

    def _close(self, node: Node) -> None:
        self.tree.leaf(node.at, node.v)
        self.closed_bound = min(self.closed_bound, node.bound)

    def _look(self, nodes: list[Node]) -> list[Expansion]:
        """Look at some nodes, in threads of their own."""
        task = Task(self.full, self.sites, self.objective, self._closes_at, self.stop, self.seed, self.n_node)

        def work(low: int, high: int) -> list[Expansion]:
            return [Expansion(task, node, self.tree.multipliers[node.v]).run() for node in nodes[low:high]]

        return [part for some in in_threads(work, len(nodes), step=1) for part in some]

    def _apply(self, part: Expansion) -> list[Node]:
        """Take over what was found at a node; return its children."""
        self.n_node += part.n_look
        self.closed_bound = min(self.closed_bound, part.closed_bound)
        for value, sites in part.offers:
            if value < self.objective:
                self.best, self.objective = sites, value
        number, more = self.tree.graft(part.node.at, part.tree)
        return [
            Node(each.bound, next(self.count), int(number[each.at]), each.chosen, each.dropped, each.v + more)
            for each in part.children
        ]
