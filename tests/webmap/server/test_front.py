"""Phones that send half a request, read slowly or say nothing hold nobody up; what is no HTTP gets a clear refusal."""

import collections
import http.client
import json
import socket
import time

import pytest

from tests.webmap.server.clients import HALF, median_s, memory_bytes, slow_reader
from tests.webmap.server.conftest import Serve, Served, eventually, read_all
from tests.webmap.server.small import LARGE_BYTES


def test_half_sent_bodies_hold_nobody_up_and_are_closed_in_time(serve: Serve) -> None:
    served = serve(2, body_s=3.0)
    alone_s = median_s(served)
    begin = time.monotonic()
    half = [served.connect(HALF) for _ in range(500)]
    assert median_s(served) < 10 * alone_s + 0.02
    answers = [read_all(each) for each in half]
    assert time.monotonic() - begin < 15.0
    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)
    for each in half:
        each.close()


def test_silent_connections_hold_nobody_up_and_are_closed_in_time(serve: Serve) -> None:
    served = serve(2, head_s=3.0)
    alone_s = median_s(served)
    begin = time.monotonic()
    silent = [served.connect() for _ in range(250)] + [served.connect(b"GET /who HT") for _ in range(250)]
    assert median_s(served) < 10 * alone_s + 0.02
    answers = [read_all(each) for each in silent]
    assert time.monotonic() - begin < 15.0
    assert answers[:250] == [b""] * 250, "browsers open connections ahead and expect no answer there"
    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers[250:])
    for each in silent:
        each.close()


def test_slow_readers_hold_no_thread_and_no_memory(serve: Serve) -> None:
    served = serve(1, threads=2, stall_s=2.0)
    alone_s = median_s(served)
    pid = served.ask("/who")["pid"]
    before = memory_bytes(pid)
    stopped = [slow_reader(served) for _ in range(12)]
    eventually(lambda: all(each.recv(1, socket.MSG_PEEK) for each in stopped), within_s=30)
    assert median_s(served) < 10 * alone_s + 0.02
    assert memory_bytes(pid) - before < 6 * LARGE_BYTES, "large answers wait in files"
    # Those that go on reading are served, however long it takes; those that have stopped are not.
    reading = slow_reader(served)
    size = 0
    end = time.monotonic() + 4.0
    while time.monotonic() < end:
        size += len(reading.recv(30_000))
        time.sleep(0.1)
    assert size + len(read_all(reading)) > LARGE_BYTES
    assert max(len(read_all(each)) for each in stopped) < LARGE_BYTES
    for each in (*stopped, reading):
        each.close()


def test_pages_of_staff_that_take_long_leave_threads_to_riders(serve_once: Served) -> None:
    asked = b"GET /slow/1.0 HTTP/1.1\r\nHost: a\r\nCookie: session=x\r\nConnection: close\r\n\r\n"
    held = [serve_once.connect(asked) for _ in range(9)]
    time.sleep(0.2)
    assert serve_once.time_s() < 0.6, "nobody waits for a thread that has no cookie"
    assert all(b'"pid":' in read_all(each) for each in held), "and all of the others are answered"
    for each in held:
        each.close()


def test_of_connections_that_come_together_every_process_takes_its_share(serve: Serve) -> None:
    served = serve(2)
    counts = [collections.Counter(served.ask_together(16)) for _ in range(5)]
    assert all(len(count) == 2 and min(count.values()) >= 5 for count in counts), counts


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", 400),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", 400),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /who HTTP/1.1\r\nHost: a\r\nA: " + b"x" * 40_000 + b"\r\n\r\n", 431),
        (b"GET /who HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 20_000 + b"\r\n", 431),
        (b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431),
        (b"GET /who HTTP/1.1\r\nHost: a\r\nA: " + b"x" * 200_000, 431),
        ("GET /富 HTTP/1.1\r\nHost: a\r\n\r\n".encode(), 400),
        (b"CONNECT other:80 HTTP/1.1\r\nHost: other\r\n\r\n", 400),
    ],
    ids=[
        "chunk size",
        "two lengths",
        "negative",
        "repeated",
        "no HTTP",
        "large",
        "many",
        "address",
        "endless",
        "letters",
        "proxy",
    ],
)
def test_what_is_no_proper_request_is_refused(serve_once: Served, sent: bytes, status: int) -> None:
    assert serve_once.send(sent).startswith(f"HTTP/1.1 {status} ".encode())
    assert serve_once.ask("/who")


def test_an_application_sees_requests_as_wsgi_tells(serve_once: Served) -> None:
    head = (
        "GET /environ?q=%E5%AF%8C HTTP/1.1\r\nHost: here\r\nConnection: close\r\nCookie: a=1\r\nCookie: b=2\r\n"
        "X-Forwarded-For: 10.0.0.1\r\nX_Forwarded_For: 10.0.0.2\r\nAccept: a\r\nAccept: b\r\n\r\n"
    )
    answer = serve_once.send(head.encode())
    environ = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_X_FORWARDED_FOR"] == "10.0.0.1", "a header with _ is another one, which no proxy removes"
    assert environ["HTTP_ACCEPT"] == "a,b"
    assert environ["QUERY_STRING"] == "q=%E5%AF%8C"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"


def test_bodies_come_whole_however_they_are_sent(serve_once: Served) -> None:
    chunked = b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b'"body":"wikipedia"' in serve_once.send(chunked + b"4\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n")
    body = b"x" * 3_000_000
    assert serve_once.ask("/size", method="POST", body=body) == {"size": len(body)}
    parts = b"".join(b"%x\r\n%s\r\n" % (len(body) // 3, body[: len(body) // 3]) for _ in range(3)) + b"0\r\n\r\n"
    assert b'"size":3000000' in serve_once.send(chunked.replace(b"/echo", b"/size") + parts)


@pytest.mark.parametrize(("path", "size"), [("/size", 20_100_000), ("/echo", 100_000)])
def test_a_body_that_is_too_large_is_refused_by_the_application(serve_once: Served, path: str, size: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", serve_once.port, timeout=30)
    # It is told the length, and says so in its own words while the rest still comes in.
    for _ in range(2):
        connection.request("POST", path, b"x" * size)
        answer = connection.getresponse()
        assert (answer.status, b"Request Entity Too Large" in answer.read()) == (413, True)
    connection.close()


def test_answers_of_every_kind_come_whole_on_a_kept_connection(serve_once: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", serve_once.port, timeout=30)
    for path, size in (("/stream", 2_000_000), ("/large", LARGE_BYTES), ("/who", None), ("/stream", 2_000_000)):
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.getheader("Content-Length") == str(len(body))
        assert size is None or len(body) == size
    connection.request("HEAD", "/large")
    answer = connection.getresponse()
    assert (answer.status, answer.read(), answer.getheader("Content-Length")) == (200, b"", str(LARGE_BYTES))
    connection.request("GET", "/who")
    assert connection.getresponse().status == 200
    connection.close()
