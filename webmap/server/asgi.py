"""The application (WSGI) behind an asyncio front (ASGI): a thread is taken for a request that has come in whole, and is
free again before the first byte of the answer is sent.

So neither a phone in a tunnel, half of whose request is here, nor one that reads an answer slowly holds a thread.
"""

import asyncio
import io
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from geo.disk import is_disk_full
from webmap.server.connection import EXTENSION, Connection
from webmap.server.limits import Limits

log = logging.getLogger(__name__)

PIECE_BYTES = 64 * 1024

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

LargestBody = Callable[[WSGIEnvironment], int]


class TooBusyError(Exception):
    """More requests wait than the application can answer soon."""


class ClientGoneError(Exception):
    """The caller has closed the connection before the request was complete."""


@dataclass(frozen=True)
class Answer:
    """Status, headers and body of an answer; a large body is a file."""

    status: int
    headers: Headers
    body: bytes | IO[bytes]


class FileWrapper:
    """A file that an application answers with (PEP 3333): the front reads it, not the application's thread."""

    def __init__(self, file: IO[bytes], block_size: int = PIECE_BYTES) -> None:
        self.file = file
        self._block_size = block_size

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.file.read(self._block_size):
            yield piece

    def close(self) -> None:
        """Close the file."""
        self.file.close()


class Front:
    """The ASGI application in front of a WSGI application.

    Parameters
    ----------
    app : WSGIApplication
    limits : Limits
    largest_body : callable, optional
        Told the environment of a request whose body is larger than `Limits.body_bytes`, in a thread: how many bytes
        are taken from this caller at this address. By default, no larger ones are taken anywhere.
    is_quick : callable, optional
        Told the environment of a request: whether it is answered in a millisecond or two from memory alone. Such a
        request is answered by the event loop itself: handing it to a thread and back costs about a tenth of it.
    """

    def __init__(
        self,
        app: WSGIApplication,
        limits: Limits,
        largest_body: LargestBody | None = None,
        is_quick: Callable[[WSGIEnvironment], bool] | None = None,
    ) -> None:
        self._app = app
        self._limits = limits
        self._largest_body = largest_body or (lambda _: limits.body_bytes)
        self._is_quick = is_quick or (lambda _: False)
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="request")
        self._for_staff = asyncio.Semaphore(max(1, limits.threads - limits.kept_threads))
        self._waiting = 0
        self._files = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        environ = make_environ(scope)
        try:
            with await self._read_body(environ, receive) as body:
                environ["wsgi.input"] = body
                if self._is_quick(environ):
                    answer = call(self._app, environ, self._limits.spool_bytes)
                elif environ.get("HTTP_COOKIE"):
                    async with self._for_staff:
                        answer = await self._in_thread(call, self._app, environ, self._limits.spool_bytes)
                else:
                    answer = await self._in_thread(call, self._app, environ, self._limits.spool_bytes)
        except ClientGoneError:
            return
        except TooBusyError:
            answer = busy_answer()
        except OSError as error:
            if not is_disk_full(error):
                raise
            log.error("the disk is full: a request cannot be taken in")
            answer = full_answer()
        await self._send_answer(answer, scope, send)

    async def _read_body(self, environ: WSGIEnvironment, receive: Receive) -> IO[bytes]:
        """Return the whole body; a body that is not taken is empty, while its length tells how large it was."""
        limits = self._limits
        size = int(environ.get("CONTENT_LENGTH") or 0)
        largest = limits.body_bytes
        received = 0
        is_file = False
        body: IO[bytes] | None = None
        try:
            while True:
                if size > limits.body_bytes and not is_file:
                    largest = await self._in_thread(self._largest_body, environ)
                    if size <= largest and self._files >= limits.files_at_once:
                        raise TooBusyError
                    is_file = True
                    self._files += 1
                if size > largest:
                    # The application refuses it by its length; what still comes in is dropped.
                    environ["CONTENT_LENGTH"] = str(size)
                    return io.BytesIO()
                message = await receive()
                if message["type"] != "http.request":
                    raise ClientGoneError
                piece = message["body"]
                received += len(piece)
                size = max(size, received)
                is_whole = not message.get("more_body") and size <= largest
                if is_whole:
                    environ["CONTENT_LENGTH"] = str(received)
                    if body is None:
                        return io.BytesIO(piece)
                body = body or tempfile.SpooledTemporaryFile(limits.spool_bytes)  # noqa: SIM115
                body.write(piece)
                if is_whole:
                    body.seek(0)
                    whole, body = body, None
                    return whole
        finally:
            self._files -= is_file
            if body is not None:
                body.close()

    async def _in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        if self._waiting >= self._limits.threads + self._limits.waiting:
            raise TooBusyError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)
        finally:
            self._waiting -= 1

    async def _send_answer(self, answer: Answer, scope: Scope, send: Send) -> None:
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if isinstance(answer.body, bytes):
            await self._send_pieces(_pieces(answer.body), scope, send)
        else:
            with answer.body as file:
                await self._send_pieces(iter(lambda: file.read(PIECE_BYTES), b""), scope, send)

    async def _send_pieces(self, pieces: Iterator[bytes], scope: Scope, send: Send) -> None:
        """Send a body as fast as it is read; give up where the reader stalls or takes all too long."""
        limits = self._limits
        loop = asyncio.get_running_loop()
        begin = loop.time()
        sent = 0
        piece = next(pieces, b"")
        while following := next(pieces, b""):
            left_s = limits.answer_s + sent / limits.slowest_bytes - (loop.time() - begin)
            try:
                async with asyncio.timeout(min(limits.stall_s, left_s)):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            except TimeoutError:
                connection: Connection = scope["extensions"][EXTENSION]["connection"]
                connection.abort()
                return
            sent += len(piece)
            piece = following
        await send({"type": "http.response.body", "body": piece})


