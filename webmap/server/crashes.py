"""Set a snapshot aside after two processes crash on it: compiled code that reads damaged arrays may end them."""

import logging
import signal
import time
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

_CRASHES = (-signal.SIGSEGV, -signal.SIGBUS)
WITHIN_S = 60.0
"""Two crashes within this time on one snapshot are no chance."""


class CrashWatch:
    """Counts crashes by snapshot.

    Parameters
    ----------
    set_aside : callable
        Takes a snapshot's folder out of use; returns whether it was there. Who opens the district next finds it
        missing, and has it built again.
    """

    def __init__(self, set_aside: Callable[[Path], bool]) -> None:
        self._set_aside = set_aside
        self._crashed_at: dict[Path, float] = {}

    def note(self, code: int, folders: list[Path]) -> None:
        """Note how a process has ended, and which snapshots it had open."""
        if code not in _CRASHES:
            return
        now = time.monotonic()
        for folder in folders:
            if now - self._crashed_at.get(folder, -WITHIN_S) >= WITHIN_S:
                self._crashed_at[folder] = now
                continue
            del self._crashed_at[folder]
            try:
                if self._set_aside(folder):
                    log.error("two processes crashed on snapshot %s; it is set aside and built again", folder)
            except OSError as error:
                log.error("cannot set snapshot %s aside: %s", folder, error.strerror)
