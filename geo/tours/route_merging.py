"""Merge good routes: the best route over the arcs that good solutions have used, tour merging for orienteering."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.tours import _route_merging as kernel

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

ARCS = 8
"""Arcs that leave a place."""
MAX_LABEL = 200_000
FRONT = 48
"""Labels that a place keeps."""
DOMINATORS = 2
"""So many labels that are no later and worth no less make another one superfluous: visited places are not compared."""


@dataclass(frozen=True, eq=False)
class Arcs:
    """Arcs in packed rows: those of place ``i`` lead to ``to[ptr[i] : ptr[i + 1]]``."""

    ptr: Longs
    to: Longs


def often_used(weight: Floats, near: Longs, *, count: int = ARCS) -> Arcs:
    """Return for each place the arcs that good solutions have used most, filled up with the nearest places.

    Parameters
    ----------
    weight : float64 (n, n)
        How often an arc was used.
    near : int64 (n, n_customer)
        Places by distance.
    count : int
        Arcs of a place.
    """
    n = weight.shape[0]
    top = np.argsort(-weight, axis=1, kind="stable")[:, : min(count, n)]
    rows = [
        np.unique(np.concatenate([places[weight[i, places] > 0.0], near[i, : count // 2]]))
        for i, places in enumerate(top)
    ]
    ptr = np.zeros(n + 1, np.int64)
    np.cumsum([row.size for row in rows], out=ptr[1:])
    return Arcs(ptr, np.concatenate(rows).astype(np.int64))


def every_arc(n: int, customers: Longs) -> Arcs:
    """Return the arcs from each of `n` places to each customer."""
    return Arcs(np.arange(n + 1, dtype=np.int64) * customers.size, np.tile(customers, n))


def merge_route(
    arcs: Arcs,
    ends: tuple[int, int],
    *,
    lead: Floats,
    score: Floats,
    windows: tuple[Floats, Floats],
    limit: tuple[float, float],
    is_allowed: NDArray[np.bool_],
    max_label: int = MAX_LABEL,
    depth: int = 1,
) -> tuple[float, Longs]:
    """Return (score, places in order) of a good route over the arcs given.

    Label-setting as for the elementary shortest path with resources (D. Feillet et al. 2004, doi:10.1002/net.20033),
    over arcs of good solutions as in tour merging (W. Cook and P. Seymour 2003, doi:10.1287/ijoc.15.3.233.16078).
    Labels are compared by time and score alone, so a better route may be missed.

    Parameters
    ----------
    arcs : Arcs
    ends : (int, int)
    lead : float64 (n, n)
        Service time at the row plus travel time to the column.
    score : float64 (n,)
    windows : (float64 (n,), float64 (n,))
        Earliest and latest start of service.
    limit : (float, float)
        Earliest departure and latest return.
    is_allowed : bool (n,)
        Places that may be visited.
    max_label : int
        The search ends with what it has after so many labels.
    depth : int
        So many times as many labels are kept: fewer better routes are missed, in about the square of it times the time.
    """
    return kernel.best_route(  # type: ignore[no-any-return]
        ends[0], ends[1], lead, score, windows[0], windows[1], limit[0], limit[1], is_allowed, arcs.ptr, arcs.to,
        DOMINATORS * depth, FRONT * depth, max_label * depth,
    )  # fmt: skip
