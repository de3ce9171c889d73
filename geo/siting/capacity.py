"""Capacitated maximal coverage: each site serves a limited weight."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import InputError
from geo.siting._highs import Program, solve_program
from geo.siting.covers import CoverSets
from geo.siting.problem import Choice, Floats, Longs, SitingResult, Stop, make_stop, read_choice, result


def solve_capacitated(
    sets: CoverSets,
    capacity: ArrayLike,
    *,
    sites: int,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float | None = None,
    stop: Stop | None = None,
) -> SitingResult:
    r"""Choose sites that serve the most weight, none more than it can (demand may be shared between sites).

    .. math:: \max \sum_{ij} x_{ij} \quad \sum_j x_{ij} \le w_i, \quad \sum_i x_{ij} \le k_j y_j, \quad \sum_j y_j = p

    (H. Pirkul and D. Schilling 1991, doi:10.1287/mnsc.37.2.233).

    Parameters
    ----------
    sets : CoverSets
    capacity : array_like (n_column,)
        The most weight that each site serves.
    sites, fixed, forbidden, time_limit_s, stop
        As in `geo.siting.mclp.solve_mclp`.

    Examples
    --------
    >>> solve_capacitated(CoverSets([0, 1, 2], [0, 1], [10, 6]), [4, 9], sites=1).sites
    (1,)
    """
    stop = make_stop(stop, time_limit_s)
    choice = read_choice(sets.n_column, fixed=fixed, forbidden=forbidden, sites=sites)
    limit = np.asarray(capacity, np.float64)
    if limit.shape != (sets.n_column,) or not np.isfinite(limit).all() or (limit < 0.0).any():
        raise InputError("capacity must hold one number from 0 for each of the {n} sites", n=sets.n_column)
    some, _ = sets.merged()
    n, e = some.n_column, some.column.size
    entry = np.arange(e, dtype=np.int64)
    by_column = np.argsort(some.column, kind="stable")
    sizes = np.bincount(some.column, minlength=n)
    # Rows of demand, then of capacity (its entries and the site), then the number of sites.
    index = [n + entry]
    value = [np.ones(e)]
    ends = np.cumsum(sizes)
    for j in range(n):
        index += [n + by_column[ends[j] - sizes[j] : ends[j]], np.array([j])]
        value += [np.ones(sizes[j]), np.array([-limit[j]])]
    index.append(np.arange(n))
    value.append(np.ones(n))
    ptr = np.concatenate([some.ptr, some.ptr[-1] + np.cumsum(sizes + 1), [some.ptr[-1] + e + 2 * n]]).astype(np.int64)
    p = float(choice.sites or 0)
    lower, upper = np.zeros(n + e), np.concatenate([np.ones(n), np.minimum(some.weight[some.row], limit[some.column])])
    lower[choice.fixed] = 1.0
    upper[choice.forbidden] = 0.0
    program = Program(
        np.concatenate([np.zeros(n), -np.ones(e)]), lower, upper,
        np.arange(n + e) < n,
        np.concatenate([np.full(some.n_row + n, -np.inf), [p]]),
        np.concatenate([some.weight, np.zeros(n), [p]]),
        ptr, np.concatenate(index).astype(np.int32), np.concatenate(value),
    )  # fmt: skip
    best, served = _greedy(some, limit, choice)
    total = float(some.weight[np.diff(some.ptr) > 0].sum())
    stop.tell(served, total)
    outcome = solve_program(program, stop=stop, tell=lambda objective, bound: stop.tell(-objective, -bound))
    if outcome.x is not None and float(outcome.x[n:].sum()) >= served:
        best, served = np.flatnonzero(outcome.x[:n] > 0.5), float(outcome.x[n:].sum())
    bound = served if outcome.is_optimal else max(min(-outcome.bound, total), served)
    stop.tell(served, bound)
    return result(best, served, bound, is_maximum=True)


def _greedy(some: CoverSets, limit: Floats, choice: Choice) -> tuple[Longs, float]:
    """Return sites, always the one that still serves most, and what they serve at least."""
    left = some.weight.copy()
    row = some.row
    can = choice.allowed
    can[choice.fixed] = False
    chosen: list[int] = []
    for k in range(choice.sites or 0):
        if k < choice.fixed.size:
            j = int(choice.fixed[k])
        else:
            worth = np.minimum(np.bincount(some.column, left[row], minlength=some.n_column), limit)
            j = int(np.argmax(np.where(can, worth, -1.0)))
        can[j] = False
        chosen.append(j)
        mine = row[some.column == j]
        before = np.minimum(np.concatenate([[0.0], np.cumsum(left[mine])]), limit[j])
        left[mine] -= np.diff(before)
    return np.sort(np.array(chosen, np.int64)), float(some.weight.sum() - left.sum())
