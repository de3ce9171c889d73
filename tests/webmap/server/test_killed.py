"""Real processes killed with SIGKILL: what was acknowledged stays, nothing half remains, riders are answered."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from geo.db.session import reading, writing
from tests.webmap.server.conftest import eventually
from tests.webmap.server.office import (
    HERE,
    Office,
    Staff,
    ask,
    kill,
    office_state,
    postmaster,
    private_office,
    riders,
    start,
    stop,
)
from tests.webmap.valley import CODE
from webmap.logic.jobs.files import add_file
from webmap.logic.jobs.models import Job
from webmap.logic.jobs.submission import get_job, start_job
from webmap.logic.snapshots import find_snapshot, heavy_stamps

pytestmark = pytest.mark.soak

N_ROW = 4000
"""Rows of a register whose import takes some seconds."""


@pytest.fixture(scope="module")
def template() -> Iterator[tuple[Path, str]]:
    """The state of an office that does not run, and its administrator's password."""
    with office_state() as found:
        yield found


@pytest.fixture
def office(template: tuple[Path, str]) -> Iterator[Office]:
    """An office that runs, this test's own."""
    with private_office(template) as office:
        yield office


def drawn(office: Office) -> list[str]:
    return [name for (name,) in office.rows("SELECT name FROM hotspot ORDER BY name")]


def keep_drawing(staff: Staff, prefix: str, acknowledged: list[str], is_over: threading.Event) -> None:
    number = 0
    while not is_over.is_set():
        name = f"{prefix}{number:04d}"
        if staff.draw(name):
            acknowledged.append(name)
        number += 1
        is_over.wait(0.05)


def test_no_acknowledged_write_is_lost_when_postgresql_is_killed(office: Office) -> None:
    acknowledged: list[str] = []
    is_over = threading.Event()
    staff = office.staff()
    writer = threading.Thread(target=keep_drawing, args=(staff, "a", acknowledged, is_over))
    with riders(office.port) as seen:
        writer.start()
        for _ in range(3):
            so_far = len(acknowledged)
            eventually(lambda so_far=so_far: len(acknowledged) > so_far + 5, within_s=60)
            kill(postmaster(office.state))
            eventually(lambda: not office.is_well(), within_s=20)
            office.wait_until_well()
        is_over.set()
        writer.join(60)
    assert seen.failed == {}, seen.failed
    found = drawn(office)
    assert set(acknowledged) <= set(found), "what was acknowledged is stored"
    assert len(found) == len(set(found)), "and once"
    noted = office.rows("SELECT count(*) FROM change WHERE table_name = 'hotspot'")
    assert noted == [(len(found),)], "with its row of the audit log"


def test_a_killed_process_of_the_site_costs_no_rider_who_tries_again(office: Office) -> None:
    acknowledged: list[str] = []
    is_over = threading.Event()
    writer = threading.Thread(target=keep_drawing, args=(office.staff(), "b", acknowledged, is_over))
    with riders(office.port, tries=2) as seen:
        writer.start()
        for _ in range(3):
            before = office.processes("webmap.server.process")
            kill(before[0])
            eventually(lambda pid=before[0]: pid not in office.processes("webmap.server.process"), within_s=10)
            eventually(lambda: len(office.processes("webmap.server.process")) == 2, within_s=30)
            office.wait_until_well()
            time.sleep(3.0)
        is_over.set()
        writer.join(60)
    assert seen.failed == {}, seen.failed
    assert set(acknowledged) <= set(drawn(office))


def register(path: Path, count: int = N_ROW) -> Path:
    lines = [f"站{i},{119.975 + i % 200 * 0.0002:.5f},{29.95 + i // 200 * 0.004:.5f}" for i in range(count)]
    path.write_text("\n".join(("名称,经度,纬度", *lines)), encoding="utf-8")
    return path


def import_register(office: Office, path: Path) -> int:
    with writing(office.engine) as session:
        owner = office.rows("SELECT id FROM account WHERE username = 'boss'")[0][0]
        job = start_job(session, "load", {"what": "stations"}, owner_id=owner, district_code=CODE)
        with path.open("rb") as file:
            add_file(session, job.id, path.name, file, is_upload=True)
        return job.id


def look(office: Office, job_id: int) -> Job:
    with reading(office.engine) as session:
        job = get_job(session, job_id, seen_by=None)
        session.expunge_all()
    return job


def is_over(office: Office, job_id: int) -> bool:
    try:
        return look(office, job_id).state not in ("waiting", "running")
    except OperationalError:
        return False  # the database has just been killed


def kill_all(office: Office, victim: str) -> None:
    if victim == "database":
        kill(postmaster(office.state))
        return
    commands = {"job": "webmap.logic.jobs.process", "worker": "webmap.logic.jobs\0", "site": "webmap.server.process"}
    for pid in office.processes(commands[victim]):
        kill(pid)


