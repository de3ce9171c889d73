"""``fuchun serve`` keeps a worker beside itself: started, started again, and ended with it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.webmap.job_workers import add_owner, ask, eventually, is_running, processes_of, wait_for
from tests.webmap.server.answering import answers

Serve = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def serve(engine: Engine, tmp_path: Path) -> Iterator[Serve]:
    """Start the site on this test's database, and return when it answers."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        url = engine.url.render_as_string(hide_password=False)
        environ = os.environ | {"DATABASE_URL": url, "FUCHUN_STATE": str(tmp_path)}
        command = [sys.executable, "-m", "webmap.cli", "serve", "--port", str(port), "--workers", "1"]
        started.append(subprocess.Popen(command, env=environ, start_new_session=True, stderr=subprocess.DEVNULL))
        eventually(lambda: answers(port), "the site answers", within_s=60)
        return started[-1]

    yield start
    for site in started:
        if site.poll() is None:
            site.kill()
            site.wait()


def children_of(pid: int) -> dict[int, str]:
    """Return the command lines of a process's children by process id."""
    shown = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return {int(line.split()[0]): line for line in shown.stdout.splitlines()}


def worker_of(pid: int) -> int | None:
    found = [child for child, command in children_of(pid).items() if re.search(r"-m webmap\.logic\.jobs ", command)]
    return found[0] if found else None


def test_a_killed_worker_is_replaced_and_ctrl_c_leaves_nothing(engine: Engine, serve: Serve) -> None:
    owner = add_owner(engine)
    site = serve()
    eventually(lambda: worker_of(site.pid) is not None, "a worker beside the site")
    first = worker_of(site.pid)
    job_id = ask(engine, owner, 3)
    wait_for(engine, job_id, lambda job: job.progress > 0, within_s=30)
    os.kill(first, signal.SIGKILL)
    done = wait_for(engine, job_id, lambda job: not job.is_active, within_s=60)
    assert (done.state, done.attempts) == ("done", 2)
    left = ask(engine, owner, 60)
    wait_for(engine, left, lambda job: job.progress > 0, within_s=30)
    everybody = [site.pid, *children_of(site.pid), *processes_of(engine, left)]
    assert len(everybody) == 4
    site.send_signal(signal.SIGINT)
    assert site.wait(20) == 0
    eventually(lambda: not any(map(is_running, everybody)), "nothing is left running")
    assert wait_for(engine, left, lambda job: True).state == "waiting", "for the next start"


def test_when_everything_is_killed_the_next_start_does_the_job(engine: Engine, serve: Serve) -> None:
    owner = add_owner(engine)
    site = serve()
    job_id = ask(engine, owner, 3)
    wait_for(engine, job_id, lambda job: job.progress > 0, within_s=30)
    everybody = [*children_of(site.pid), *processes_of(engine, job_id)]
    site.kill()
    site.wait()
    eventually(lambda: not any(map(is_running, everybody)), "nobody outlives the site", within_s=20)
    serve()
    done = wait_for(engine, job_id, lambda job: not job.is_active, within_s=60)
    assert (done.state, done.result) == ("done", {"seconds": 3})
