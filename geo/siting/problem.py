"""What every siting model shares: the result, the fixed and forbidden sites, and when to stop."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InfeasibleError, InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

_NAMED = 20
"""Rows that an error lists by number; its attribute `rows` holds all of them."""

TOLERANCE = 1e-9
"""Relative difference of objective and bound below which they count as equal: the rounding of sums of doubles."""


@dataclass(frozen=True)
class SitingResult:
    """A choice of sites, and how good any choice can be.

    Attributes
    ----------
    sites : tuple of int
        Chosen columns (facilities), ascending.
    objective : float
        Number of sites (LSCP), covered weight (MCLP), total weighted cost (p-median), largest cost (p-center).
    bound : float
        No choice is better than this: at most `objective` where the model minimises, at least where it maximises.
    gap : float
        ``|objective - bound| / |objective|``; 0 where both are equal.
    status : {"optimal", "feasible"}
        ``optimal`` where the bound proves the choice.
    """

    sites: tuple[int, ...]
    objective: float
    bound: float
    gap: float
    status: Literal["optimal", "feasible"]


@dataclass(frozen=True)
class Progress:
    """How far a solution has come: the best objective found and the best bound proven so far."""

    seconds: float
    objective: float
    bound: float


@dataclass
class Stop:
    """When to stop: a time limit, a question asked now and then, and a listener for progress.

    Parameters
    ----------
    time_limit_s : float
        Seconds from now; inf for none.
    is_cancelled : callable
        Asked often; True ends the search with the best choice found.
    on_progress : callable, optional
        Called with a `Progress` whenever objective or bound improves.
    """

    time_limit_s: float = math.inf
    is_cancelled: Callable[[], bool] = lambda: False
    on_progress: Callable[[Progress], None] | None = None
    begin: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.begin

    @property
    def left_s(self) -> float:
        """Seconds left, never negative."""
        return max(self.time_limit_s - self.seconds, 0.0)

    @property
    def is_due(self) -> bool:
        """Whether to stop now."""
        return self.seconds >= self.time_limit_s or self.is_cancelled()

    def telling(self, convert: Callable[[float, float], tuple[float, float]] | None) -> "Stop":
        """Return the same limits for a part of the work, whose objective and bound are converted before they are told.

        None: nothing is told, since the part answers another question.
        """
        listen = self.on_progress
        if listen is None or convert is None:
            return Stop(self.time_limit_s, self.is_cancelled, None, self.begin)
        return Stop(
            self.time_limit_s,
            self.is_cancelled,
            lambda now: listen(Progress(now.seconds, *convert(now.objective, now.bound))),
            self.begin,
        )

    def tell(self, objective: float, bound: float) -> None:
        """Report the best objective and bound so far."""
        if self.on_progress is not None:
            self.on_progress(Progress(self.seconds, float(objective), float(bound)))


def make_stop(stop: Stop | None, time_limit_s: float | None) -> Stop:
    """Return `stop`, or a new one with the time limit.

    Raises
    ------
    InputError
        If the limit is no positive number of seconds.
    """
    if time_limit_s is not None and not time_limit_s > 0.0:
        raise InputError("time limit {value} s is not a positive number of seconds", value=time_limit_s)
    if stop is None:
        return Stop(math.inf if time_limit_s is None else time_limit_s)
    if time_limit_s is not None:
        stop.time_limit_s = min(stop.time_limit_s, stop.seconds + time_limit_s)
    return stop


def result(
    sites: Iterable[int], objective: float, bound: float, *, is_maximum: bool = False, is_integer: bool = False
) -> SitingResult:
    """Return a result whose bound is not worse than its objective, `optimal` where they are equal.

    `is_integer`: every objective is a whole number, so that a bound less than 1 away proves the choice.
    """
    sign = -1.0 if is_maximum else 1.0
    low = sign * bound
    best = sign * objective
    if is_integer and math.isfinite(low):
        low = math.ceil(low - 1e-6 * max(1.0, abs(low) * 1e-6))
    if low >= best - TOLERANCE * max(abs(best), 1e-12):
        low = best
    difference = best - low
    gap = 0.0 if difference == 0.0 else difference / abs(best) if best != 0.0 else math.inf
    return SitingResult(
        tuple(sorted(int(site) for site in sites)),
        float(objective),
        float(sign * low),
        float(gap),
        "optimal" if difference == 0.0 else "feasible",
    )


@dataclass(frozen=True, eq=False)
class Choice:
    """Which columns must be chosen, which may not, and how many are chosen in all (None: any number)."""

    n_column: int
    fixed: Longs
    forbidden: Longs
    sites: int | None

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Which columns may be chosen, bool (n_column,)."""
        mask = np.ones(self.n_column, bool)
        mask[self.forbidden] = False
        return mask


