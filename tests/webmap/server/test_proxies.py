"""The site behind nginx and Caddy as docs/operations.md sets them up."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.webmap.server.conftest import Served, eventually, serving
from tests.webmap.server.proxies import PATH, caddy, nginx
from tests.webmap.server.small import LARGE_BYTES

Proxy = Callable[[int, int, Path], list[str]]


@contextmanager
def behind(proxy: Proxy, site: Served, folder: Path) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environ = os.environ | {"PATH": PATH, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        command = proxy(port, site.port, folder)
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    seen = replace(site, process=process, port=port)
    try:
        eventually(lambda: bool(seen.ask("/who")), within_s=60)
        yield seen
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("proxy", [nginx, caddy], ids=["nginx", "caddy"])
def test_the_site_works_behind_the_documented_proxy(proxy: Proxy, tmp_path: Path) -> None:
    if shutil.which(proxy.__name__, path=PATH) is None:
        pytest.skip(f"{proxy.__name__} is not installed (Debian and Ubuntu: apt-get install {proxy.__name__})")
    with serving(tmp_path, 2, body_s=3.0) as site, behind(proxy, site, tmp_path) as seen:
        host = b"Host: 127.0.0.1:%d\r\n" % seen.port
        sent = b"GET /environ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-Forwarded-For: 6.6.6.6\r\n" % seen.port
        answer = seen.send(sent + b"X_Forwarded_For: 6.6.6.6\r\nConnection: close\r\n\r\n")
        environ = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert environ["HTTP_X_FORWARDED_FOR"] == "127.0.0.1", "nobody can claim another address"
        assert environ["HTTP_X_FORWARDED_PROTO"] == "http"
        assert environ["HTTP_X_FORWARDED_HOST"].startswith("127.0.0.1")
        assert seen.ask("/echo", method="POST", body="富".encode())["body"] == "富"
        body = b"x" * 3_000_000
        assert seen.ask("/size", method="POST", body=body) == {"size": len(body)}
        assert len(seen.send(b"GET /large HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n")) > LARGE_BYTES
        half = b"POST /echo HTTP/1.1\r\n" + host + b"Content-Length: 5000\r\n\r\nhalf"
        halves = [seen.connect(half) for _ in range(200)]
        assert min(seen.time_s() for _ in range(5)) < 0.5
        for each in halves:
            each.close()
        assert set(site.ask_together(16)) == set(seen.ask_together(16)), "both processes are asked"
