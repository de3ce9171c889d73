"""p-center: with a number of sites, make the largest cost of a demand point to its nearest site as small as can be."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import InfeasibleError, InputError
from geo.siting.branch import Tree
from geo.siting.covering import find_cover, reduce_cover
from geo.siting.covers import CoverSets, cover_within
from geo.siting.p_median import check_reachable
from geo.siting.problem import (
    Choice,
    Floats,
    Longs,
    SitingResult,
    Stop,
    make_stop,
    name_rows,
    read_choice,
    read_cost,
    result,
)


@dataclass
class CenterSolved:
    """The sites, the largest cost, a bound, and the rows and tree that prove that nothing less can be had."""

    sites: Longs
    objective: float
    bound: float
    rows: Longs = field(default_factory=lambda: np.empty(0, np.int64))
    tree: Tree = field(default_factory=Tree)


def solve_p_center(
    cost: ArrayLike,
    *,
    sites: int,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float | None = None,
    stop: Stop | None = None,
) -> SitingResult:
    r"""Choose sites so that the worst served demand point is served as well as can be.

    .. math:: \min \max_i \min_{j: y_j = 1} c_{ij}, \quad \sum_j y_j = p, \quad y \in \{0, 1\}

    (S. Hakimi 1964). The answer is one of the costs; whether a cost can be kept is a covering problem
    (E. Minieka 1970, doi:10.1137/1012016), asked of few rows to which violated ones are added
    (C. Contardo, M. Iori and R. Kramer 2019, doi:10.1016/j.cor.2018.11.006).

    Parameters
    ----------
    cost : array_like (n_demand, n_facility)
        inf where unreachable.
    sites : int
        Number of sites, the fixed ones among them.
    fixed, forbidden, time_limit_s, stop
        As in `geo.siting.mclp.solve_mclp`.

    Returns
    -------
    SitingResult
        ``objective`` is the largest cost.

    Raises
    ------
    InfeasibleError
        If a point reaches no allowed facility, or not all can be reached with so many sites; it names points.

    Examples
    --------
    >>> solve_p_center([[0, 4], [4, 0], [5, 1]], sites=1)
    SitingResult(sites=(1,), objective=4.0, bound=4.0, gap=0.0, status='optimal')
    """
    stop = make_stop(stop, time_limit_s)
    if isinstance(cost, CoverSets):
        raise InputError("cost is CoverSets, which hold no costs: give the matrix (n_demand, n_facility)")
    matrix = read_cost(cost)
    choice = read_choice(matrix.shape[1], fixed=fixed, forbidden=forbidden, sites=sites)
    check_reachable(matrix, np.arange(len(matrix)), choice)
    solved = search_center(matrix, choice, stop=stop)
    if not np.isfinite(solved.objective):
        lost = np.flatnonzero(~np.isfinite(matrix[:, solved.sites].min(axis=1, initial=np.inf)))
        raise InfeasibleError(
            "no choice of {sites} sites that was found reaches every demand point; the best leaves out {rows_named}: "
            "choose more sites",
            sites=sites,
            rows_named=name_rows(lost),
            rows=lost.tolist(),
        )
    return result(solved.sites, solved.objective, solved.bound)


def search_center(matrix: Floats, choice: Choice, *, stop: Stop) -> CenterSolved:
    """Search for the best sites over a growing choice of rows."""
    p = choice.sites or 0
    best = _spread_sites(matrix, choice)
    if len(matrix) == 0 or p == 0:
        return CenterSolved(best, 0.0, 0.0)
    nearest = matrix[:, best].min(axis=1)
    ceiling = float(nearest.max())
    rows = _spread_rows(matrix, best, nearest, 4 * p + 20)
    allowed = np.flatnonzero(choice.allowed)
    # No row is served better than by its cheapest allowed column.
    floor = max(float(matrix[low : low + 4096][:, allowed].min(axis=1).max()) for low in range(0, len(matrix), 4096))
    found = CenterSolved(best, ceiling, floor)
    while found.bound < found.objective and not stop.is_due:
        known = matrix[rows][:, allowed]
        levels = np.unique(known[(known >= found.bound) & (known < found.objective)])
        if levels.size == 0:
            if found.bound < found.objective and not np.isin(found.bound, matrix[rows]):
                levels = np.array([found.bound])
            else:
                found.bound = found.objective
                break
        radius = float(levels[levels.size // 2])
        sets, _ = cover_within(matrix[rows], None, standard=radius)
        if not sets.covered(allowed).all():
            _raise_bound(found, levels, radius, rows, Tree())
            continue
        answer = find_cover(reduce_cover(sets, choice), p, stop=stop)
        if answer.sites is None:
            if not answer.is_sure:
                break
            _raise_bound(found, levels, radius, rows, answer.tree)
            continue
        chosen = _filled(answer.sites, choice)
        nearest = matrix[:, chosen].min(axis=1)
        worst = float(nearest.max())
        if worst < found.objective:
            found.sites, found.objective = chosen, worst
        if worst > radius:
            rows = np.union1d(rows, _violated(matrix, chosen, nearest, radius))
        stop.tell(found.objective, found.bound)
    return found


def _raise_bound(found: CenterSolved, levels: Floats, radius: float, rows: Longs, tree: Tree) -> None:
    """Note that `radius` cannot be kept for `rows`: the least that can is the next of their costs."""
    above = levels[levels > radius]
    found.bound = float(above[0]) if above.size else found.objective
    found.rows, found.tree = rows, tree


def _spread_sites(matrix: Floats, choice: Choice) -> Longs:
    """Return sites by turns: for the worst served row, the column that serves the worst rows best."""
    chosen = [int(j) for j in choice.fixed]
    allowed = np.flatnonzero(choice.allowed)
    nearest = matrix[:, chosen].min(axis=1, initial=np.inf).astype(np.float64) if len(matrix) else np.empty(0)
    while len(chosen) < (choice.sites or 0):
        free = np.setdiff1d(allowed, chosen)
        row = int(np.argmax(nearest)) if nearest.size else -1
        j = int(free[0] if row < 0 else free[np.argmin(matrix[row, free])])
        chosen.append(j)
        if row >= 0:
            nearest = np.minimum(nearest, matrix[:, j])
    return np.sort(np.array(chosen, np.int64))


def _spread_rows(matrix: Floats, sites: Longs, nearest: Floats, n: int) -> Longs:
    """Return rows far from their sites: of every site the farthest, and the farthest of all."""
    owner = np.argmin(matrix[:, sites], axis=1)
    farthest = [int(np.flatnonzero(owner == k)[np.argmax(nearest[owner == k])]) for k in np.unique(owner)]
    return np.union1d(farthest, np.argsort(-nearest, kind="stable")[:n])


def _violated(matrix: Floats, sites: Longs, nearest: Floats, radius: float) -> Longs:
    """Return of every site the worst row beyond the radius."""
    rows = np.flatnonzero(nearest > radius)
    owner = np.argmin(matrix[np.ix_(rows, sites)], axis=1)
    order = np.lexsort((-nearest[rows], owner))
    first = np.concatenate([[True], np.diff(owner[order]) > 0])
    return rows[order[first]]


def _filled(sites: Longs, choice: Choice) -> Longs:
    """Return the sites with so many more allowed ones that their number is right."""
    free = np.setdiff1d(np.flatnonzero(choice.allowed), sites)
    return np.sort(np.concatenate([sites, free[: (choice.sites or 0) - sites.size]]))
