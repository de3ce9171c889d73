"""Set packing over a pool of routes: choose disjoint ones of the largest total score, by HiGHS."""

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from geo.errors import NotReadyError

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RoutePool:
    """Routes that a search has met: ``seq[i, 0]`` and ``seq[i, length[i] + 1]`` are ends, the rest are visits."""

    seq: Longs
    length: Longs
    score: Floats


@dataclass(frozen=True, eq=False)
class Program:
    """An integer program over 0/1 columns, maximised: rows by column in compressed form.

    Attributes
    ----------
    gain : float64 (n_column,)
    start : int64 (n_column + 1,)
    row : int64 (n_entry,)
    entry : float64 (n_entry,)
    lower, upper : float64 (n_row,)
    """

    gain: Floats
    start: Longs
    row: Longs
    entry: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, eq=False)
class ProgramResult:
    """Chosen columns of an integer program, its value, the bound that HiGHS proved, and the row prices of its LP."""

    chosen: Longs
    value: float
    bound: float
    is_optimal: bool


def pack_routes(
    pool: RoutePool, fits: NDArray[np.bool_], *, hotels: Longs, floor: float, seconds: float, is_alike: bool
) -> list[int | None] | None:
    """Return the routes of the pool that make the tours with the largest score, or None if none beats `floor`.

    Maximise the score of the chosen (route, tour) pairs so that each tour takes at most one route, each place is
    visited at most once, and each tour starts at the hotel where the one before ended.

    Parameters
    ----------
    pool : RoutePool
    fits : bool (n_route, n_tour)
        Whether a route is feasible as that tour, its ends included.
    hotels : int64 (n_hotel,)
        Where the nights may be spent; none if every tour has the same ends.
    floor : float
        Score to beat.
    seconds : float
        Time limit.
    is_alike : bool
        Whether all tours have the same ends, limits and windows, so that a route need not say which tour it is.

    Returns
    -------
    list of (int or None), optional
        A route of the pool for each tour, None for an empty tour.
    """
    n_tour = fits.shape[1]
    if is_alike:
        pairs = np.stack([np.flatnonzero(fits[:, 0]), np.zeros(int(fits[:, 0].sum()), np.int64)], axis=1)
    else:
        pairs = np.argwhere(fits)
    if len(pairs) == 0:
        return None
    program = _packing_program(pool, pairs, n_tour=n_tour, hotels=hotels, is_alike=is_alike)
    result = maximise(program, seconds=seconds, floor=floor)
    if result is None or result.value <= floor + 1e-6:
        return None
    tours: list[int | None] = [None] * n_tour
    for k, column in enumerate(result.chosen):
        i, r = pairs[column]
        tours[k if is_alike else int(r)] = int(i)
    return tours


def _packing_program(pool: RoutePool, pairs: Longs, *, n_tour: int, hotels: Longs, is_alike: bool) -> Program:
    """Return the program: a row for each tour, each place, and each hotel of each night."""
    n_node = int(pool.seq.max()) + 1
    n_night = (n_tour - 1) * hotels.size
    rank = np.full(n_node, -1)
    rank[hotels] = np.arange(hotels.size)
    route, tour = pairs[:, 0], pairs[:, 1]
    n_visit = pool.length[route]
    column, k = np.nonzero(np.arange(pool.seq.shape[1] - 1)[None, :] < n_visit[:, None])
    parts = [
        (np.arange(len(pairs)), tour, np.ones(len(pairs))),
        (column, n_tour + pool.seq[route[column], k + 1], np.ones(column.size)),
    ]
    if hotels.size:
        night = n_tour + n_node + tour * hotels.size
        later, earlier = np.flatnonzero(tour > 0), np.flatnonzero(tour < n_tour - 1)
        arrives = pool.seq[route, n_visit + 1]
        parts.append((later, night[later] - hotels.size + rank[pool.seq[route[later], 0]], -np.ones(later.size)))
        parts.append((earlier, night[earlier] + rank[arrives[earlier]], np.ones(earlier.size)))
    columns, rows, entries = (np.concatenate(list(arrays)) for arrays in zip(*parts, strict=True))
    order = np.argsort(columns, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=len(pairs)))])
    lower, upper = np.zeros(n_tour + n_node + n_night), np.ones(n_tour + n_node + n_night)
    upper[n_tour + n_node :] = 0.0
    if hotels.size:
        lower[:n_tour] = 1.0
    if is_alike:
        upper[0] = n_tour
    return Program(pool.score[route], start, rows[order], entries[order], lower, upper)


def maximise(program: Program, *, seconds: float, floor: float = -np.inf) -> ProgramResult | None:
    """Solve an integer program over 0/1 columns; None if nothing better than `floor` was found in time.

    The linear relaxation comes first: a column whose reduced cost shows that it is in no solution above `floor` is left
    out of the integer program.
    """
    solver = _load(program, seconds)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    bound = solver.getInfo().objective_function_value
    if bound <= floor + 1e-6:
        return None
    cost = np.array(solver.getSolution().col_dual)
    keep = np.flatnonzero(bound + np.minimum(cost, 0.0) > floor + 1e-6)
    spent = solver.getRunTime()
    whole = _load(_select(program, keep), max(0.05, seconds - spent), is_integer=True)
    whole.run()
    info = whole.getInfo()
    if info.primal_solution_status != 2:
        return None
    chosen = keep[np.flatnonzero(np.array(whole.getSolution().col_value) > 0.5)]
    return ProgramResult(
        chosen,
        float(program.gain[chosen].sum()),
        max(float(info.mip_dual_bound), floor),
        whole.getModelStatus() == highspy.HighsModelStatus.kOptimal,
    )


def solve_relaxation(program: Program, *, seconds: float) -> tuple[float, Floats]:
    """Return the value of the linear relaxation and the price of each row.

    The reduced cost of a column is its gain less its entries times the prices.

    Raises
    ------
    NotReadyError
        If HiGHS ran out of time.
    """
    solver = _load(program, seconds)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise NotReadyError("the linear program was not solved in {seconds} s; allow more", seconds=seconds)
    return float(solver.getInfo().objective_function_value), np.array(solver.getSolution().row_dual)


def _select(program: Program, keep: Longs) -> Program:
    sizes = np.diff(program.start)[keep]
    start = np.concatenate([[0], np.cumsum(sizes)])
    index = np.arange(start[-1]) + np.repeat(program.start[keep] - start[:-1], sizes)
    return Program(program.gain[keep], start, program.row[index], program.entry[index], program.lower, program.upper)


class _QuietHighs(highspy.Highs):
    """HiGHS without its banner, which the constructor would print on stdout."""

    def enableCallbacks(self) -> None:  # noqa: N802
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def _load(program: Program, seconds: float, *, is_integer: bool = False) -> highspy.Highs:
    solver = _QuietHighs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 1)
    # Optimal means optimal: the default stops at a gap of 0.01 %.
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 1e-9)
    solver.setOptionValue("time_limit", float(seconds))
    n = program.gain.size
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n, program.lower.size
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = program.gain
    model.col_lower_, model.col_upper_ = np.zeros(n), np.ones(n)
    model.row_lower_, model.row_upper_ = program.lower, program.upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = program.start.astype(np.int32)
    model.a_matrix_.index_ = program.row.astype(np.int32)
    model.a_matrix_.value_ = program.entry
    if is_integer:
        model.integrality_ = [highspy.HighsVarType.kInteger] * n
    solver.passModel(model)
    return solver
