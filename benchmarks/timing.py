"""Taking times: a warm-up, then several runs, of which the best and the median are kept."""

import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Timing:
    """Seconds by the clock of `n_run` runs after a warm-up."""

    best_s: float
    median_s: float
    n_run: int

    def as_dict(self) -> dict[str, float]:
        """Return the fields by name, for JSON."""
        return asdict(self)


def measure(
    work: Callable[[], Result], *, n_run: int = 7, budget_s: float = 60.0, warm_up: bool = True
) -> tuple[Timing, Result]:
    """Return the timing of some work, and its last result.

    Parameters
    ----------
    work : callable
    n_run : int
        Runs that count.
    budget_s : float
        No further run begins after so many seconds; one always counts.
    warm_up : bool
        Run once before, uncounted: compiling, caches, first touches of memory.
    """
    begin = time.perf_counter()
    if warm_up:
        work()
    seconds: list[float] = []
    while True:
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
        if len(seconds) == n_run or time.perf_counter() - begin > budget_s:
            return Timing(min(seconds), statistics.median(seconds), len(seconds)), result


def measure_each(work: Callable[[int], object], n: int, *, n_run: int = 3, budget_s: float = 60.0) -> Timing:
    """Return the timing of the middle one among the questions ``work(0)`` … ``work(n - 1)``.

    Each is asked once before, then `n_run` times in turn. Best is the middle of their quickest runs, median the middle
    of all runs. Within `budget_s` every question counts at least once.
    """
    begin = time.perf_counter()
    for i in range(n):
        work(i)
    rounds: list[list[float]] = []
    while len(rounds) < n_run and (not rounds or time.perf_counter() - begin < budget_s):
        seconds = []
        for i in range(n):
            start = time.perf_counter()
            work(i)
            seconds.append(time.perf_counter() - start)
        rounds.append(seconds)
    best = statistics.median(min(runs) for runs in zip(*rounds, strict=True))
    return Timing(best, statistics.median(itertools.chain(*rounds)), n * len(rounds))
