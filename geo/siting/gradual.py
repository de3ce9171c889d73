"""Maximal coverage with gradual decay: a farther site is worth less, until it is worth nothing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import InputError
from geo.siting.branch import Search
from geo.siting.problem import SitingResult, Stop, is_whole, make_stop, read_choice, read_cost, read_weight, result
from geo.siting.service import Service
from geo.siting.swaps import heuristic


def solve_gradual(
    cost: ArrayLike,
    weight: ArrayLike,
    *,
    full: float,
    none: float,
    sites: int,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float | None = None,
    stop: Stop | None = None,
) -> SitingResult:
    r"""Choose sites that serve the most weight, where a point counts whole up to one cost and less up to another.

    .. math:: \max \sum_i w_i \max_{j: y_j = 1} f(c_{ij}), \quad f = 1 \text{ to } full, 0 \text{ from } none

    straight between (O. Berman, D. Krass and Z. Drezner 2003, doi:10.1016/S0377-2217(02)00364-8).

    Examples
    --------
    >>> solve_gradual([[2, 6], [6, 2]], [1, 3], full=2, none=10, sites=1).objective
    3.5
    """
    stop = make_stop(stop, time_limit_s)
    matrix = read_cost(cost)
    weights = read_weight(weight, len(matrix))
    if not 0.0 <= full < none < np.inf:
        raise InputError("full {full} must be less than none {none}, both costs from 0", full=full, none=none)
    choice = read_choice(matrix.shape[1], fixed=fixed, forbidden=forbidden, sites=sites)
    missed = np.clip((matrix - full) / (none - full), 0.0, 1.0)
    row, column = np.nonzero((missed < 1.0) & (weights > 0.0)[:, None])
    value = missed[row, column] * weights[row]
    order = np.lexsort((column, value, row))
    counts = np.bincount(row, minlength=len(matrix))
    rows = np.flatnonzero(counts)
    ptr = np.concatenate([[0], np.cumsum(counts[rows])]).astype(np.int64)
    service = Service(ptr, column[order].astype(np.int32), value[order], weights[rows].copy(), matrix.shape[1])
    total = float(weights[rows].sum())
    telling = stop.telling(lambda objective, bound: (total - objective, total - bound))
    start = heuristic(service, sites, fixed=choice.fixed, forbidden=choice.forbidden, stop=telling)
    whole = is_whole(service.base) and is_whole(service.cost)
    solved = Search(
        service, sites, fixed=choice.fixed, forbidden=choice.forbidden, start=start, stop=telling, is_integer=whole
    ).run()
    return result(solved.sites, total - solved.objective, total - solved.bound, is_maximum=True)
