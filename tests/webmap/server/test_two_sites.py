"""Two sites over one store: nginx in front of both, PgBouncer in transaction mode behind them."""

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from geo.db.session import make_engine
from tests.webmap.server.conftest import eventually
from tests.webmap.server.office import (
    Office,
    Staff,
    ask,
    copy_state,
    free_port,
    kill,
    riders,
    served,
    state_folder,
    store_office,
)
from tests.webmap.server.proxies import PATH, documented, nginx
from tests.webmap.server.store_server import StoreServer, account, settings, store_server

pytestmark = pytest.mark.soak

REACHES_S = 2.0
"""How soon a change is seen on every site."""


@contextmanager
def pooler(server: StoreServer) -> Iterator[int]:
    """Run PgBouncer with the lines of docs/operations.md in front of a server; yield its port."""
    with state_folder() as folder:
        port = free_port()
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        lines = documented("ini", "[databases]")
        for ours, tests in {
            "host=127.0.0.1 port=5432": f"host=127.0.0.1 port={server.port}",
            "listen_port = 6432": f"listen_port = {port}",
            "/etc/pgbouncer/userlist.txt": str(folder / "users"),
            "auth_type = scram-sha-256": "auth_type = trust",
        }.items():
            assert ours in lines, ours
            lines = lines.replace(ours, tests)
        (folder / "users").write_text('"office" ""\n')
        (folder / "pgbouncer.ini").write_text(f"{lines}\nlogfile = {folder}/log\nunix_socket_dir =\n")
        process = subprocess.Popen(
            ["pgbouncer", "-q", str(folder / "pgbouncer.ini")], env=os.environ | {"PATH": PATH}, **account()
        )
        try:
            yield port
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def in_front(folder: Path, first: int, second: int) -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen(nginx(port, first, folder, second), env=os.environ | {"PATH": PATH})
    try:
        eventually(lambda: ask(port, "GET", "/healthz").status == 200, within_s=30)
        yield port
    finally:
        process.terminate()
        process.wait(20)


@dataclass
class Both:
    """Two sites, and the port of the proxy in front of them."""

    sites: tuple[Office, Office]
    port: int


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    for program in ("nginx", "pgbouncer"):
        if shutil.which(program, path=PATH) is None:
            pytest.skip(f"{program} is not installed (Debian and Ubuntu: apt-get install {program})")
    with ExitStack() as stack:
        server = stack.enter_context(store_server())
        port = stack.enter_context(pooler(server))
        states = [stack.enter_context(state_folder()) for _ in range(2)]
        engine = make_engine(server.url(), pool_size=2)
        stack.callback(engine.dispose)
        password = store_office(engine, states[0])
        copy_state(states[0], states[1])
        environ = settings(server, port, FUCHUN_SECRET_KEY="the same for both", FUCHUN_PROXIES="1")
        one, other = (stack.enter_context(served(state, engine, password, environ)) for state in states)
        front = stack.enter_context(in_front(tmp_path, one.port, other.port))
        yield Both((one, other), front)


def test_a_change_on_one_site_reaches_both_in_two_seconds(both: Both) -> None:
    one, other = both.sites
    took = []
    for number in range(7):
        name = f"Station {number}"
        with one.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE place SET name = %s WHERE code = 'S1'", (name,))
        begin = time.monotonic()
        eventually(lambda name=name: all(name in ask(s.port, "GET", "/s/S1").text for s in (one, other)), within_s=20)
        took.append(time.monotonic() - begin)
    assert statistics.median(took) < REACHES_S, took


def test_one_of_two_sites_killed_costs_no_request_after_a_retry(both: Both) -> None:
    one, other = both.sites
    staff = Staff(both.port, "boss", one.password)
    acknowledged = [name for name in (f"before {n}" for n in range(6)) if staff.draw(name)]
    assert len(acknowledged) == 6, "either site knows the session and the token of the other"
    with riders(both.port, tries=2, pause_s=0.02) as seen:
        time.sleep(2.0)
        for pid in [one.process.pid, *one.processes("webmap.server.process"), *one.processes("webmap.logic.jobs")]:
            kill(pid)
        one.process.wait()
        time.sleep(5.0)
        for number in range(10):
            name = f"after {number}"
            assert staff.draw(name) or staff.draw(name)
            acknowledged.append(name)
        job = staff.write("/jobs", {"kind": "rehearsal", "arguments": {"seconds": 1}})
        assert job.status == 202, job.text
        eventually(lambda: other.rows("SELECT state FROM job") == [("done",)], within_s=40)
    assert seen.failed == {}, seen.failed
    assert sum(seen.answers.values()) > 100
    found = [name for (name,) in other.rows("SELECT name FROM hotspot")]
    assert set(acknowledged) <= set(found)


def test_nobody_acts_in_the_name_of_who_had_the_connection_before(both: Both) -> None:
    """Connections of the pooler are shared: what a transaction has set is gone with it."""
    one, other = both.sites
    staff = Staff(one.port, "boss", one.password)
    for number in range(10):
        assert staff.draw(f"mine {number}")
    through = make_engine(settings_url(other), pool_size=1)
    with through.begin() as connection:
        connection.exec_driver_sql("UPDATE place SET note = 'outside' WHERE code = 'S2'")
    through.dispose()
    actors = other.rows("SELECT DISTINCT table_name, actor FROM change WHERE table_name IN ('hotspot', 'place')")
    assert set(actors) >= {("hotspot", "boss"), ("place", None)}, actors


def settings_url(office: Office) -> str:
    """Return the address by which a site reaches the store."""
    environ = Path(f"/proc/{office.process.pid}/environ").read_bytes().split(b"\0")
    return next(each for each in environ if each.startswith(b"DATABASE_URL=")).partition(b"=")[2].decode()
