"""Maximal covering location problem (MCLP): with a number of sites, cover as much demand as can be."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from geo.siting import _cover_kernels as kernels
from geo.siting.branch import Search, Solved
from geo.siting.covers import CoverSets, cover_within, read_standard
from geo.siting.problem import Choice, Longs, SitingResult, Stop, is_whole, make_stop, read_choice, read_weight, result
from geo.siting.service import Service, from_covers
from geo.siting.swaps import heuristic

_ROUNDS = 60


def solve_mclp(
    cost: ArrayLike | CoverSets,
    weight: ArrayLike | None = None,
    *,
    standard: float | None = None,
    sites: int,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float | None = None,
    stop: Stop | None = None,
    seed: int = 1,
) -> SitingResult:
    r"""Choose sites that cover the most weight within a standard.

    .. math:: \max \sum_i w_i z_i \quad z_i \le \sum_{j: c_{ij} \le S} y_j, \; \sum_j y_j = p, \; y, z \in \{0, 1\}

    where ``y_j`` says whether facility j is chosen and ``z_i`` whether point i is covered
    (R. Church and C. ReVelle 1974, doi:10.1007/BF01942293).

    Parameters
    ----------
    cost : array_like (n_demand, n_facility) or CoverSets
        In any unit; inf where unreachable. With `CoverSets` the standard has been applied already.
    weight : array_like (n_demand,), optional
        0 or more. With `CoverSets`, their own by default.
    standard : float
        A point is covered if its cost is not more; in the unit of `cost`. Not read with `CoverSets`.
    sites : int
        Number of sites, the fixed ones among them. So many are returned even where fewer would do.
    fixed, forbidden : sequence of int
        Columns that must, and may not, be chosen.
    time_limit_s : float, optional
        Then the best choice found is returned, with its bound.
    stop : Stop, optional
        For progress and cancelling.
    seed : int
        Of the swaps that begin the search.

    Returns
    -------
    SitingResult
        ``objective`` is the covered weight.

    Raises
    ------
    InputError, InfeasibleError

    Examples
    --------
    Two sites for three points; facility 1 covers the two light ones, facility 0 the heavy one:

    >>> solve_mclp([[1, 9], [9, 2], [9, 3]], [10, 2, 3], standard=5, sites=1)
    SitingResult(sites=(0,), objective=10.0, bound=10.0, gap=0.0, status='optimal')
    """
    stop = make_stop(stop, time_limit_s)
    sets = read_sets(cost, weight, standard)
    choice = read_choice(sets.n_column, fixed=fixed, forbidden=forbidden, sites=sites)
    total = _total(sets)
    telling = stop.telling(lambda objective, bound: (total - objective, total - bound))
    solved = search_coverage(sets, choice, stop=telling, seed=seed)
    covered = float(sets.weight[sets.covered(solved.sites)].sum())
    return result(solved.sites, covered, max(total - solved.bound, covered), is_maximum=True, is_integer=False)


def read_sets(cost: ArrayLike | CoverSets, weight: ArrayLike | None, standard: float | None) -> CoverSets:
    """Return the merged cover sets of what a model was given."""
    if isinstance(cost, CoverSets):
        sets = cost
        if weight is not None:
            sets = CoverSets(cost.ptr, cost.column, read_weight(weight, cost.n_row), cost.n_column)
        return sets.merged()[0]
    return cover_within(cost, weight, standard=read_standard(standard))[0]


def search_coverage(
    sets: CoverSets, choice: Choice, *, stop: Stop, seed: int = 1, threshold: float = np.inf, n_round: int = _ROUNDS
) -> Solved:
    """Search for the choice that leaves the least weight uncovered (of rows that some column covers).

    Columns whose rows another one has too are left out of the search; the tree of the answer speaks of all columns.
    """
    full = from_covers(sets)
    sites = choice.sites or 0
    spared = spare_columns(full, choice, sites)
    out = np.union1d(choice.forbidden, np.array([j for j, _ in spared], np.int64))
    start = heuristic(full, sites, fixed=choice.fixed, forbidden=out, stop=stop, seed=seed, n_round=n_round)
    whole = is_whole(full.base)
    search = Search(
        full, sites, fixed=choice.fixed, forbidden=out, start=start, stop=stop, is_integer=whole, seed=seed,
        threshold=threshold,
    )  # fmt: skip
    solved = search.run()
    solved.spared = spared
    return solved


def spare_columns(full: Service, choice: Choice, sites: int) -> list[tuple[int, int]]:
    """Return columns that another allowed one covers for, with that one; enough are left to choose from."""
    allowed = np.flatnonzero(choice.allowed)
    keep = np.full(full.n_column, -1, np.int32)
    keep[allowed] = np.arange(allowed.size)
    ptr, column = kernels.take_rows(full.ptr, full.column, np.arange(full.n_row), keep)
    by: Longs = kernels.dominated(ptr, column, *kernels.transpose(ptr, column, allowed.size))
    fixed = set(choice.fixed.tolist())
    pairs = [(int(allowed[j]), int(allowed[by[j]])) for j in np.flatnonzero(by >= 0) if int(allowed[j]) not in fixed]
    return pairs[: max(allowed.size - sites, 0)]


def _total(sets: CoverSets) -> float:
    return float(sets.weight[np.diff(sets.ptr) > 0].sum())
