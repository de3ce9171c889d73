"""Password hashes one at a time on this machine and at a lower priority, so that logins do not slow riders.

A hash takes 64 MB and a fifth of a second of a processor. Of the threads that serve, `PLACES` in each process may
wait for one; a third is told to try again.
"""

import contextlib
import fcntl
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from passlib.context import CryptContext  # type: ignore[import-untyped]

from geo.errors import GeoError

Result = TypeVar("Result")

PLACES = 2
"""Requests of a process that may wait for their hash: one in work, one behind it."""
LOWER = 5
"""Added to the niceness: on a busy machine a hash gets a quarter of a processor, and riders the rest."""


class BusyError(GeoError):
    """Others log in at this moment, and no more may wait."""


class PatientContext(CryptContext):  # type: ignore[misc]
    """Passlib's context whose hashes wait for each other.

    Parameters
    ----------
    lock_file : Path
        Shared by every process of this machine.
    settings
        As passlib's.
    """

    def __init__(self, *, lock_file: Path, **settings: Any) -> None:
        super().__init__(**settings)
        self._lock_file = lock_file
        self._places = threading.BoundedSemaphore(PLACES)
        self._worker = ThreadPoolExecutor(1, "fuchun-hash", initializer=_lower_priority)

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places of this process while passwords are looked at, or raise `BusyError`."""
        if not self._places.acquire(blocking=False):
            raise BusyError("Several people are logging in at this moment. Try again in a few seconds.")
        try:
            yield
        finally:
            self._places.release()

    def hash(self, secret: str, **options: Any) -> str:
        """Return the hash of a password when its turn has come."""
        return str(self._in_turn(lambda: super(PatientContext, self).hash(secret, **options)))

    def verify(self, secret: str, hash: str, **options: Any) -> bool:
        """Return whether a password is that of a hash when its turn has come."""
        return bool(self._in_turn(lambda: super(PatientContext, self).verify(secret, hash, **options)))

    def _in_turn(self, work: Callable[[], Result]) -> Result:
        return self._worker.submit(self._alone, work).result()

    def _alone(self, work: Callable[[], Result]) -> Result:
        self._lock_file.parent.mkdir(parents=True, exist_ok=True)
        with self._lock_file.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            return work()


def _lower_priority() -> None:
    # On Linux a priority is a thread's; elsewhere it would be that of the whole process.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWER)
