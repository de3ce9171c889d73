"""Budgeted actions: with some money, which places to open, extend or equip so that most demand is served.

Rows are demand × time class × service, columns are actions; at most one of a place's exclusive actions is taken. The
program is small after equal rows are merged, and HiGHS solves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import InfeasibleError, InputError
from geo.siting._highs import Program, solve_program
from geo.siting.covers import CoverSets
from geo.siting.problem import Choice, Floats, Longs, SitingResult, Stop, make_stop, read_choice, result


@dataclass(frozen=True, eq=False)
class Limits:
    """What a choice of actions must keep to; what is None or empty does not bind.

    Attributes
    ----------
    cost : array_like (n_column,), budget : float
        Money by action, and in all.
    sites : int
        At most so many actions.
    exclusive : sequence of sequence of int
        Of each group at most one is taken: the actions of one place.
    at_least : sequence of (sequence of int, int)
        Of each group at least so many: a minimum a town.
    apart : sequence of (int, int)
        Pairs of which at most one is taken: spacing.
    """

    cost: ArrayLike | None = None
    budget: float | None = None
    sites: int | None = None
    exclusive: Sequence[Sequence[int]] = ()
    at_least: Sequence[tuple[Sequence[int], int]] = ()
    apart: Sequence[tuple[int, int]] = ()


@dataclass
class _Rows:
    """Rows of a program as they are added."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    index: list[Longs] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)

    def add(self, index: ArrayLike, value: ArrayLike, *, low: float = -np.inf, high: float = np.inf) -> None:
        columns = np.asarray(index, np.int64)
        self.index.append(columns)
        self.value.append(np.broadcast_to(np.asarray(value, np.float64), columns.shape))
        self.low.append(low)
        self.high.append(high)


def solve_actions(
    sets: CoverSets,
    limits: Limits,
    *,
    twice: float = 0.0,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    time_limit_s: float | None = None,
    stop: Stop | None = None,
) -> SitingResult:
    r"""Choose actions that serve the most weight within limits.

    .. math:: \max \sum_i w_i ((1 - t) z_i + t u_i) \quad z_i + u_i \le \sum_{j \in N_i} y_j, \quad u_i \le z_i

    where ``u_i`` says that row i is served twice (K. Hogan and C. ReVelle 1986, doi:10.1287/mnsc.32.11.1434).

    Parameters
    ----------
    sets : CoverSets
        Which actions serve each row (demand × time class × service), and the rows' weights.
    limits : Limits
    twice : float
        Part of 1 that being served a second time counts; 0: plain maximal coverage.
    fixed, forbidden : sequence of int
        Actions that must, and may not, be taken.
    time_limit_s, stop
        As in `geo.siting.mclp.solve_mclp`.

    Returns
    -------
    SitingResult
        ``objective`` is the weight served (with `twice`, the mixture). The bound is the solver's.

    Raises
    ------
    InfeasibleError
        If no choice keeps to all limits.

    Examples
    --------
    Two actions of one place exclude each other; the dearer one serves more and fits the budget:

    >>> sets = CoverSets([0, 2, 3], [0, 1, 1], [10, 5])
    >>> solve_actions(sets, Limits(cost=[1, 3], budget=3, exclusive=[(0, 1)])).sites
    (1,)
    """
    if not 0.0 <= twice <= 1.0:
        raise InputError("twice {value} is not a part of 1", value=twice)
    stop = make_stop(stop, time_limit_s)
    choice = read_choice(sets.n_column, fixed=fixed, forbidden=forbidden)
    merged, _ = sets.merged()
    some = merged.take(np.flatnonzero((merged.weight > 0.0) & (np.diff(merged.ptr) > 0)), np.arange(sets.n_column))
    n, m = some.n_column, some.n_row
    rows = _Rows()
    for i in range(m):
        mine = some.column[some.ptr[i] : some.ptr[i + 1]]
        parts = [n + i] if twice == 0.0 else [n + i, n + m + i]
        rows.add([*mine, *parts], [1.0] * mine.size + [-1.0] * len(parts), low=0.0)
        if twice > 0.0:
            rows.add([n + i, n + m + i], [1.0, -1.0], low=0.0)
    _add_limits(rows, limits, n)
    n_all = n + m * (2 if twice > 0.0 else 1)
    scale = float(some.weight.max(initial=1.0)) or 1.0
    gain = np.zeros(n_all)
    gain[n : n + m] = some.weight * (1.0 - twice) / scale
    if twice > 0.0:
        gain[n + m :] = some.weight * twice / scale
    lower, upper = np.zeros(n_all), np.ones(n_all)
    lower[choice.fixed] = 1.0
    upper[choice.forbidden] = 0.0
    whole = np.zeros(n_all, bool)
    # With a mixture that prefers the second time, parts of a row would be split; whole ones are asked for then.
    whole[: n if twice <= 0.5 else n_all] = True
    ptr = np.concatenate([[0], np.cumsum([index.size for index in rows.index])]).astype(np.int64)
    program = Program(
        -gain, lower, upper, whole, np.array(rows.low), np.array(rows.high), ptr,
        np.concatenate([np.empty(0, np.int64), *rows.index]).astype(np.int32),
        np.concatenate([np.empty(0), *rows.value]),
    )  # fmt: skip
    best = _greedy(some, limits, choice, twice)
    if best is not None:
        stop.tell(_served(some, best, twice), float(some.weight.sum()))
    outcome = solve_program(
        program, stop=stop, tell=lambda objective, bound: stop.tell(-objective * scale, -bound * scale)
    )
    if outcome.is_infeasible:
        raise InfeasibleError(
            "no choice of actions keeps to all limits: raise the budget, or relax minimum numbers and spacing"
        )
    if outcome.x is not None:
        found = np.flatnonzero(outcome.x[:n] > 0.5)
        if best is None or _served(some, found, twice) >= _served(some, best, twice):
            best = found
    if best is None:
        raise InfeasibleError("no choice of actions was found in time: allow more time")
    served = _served(some, best, twice)
    bound = served if outcome.is_optimal else max(min(-outcome.bound * scale, float(some.weight.sum())), served)
    stop.tell(served, bound)
    return result(best, served, bound, is_maximum=True)


