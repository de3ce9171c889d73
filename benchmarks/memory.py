"""Counting memory as Linux does: what some work adds at its peak, and what processes share."""

import ctypes
import ctypes.util
import gc
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks.networks import SkipError

Result = TypeVar("Result")

_KIB = 1024


def added_at_peak(work: Callable[[], Result]) -> tuple[int, Result]:
    """Return how many bytes of memory some work adds at its peak, and its result.

    Memory-mapped pages that it touches for the first time count as well.

    Raises
    ------
    SkipError
        Where the system does not count so.
    """
    reset = Path("/proc/self/clear_refs")
    if not reset.exists():
        raise SkipError("this system has no /proc: memory is not measured")
    _give_back()
    before = _status("VmRSS", os.getpid())
    # The high-water mark starts again from what is there now (man 5 proc).
    reset.write_text("5")
    result = work()
    return max(_status("VmHWM", os.getpid()) - before, 0), result


def shares(pid: int) -> dict[str, int]:
    """Return bytes of a process: ``rss`` all it sees, ``pss`` its fair share of it, and of both what lies in files."""
    text = Path(f"/proc/{pid}/smaps").read_text()
    sums = {"rss": 0, "pss": 0, "file_rss": 0, "file_pss": 0}
    is_array = False
    for line in text.splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            is_array = line.endswith(".npy")
        elif found := re.match(r"(Rss|Pss): +(\d+) kB", line):
            name, size = found[1].lower(), int(found[2]) * _KIB
            sums[name] += size
            sums[f"file_{name}"] += size * is_array
    return sums


def _give_back() -> None:
    """Return freed memory to the system: what is reused from it would count as nothing."""
    gc.collect()
    name = ctypes.util.find_library("c")
    if name and hasattr(library := ctypes.CDLL(name), "malloc_trim"):
        library.malloc_trim(0)


def _status(name: str, pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * _KIB if found else 0
