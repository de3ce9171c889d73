"""Shared memory between the supervisor and the processes of the site: numbers, one slot a process."""

import json
import mmap
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

_SLOT_BYTES = 4096
_BEAT, _BUSY, _TEXT = 0, 1, 64
"""Indices of the numbers of a slot (milliseconds of the last sign of life, busy connections), and where its text is."""

_FRESH_MS = 3_000
"""A process that gave no sign for longer is not waited for."""


class ProcessTable:
    """Slots in a file that every process maps; each writes its own slot only.

    Parameters
    ----------
    descriptor : int
        Of a file of `size` bytes, inherited by the processes.
    slots : int
    """

    def __init__(self, descriptor: int, slots: int) -> None:
        self.descriptor = descriptor
        self.slots = slots
        self._memory = mmap.mmap(descriptor, slots * _SLOT_BYTES)
        # Whole aligned 64-bit numbers: a reader sees the old or the new one, never half of it.
        self._numbers = memoryview(self._memory).cast("q")

    @classmethod
    def create(cls, slots: int) -> "ProcessTable":
        """Make an empty table."""
        with tempfile.TemporaryFile() as file:
            file.truncate(slots * _SLOT_BYTES)
            return cls(os.dup(file.fileno()), slots)

    def clear(self, slot: int) -> None:
        """Forget a process that has ended, except which snapshots it had open."""
        self._numbers[self._index(slot) + _BEAT] = 0
        self._numbers[self._index(slot) + _BUSY] = 0

    def beat(self, slot: int) -> None:
        """Note that a process accepts connections and is at work."""
        self._numbers[self._index(slot) + _BEAT] = time.monotonic_ns() // 1_000_000

    def age_s(self, slot: int) -> float | None:
        """Return how long ago a process gave a sign of life; None while it does not accept yet."""
        beat = self._numbers[self._index(slot) + _BEAT]
        return None if beat == 0 else time.monotonic() - beat / 1000.0

    def add_busy(self, slot: int, count: int) -> int:
        """Count a connection of a process that has, or no longer has, something to do; return how many it has."""
        index = self._index(slot) + _BUSY
        self._numbers[index] += count
        return self._numbers[index]

    def least_busy(self, slot: int) -> int | None:
        """Return the smallest number of busy connections among the other processes that accept, None without one."""
        now = time.monotonic_ns() // 1_000_000
        others = (self._index(other) for other in range(self.slots) if other != slot)
        return min(
            (self._numbers[index + _BUSY] for index in others if now - self._numbers[index + _BEAT] < _FRESH_MS),
            default=None,
        )

    def write_snapshots(self, slot: int, folders: Iterable[Path]) -> None:
        """Note which snapshots a process has open."""
        text = json.dumps(sorted(map(str, folders))).encode()
        at = slot * _SLOT_BYTES + _TEXT
        if len(text) < _SLOT_BYTES - _TEXT:
            self._memory[at : at + len(text) + 1] = text + b"\0"

    def read_snapshots(self, slot: int) -> list[Path]:
        """Return which snapshots a process has, or before its end had, open."""
        start = slot * _SLOT_BYTES + _TEXT
        text = self._memory[start : start + _SLOT_BYTES - _TEXT].partition(b"\0")[0]
        try:
            return [Path(folder) for folder in json.loads(text or b"[]")]
        except ValueError:
            return []  # the process was killed while it wrote

    @staticmethod
    def _index(slot: int) -> int:
        return slot * _SLOT_BYTES // 8