def read_choice(n_column: int, *, fixed: Sequence[int], forbidden: Sequence[int], sites: int | None = None) -> Choice:
    """Check the options that all models have.

    Raises
    ------
    InputError
        If a column does not exist, is both fixed and forbidden, or the number of sites cannot be chosen.
    InfeasibleError
        If more sites are fixed than are to be chosen, or fewer are allowed.
    """
    columns: list[Longs] = []
    for name, values in (("fixed", fixed), ("forbidden", forbidden)):
        array = np.asarray(list(values))
        if array.size and not np.issubdtype(array.dtype, np.integer):
            raise InputError("{name} must hold column numbers, not {value}", name=name, value=array.ravel()[0])
        array = np.unique(array.astype(np.int64).ravel())
        if array.size and (array[0] < 0 or array[-1] >= n_column):
            bad = int(array[0] if array[0] < 0 else array[-1])
            raise InputError(
                "{name} names column {value}; there are columns 0 to {last}", name=name, value=bad, last=n_column - 1
            )
        columns.append(array)
    both = np.intersect1d(columns[0], columns[1])
    if both.size:
        raise InputError("column {value} is both fixed and forbidden: take it out of one", value=int(both[0]))
    if sites is not None:
        if isinstance(sites, bool) or int(sites) != sites or sites < 0:
            raise InputError("sites {value} is not a whole number from 0", value=sites)
        sites = int(sites)
        if sites > n_column:
            raise InputError("{sites} sites are wanted of {n} candidates: ask for fewer", sites=sites, n=n_column)
        if columns[0].size > sites:
            raise InfeasibleError(
                "{fixed} sites are fixed, and only {sites} are to be chosen: the fixed ones count among them",
                fixed=columns[0].size,
                sites=sites,
            )
        if n_column - columns[1].size < sites:
            raise InfeasibleError(
                "{sites} sites are wanted, and only {n} candidates are not forbidden",
                sites=sites,
                n=n_column - columns[1].size,
            )
    return Choice(n_column, columns[0], columns[1], sites)


def read_cost(cost: ArrayLike) -> Floats:
    """Return a cost matrix, (n_demand, n_facility), float32 or float64 as it came.

    Raises
    ------
    InputError
        If it is no matrix with a column, or an entry is NaN or negative.
    """
    matrix = np.asarray(cost)
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        raise InputError("cost has the shape {shape}; (n_demand, n_facility) is needed", shape=matrix.shape)
    if matrix.dtype not in (np.float32, np.float64):
        matrix = matrix.astype(np.float64)
    # A comparison with NaN is false: both are found at once, without an array of the matrix's size in doubles.
    lowest = matrix.min(initial=np.inf) if matrix.size else 0.0
    if not lowest >= 0.0:
        row, column = (int(i) for i in np.argwhere(~(matrix >= 0.0))[0])
        raise InputError(
            "cost of demand point {row} to facility {column} is {value}; it must be 0 or more, inf where unreachable",
            row=row,
            column=column,
            value=float(matrix[row, column]),
        )
    return matrix


def read_weight(weight: ArrayLike, n_row: int) -> Floats:
    """Return weights as float64 (n_row,).

    Raises
    ------
    InputError
        If there is not one finite weight of 0 or more a row.
    """
    weights = np.asarray(weight, dtype=np.float64)
    if weights.shape != (n_row,):
        raise InputError("{n} weights for {m} demand points", n=weights.size, m=n_row)
    bad = ~(np.isfinite(weights) & (weights >= 0.0))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(
            "weight of demand point {row} is {value}; it must be a number from 0", row=row, value=float(weights[row])
        )
    return weights


def is_whole(values: Floats) -> bool:
    """Tell whether all values are whole numbers whose sums are exact in a double."""
    return bool(np.all(values == np.rint(values)) and np.abs(values).sum() < 2.0**52)


def name_rows(rows: Iterable[int]) -> str:
    """Return row numbers as a list for people, shortened where long.

    >>> name_rows([3, 5])
    '3, 5'
    """
    listed = [int(row) for row in rows]
    more = f" … ({len(listed)})" if len(listed) > _NAMED else ""
    return ", ".join(map(str, listed[:_NAMED])) + more
