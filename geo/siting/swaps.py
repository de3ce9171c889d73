"""Sites by greedy choice and swaps: where a search for the best begins."""

import numpy as np

from geo.siting import _service_kernels as kernels
from geo.siting.problem import Longs, Stop
from geo.siting.service import Service, reduce_service

_ROUNDS = 20

_FAR_KICK = 6
"""Swaps that disturb a copy where fewer have brought nothing more."""

_SWAP_ENTRIES = 20_000_000
"""Entries times rounds of swaps between two looks at the clock."""


def heuristic(
    full: Service,
    sites: int,
    *,
    fixed: Longs,
    forbidden: Longs,
    stop: Stop,
    seed: int = 1,
    n_round: int = 100,
    n_patient: int = 0,
    start: Longs | None = None,
) -> Longs:
    """Return sites by greedy choice (or from `start`), swaps, and swaps from disturbed copies.

    With `n_patient` copies that are disturbed more follow, `n_round` at a time, until so many series in a row have
    brought nothing.
    """
    dropped = np.zeros(full.n_column, bool)
    dropped[forbidden] = True
    small = reduce_service(full, fixed, dropped)
    some, p = small.service, sites - fixed.size
    if start is not None:
        start = np.searchsorted(small.columns, np.setdiff1d(start, fixed))
    found, value = improve(some, p, start, stop=stop, seed=seed, n_round=n_round)
    n_idle, series = 0, 0
    while n_idle < n_patient and not stop.is_due:
        series += 1
        found, now = improve(some, p, found, stop=stop, seed=seed + 1_000 * series, n_round=n_round, kick=_FAR_KICK)
        n_idle, value = (0, now) if now < value else (n_idle + 1, value)
    return np.sort(np.concatenate([fixed, small.columns[found]]))


def improve(
    some: Service, p: int, start: Longs | None, *, stop: Stop, seed: int, n_round: int, kick: int = 3
) -> tuple[Longs, float]:
    """Return sites by swaps from `start` (by default a greedy choice), and their objective.

    After the first descent `n_round` copies of the best, disturbed by `kick` swaps each, descend too.
    """
    lists = some.by_column()
    args = (some.ptr, some.column, some.cost, some.base, *lists, some.n_column)
    if start is None:
        start = kernels.greedy_sites(*args, p, np.empty(0, np.int64))
    held = np.zeros(some.n_column, bool)
    found = np.asarray(start, np.int64)
    step = max(min(_SWAP_ENTRIES // max(some.column.size, 1), _ROUNDS), 1)
    for low in range(0, n_round + 1, step):
        found, _ = kernels.swap_sites(*args, found, held, min(step, n_round - low), kick, seed + low)
        if stop.is_due:
            break
    return found, some.value(found)