def make_environ(scope: Scope) -> WSGIEnvironment:
    """Return the WSGI environment of a request, without its body."""
    host, port = scope["server"] or ("localhost", 0)
    query = scope["query_string"].decode("latin-1")
    path = scope["raw_path"].decode("latin-1")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        # PEP 3333: bytes, written as Latin-1.
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
        "QUERY_STRING": query,
        "REQUEST_URI": f"{path}?{query}" if query else path,
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0] if scope["client"] else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }
    for name, value in scope["headers"]:
        # X_Forwarded_For would become the same variable as X-Forwarded-For, which only a proxy may set.
        if b"_" in name or name == b"transfer-encoding":
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        text = value.decode("latin-1")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
            if key in environ:
                text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        environ[key] = text
    return environ


def call(app: WSGIApplication, environ: WSGIEnvironment, spool_bytes: int) -> Answer:
    """Return the whole answer of an application; one above `spool_bytes` is a file."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        started[:] = [status, headers]
        return _refuse_write

    result = app(environ, _as_start_response(start_response))
    size: int | None = None
    if isinstance(result, FileWrapper):
        body: bytes | IO[bytes] = result.file
    else:
        try:
            body, size = _collect(result, spool_bytes)
        finally:
            if hasattr(result, "close"):
                result.close()
    status, given = started
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given]
    code = int(status[:3])
    has_length = any(name.lower() == b"content-length" for name, _ in headers)
    if size is not None and code not in (204, 304) and not has_length:
        headers.append((b"Content-Length", str(size).encode()))
    return Answer(code, headers, body)


def _as_start_response(function: Any) -> StartResponse:
    start: StartResponse = function
    return start


def _refuse_write(_: bytes) -> object:
    raise NotImplementedError("write() is not supported: applications return their body")


def _collect(pieces: Iterable[bytes], spool_bytes: int) -> tuple[bytes | IO[bytes], int]:
    """Return a body and its size."""
    parts: list[bytes] = []
    size = 0
    waiting = iter(pieces)
    for piece in waiting:
        parts.append(piece)
        size += len(piece)
        if size > spool_bytes:
            file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
            file.writelines(parts)
            file.writelines(waiting)
            size = file.tell()
            file.seek(0)
            return file, size
    return (parts[0] if len(parts) == 1 else b"".join(parts)), size


def _pieces(body: bytes) -> Iterator[bytes]:
    if len(body) <= PIECE_BYTES:
        return iter((body,))
    return (body[k : k + PIECE_BYTES] for k in range(0, len(body), PIECE_BYTES))


def busy_answer() -> Answer:
    """Return the answer where too many wait already."""
    return _later("服务繁忙，请几秒后重试。 Busy; please try again in a few seconds.\n")


def full_answer() -> Answer:
    """Return the answer where the disk has no space for what is sent."""
    return _later(
        "服务器的磁盘已满，未作任何改动；请告诉管理员。 "
        "There is no space left on the server's disk, so nothing was changed; please tell the administrator.\n"
    )


def _later(words: str) -> Answer:
    text = words.encode()
    headers = {
        b"Content-Type": b"text/plain; charset=utf-8",
        b"Content-Length": str(len(text)).encode(),
        b"Retry-After": b"5",
        b"Cache-Control": b"no-store",
    }
    return Answer(503, list(headers.items()), text)
