"""Location set covering problem (LSCP): the fewest sites that cover every demand point, or a share of the weight."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import InfeasibleError, InputError
from geo.siting.covering import find_cover, greedy_cover, reduce_cover
from geo.siting.covers import CoverSets, cover_within, read_standard
from geo.siting.mclp import read_sets, search_coverage
from geo.siting.problem import Choice, Longs, SitingResult, Stop, make_stop, name_rows, read_choice, result


def solve_lscp(
    cost: ArrayLike | CoverSets,
    *,
    standard: float | None = None,
    share: float = 1.0,
    weight: ArrayLike | None = None,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float | None = None,
    stop: Stop | None = None,
) -> SitingResult:
    r"""Choose the fewest sites that cover every demand point within a standard.

    .. math:: \min \sum_j y_j \quad \sum_{j: c_{ij} \le S} y_j \ge 1 \;\forall i, \quad y \in \{0, 1\}

    (C. Toregas, R. Swain, C. ReVelle and L. Bergman 1971, doi:10.1287/opre.19.6.1363).

    Parameters
    ----------
    cost : array_like (n_demand, n_facility) or CoverSets
        inf where unreachable. With `CoverSets` the standard has been applied already.
    standard : float
        A point is covered if its cost is not more.
    share : float
        1: every point. Less: this part of the weight that all allowed columns together cover.
    weight : array_like (n_demand,), optional
        Of the points; matters with `share` alone. 1 each by default, with `CoverSets` their own.
    fixed, forbidden, time_limit_s, stop
        As in `geo.siting.mclp.solve_mclp`; fixed sites count.

    Returns
    -------
    SitingResult
        ``objective`` is the number of sites.

    Raises
    ------
    InfeasibleError
        If a point is within the standard of no allowed facility; it names such points.

    Examples
    --------
    >>> solve_lscp([[1, 9, 9], [1, 1, 9], [9, 9, 1]], standard=5)
    SitingResult(sites=(0, 2), objective=2.0, bound=2.0, gap=0.0, status='optimal')
    """
    stop = make_stop(stop, time_limit_s)
    if not 0.0 < share <= 1.0:
        raise InputError("share {value} is not a part of 1: give more than 0 and at most 1", value=share)
    if share < 1.0:
        sets = read_sets(cost, weight, standard)
        choice = read_choice(sets.n_column, fixed=fixed, forbidden=forbidden)
        return _cover_share(sets, choice, share, stop)
    if isinstance(cost, CoverSets):
        sets, group = cost.merged()
    else:
        sets, group = cover_within(cost, weight, standard=read_standard(standard))
    choice = read_choice(sets.n_column, fixed=fixed, forbidden=forbidden)
    lost = ~sets.covered(np.flatnonzero(choice.allowed))
    if lost.any():
        rows = np.flatnonzero(lost[group])
        raise InfeasibleError(
            "demand points {rows_named} are within the standard of no facility that may be chosen: raise the standard, "
            "add candidates, or ask for a share",
            rows_named=name_rows(rows),
            rows=rows.tolist(),
        )
    return _cover_all(sets, choice, stop)


def _cover_all(sets: CoverSets, choice: Choice, stop: Stop) -> SitingResult:
    cover = reduce_cover(sets, choice)
    best = greedy_cover(cover)
    low = cover.fixed.size + (cover.sets.n_row > 0)
    while best.size > low:
        stop.tell(best.size, low)
        answer = find_cover(cover, best.size - 1, stop=stop)
        if answer.sites is None:
            low = best.size if answer.is_sure else low
            break
        best = answer.sites
    return result(best, best.size, low)


def _cover_share(sets: CoverSets, choice: Choice, share: float, stop: Stop) -> SitingResult:
    """Try numbers of sites: more sites never cover less."""
    total = float(sets.weight[sets.covered(np.flatnonzero(choice.allowed))].sum())
    wanted = share * total * (1.0 - 1e-12)
    low, high = choice.fixed.size, int(choice.allowed.sum())
    best: Longs = np.flatnonzero(choice.allowed)
    everything = float(sets.weight[np.diff(sets.ptr) > 0].sum())
    while low < high:
        stop.tell(high, low)
        # Greedy choices end near the least number, so the first guess is small and doubles.
        p = min((low + high) // 2, max(2 * low, low + 1))
        solved = search_coverage(
            sets,
            replace(choice, sites=p),
            stop=stop.telling(None),
            n_round=20,
            threshold=everything - wanted + 1e-9 * total,
        )
        if sets.weight[sets.covered(solved.sites)].sum() >= wanted:
            best, high = solved.sites, p
        elif solved.is_complete:
            low = p + 1
        else:
            break
    return result(best, best.size, low)
