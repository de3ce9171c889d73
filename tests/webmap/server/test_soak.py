"""The long forms of what `test_front` shows in seconds, on the real application; `make soak` runs them."""

import socket
import threading
import time
from pathlib import Path

import pytest

from tests.webmap.server.clients import HALF, median_s, memory_bytes, slow_reader
from tests.webmap.server.conftest import Served, read_all, serving
from tests.webmap.server.small import LARGE_BYTES

pytestmark = pytest.mark.soak

N_READER, BYTES_PER_S = 50, 20_000
RIDERS_S = 0.05
"""What half of the riders wait at most, on a busy machine."""


def read_slowly(reader: socket.socket, sizes: list[int]) -> None:
    size = 0
    while piece := reader.recv(BYTES_PER_S):
        size += len(piece)
        time.sleep(len(piece) / BYTES_PER_S)
    sizes.append(size)


def test_fifty_phones_read_fifteen_megabytes_at_twenty_kilobytes_a_second(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as served:
        pids = set(served.ask_together(16))
        before = sum(map(memory_bytes, pids))
        sizes: list[int] = []
        readers = [slow_reader(served) for _ in range(N_READER)]
        for reader in readers:
            reader.settimeout(120)
        reading = [threading.Thread(target=read_slowly, args=(reader, sizes)) for reader in readers]
        for thread in reading:
            thread.start()
        waited = []
        while any(thread.is_alive() for thread in reading):
            waited.append(median_s(served))
            time.sleep(5.0)
        assert len(sizes) == N_READER
        assert min(sizes) > LARGE_BYTES, "all of them got the whole answer"
        assert sorted(waited)[len(waited) // 2] < RIDERS_S
        assert sum(map(memory_bytes, pids)) - before < 20 * LARGE_BYTES
        for reader in readers:
            reader.close()


def test_half_sent_bodies_and_silent_connections_for_five_minutes_with_the_usual_limits(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as served:
        end = time.monotonic() + 300.0
        waited = []
        while time.monotonic() < end:
            begin = time.monotonic()
            held = [served.connect(HALF) for _ in range(500)] + [served.connect() for _ in range(500)]
            waited.append(median_s(served))
            for each in held:
                read_all(each)
                each.close()
            assert time.monotonic() - begin < 40.0, "they are closed in time"
        assert max(waited) < RIDERS_S


def test_requests_that_are_broken_off_leave_memory_flat(tmp_path: Path) -> None:
    with serving(tmp_path, 1) as served:
        pid = served.ask("/who")["pid"]

        def mixed(served: Served, n: int) -> None:
            for _ in range(n):
                served.ask("/echo", method="POST", body=b"x" * 5000)
                served.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
                served.connect(HALF).close()
                slow_reader(served).close()

        mixed(served, 200)
        before = memory_bytes(pid)
        mixed(served, 1000)
        assert memory_bytes(pid) - before < 50_000_000
