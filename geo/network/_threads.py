"""Compiled searches on all processors: they let go of Python's lock, so plain threads serve.

Not numba's own threads: those may not be entered by two request threads of a worker at once, nor survive its fork.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from numba import config

Result = TypeVar("Result")


def in_threads(work: Callable[[int, int], Result], n: int, *, step: int) -> list[Result]:
    """Return ``work(low, high)`` for blocks of at most `step` that make up ``range(n)``, in their order.

    As many threads as processors, or as ``NUMBA_NUM_THREADS`` says (1 in a Dask worker).
    """
    most: int = config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    step = max(min(step, -(-n // most)), 1)
    bounds = [(low, min(low + step, n)) for low in range(0, n, step)]
    n_thread = min(most, len(bounds))
    if n_thread <= 1:
        return [work(low, high) for low, high in bounds]
    with ThreadPoolExecutor(n_thread) as threads:
        return list(threads.map(lambda bound: work(*bound), bounds))
