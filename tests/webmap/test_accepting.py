"""Connections are shared between workers, and silent ones hold nobody up."""

import collections
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SITE = """
import os, sys, time
from flask import Flask
from webmap.serve import Site

class Small(Site):
    def load(self):
        app = Flask("small")
        @app.get("/who")
        def who():
            end = time.monotonic() + 0.01
            while time.monotonic() < end:
                pass
            return {"pid": os.getpid()}
        return app

settings = {"post_worker_init": lambda worker: None, "worker_exit": lambda arbiter, worker: None}
Small("127.0.0.1", int(sys.argv[1]), workers=int(sys.argv[2]), settings=settings).run()
"""


@pytest.fixture
def serve() -> Iterator[Callable[[int], int]]:
    """Serve an application whose one answer, 10 ms of work, says which worker gave it; return the port."""
    started: list[subprocess.Popen[bytes]] = []

    def start(workers: int) -> int:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        command = [sys.executable, "-c", SITE, str(port), str(workers)]
        started.append(subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}))
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                ask_together(port, 1)
                return port
            except OSError:
                time.sleep(0.2)
        raise AssertionError("the site does not answer")

    yield start
    for site in started:
        site.terminate()
        site.wait()


def ask_together(port: int, n: int) -> list[int]:
    """Return who answered, where many connect and ask before the first reads its answer."""
    connections = []
    for _ in range(n):
        connections.append(http.client.HTTPConnection("127.0.0.1", port, timeout=30))
        connections[-1].request("GET", "/who")
    found = [int(json.loads(each.getresponse().read())["pid"]) for each in connections]
    for each in connections:
        each.close()
    return found


def test_of_phones_that_come_together_every_worker_takes_its_share(serve: Callable[[int], int]) -> None:
    port = serve(2)
    time.sleep(2.0)  # both workers are up
    counts = [collections.Counter(ask_together(port, 32)) for _ in range(5)]
    assert all(len(count) == 2 and min(count.values()) >= 5 for count in counts), counts


@pytest.mark.skipif(not hasattr(socket, "TCP_DEFER_ACCEPT"), reason="only Linux keeps silent connections back")
def test_connections_that_say_nothing_hold_nobody_up(serve: Callable[[int], int]) -> None:
    port = serve(1)
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    begin = time.monotonic()
    ask_together(port, 1)
    assert time.monotonic() - begin < 2.0
    for each in silent:
        each.close()
