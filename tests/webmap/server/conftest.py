"""The small site, served by the real supervisor and its processes."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Served:
    """A supervisor at work, and where its site listens."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    def ask(self, path: str, *, method: str = "GET", body: bytes | None = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def ask_together(self, n: int) -> list[int]:
        """Return which processes answer, where many connect and ask before the first reads its answer."""
        with ExitStack() as opened:
            connections = [http.client.HTTPConnection("127.0.0.1", self.port, timeout=30) for _ in range(n)]
            for each in connections:
                opened.callback(each.close)
                each.request("GET", "/who")
            return [int(json.loads(each.getresponse().read())["pid"]) for each in connections]

    def connect(self, sent: bytes = b"") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.sendall(sent)
        return connection

    def send(self, sent: bytes) -> bytes:
        """Return all that is answered to bytes, until the server closes the connection."""
        with self.connect(sent) as connection:
            return read_all(connection)

    def time_s(self, path: str = "/echo") -> float:
        begin = time.monotonic()
        self.ask(path, method="POST", body=b"here")
        return time.monotonic() - begin


Serve = Callable[..., Served]


@contextmanager
def serving(folder: Path, workers: int = 1, **limits: float) -> Iterator[Served]:
    """Serve the small site until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "tests.webmap.server.small", str(port), str(workers), json.dumps(limits)]
    log = folder / f"{port}.log"
    environ = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
    with log.open("wb") as file:
        site = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=file)
    served = Served(site, port, log)
    try:
        eventually(lambda: len(set(served.ask_together(8 * workers))) == workers, within_s=60)
        yield served
    finally:
        if site.poll() is None:
            site.terminate()
            try:
                site.wait(30)
            except subprocess.TimeoutExpired:
                site.kill()
                site.wait()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serve the small site with some processes and limits."""
    with ExitStack() as started:
        yield lambda workers=1, **limits: started.enter_context(serving(tmp_path, workers, **limits))


@pytest.fixture(scope="module")
def serve_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the small site with the usual limits, for all tests of a module that leave it as it is."""
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


def eventually(holds: Callable[[], bool], *, within_s: float) -> None:
    end = time.monotonic() + within_s
    while True:
        try:
            if holds():
                return
        except (OSError, http.client.HTTPException):
            pass
        assert time.monotonic() < end, "it has not happened in time"
        time.sleep(0.1)


def read_all(connection: socket.socket) -> bytes:
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)
