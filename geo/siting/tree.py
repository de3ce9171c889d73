"""Binary tree over columns whose leaves hold multipliers: the proof that a search leaves behind."""

from dataclasses import dataclass, field

import numpy as np

from geo.siting.problem import Floats, Longs


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

    def graft(self, at: int, part: "Tree") -> tuple[Longs, int]:
        """Put another tree in the place of a node.

        Returns the new numbers of its nodes, and what its numbers of multipliers rise by.
        """
        more, first = len(self.multipliers), len(self.nodes) - 1
        number = np.arange(len(part.nodes)) + first
        number[0] = at
        moved = []
        for column, one, other in (node if len(node) == 3 else [-1, *node[1:], 0] for node in part.nodes):
            is_leaf = column < 0
            moved.append([-1, one + more] if is_leaf else [column, int(number[one]), int(number[other])])
        self.nodes[at] = moved[0]
        self.nodes += moved[1:]
        self.multipliers += part.multipliers
        return number, more


def rounding_of(total: float) -> float:
    """Return by how much a bound of a whole-numbered problem must pass a whole number to stand above it.

    More than the verifier takes off for the rounding of sums up to `total`, so that it proves what is claimed.

    Examples
    --------
    >>> rounding_of(1_000.0), rounding_of(1e9)
    (1e-06, 0.01)
    """
    return min(max(1e-6, 1e-11 * total), 0.5)