def _served(some: CoverSets, sites: Longs, twice: float) -> float:
    """Return the weight that some actions serve."""
    count = some.count(sites)
    return float((1.0 - twice) * some.weight[count > 0].sum() + twice * some.weight[count > 1].sum())


def _greedy(some: CoverSets, limits: Limits, choice: Choice, twice: float) -> Longs | None:
    """Return actions within the limits, the most served for the money first; None if that meets a dead end."""
    n = some.n_column
    cost = np.asarray(limits.cost if limits.cost is not None else np.ones(n), np.float64)
    left = np.inf if limits.budget is None else float(limits.budget)
    most = n if limits.sites is None else limits.sites
    clashes: list[set[int]] = [set() for _ in range(n)]
    for group in (*limits.exclusive, *limits.apart):
        for j in group:
            clashes[j] |= {*group} - {j}
    can = choice.allowed
    taken: list[int] = []

    def take(j: int) -> None:
        nonlocal left
        taken.append(j)
        left -= float(cost[j])
        can[[j, *clashes[j]]] = False

    for j in choice.fixed.tolist():
        if clashes[j].intersection(taken):
            return None
        take(j)
    missing = [set(group) for group, least in limits.at_least for _ in range(least)]
    for j in taken:
        for group, _ in limits.at_least:
            if j in group and set(group) in missing:
                missing.remove(set(group))
    while True:
        count = some.count(taken)
        worth = some.weight * np.where(count == 0, 1.0 - twice, np.where(count == 1, twice, 0.0))
        gain = np.bincount(some.column, worth[some.row], minlength=n)
        fits = can & (cost <= left * (1.0 + 1e-12))
        if missing:
            fits &= np.isin(np.arange(n), list(missing[0]))
        else:
            fits &= gain > 0.0
        if left < 0.0 or len(taken) > most or (missing and (len(taken) == most or not fits.any())):
            return None
        if len(taken) == most or not fits.any():
            return np.sort(np.array(taken, np.int64))
        rate = np.where(fits, (gain + 1e-9) / (cost + 1e-9), -np.inf)
        take(int(np.argmax(rate)))
        for group, _ in limits.at_least:
            if taken[-1] in group and set(group) in missing:
                missing.remove(set(group))


def _add_limits(rows: _Rows, limits: Limits, n: int) -> None:
    if limits.budget is not None:
        cost = np.asarray(limits.cost if limits.cost is not None else np.ones(n), np.float64)
        if cost.shape != (n,) or not np.isfinite(cost).all() or (cost < 0.0).any():
            raise InputError("cost must hold one number from 0 for each of the {n} actions", n=n)
        if not limits.budget >= 0.0:
            raise InputError("budget {value} is not a number from 0", value=limits.budget)
        rows.add(np.arange(n), cost, high=float(limits.budget))
    if limits.sites is not None:
        rows.add(np.arange(n), 1.0, high=float(limits.sites))
    groups = [*limits.exclusive, *(group for group, _ in limits.at_least), *limits.apart]
    for group in groups:
        if any(not 0 <= j < n for j in group):
            raise InputError("a group names an action that does not exist; there are 0 to {last}", last=n - 1)
    for group in (*limits.exclusive, *limits.apart):
        rows.add(sorted(set(group)), 1.0, high=1.0)
    for group, least in limits.at_least:
        rows.add(sorted(set(group)), 1.0, low=float(least))
