"""Limits of the HTTP server: sizes and times of requests and answers."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of one process.

    A body or an answer that moves is given more time: `body_s` or `answer_s`, and a second for every `slowest_bytes`.

    Attributes
    ----------
    head_s : float
        From the connection, or the first byte of a further request, to the end of its headers.
    head_bytes : int
        Request line and headers together.
    body_s, answer_s : float
        Total time for the body of a request and for an answer, at the least.
    slowest_bytes : float
        Bytes a second below which a body or an answer is given up after that.
    stall_s : float
        How long a reader may take nothing of an answer.
    idle_s : float
        How long a connection is kept between requests; longer than a reverse proxy keeps its own.
    body_bytes : int
        Largest body of an address that takes no files.
    spool_bytes : int
        Bodies and answers above it wait in a file, not in memory.
    files_at_once : int
        Bodies above `body_bytes` that are taken at a time.
    connections : int
        Open connections; more wait with the system.
    threads : int
        Requests that the application works on at a time.
    kept_threads : int
        Of these, threads that no request with a cookie takes: riders have none, and pages of staff may wait for the
        store.
    waiting : int
        Requests that may wait for a thread; above it they are told to come again.
    stop_s : float
        How long requests at work may take once the process is told to stop.
    """

    head_s: float = 10.0
    head_bytes: int = 32 * 1024
    body_s: float = 20.0
    answer_s: float = 60.0
    slowest_bytes: float = 4096.0
    stall_s: float = 30.0
    idle_s: float = 75.0
    body_bytes: int = 64 * 1024
    spool_bytes: int = 512 * 1024
    files_at_once: int = 4
    connections: int = 4000
    threads: int = 8
    kept_threads: int = 2
    waiting: int = 256
    stop_s: float = 10.0
