"""Accept connections so that they are balanced between the processes of the site."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable

from webmap.server.process_table import ProcessTable

log = logging.getLogger(__name__)

PATIENCE_S, MOST_PATIENCE_S = 0.003, 0.03
"""How long a process leaves a new connection to one that has less to do: for each busy connection more, and at most."""

PAUSE_S = 0.5
"""How long a process that has no room for more accepts nothing."""


class Acceptor:
    """Accepts connections of a listening socket that several processes share, one at a time.

    All of them are told of a new connection. Left alone, the first to wake up would take all that wait, and the others
    nothing; so who has more busy connections than another waits a moment before it takes one more.

    Parameters
    ----------
    listener : socket
        Not blocking.
    make : callable
        Makes the protocol of a connection.
    has_room : callable
        Whether one more may be open.
    is_ready : callable
        Whether this process can answer; as long as it cannot, it leaves connections to those that can.
    table : ProcessTable
    slot : int
        The slot of this process on the table.
    """

    def __init__(
        self,
        listener: socket.socket,
        make: Callable[[], asyncio.Protocol],
        has_room: Callable[[], bool],
        is_ready: Callable[[], bool],
        table: ProcessTable,
        slot: int,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._make = make
        self._has_room = has_room
        self._is_ready = is_ready
        self._table = table
        self._slot = slot
        self._is_stopped = False
        self._opening: set[asyncio.Task[object]] = set()

    def start(self) -> None:
        """Begin to accept."""
        self._loop.add_reader(self._listener, self._look)

    def stop(self) -> None:
        """Accept no more."""
        self._is_stopped = True
        self._loop.remove_reader(self._listener)

    async def wait_opened(self) -> None:
        """Wait until every connection that was accepted has its protocol: until then nobody else knows of it."""
        await asyncio.gather(*self._opening, return_exceptions=True)

    def _look(self) -> None:
        least = self._table.least_busy(self._slot)
        if not self._has_room() or (least is not None and not self._is_ready()):
            self._pause(PAUSE_S, self.start)
            return
        more = 0 if least is None else self._table.add_busy(self._slot, 0) - least
        if more > 0:
            self._pause(min(more * PATIENCE_S, MOST_PATIENCE_S), self._take_and_go_on)
        else:
            self._take()

    def _take_and_go_on(self) -> None:
        self.start()
        self._take()

    def _pause(self, pause_s: float, then: Callable[[], None]) -> None:
        self._loop.remove_reader(self._listener)
        self._loop.call_later(pause_s, lambda: None if self._is_stopped else then())

    def _take(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another process has it, or the caller has gone
        except OSError as error:
            log.error("cannot accept connections: %s", error.strerror)
            self._pause(PAUSE_S, self.start)
            return
        connection.setblocking(False)
        task = self._loop.create_task(self._open(connection))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, connection: socket.socket) -> None:
        # Counted from here on, until the connection counts itself.
        self._table.add_busy(self._slot, 1)
        try:
            with contextlib.suppress(OSError):
                await self._loop.connect_accepted_socket(self._make, connection)
        finally:
            self._table.add_busy(self._slot, -1)
