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
from webmap.server.process import Inherited
from webmap.server.process_table import ProcessTable

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
    table = ProcessTable.create(plan.workers)
    alive, lifeline = os.pipe()  # who inherits `alive` reads its end when this process is gone
    os.set_inheritable(lifeline, False)
    children = [_site_process(plan, slot, listener, table, alive) for slot in range(plan.workers)]
    jobs = Child("the worker for jobs", plan.jobs) if plan.jobs else None
    everybody = [*children, *([jobs] if jobs else [])]
    with _signals() as wait:
        while wait(LOOK_S):
            for kept in plan.kept:
                kept.look()
            for child in everybody:
                child.look()
            for slot, child in enumerate(children):
                _end_silent(child, table.age_s(slot))
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
        slots=plan.workers,
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


@contextmanager
def _signals() -> Iterator[Callable[[float], bool]]:
    """Yield a function that waits some seconds, or until a process ends; it returns False once a signal says stop."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    stops: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        stops.append(number)

    def wait(seconds: float) -> bool:
        if not stops and select.select([reading], [], [], seconds)[0]:
            os.read(reading, 512)
        return not stops

    before = {number: signal.signal(number, stop) for number in _HEARD}
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _, __: None)
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield wait
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)
