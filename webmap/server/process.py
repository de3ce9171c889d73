"""One process of the site: ``python -m webmap.server.process``, started by the supervisor with the sockets it inherits.

It makes the application, then accepts connections until it is told to stop or the supervisor is gone.
"""

import asyncio
import importlib
import json
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from types import FrameType
from typing import Any, Protocol, cast
from wsgiref.types import WSGIApplication, WSGIEnvironment

import uvicorn
import uvloop

from geo.errors import GeoError
from webmap.server.accept import Acceptor
from webmap.server.asgi import Front
from webmap.server.connection import Connection
from webmap.server.limits import Limits
from webmap.server.process_table import ProcessTable

log = logging.getLogger(__name__)

CHECK_S = 1.0
OTHER_FILES = 200
"""Open files of a process that are no connections."""

LEAVE_S = 5.0
"""How long a process that was replaced waits for its connections to end with an answer."""

LEAVE = signal.SIGUSR2
"""Tells a process of the site that it is replaced, and the supervisor to replace all of them."""

SWITCH_S = 0.001
"""How long a thread computes while the loop waits: a fifth of Python's default, since the loop serves everybody."""


class Site(Protocol):
    """What a process serves."""

    app: WSGIApplication

    def start(self) -> None:
        """Get ready; nothing is accepted before."""

    def stop(self) -> None:
        """End what was started."""

    def is_ready(self) -> bool:
        """Tell whether requests can be answered; until then other processes take them."""

    def is_quick(self, environ: WSGIEnvironment) -> bool:
        """Tell whether a request is answered from memory alone, in a millisecond or two."""

    def largest_body(self, environ: WSGIEnvironment) -> int:
        """Return how large the body of a request may be."""

    def snapshots(self) -> list[Any]:
        """Return the folders of the snapshots in use."""


@dataclass(frozen=True, kw_only=True)
class Inherited:
    """What the supervisor gives a process: file descriptors, its slot and what it serves (``module:function``)."""

    listener: int
    table: int
    lifeline: int
    slots: int
    slot: int
    site: str
    limits: Limits = field(default_factory=Limits)

    def arguments(self) -> list[str]:
        """Return the command's arguments."""
        return [json.dumps(asdict(self))]

    @classmethod
    def read(cls, text: str) -> "Inherited":
        """Read the arguments."""
        values = json.loads(text)
        return cls(**{**values, "limits": Limits(**values["limits"])})


class _Server(uvicorn.Server):
    """uvicorn without sockets of its own: it keeps the connections and ends them in order."""

    acceptor: Acceptor | None = None
    is_replaced = False

    def leave(self) -> None:
        """Stop, since another process has taken the place of this one."""
        self.is_replaced = True
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, then wait for the requests at work; a replaced process ends its connections by answers."""
        if self.acceptor is not None:
            self.acceptor.stop()
            await self.acceptor.wait_opened()
        if self.is_replaced:
            connections = self.server_state.connections
            for connection in list(connections):
                cast(Connection, connection).leave()
            end = asyncio.get_running_loop().time() + LEAVE_S
            while connections and asyncio.get_running_loop().time() < end:
                await asyncio.sleep(0.05)
        await super().shutdown(sockets)


async def serve(site: Site, inherited: Inherited) -> None:
    """Serve until a signal comes or the supervisor is gone."""
    limits = inherited.limits
    loop = asyncio.get_running_loop()
    config = uvicorn.Config(
        Front(site.app, limits, site.largest_body, site.is_quick),
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=round(limits.idle_s),
        timeout_graceful_shutdown=round(limits.stop_s),
    )
    server = _Server(config)
    table = ProcessTable(inherited.table, inherited.slots)
    slot = inherited.slot
    connections = server.server_state.connections

    def make() -> asyncio.Protocol:
        return Connection(
            config, server.server_state, limits=limits, count_busy=lambda count: table.add_busy(slot, count)
        )

    async def check() -> None:
        while True:
            if site.is_ready():
                table.beat(slot)
            table.write_snapshots(slot, site.snapshots())
            for connection in list(connections):
                cast(Connection, connection).check(loop.time())
            await asyncio.sleep(CHECK_S)

    most = most_connections(limits)
    with socket.socket(fileno=inherited.listener) as listener:
        listener.setblocking(False)
        server.acceptor = Acceptor(listener, make, lambda: len(connections) < most, site.is_ready, table, slot)
        loop.add_signal_handler(LEAVE, server.leave)
        loop.add_reader(inherited.lifeline, _stop_without_supervisor, server, inherited.lifeline)
        checking = asyncio.create_task(check())
        server.acceptor.start()
        try:
            await server.serve(sockets=[])
        finally:
            checking.cancel()
            with suppress(asyncio.CancelledError):
                await checking
            table.clear(slot)


def most_connections(limits: Limits) -> int:
    """Return how many connections may be open: what the limits say, or fewer where the system allows fewer files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.connections + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return limits.connections if soft == resource.RLIM_INFINITY else min(limits.connections, soft - OTHER_FILES)


def _stop_without_supervisor(server: _Server, lifeline: int) -> None:
    asyncio.get_running_loop().remove_reader(lifeline)
    server.should_exit = True


def _ignore(_: int, __: FrameType | None) -> None:
    """Do nothing: uvicorn raises the signals it has heard once more when it is done."""


def set_up_logging() -> None:
    """Log warnings as text and, where they are asked for, requests as bare lines of JSON; both on standard error."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    # What strangers send is no news of ours.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    requests = logging.getLogger("fuchun.requests")
    requests.setLevel(logging.INFO)
    requests.propagate = False
    requests.addHandler(logging.StreamHandler())


def main() -> None:
    """Make the site and serve it."""
    set_up_logging()
    for number in (signal.SIGTERM, signal.SIGINT, LEAVE):
        signal.signal(number, _ignore)
    sys.setswitchinterval(SWITCH_S)
    inherited = Inherited.read(sys.argv[1])
    module, _, name = inherited.site.partition(":")
    make_site: Callable[[], Site] = getattr(importlib.import_module(module), name)
    code = 1
    try:
        site = make_site()
        site.start()
        try:
            uvloop.run(serve(site, inherited))
            code = 0
        finally:
            site.stop()
    except GeoError as error:
        log.error("%s", error)
    except Exception:
        log.exception("a process of the site failed")
    finally:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        # A thread whose request did not end in time must not hold the process.
        os._exit(code)


if __name__ == "__main__":
    main()
