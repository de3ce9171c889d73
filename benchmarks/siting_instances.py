"""Instances of siting problems for the measurements: points in a square, and points on copies of Hangzhou's streets.

One generator for all: ``default_rng(1)``, a square of side 30, whole weights from 1 to 100, as in Cordeau, Furini and
Ljubić (2019, doi:10.1016/j.ejor.2018.12.021).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path

SIDE = 30.0
SEED = 1
_BLOCK = 1_000_000

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plane:
    """Points of demand with weights, and candidate sites, in a square of side `SIDE`.

    Attributes
    ----------
    demand : float64 (n_demand, 2)
    candidate : float64 (n_candidate, 2)
    weight : int64 (n_demand,)
    """

    demand: Floats
    candidate: Floats
    weight: NDArray[np.int64]


def make_plane(n_demand: int, n_candidate: int, *, seed: int = SEED) -> Plane:
    """Return an instance: first the demand points are drawn, then the candidates, then the weights."""
    rng = np.random.default_rng(seed)
    demand = rng.random((n_demand, 2)) * SIDE
    candidate = rng.random((n_candidate, 2)) * SIDE
    return Plane(demand, candidate, rng.integers(1, 101, n_demand))


def blocks(plane: Plane) -> Iterator[tuple[Floats, NDArray[np.int64]]]:
    """Yield demand points and weights, a million at a time."""
    for low in range(0, len(plane.demand), _BLOCK):
        yield plane.demand[low : low + _BLOCK], plane.weight[low : low + _BLOCK]


def whole_distances(plane: Plane, *, block: int = 2_000) -> Floats:
    """Return the Euclidean distances × 1,000, rounded, float64 (n_demand, n_candidate)."""
    cost = np.empty((len(plane.demand), len(plane.candidate)))
    for low in range(0, len(cost), block):
        apart = plane.demand[low : low + block, None] - plane.candidate[None]
        cost[low : low + block] = np.rint(np.hypot(apart[..., 0], apart[..., 1]) * 1000.0)
    return cost


def graph_distances(n_node: int, *, seed: int = SEED) -> Floats:
    """Return shortest ways between all nodes of a random graph like those of the OR-Library's p-median files.

    As there (J. Beasley 1985, doi:10.1016/0377-2217(85)90040-2): ``n_node ** 2 / 50`` edges of whole lengths from 1 to
    100; a chain through all nodes keeps the graph in one piece.
    """
    rng = np.random.default_rng(seed)
    n_edge = n_node**2 // 50
    one, other = rng.integers(0, n_node, (2, n_edge))
    one, other = np.append(one, np.arange(n_node - 1)), np.append(other, np.arange(1, n_node))
    length = rng.integers(1, 101, one.size).astype(np.float64)
    # Of several edges between two nodes the shortest counts, not their sum.
    order = np.argsort(-length, kind="stable")
    matrix = np.zeros((n_node, n_node))
    matrix[one[order], other[order]] = length[order]
    np.fill_diagonal(matrix, 0.0)
    distances: Floats = shortest_path(matrix, directed=False)
    return distances
