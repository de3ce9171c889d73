"""The supervisor of ``fuchun serve``: it starts the site's processes and all they need, and keeps them running.

It serves nothing itself, opens no snapshot and no connection to the database, so that nothing that happens to those
can end it. Its processes end when it is gone.
"""

import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Protocol

from geo.errors import InputError
from webmap.server.children import Child
from webmap.server.limits import Limits
from webmap.server.process import LEAVE, Inherited
from webmap.server.process_table import ProcessTable
from webmap.server.replacement import Replacement

log = logging.getLogger(__name__)

LOOK_S = 0.5
SILENT_S = 60.0
"""A process that accepted connections and then gave no sign for so long is killed, and so started again."""

BACKLOG = 2048
UNSENT_BYTES = 64 * 1024
"""How much of an answer waits with the system for a slow reader."""

_TCP_NOTSENT_LOWAT = 25

JOBS_STOP_S = 12.0
"""How long the worker for jobs may take to put them back; longer than it gives the processes of its jobs."""

_HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

SITE = "webmap.server.site:make_site"


class Kept(Protocol):
    """What else the supervisor looks after."""

    def look(self) -> None:
        """See that it is as it should be; must not block."""

    def end(self) -> None:
        """End what is still being done for it."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be run.

    Attributes
    ----------
    workers : int
        Processes of the site.
    jobs : sequence of str
        Command of the worker for jobs; empty: none.
    kept : sequence of Kept
    on_crash : callable
        Told a process's return code and the snapshots it had open.
    site : str
        What is served, ``module:function``.
    """

    workers: int
    jobs: Sequence[str] = ()
    kept: Sequence[Kept] = ()
    on_crash: Callable[[int, list[Path]], None] = lambda _, __: None
    site: str = SITE
    limits: Limits = field(default_factory=Limits)


def listen(host: str, port: int) -> socket.socket:
    """Return the listening socket that the processes share.

    Raises
    ------
    InputError
        The address cannot be listened on.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        # The whole message names the address once more.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise InputError(
            "cannot listen on {host}, port {port}: {reason}; stop what uses it, or choose another with --port",
            host=host,
            port=port,
            reason=reason,
        ) from error
    if sys.platform == "linux":
        # Connections inherit it. Left alone, the system takes megabytes ahead for a slow reader, and tells that there
        # is room for more only when a third of them is gone: a minute, in which nobody knows whether he still reads.
        listener.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, UNSENT_BYTES)
    return listener


def run(plan: Plan, listener: socket.socket) -> None:
    """Run everything until a signal ends it."""
    table = ProcessTable.create(plan.workers + 1)  # one more for a process that is about to replace another
    alive, lifeline = os.pipe()  # who inherits `alive` reads its end when this process is gone
    os.set_inheritable(lifeline, False)
    children = {slot: _site_process(plan, slot, listener, table, alive) for slot in range(plan.workers)}
    jobs = Child("the worker for jobs", plan.jobs) if plan.jobs else None
    replacement = Replacement(
        table, lambda slot: _site_process(plan, slot, listener, table, alive), stop_s=plan.limits.stop_s
    )
    with _signals() as signals:
        while signals.wait(LOOK_S):
            for kept in plan.kept:
                kept.look()
            if signals.take_request():
                replacement.ask(list(children))
            if replacement.look(children) and jobs is not None:
                jobs.send(signal.SIGTERM)  # it puts its jobs back into the queue, and is started again
            for child in [*children.values(), *([jobs] if jobs else [])]:
                child.look()
            for slot, child in children.items():
                _end_silent(child, table.age_s(slot))
        replacement.end()
        everybody = [*children.values(), *([jobs] if jobs else [])]
        for child in everybody:
            child.send(signal.SIGTERM)
        listener.close()
        begin = time.monotonic()
        for child in everybody:
            most_s = JOBS_STOP_S if child is jobs else plan.limits.stop_s + 5.0
            child.end(begin + most_s - time.monotonic())
        for kept in plan.kept:
            kept.end()
    os.close(alive)
    os.close(lifeline)


def _site_process(plan: Plan, slot: int, listener: socket.socket, table: ProcessTable, alive: int) -> Child:
    inherited = Inherited(
        listener=listener.fileno(),
        table=table.descriptor,
        lifeline=alive,
        slots=table.slots,
        slot=slot,
        site=plan.site,
        limits=plan.limits,
    )

    def on_end(code: int) -> None:
        table.clear(slot)
        plan.on_crash(code, table.read_snapshots(slot))

    return Child(
        f"process {slot + 1} of the site",
        [sys.executable, "-m", "webmap.server.process", *inherited.arguments()],
        inherits=(inherited.listener, inherited.table, inherited.lifeline),
        on_end=on_end,
    )


def _end_silent(child: Child, age_s: float | None) -> None:
    if age_s is not None and age_s > SILENT_S:
        log.warning("%s has given no sign of life for %.0f s and is killed", child.name, age_s)
        child.send(signal.SIGKILL)


class _Signals:
    """What signals have said so far."""

    def __init__(self, reading: int) -> None:
        self._reading = reading
        self._stops: list[int] = []
        self._is_asked = False

    def stop(self, number: int, _: FrameType | None) -> None:
        self._stops.append(number)

    def ask(self, _: int, __: FrameType | None) -> None:
        self._is_asked = True

    def wait(self, seconds: float) -> bool:
        """Wait some seconds, or until a process ends; return False once a signal says stop."""
        if not self._stops and select.select([self._reading], [], [], seconds)[0]:
            os.read(self._reading, 512)
        return not self._stops

    def take_request(self) -> bool:
        """Tell whether the processes are to be replaced, once."""
        asked, self._is_asked = self._is_asked, False
        return asked


@contextmanager
def _signals() -> Iterator[_Signals]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    heard = _Signals(reading)
    before = {number: signal.signal(number, heard.stop) for number in _HEARD}
    before[LEAVE] = signal.signal(LEAVE, heard.ask)
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _, __: None)
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield heard
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)
