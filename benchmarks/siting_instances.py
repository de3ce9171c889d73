"""Instances of siting problems for the measurements: points in a square, and points on copies of Hangzhou's streets.

One generator for all: ``default_rng(1)``, a square of side 30, whole weights from 1 to 100, as in Cordeau, Furini and
Ljubić (2019, doi:10.1016/j.ejor.2018.12.021).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