@pytest.mark.parametrize("victim", ["job", "worker", "site", "database"])
def test_an_import_is_stored_wholly_or_not_at_all(office: Office, tmp_path: Path, victim: str) -> None:
    job_id = import_register(office, register(tmp_path / "stations.csv"))
    before = office.rows("SELECT code FROM place ORDER BY code")
    eventually(lambda: look(office, job_id).progress > 0, within_s=60)
    with riders(office.port, tries=3) as seen:
        time.sleep(1.0)
        assert not is_over(office, job_id), "it is killed in the middle"
        kill_all(office, victim)
        eventually(lambda: is_over(office, job_id), within_s=180)
        office.wait_until_well()
        eventually(lambda: office.is_well() and _count_shown(office) > 0, within_s=60)
    job = look(office, job_id)
    codes = office.rows("SELECT code FROM place WHERE status = 'active' ORDER BY code")
    expected = {"job": "failed", "worker": "done", "site": "done"}.get(victim, job.state)
    assert job.state == expected, (job.state, job.error, job.error_values)
    if job.state == "done":
        assert len(codes) == N_ROW
        assert office.rows("SELECT count(*) FROM data_import WHERE undone_at IS NULL") == [(1,)], "once"
    else:
        assert codes == before
        assert office.rows("SELECT count(*) FROM data_import") == [(0,)]
    assert office.rows("SELECT count(*) FROM job_file") == [(0,)], "the file that was sent is gone"
    assert seen.failed == {} or victim == "site", seen.failed


def _count_shown(office: Office) -> int:
    answer = ask(office.port, "POST", "/api/v1/nearest", HERE, {"Content-Type": "application/json"})
    return answer.text.count('"code"')


def test_a_killed_builder_of_a_snapshot_is_replaced_and_nothing_half_is_opened(office: Office) -> None:
    staff = office.staff()
    killed = 0
    with riders(office.port) as seen:
        for number in range(4):
            # Another place makes another table of ways: a builder in a process of its own.
            with writing(office.engine) as session:
                session.execute(text("UPDATE place SET geom = ST_Translate(geom, 0.0001, 0) WHERE code = 'S1'"))
            if _kill_when_seen(office, "webmap.logic.snapshot_building", after_s=0.4 * number):
                killed += 1
            eventually(lambda: _is_built(office), within_s=120)
        assert killed >= 2
    assert seen.failed == {}, seen.failed
    assert staff.draw("after")
    folder = office.state / "snapshots" / CODE
    left = [path.name for path in folder.iterdir() if path.is_dir()]
    assert len(left) <= 2, left
    assert all((folder / name / "manifest.json").exists() or any((folder / name).iterdir()) for name in left)


def _kill_when_seen(office: Office, part: str, *, after_s: float) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if pids := office.processes(part):
            time.sleep(after_s)
            for pid in pids:
                kill(pid)
            return True
        time.sleep(0.02)
    return False


def _is_built(office: Office) -> bool:
    with reading(office.engine) as session:
        return find_snapshot(office.state, CODE, heavy_stamps(session, CODE)) is not None


def test_a_killed_supervisor_takes_all_its_own_along_and_the_next_start_finds_everything(office: Office) -> None:
    acknowledged: list[str] = []
    over = threading.Event()
    writer = threading.Thread(target=keep_drawing, args=(office.staff(), "c", acknowledged, over))
    writer.start()
    eventually(lambda: len(acknowledged) > 10, within_s=60)
    os.kill(office.process.pid, signal.SIGKILL)
    office.process.wait()
    over.set()
    writer.join(60)
    eventually(lambda: office.processes("webmap.server.process") == [], within_s=30)
    eventually(lambda: office.processes("webmap.logic.jobs") == [], within_s=30)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    office.process = start(office.state, office.port, environ)
    try:
        office.wait_until_well(120)
        assert set(acknowledged) <= set(drawn(office))
        assert ask(office.port, "GET", "/").status == 200
    finally:
        stop(office.process)


@pytest.mark.parametrize("victim", ["worker", "database"])
def test_a_report_is_made_once_whatever_is_killed(office: Office, victim: str) -> None:
    with writing(office.engine) as session:
        owner = office.rows("SELECT id FROM account WHERE username = 'boss'")[0][0]
        job_id = start_job(session, "coverage-report", {}, owner_id=owner, district_code=CODE).id
    eventually(lambda: look(office, job_id).progress > 0, within_s=60)
    with riders(office.port) as seen:
        kill_all(office, victim)
        eventually(lambda: is_over(office, job_id), within_s=180)
        office.wait_until_well()
    job = look(office, job_id)
    assert job.state == "done", (job.error, job.error_values)
    assert len(office.rows("SELECT name FROM job_file")) == len(set(office.rows("SELECT name FROM job_file"))) > 0
    eventually(lambda: not list((office.state / "jobs").glob("*-*-*")), within_s=10)  # no folder is left
    assert seen.failed == {}, seen.failed
