"""p-center: with a number of sites, make the largest cost of a demand point to its nearest site as small as can be."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import InputError
from geo.siting.covering import find_cover, reduce_cover
from geo.siting.covers import CoverSets, cover_within
from geo.siting.p_median import check_reachable, check_served, least_costs
from geo.siting.problem import (
    Choice,
    Floats,
    Longs,
    SitingResult,
    Stop,
    make_stop,
    read_choice,
    read_cost,
    result,
)
from geo.siting.tree import Tree


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
    check_served(matrix, np.arange(len(matrix)), solved.sites)
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
    floor = float(least_costs(matrix, choice).max())
    found = CenterSolved(best, ceiling, floor)
    stop.tell(ceiling, floor)
    for effort in _EFFORTS:
        part = replace(stop, time_limit_s=stop.seconds + effort.share * stop.left_s)
        rows = _narrow(matrix, choice, allowed, found, rows, effort, part)
        if stop.is_due or found.bound >= found.objective:
            break
    return found


@dataclass(frozen=True)
class _Effort:
    """How much is done for one radius, and where to go on if that does not settle it: up, down, or nowhere.

    `share` is the part of the time left that it may take.
    """

    n_turn: int
    node_limit: int
    unsure: str
    share: float


_EFFORTS = (
    _Effort(2, 0, "up", 0.3),
    _Effort(0, 1, "down", 0.5),
    _Effort(6, 0, "up", 0.6),
    _Effort(6, 400, "end", 1.0),
)
"""First good sites, then the bound that multipliers alone prove, better sites above it, then what lies between."""


def _narrow(
    matrix: Floats, choice: Choice, allowed: Longs, found: CenterSolved, rows: Longs, effort: _Effort, stop: Stop
) -> Longs:
    """Halve the levels between bound and objective with some effort; return the rows that were needed."""
    p = choice.sites or 0
    low, high = found.bound, found.objective
    while not stop.is_due:
        low, high = max(low, found.bound), min(high, found.objective)
        known = matrix[rows][:, allowed]
        levels = np.unique(known[(known >= low) & (known < high)])
        if levels.size == 0:
            if low != found.bound or high != found.objective or found.bound == found.objective:
                break
            # The bound is a cost of rows that are not among these: it is the one level left.
            if np.isin(found.bound, known):
                found.bound = found.objective
                break
            levels = np.array([found.bound])
        radius = float(levels[levels.size // 2])
        sets, _ = cover_within(matrix[rows], None, standard=radius)
        if not sets.covered(allowed).all():
            _raise_bound(found, known, radius, rows, Tree())
            continue
        cover = reduce_cover(sets, choice)
        answer = find_cover(cover, p, stop=stop, n_turn=effort.n_turn, node_limit=effort.node_limit)
        if answer.sites is None:
            if answer.is_sure:
                _raise_bound(found, known, radius, rows, answer.tree)
            elif effort.unsure == "up":
                low = np.nextafter(radius, np.inf)
            elif effort.unsure == "down":
                high = radius
            else:
                break
            continue
        chosen = _filled(answer.sites, choice)
        nearest = matrix[:, chosen].min(axis=1)
        worst = float(nearest.max())
        if worst < found.objective:
            found.sites, found.objective = chosen, worst
        if worst > radius:
            rows = np.union1d(rows, _violated(matrix, chosen, nearest, radius))
        stop.tell(found.objective, found.bound)
    return rows


def _raise_bound(found: CenterSolved, known: Floats, radius: float, rows: Longs, tree: Tree) -> None:
    """Note that `radius` cannot be kept for `rows`: the least that can is the next of their costs."""
    found.bound = min(float(known[known > radius].min(initial=np.inf)), found.objective)
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
    rows: Longs = np.union1d(farthest, np.argsort(-nearest, kind="stable")[:n])
    return rows


def _violated(matrix: Floats, sites: Longs, nearest: Floats, radius: float) -> Longs:
    """Return of every site the worst row beyond the radius."""
    rows = np.flatnonzero(nearest > radius)
    owner = np.argmin(matrix[np.ix_(rows, sites)], axis=1)
    order = np.lexsort((-nearest[rows], owner))
    first = np.concatenate([[True], np.diff(owner[order]) > 0])
    worst: Longs = rows[order[first]]
    return worst


def _filled(sites: Longs, choice: Choice) -> Longs:
    """Return the sites with so many more allowed ones that their number is right."""
    free = np.setdiff1d(np.flatnonzero(choice.allowed), sites)
    return np.sort(np.concatenate([sites, free[: (choice.sites or 0) - sites.size]]))
