"""Mixed-integer programs as arrays for HiGHS: no modelling layer, limits and cancelling, exact bounds out."""

import math
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from geo.siting.problem import Floats, Ints, Longs, Stop

_BANNER = threading.Lock()


@dataclass(frozen=True, eq=False)
class Program:
    """Minimise ``cost @ x`` with ``row_lower <= A x <= row_upper`` and ``lower <= x <= upper``.

    Attributes
    ----------
    cost, lower, upper : float64 (n,)
    is_integer : bool (n,)
    row_lower, row_upper : float64 (n_row,)
    ptr : int64 (n_row + 1,), index : int32, value : float64
        Entries of A by row.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    is_integer: Any
    row_lower: Floats
    row_upper: Floats
    ptr: Longs
    index: Ints
    value: Floats


@dataclass(frozen=True, eq=False)
class Outcome:
    """What HiGHS found; `x` is None where it has no solution, `is_infeasible` where it proved that there is none."""

    x: Floats | None
    bound: float
    is_infeasible: bool
    is_optimal: bool
    row_dual: Floats | None = None


def solve_program(
    program: Program,
    *,
    stop: Stop,
    target: float = -math.inf,
    cutoff: float = math.inf,
    tell: Callable[[float, float], None] | None = None,
) -> Outcome:
    """Solve a program as far as the limits allow.

    The search may end with a solution whose objective is at most `target`, and where it is sure that none is at most
    `cutoff`. `tell` is called with objective and bound when one of them is better. No first solution is handed over:
    HiGHS 1.16 may then return it as optimal beside a better bound.
    """
    if stop.is_due:
        return Outcome(None, -math.inf, is_infeasible=False, is_optimal=False)
    solver = _silent_solver()
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 1e-9)
    solver.setOptionValue("threads", 1)
    if math.isfinite(stop.time_limit_s):
        solver.setOptionValue("time_limit", max(stop.left_s, 0.01))
    if math.isfinite(target):
        solver.setOptionValue("objective_target", target)
    if math.isfinite(cutoff):
        solver.setOptionValue("objective_bound", cutoff)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = program.cost.size, program.row_lower.size
    model.col_cost_, model.col_lower_, model.col_upper_ = program.cost, program.lower, program.upper
    model.row_lower_, model.row_upper_ = program.row_lower, program.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.num_col_, model.a_matrix_.num_row_ = program.cost.size, program.row_lower.size
    model.a_matrix_.start_ = program.ptr.astype(np.int32)
    model.a_matrix_.index_ = program.index.astype(np.int32)
    model.a_matrix_.value_ = program.value
    is_mixed = bool(np.any(program.is_integer))
    if is_mixed:
        kinds = highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger
        model.integrality_ = [kinds[int(flag)] for flag in program.is_integer]
    solver.passModel(model)
    told: list[tuple[float, float]] = []

    def ask(event: Any) -> None:
        if is_mixed and tell is not None:
            now = float(event.data_out.mip_primal_bound), float(event.data_out.mip_dual_bound)
            if told[-1:] != [now] and max(map(abs, now)) < highspy.kHighsInf:
                told.append(now)
                tell(*now)
        if stop.is_due:
            event.interrupt()

    for hook in (solver.cbMipInterrupt, solver.cbSimplexInterrupt, solver.cbIpmInterrupt):
        hook.subscribe(ask)
    solver.run()
    status = solver.getModelStatus()
    states = highspy.HighsModelStatus
    info = solver.getInfo()
    is_infeasible = status in (states.kInfeasible, states.kUnboundedOrInfeasible)
    has_solution = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    solution = solver.getSolution()
    bound = info.mip_dual_bound if is_mixed else info.objective_function_value
    return Outcome(
        np.array(solution.col_value) if has_solution else None,
        float(bound),
        is_infeasible,
        status == states.kOptimal,
        None if is_mixed or not has_solution else np.array(solution.row_dual),
    )


def _silent_solver() -> Any:
    """Return a new solver; its making prints a banner on stdout, which belongs to the answer, so it goes to stderr."""
    with _BANNER:
        sys.stdout.flush()
        kept = os.dup(1)
        try:
            os.dup2(2, 1)
            solver = highspy.Highs()  # type: ignore[no-untyped-call]
            solver.setOptionValue("output_flag", False)
        finally:
            os.dup2(kept, 1)
            os.close(kept)
    return solver
