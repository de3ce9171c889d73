"""Replace the processes of the site one after the other, so that no request is lost: for new code or settings.

The next one starts beside the old one, in a slot of its own; when it accepts connections the old one is told to leave.
One that does not get so far is given up, and everything stays as it was.
"""

import logging
import signal
import time
from collections.abc import Callable

from webmap.server.children import Child
from webmap.server.process import LEAVE, LEAVE_S
from webmap.server.process_table import ProcessTable

log = logging.getLogger(__name__)

START_S = 120.0
"""How long a new process may take until it accepts connections."""


class Replacement:
    """Replaces processes on request.

    Parameters
    ----------
    table : ProcessTable
        With one slot more than there are processes.
    make : callable
        Makes the process of a slot, not started.
    stop_s : float
        How long requests at work may take once a process is told to stop.
    """

    def __init__(self, table: ProcessTable, make: Callable[[int], Child], *, stop_s: float) -> None:
        self._table = table
        self._make = make
        self._stop_s = stop_s
        self._spare = table.slots - 1
        self._waiting: list[int] = []
        self._next: Child | None = None
        self._leaving: tuple[int, Child] | None = None
        self._since = 0.0

    def ask(self, slots: list[int]) -> None:
        """Replace the processes of these slots, unless that is being done."""
        if not (self._waiting or self._next or self._leaving):
            log.warning("the processes of the site are replaced")
            self._waiting = list(slots)

    def look(self, processes: dict[int, Child]) -> bool:
        """Go on as far as possible without waiting; `processes`, by slot, are changed. Return whether all is done now.

        A process that leaves stands in `processes` no more, and is started again by nobody.
        """
        now = time.monotonic()
        if self._leaving is not None:
            slot, old = self._leaving
            if old.is_running and now - self._since < LEAVE_S + self._stop_s + 5.0:
                return False
            old.end(0.0)
            self._table.clear(slot)
            self._leaving, self._spare = None, slot
            return not self._waiting
        if self._next is not None:
            if self._table.age_s(self._spare) is not None:
                slot = self._waiting.pop(0)
                old, processes[self._spare] = processes.pop(slot), self._next
                self._next, self._since = None, now
                self._leaving = slot, old
                old.send(LEAVE)
            elif not self._next.is_running or now - self._since > START_S:
                log.error("the new process does not start; the old ones stay")
                self.end()
            return False
        if self._waiting:
            self._next, self._since = self._make(self._spare), now
            self._next.look()
        return False

    def end(self) -> None:
        """Give up what is under way; a process that leaves answers what it was asked."""
        self._waiting = []
        if self._next is not None:
            self._next.send(signal.SIGKILL)
            self._next.end(1.0)
            self._table.clear(self._spare)
        if self._leaving is not None:
            self._leaving[1].send(signal.SIGTERM)
            self._leaving[1].end(self._stop_s + 5.0)
        self._next = self._leaving = None
