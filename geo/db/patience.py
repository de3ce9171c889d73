"""Connections that give up on a server which does not answer: half-open sockets, a stalled proxy, a stopped server.

libpq waits for an answer without end where the other side neither answers nor closes. Here a connection of a pool says
that it is still there before it is used, and transactions set a limit (`set_silence`). One that was silent for so long
is closed. While new ones are not accepted in time only one request at a time finds that out; the others fail at once,
so that their threads go on answering from memory.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.rows import TupleRow
from sqlalchemy import Engine, event

SILENCE_S = 10.0
"""How long a connection of a pool may take to say that it is still there, and to end its transaction."""

CONNECT_S = 10
"""How long a new connection may take."""

PROBE_EVERY_S = 5.0
"""While the server does not accept connections in time, one is tried so often."""

KEEPALIVE = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}
"""The system cuts a connection over TCP whose other side is gone; libpq ignores these on a socket of the machine."""

_WAKE_S = 0.1


class PatientConnection(psycopg.Connection[TupleRow]):
    """A connection whose waits end after `silence_s`; None: never."""

    silence_s: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = _WAKE_S, timeout: float | None = None) -> RV:
        """Wait for an answer; close the connection where none comes in time."""
        try:
            return super().wait(gen, interval, self.silence_s if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as error:
            if timeout is not None:
                raise
            self.pgconn.finish()  # what comes later would be taken for the answer to something else
            raise psycopg.OperationalError(f"the server has not answered within {self.silence_s:.0f} s") from error


class _Probe:
    """Lets one thread at a time find out whether a server that did not accept connections does so again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_at: float | None = None

    def begin(self) -> None:
        with self._lock:
            now = time.monotonic()
            if self._next_at is not None and now < self._next_at:
                raise psycopg.OperationalError("the server did not accept a connection a moment ago")
            if self._next_at is not None:
                self._next_at = now + CONNECT_S + PROBE_EVERY_S

    def end(self, *, is_silent: bool) -> None:
        with self._lock:
            self._next_at = time.monotonic() + PROBE_EVERY_S if is_silent else None


def be_patient(engine: Engine) -> None:
    """Let the connections of an engine give up as this module says."""
    probe = _Probe()

    @event.listens_for(engine, "do_connect")
    def connect(_: Any, __: Any, words: Sequence[Any], named: Mapping[str, Any]) -> PatientConnection:
        probe.begin()
        is_silent = False
        try:
            return PatientConnection.connect(*words, **named)
        except psycopg.errors.ConnectionTimeout:
            is_silent = True
            raise
        finally:
            probe.end(is_silent=is_silent)

    # In the pool, where the next user first asks whether it is still there, and in use.
    event.listen(engine, "reset", lambda connection, *_: set_silence(connection, SILENCE_S))
    event.listen(engine, "checkout", lambda connection, *_: set_silence(connection, None))


def set_silence(connection: Any, silence_s: float | None) -> None:
    """Set how long a connection waits for an answer, until it goes back to its pool; None: without end."""
    if isinstance(connection, PatientConnection):
        connection.silence_s = silence_s
