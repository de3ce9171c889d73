"""The open loop counts waiting from when a request was due; the closed one tells refusals."""

import shutil
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.pressing import Request, ask_on_time, ask_once, press


class Slow(BaseHTTPRequestHandler):
    """Answers one at a time, the tenth after half a second; refuses what it is told to."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    count = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with Slow.lock:
            Slow.count += 1
            if Slow.count == 10:
                time.sleep(0.5)
        self.send_response(422 if body == b'"no"' else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def address() -> Iterator[str]:
    Slow.count = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_stall_is_counted_for_everybody_who_came_during_it(address):
    waited = ask_on_time(address, [Request("POST", "/", '"yes"')], per_second=40, seconds=1.0)
    assert waited.seconds.size == 40
    assert waited.refused == 0
    # Half a second at 40 a second: about twenty waited, most of them long.
    assert 15 <= (waited.seconds > 0.1).sum() <= 35
    assert 0.4 < waited.percentile(100) < 1.5


def test_refusals_are_counted(address):
    asked = [Request("POST", "/", '"yes"'), Request("POST", "/", '"no"')]
    assert ask_on_time(address, asked, per_second=50, seconds=0.4).refused == 10


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_wrk_sends_every_request_with_its_body_and_tells_refusals(address):
    pressed = press(address, [Request("POST", "/", '"yes"'), Request("POST", "/", '"no"')], seconds=1, connections=2)
    assert pressed.requests > 10
    assert pressed.failed == 0
    assert pressed.refused == pytest.approx(pressed.requests / 2, abs=4)
    assert 0.0 < pressed.p50_s <= pressed.p95_s


def test_every_request_of_a_list_is_asked_once_and_a_refusal_is_an_error(address):
    assert ask_once(address, [Request("POST", "/", '"yes"')] * 25, connections=4) >= 0.5
    assert Slow.count == 25
    with pytest.raises(ExceptionGroup):
        ask_once(address, [Request("POST", "/", '"no"')])
