"""One HTTP connection: uvicorn's protocol with time limits for headers, bodies and readers that stall.

Nothing here has a timer of its own: `Connection.check` looks at a connection once a second.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from webmap.server.limits import Limits

EXTENSION = "webmap.connection"
"""Where an application finds the `Connection` of a request, in the extensions of its scope."""


class HeadTooLargeError(Exception):
    """The request line and headers are larger than allowed."""


class Connection(HttpToolsProtocol):
    """One connection.

    Parameters
    ----------
    config : uvicorn.Config
    state : ServerState
        What uvicorn keeps of all connections.
    limits : Limits
    count_busy : callable
        Told +1 when the connection gets something to do and -1 when it waits for the next request or is gone.
    """

    def __init__(
        self, config: uvicorn.Config, state: ServerState, *, limits: Limits, count_busy: Callable[[int], object]
    ) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(config, state, {}, loop)
        self._limits = limits
        self._count_busy = count_busy
        self._is_busy = False
        self._is_leaving = False
        self._head_since: float | None = None
        self._head_bytes = 0
        self._field_bytes = 0
        self._body_since: float | None = None
        self._body_bytes = 0
        self._refusal = HTTPStatus.BAD_REQUEST
        self._buffered = 0
        self._buffered_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self._head_since = self._body_since = None
        self._set_busy(False)

    def data_received(self, data: bytes) -> None:
        """Take what came in."""
        if self.transport.is_closing():
            return  # of a request that was refused
        if self._head_since is None and self._body_since is None and self._is_answered():
            self._await_head()
        if self._head_since is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_since is not None and self._head_bytes > self._limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._field_bytes = 0
        self.scope["extensions"] = {EXTENSION: {"connection": self}}

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address."""
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._count_head(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the application, which then reads the body."""
        self._head_since = None
        self._body_since, self._body_bytes = self.loop.time(), 0
        super().on_headers_complete()
        if self._is_leaving:
            self._end_by_answer()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the body is complete."""
        self._body_since = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if not self.pipeline and self._body_since is None:
            self._set_busy(False)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; into an answer that has begun no other is written."""
        self._refuse(self._refusal)

    def shutdown(self) -> None:
        """Stop once the request at work is answered; one that is not complete is none."""
        if self._body_since is not None and not self._is_answered():
            self.transport.close()
        super().shutdown()

    def leave(self) -> None:
        """Say with the next answer that the connection ends: whoever has more to ask then connects to another process.

        Closing it in between would cost a request that is just on its way.
        """
        self._is_leaving = True
        self._end_by_answer()

    def check(self, now: float) -> None:
        """Give up what takes too long."""
        limits = self._limits
        if self._head_since is not None and now - self._head_since > limits.head_s:
            if self._head_bytes:
                self._refuse(HTTPStatus.REQUEST_TIMEOUT)
            else:
                self.transport.close()  # browsers open connections ahead, and expect no answer there
        elif (
            self._body_since is not None
            and now - self._body_since > limits.body_s + self._body_bytes / limits.slowest_bytes
        ):
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        buffered = self.transport.get_write_buffer_size()
        # While an answer is being sent, its sender counts the time.
        if buffered == 0 or buffered != self._buffered or not (self._is_answered() or self.transport.is_closing()):
            self._buffered, self._buffered_since = buffered, now
        elif now - self._buffered_since > limits.stall_s:
            self.abort()

    def abort(self) -> None:
        """End the connection at once; what was not sent is lost."""
        if self.cycle is not None:
            self.cycle.disconnected = True
        self.transport.abort()

    def _end_by_answer(self) -> None:
        # uvicorn then says so in the head of the answer: one that has begun cannot say it any more, but the next one.
        if not self._is_answered() and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def _await_head(self) -> None:
        self._head_since = self.loop.time()
        self._head_bytes = 0
        self._set_busy(True)

    def _count_head(self, size: int) -> None:
        self._field_bytes += size
        if self._field_bytes > self._limits.head_bytes:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise HeadTooLargeError

    def _refuse(self, status: HTTPStatus) -> None:
        if self.transport.is_closing():
            return
        if not self.pipeline and (self._is_answered() or not self.cycle.response_started):
            text = f"{status.phrase}\n".encode()
            self.transport.write(
                f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n"
                f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n".encode()
                + text
            )
        self._head_since = self._body_since = None
        self.transport.close()

    def _is_answered(self) -> bool:
        return self.cycle is None or bool(self.cycle.response_complete)

    def _set_busy(self, is_busy: bool) -> None:
        if is_busy != self._is_busy:
            self._is_busy = is_busy
            self._count_busy(1 if is_busy else -1)
