"""Asking a server as fast as it answers (a closed loop, by wrk), or at moments fixed beforehand (an open loop).

A closed loop waits for each answer before it asks again, so a server that stalls is asked less and its stall is hardly
seen. The open loop asks when it is time, and counts from the moment the request was due (G. Tene, "How not to measure
latency", 2013).
"""

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from benchmarks.networks import SkipError

CONNECTIONS = 16
"""As many as two workers of the site have threads: enough to keep them busy, too few to queue."""

KEPT_S = 5.0
"""A connection that was idle for longer is not used again: the server may be closing it."""

_SCRIPT = """
local requests = {}
init = function(args)
  for line in io.lines(args[1]) do
    local method, path, body = line:match("^(%S+) (%S+) (.*)$")
    local headers = { ["Accept-Encoding"] = "gzip" }
    if body == "" then body = nil else headers["Content-Type"] = "application/json" end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
end
local next_one = 0
request = function()
  next_one = next_one % #requests + 1
  return requests[next_one]
end
done = function(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
  io.write(string.format(
    '\\n{"requests": %d, "us": %d, "refused": %d, "failed": %d, "p50_us": %d, "p95_us": %d}\\n', summary.requests,
    summary.duration, summary.errors.status, failed + summary.errors.timeout,
    latency:percentile(50), latency:percentile(95)))
end
"""


@dataclass(frozen=True)
class Request:
    """What is asked: method, path with its query, and the JSON body if there is one."""

    method: str
    path: str
    body: str = ""

    def bytes(self, host: str) -> bytes:
        """Return the request as it is sent."""
        head = f"{self.method} {self.path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n"
        body = self.body.encode()
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return head.encode() + b"\r\n" + body


@dataclass(frozen=True)
class Pressed:
    """How a server bore it: answers, answers that were no success (4xx, 5xx), requests without an answer; seconds."""

    requests: int
    refused: int
    failed: int
    seconds: float
    p50_s: float
    p95_s: float

    @property
    def per_second(self) -> float:
        """Return answers a second."""
        return self.requests / self.seconds


def press(
    address: str, requests: Sequence[Request], *, seconds: int, connections: int = CONNECTIONS, threads: int = 1
) -> Pressed:
    """Ask one request after the other on every connection for some seconds, by wrk.

    Raises
    ------
    SkipError
        If wrk is not installed.
    """
    program = shutil.which("wrk")
    if program is None:
        raise SkipError("wrk is not installed (Debian and Ubuntu: apt-get install wrk)")
    with tempfile.TemporaryDirectory() as folder:
        script, asked = Path(folder) / "press.lua", Path(folder) / "requests"
        script.write_text(_SCRIPT)
        asked.write_text("".join(f"{each.method} {each.path} {each.body}\n" for each in requests))
        command = [program, f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "--latency"]
        command += ["-s", str(script), address, "--", str(asked)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SkipError(f"wrk failed: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return Pressed(
        requests=told["requests"],
        refused=told["refused"],
        failed=told["failed"],
        seconds=told["us"] / 1e6,
        p50_s=told["p50_us"] / 1e6,
        p95_s=told["p95_us"] / 1e6,
    )


@dataclass(frozen=True)
class Waited:
    """What the people of an open loop waited, float64 (n), seconds from when they meant to ask; refusals apart."""

    seconds: NDArray[np.float64]
    refused: int

    def percentile(self, share: float) -> float:
        """Return what so many per cent waited at most."""
        return float(np.percentile(self.seconds, share))


def ask_on_time(
    address: str, requests: Sequence[Request], *, per_second: float, seconds: float, connections: int = 64
) -> Waited:
    """Ask at evenly spaced moments, whether or not earlier answers have come.

    A request that finds every connection busy waits for one, and its waiting counts.
    """
    return asyncio.run(_ask_on_time(address, requests, per_second, round(per_second * seconds), connections))


_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


def ask_once(address: str, requests: Sequence[Request], *, connections: int = CONNECTIONS) -> float:
    """Ask every request once, on some connections at a time; return the seconds that all of them took.

    Raises
    ------
    ExceptionGroup of RuntimeError
        If an answer is no success.
    """
    return asyncio.run(_ask_once(address, requests, connections))


async def _ask_once(address: str, requests: Sequence[Request], connections: int) -> float:
    host = urlsplit(address).netloc
    left = iter(requests)

    async def ask_some() -> None:
        streams: _Streams | None = None
        try:
            for request in left:
                streams = streams or await asyncio.open_connection(*host.split(":"))
                is_success, is_kept = await _ask(*streams, request.bytes(host))
                if not is_success:
                    raise RuntimeError(f"{request.path} was refused")
                if not is_kept:
                    await _close(streams[1])
                    streams = None
        finally:
            if streams:
                await _close(streams[1])

    begin = time.perf_counter()
    async with asyncio.TaskGroup() as asked:
        for _ in range(connections):
            asked.create_task(ask_some())
    return time.perf_counter() - begin


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[bool, bool]:
    """Send a request and read its answer; return whether it was a success, and whether the connection is kept."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, found, rest = head.partition(b"content-length:")
    if found:
        await reader.readexactly(int(rest.partition(b"\r\n")[0]))
    elif b"transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return head.startswith(b"http/1.1 2"), b"connection: close" not in head


async def _ask_on_time(
    address: str, requests: Sequence[Request], per_second: float, count: int, connections: int
) -> Waited:
    host = urlsplit(address).netloc
    sent = [request.bytes(host) for request in requests]
    waited = np.zeros(count)
    refused = 0
    # A connection is made when it is needed, as a browser does: the server gives a thread to each that says nothing.
    idle: list[tuple[float, _Streams]] = []
    free = asyncio.Semaphore(connections)
    loop = asyncio.get_running_loop()
    begin = loop.time() + 0.2

    async def connect() -> _Streams:
        while idle:
            since, streams = idle.pop()
            if loop.time() - since < KEPT_S:
                return streams
            streams[1].close()
        return await asyncio.open_connection(*host.split(":"))

    async def ask_one(k: int) -> None:
        nonlocal refused
        async with free:
            reader, writer = await connect()
            is_success, is_kept = await _ask(reader, writer, sent[k % len(sent)])
            waited[k] = loop.time() - (begin + k / per_second)
            refused += not is_success
            if is_kept:
                idle.append((loop.time(), (reader, writer)))
            else:
                await _close(writer)

    async with asyncio.TaskGroup() as asked:
        for k in range(count):
            early = begin + k / per_second - loop.time()
            if early > 0.0:
                await asyncio.sleep(early)
            asked.create_task(ask_one(k))
    for _, (_, writer) in idle:
        await _close(writer)
    return Waited(waited, refused)
