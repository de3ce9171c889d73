"""PostgreSQL killed and snapshots that crash processes: riders are answered, and the supervisor puts it right."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from geo.db.cluster import _exclusive, cluster_paths, running_cluster
from geo.db.migrations import upgrade
from geo.db.session import make_engine
from tests.webmap.server.conftest import ROOT, eventually
from tests.webmap.valley import CODE, valley_app

PROGRAM = """
import os, sys
from pathlib import Path
from geo.db.cluster import running_cluster
from webmap.server.run import run_site
from webmap.server.supervisor import listen
root = Path.cwd()
with running_cluster(root) as url:
    os.environ["DATABASE_URL"] = url
    run_site(listen("127.0.0.1", int(sys.argv[1])), workers=2, jobs=0, cluster=root)
"""
NOTICE = "The database does not answer at the moment"
HERE = json.dumps({"lon": 119.985, "lat": 30.0})


@dataclass(frozen=True)
class Site:
    process: "subprocess.Popen[bytes]"
    port: int
    state: Path
    log: Path

    def ask(self, path: str, body: str | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Accept-Language": "en", "Content-Type": "application/json"}
        connection.request("POST" if body else "GET", path, body, headers)
        answer = connection.getresponse()
        said = answer.status, answer.read().decode()
        connection.close()
        return said

    def warm_processes(self) -> list[int]:
        """Return the processes that have the snapshot in memory."""
        return [pid for pid in self.processes() if "table-walk-cost" in Path(f"/proc/{pid}/maps").read_text()]

    def processes(self) -> list[int]:
        shown = subprocess.run(
            ["pgrep", "-f", "-P", str(self.process.pid), "webmap.server.process"], capture_output=True, text=True
        )
        return [int(pid) for pid in shown.stdout.split()]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The valley on a cluster of its own, which the supervisor keeps."""
    # As root the server's account must get in, and pytest's own directories are closed to it.
    state = Path(tempfile.mkdtemp(prefix="fuchun-test-"))
    state.chmod(0o711)
    with pytest.MonkeyPatch.context() as patch, socket.socket() as free:
        patch.setenv("FUCHUN_STATE", str(state))

        @contextmanager
        def database():
            with running_cluster(ROOT) as url:
                engine = make_engine(url)
                upgrade(engine)
                yield engine
                engine.dispose()

        with valley_app(database, state):
            pass
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
        free.close()
        environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        log = state / "log"
        with log.open("wb") as file:
            process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(port)], cwd=ROOT, env=environ, stderr=file)
        found = Site(process, port, state, log)
        try:
            eventually(lambda: len(found.warm_processes()) == 2 and found.ask("/healthz")[0] == 200, within_s=240)
            yield found
        finally:
            process.terminate()
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            shutil.rmtree(state)


def test_riders_are_answered_while_postgresql_is_away_and_it_comes_back(site: Site) -> None:
    paths = cluster_paths(ROOT)
    pid = int((paths.data / "postmaster.pid").read_text().split()[0])
    # Nothing has been drawn yet in either process. While we hold the lock, nobody can start the server again.
    with _exclusive(paths.start_lock):
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: site.ask("/healthz")[0] == 503, within_s=20)
        eventually(lambda: all(NOTICE in site.ask("/?lang=en")[1] for _ in range(4)), within_s=20)
        for lang in ("zh", "en"):
            for _ in range(4):
                for path in ("/", "/plan", "/s/S1", "/s/S2", "/embed"):
                    status, page = site.ask(f"{path}?lang={lang}")
                    assert status == 200, path
                    assert NOTICE in page or lang == "zh"
                status, answer = site.ask("/api/v1/nearest", HERE)
                assert (status, json.loads(answer)["stations"][0]["code"]) == (200, "S1")
                assert json.loads(answer)["notice"].startswith(NOTICE)
    eventually(lambda: site.ask("/healthz")[0] == 200, within_s=20)
    eventually(lambda: not any(NOTICE in site.ask("/?lang=en")[1] for _ in range(4)), within_s=10)
    told = site.log.read_text()
    assert told.count("PostgreSQL has ended; it is started again") == 1
    assert told.count("PostgreSQL runs again after") == 1


def test_a_snapshot_on_which_two_processes_crash_is_set_aside_and_built_again(site: Site) -> None:
    (folder,) = (site.state / "snapshots" / CODE).glob("[0-9]*")
    inode = folder.stat().st_ino
    eventually(lambda: len(site.warm_processes()) == 2, within_s=60)
    time.sleep(3.0)  # the supervisor knows what they have open
    for pid in site.processes():
        os.kill(pid, signal.SIGBUS)
    eventually(lambda: folder.exists() and folder.stat().st_ino != inode, within_s=60)
    assert folder.with_name(f"damaged-{folder.name}").is_dir()
    eventually(lambda: site.ask("/api/v1/nearest", HERE)[0] == 200, within_s=30)
    assert site.log.read_text().count("is set aside and built again") == 1
