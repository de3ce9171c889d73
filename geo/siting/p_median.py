"""p-median: with a number of sites, make the total weighted cost to the nearest site as small as can be."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import InfeasibleError, InputError
from geo.siting.branch import Search, Solved
from geo.siting.covers import CoverSets
from geo.siting.medians import median_sites
from geo.siting.problem import (
    Choice,
    Floats,
    Longs,
    SitingResult,
    Stop,
    is_whole,
    make_stop,
    name_rows,
    read_choice,
    read_cost,
    read_weight,
    result,
)
from geo.siting.service import Service, from_costs
from geo.siting.swaps import heuristic

_BLOCK = 4_096
_LARGE, _PATIENT = 100_000, 4
"""From so many entries on swaps go on until so many series in a row have brought nothing: bounds rise slowly there, and
a good choice decides many columns."""
_WHOLE = 1_000_000
"""From so many entries of a matrix on the swaps begin over all of it, which takes less time than a greedy choice."""
_LEAST_LISTED = 50
_LISTED_SHARE = 3
"""A row lists so many times as many columns as there are to a site: its nearest site is nearly always among them."""


def solve_p_median(
    cost: ArrayLike,
    weight: ArrayLike,
    *,
    sites: int,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float | None = None,
    stop: Stop | None = None,
    seed: int = 1,
    n_round: int = 200,
) -> SitingResult:
    r"""Choose sites with the least total weighted cost.

    .. math:: \min \sum_i w_i \min_{j: y_j = 1} c_{ij}, \quad \sum_j y_j = p, \quad y \in \{0, 1\}

    (S. Hakimi 1964, doi:10.1287/opre.12.3.450). Bounds are Lagrangian (A. Geoffrion 1974); rows keep their nearest
    columns first, and more where that is not enough.

    Parameters
    ----------
    cost : array_like (n_demand, n_facility)
        inf where unreachable.
    weight : array_like (n_demand,)
        0 or more; a point of weight 0 costs 0 wherever it is.
    sites : int
        Number of sites, the fixed ones among them.
    fixed, forbidden, time_limit_s, stop, seed
        As in `geo.siting.mclp.solve_mclp`.
    n_round : int
        Disturbed copies of the best sites that are improved by swaps before bounds are sought.

    Returns
    -------
    SitingResult
        ``objective`` is the total of weight times cost to the nearest site.

    Raises
    ------
    InfeasibleError
        If a point of some weight cannot reach any allowed facility, or not all can be reached with so many sites;
        it names the points.

    Examples
    --------
    >>> solve_p_median([[0, 4], [4, 0], [5, 1]], [1, 1, 1], sites=1)
    SitingResult(sites=(1,), objective=5.0, bound=5.0, gap=0.0, status='optimal')
    """
    stop = make_stop(stop, time_limit_s)
    matrix, weights, choice = read_median(cost, weight, sites=sites, fixed=fixed, forbidden=forbidden)
    solved = search_median(matrix, weights, choice, stop=stop, seed=seed, n_round=n_round)[0]
    objective = total_cost(matrix, weights, solved.sites)
    check_served(matrix, np.flatnonzero(weights > 0.0), solved.sites)
    return result(solved.sites, objective, min(solved.bound, objective))


def check_served(matrix: Floats, rows: Longs, sites: Longs) -> None:
    """Raise `InfeasibleError` with those of the rows that none of the chosen sites can be reached from."""
    lost = rows[~np.isfinite(matrix[rows][:, sites].min(axis=1, initial=np.inf))]
    if lost.size:
        raise InfeasibleError(
            "no choice of {sites} sites that was found reaches every demand point; the best leaves out {rows_named}: "
            "choose more sites",
            sites=len(sites),
            rows_named=name_rows(lost),
            rows=lost.tolist(),
        )


def read_median(
    cost: ArrayLike, weight: ArrayLike, *, sites: int, fixed: Sequence[int], forbidden: Sequence[int]
) -> tuple[Floats, Floats, Choice]:
    """Check the input of a p-median.

    Raises
    ------
    InputError, InfeasibleError
    """
    if isinstance(cost, CoverSets):
        raise InputError("cost is CoverSets, which hold no costs: give the matrix (n_demand, n_facility)")
    matrix = read_cost(cost)
    weights = read_weight(weight, len(matrix))
    choice = read_choice(matrix.shape[1], fixed=fixed, forbidden=forbidden, sites=sites)
    check_reachable(matrix, np.flatnonzero(weights > 0.0), choice)
    return matrix, weights, choice


def check_reachable(matrix: Floats, rows: Longs, choice: Choice) -> None:
    """Check that every row reaches an allowed column.

    Raises
    ------
    InfeasibleError
        Naming those that do not.
    """
    if choice.sites == 0 and rows.size:
        raise InfeasibleError("0 sites serve nobody: choose at least 1", rows=rows.tolist())
    lost = rows[~np.isfinite(least_costs(matrix, choice)[rows])]
    if lost.size:
        raise InfeasibleError(
            "demand points {rows_named} reach no facility that may be chosen: their rows hold only inf",
            rows_named=name_rows(lost),
            rows=lost.tolist(),
        )


def least_costs(matrix: Floats, choice: Choice) -> Floats:
    """Return the lowest cost of every row to a column that may be chosen, without a copy of the matrix."""
    least = np.full(len(matrix), np.inf)
    for low in range(0, len(matrix), _BLOCK):
        some = matrix[low : low + _BLOCK]
        if choice.forbidden.size:
            some = some[:, choice.allowed]
        least[low : low + _BLOCK] = some.min(axis=1, initial=np.inf)
    return least


def total_cost(matrix: Floats, weights: Floats, sites: Longs) -> float:
    """Return the total of weight times cost to the nearest of the sites; a weight of 0 counts as 0 even at inf."""
    rows = np.flatnonzero(weights > 0.0)
    nearest = matrix[:, sites].min(axis=1, initial=np.inf)[rows].astype(np.float64)
    return float((nearest * weights[rows]).sum())


def _begin(matrix: Floats, weights: Floats, choice: Choice, stop: Stop, seed: int) -> Longs | None:
    """Return sites by swaps over the whole matrix where it is large and has no gaps."""
    if matrix.size < _WHOLE or (choice.sites or 0) < max(2, choice.fixed.size + 1) or not np.isfinite(matrix).all():
        return None
    return median_sites(matrix, weights, choice, stop=stop, seed=seed)[0]


def search_median(
    matrix: Floats, weights: Floats, choice: Choice, *, stop: Stop, seed: int = 1, n_round: int = 200, gap: float = 0.0
) -> tuple[Solved, Service]:
    """Search for the best sites, with more columns listed a row until the answer is that of the full matrix."""
    p = choice.sites or 0
    allowed = int(choice.allowed.sum())
    n = matrix.shape[1]
    listed = max(_LEAST_LISTED, -(-_LISTED_SHARE * allowed // max(p, 1))) + choice.forbidden.size
    best: Longs | None = None
    while True:
        full = from_costs(matrix, weights, nearest=None if listed >= n else listed)
        if best is None:
            begin = _begin(matrix, weights, choice, stop, seed)
            best = heuristic(
                full, p, fixed=choice.fixed, forbidden=choice.forbidden, stop=stop, seed=seed, n_round=n_round,
                n_patient=_PATIENT if full.column.size >= _LARGE else 0, start=begin,
            )  # fmt: skip
        whole = is_whole(full.base) and is_whole(full.cost)
        search = Search(
            full, p, fixed=choice.fixed, forbidden=choice.forbidden, start=best, stop=stop, is_integer=whole,
            seed=seed, gap=gap,
        )  # fmt: skip
        solved = search.run()
        true = total_cost(matrix, weights, solved.sites)
        if listed >= n or stop.is_due or true <= solved.objective + 1e-9 * abs(solved.objective):
            solved.objective = true
            return solved, full
        best, listed = solved.sites, 2 * listed
