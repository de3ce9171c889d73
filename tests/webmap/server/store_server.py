"""A PostgreSQL server of a test's own on TCP, and a small proxy before it that delays or goes silent."""

import os
import queue
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from geo.db.server import binary_directories
from geo.db.session import make_engine
from tests.webmap.server.conftest import eventually
from tests.webmap.server.office import Office, free_port, served, state_folder, store_office

AS_POSTGRES: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []}
"""PostgreSQL and PgBouncer refuse to run as root."""


def account() -> dict[str, Any]:
    return AS_POSTGRES if os.geteuid() == 0 else {}


@dataclass(frozen=True)
class StoreServer:
    """A server with the database ``fuchun`` of the role ``office``."""

    port: int

    def url(self, port: int | None = None) -> str:
        return f"postgresql+psycopg://office@127.0.0.1:{port or self.port}/fuchun"

    def connect(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(f"host=127.0.0.1 port={self.port} user=office dbname=fuchun", autocommit=True)


@contextmanager
def store_server(**options: object) -> Iterator[StoreServer]:
    """Run a server until the block ends."""
    binaries = next(each for each in binary_directories() if (each / "initdb").exists())
    with state_folder() as folder, ExitStack() as stack:
        data, port = folder / "data", free_port()
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(data, "postgres", "postgres")
        run = {"cwd": data, "stdout": subprocess.DEVNULL, **account()}
        command = [str(binaries / "initdb"), "-D", str(data), "-U", "keeper", "--auth=trust", "--no-sync"]
        subprocess.run([*command, "--encoding=UTF8", "--locale=C.UTF-8"], check=True, **run)
        words = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", **options}
        arguments = [word for name, value in words.items() for word in ("-c", f"{name}={value}")]
        server = subprocess.Popen(
            [str(binaries / "postgres"), "-D", str(data), *arguments], stderr=subprocess.DEVNULL, **run
        )
        stack.callback(_end, server)
        keeper = f"host=127.0.0.1 port={port} user=keeper dbname="
        eventually(lambda: bool(_try(keeper + "postgres")), within_s=60)
        with psycopg.connect(keeper + "postgres", autocommit=True) as connection:
            connection.execute("CREATE ROLE office LOGIN")
            connection.execute("CREATE DATABASE fuchun OWNER office")
        with psycopg.connect(keeper + "fuchun", autocommit=True) as connection:
            connection.execute("CREATE EXTENSION postgis")
        yield StoreServer(port)


@contextmanager
def office_on(server: StoreServer, *words: str, port: int | None = None, **environ: str) -> Iterator[Office]:
    """Serve the valley from a server, reached at `port`; `words` come before the command, `environ` beside ours."""
    with state_folder() as state:
        engine = make_engine(server.url(), pool_size=2)
        try:
            password = store_office(engine, state)
            with served(state, engine, password, settings(server, port, **environ), *words) as office:
                yield office
        finally:
            engine.dispose()


def settings(server: StoreServer, port: int | None = None, **more: str) -> dict[str, str]:
    """Return the environment of a site on a server."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    return {**others, "DATABASE_URL": server.url(port), **more}


def _try(address: str) -> bool:
    try:
        psycopg.connect(address).close()
    except psycopg.OperationalError:
        return False
    return True


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


class SlowProxy:
    """Passes connections on to a port or a socket file, late by `delay_s` each way, or goes silent."""

    def __init__(self, to: int | Path) -> None:
        self._to = to
        self.delay_s = 0.0
        self.is_silent = False
        """New connections are accepted and nothing more."""
        self._forgotten: set[int] = set()
        self._pairs: list[tuple[socket.socket, socket.socket | None]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def forget(self) -> None:
        """Pass nothing on any more of the connections there are; to both sides they look open."""
        self._forgotten = set(range(len(self._pairs)))

    def close(self) -> None:
        self._listener.close()
        for pair in self._pairs:
            for each in pair:
                if each is not None:
                    each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                there = None if self.is_silent else self._connect()
                number = len(self._pairs)
                self._pairs.append((here, there))
                if there is not None:
                    self._pass(number, here, there)
                    self._pass(number, there, here)

    def _connect(self) -> socket.socket:
        if isinstance(self._to, int):
            return socket.create_connection(("127.0.0.1", self._to))
        there = socket.socket(socket.AF_UNIX)
        there.connect(str(self._to))
        return there

    def _pass(self, number: int, source: socket.socket, target: socket.socket) -> None:
        waiting: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

        def read() -> None:
            with suppress(OSError):
                while part := source.recv(65536):
                    waiting.put((time.monotonic() + self.delay_s, part))
            waiting.put((time.monotonic() + self.delay_s, b""))

        def write() -> None:
            with suppress(OSError):
                while True:
                    at, part = waiting.get()
                    time.sleep(max(0.0, at - time.monotonic()))
                    if number in self._forgotten:
                        continue
                    if not part:
                        target.shutdown(socket.SHUT_WR)
                        return
                    target.sendall(part)

        for work in (read, write):
            threading.Thread(target=work, daemon=True).start()


@contextmanager
def slow_proxy(to: int | Path) -> Iterator[SlowProxy]:
    proxy = SlowProxy(to)
    try:
        yield proxy
    finally:
        proxy.close()
