"""Clients of the server that send halves or read slowly, and what they cost it."""

import os
import socket
import statistics

from tests.webmap.server.conftest import Served

HALF = b"POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 5000\r\n\r\nhalf"


def median_s(served: Served, n: int = 15) -> float:
    return statistics.median(served.time_s() for _ in range(n))


def slow_reader(served: Served) -> socket.socket:
    reader = socket.socket()
    # A phone's window: the rest waits with the server.
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    reader.settimeout(30)
    reader.connect(("127.0.0.1", served.port))
    reader.sendall(b"GET /large HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    return reader


def memory_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
