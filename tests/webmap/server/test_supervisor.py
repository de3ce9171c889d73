"""The supervisor: what dies is started again, what is asked is answered to the end, and nothing is left behind."""

import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from geo.errors import InputError
from tests.webmap.server.conftest import Serve, eventually
from webmap.server.children import Child, Pause
from webmap.server.crashes import CrashWatch
from webmap.server.process_table import ProcessTable
from webmap.server.replacement import Replacement
from webmap.server.supervisor import listen


def is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def test_a_stop_answers_what_was_asked_and_waits_for_nothing_else(serve: Serve) -> None:
    served = serve(2)
    pids = set(served.ask_together(16))
    answers: list[int] = []
    askers = [threading.Thread(target=lambda: answers.append(served.ask("/slow/2.0")["pid"])) for _ in range(6)]
    for asker in askers:
        asker.start()
    half = served.connect(b"POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 50\r\n\r\nhalf")
    silent = served.connect()
    time.sleep(1.0)
    begin = time.monotonic()
    served.process.send_signal(signal.SIGTERM)
    for asker in askers:
        asker.join(20)
    assert len(answers) == 6
    assert served.process.wait(20) == 0
    assert time.monotonic() - begin < 8.0
    assert not any(map(is_running, pids))
    with pytest.raises(ConnectionRefusedError):
        served.connect()
    half.close()
    silent.close()


def test_a_crashed_process_is_replaced_while_the_other_answers(serve: Serve) -> None:
    served = serve(2)
    pids = set(served.ask_together(16))
    victim = pids.pop()
    os.kill(victim, signal.SIGSEGV)
    eventually(lambda: not is_running(victim), within_s=10)
    for _ in range(10):
        assert served.ask("/echo", method="POST", body=b"x")
    eventually(lambda: len(set(served.ask_together(16))) == 2, within_s=20)
    told = served.log.read_text()
    assert "ended (SIGSEGV); it is started again in 0.5 s" in told
    assert f"crash -{signal.SIGSEGV.value} [PosixPath('/snapshots/330111/7-9')]" in told


def test_the_processes_end_when_the_supervisor_is_killed(serve: Serve) -> None:
    served = serve(2)
    pids = set(served.ask_together(16))
    served.process.kill()
    served.process.wait()
    eventually(lambda: not any(map(is_running, pids)), within_s=15)


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]
        with pytest.raises(InputError, match=f"cannot listen on 127.0.0.1, port {port}: Address already in use; stop"):
            listen("127.0.0.1", port)


def test_pauses_grow_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    pause = Pause(longest_s=4.0)
    lengths = []
    while len(lengths) < 6:
        if pause.is_over():
            lengths.append(pause.begin())
        now[0] += 0.1
    assert lengths == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]


def test_two_crashes_within_a_minute_set_a_snapshot_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    one, other = Path("/s/330111/7-9"), Path("/s/330111/8-9")
    aside: list[Path] = []
    watch = CrashWatch(lambda folder: not aside.append(folder))
    segv, bus = -signal.SIGSEGV, -signal.SIGBUS
    for wait_s, code, folders in (
        (0, segv, [one]),
        (61, bus, [one]),
        (5, -signal.SIGKILL, [one]),
        (1, 1, [one]),
        (1, bus, [other]),
    ):
        now[0] += wait_s
        watch.note(code, folders)
        assert not aside
    watch.note(segv, [one])
    assert aside == [one]
    watch.note(segv, [other])
    assert aside == [one, other]


def test_a_board_tells_who_has_least_to_do() -> None:
    table = ProcessTable.create(3)
    assert table.least_busy(0) is None, "nobody else accepts yet"
    for slot, busy in enumerate((5, 3, 4)):
        table.beat(slot)
        table.add_busy(slot, busy)
    assert (table.least_busy(0), table.least_busy(1), table.add_busy(0, -1)) == (3, 4, 4)
    table.write_snapshots(1, [Path("/a"), Path("/b")])
    table.clear(1)
    assert (table.least_busy(0), table.age_s(1), table.read_snapshots(1)) == (4, None, [Path("/a"), Path("/b")])


def test_processes_are_replaced_without_a_failed_request(serve: Serve) -> None:
    served = serve(2)
    before = set(served.ask_together(16))
    answers: list[int] = []
    is_over = threading.Event()

    def ask_on() -> None:
        # A connection that the server has ended with an answer is opened again; one that breaks raises here.
        with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)) as connection:
            while not is_over.is_set():
                connection.request("POST", "/echo", b"here")
                answers.append(json.loads(connection.getresponse().read())["pid"])

    def ask_anew() -> None:
        while not is_over.is_set():
            answers.append(served.ask("/slow/0.05")["pid"])

    failed: list[BaseException] = []

    def run(asker: Callable[[], None]) -> None:
        try:
            asker()
        except BaseException as error:
            failed.append(error)

    askers = [threading.Thread(target=run, args=(asker,)) for asker in (ask_on, ask_on, ask_anew, ask_anew)]
    for each in askers:
        each.start()
    served.process.send_signal(signal.SIGUSR2)
    eventually(lambda: not any(map(is_running, before)), within_s=240)
    eventually(lambda: len(set(served.ask_together(16))) == 2, within_s=60)
    is_over.set()
    for each in askers:
        each.join(20)
    assert not failed
    assert not set(served.ask_together(16)) & before
    assert len(set(answers) - before) >= 1
    assert len(answers) > 20


def test_a_process_that_does_not_start_replaces_none() -> None:
    table = ProcessTable.create(2)
    old = Child("old", ["sleep", "60"])
    old.look()
    processes = {0: old}
    replacement = Replacement(table, lambda _: Child("new", ["false"]), stop_s=1.0)
    replacement.ask([0])
    for _ in range(40):
        assert not replacement.look(processes)
        time.sleep(0.02)
    assert processes == {0: old}
    assert old.is_running
    old.send(signal.SIGKILL)
    old.end(5.0)
