"""Worker processes of jobs: start them, request jobs, wait for their end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from geo.db.session import reading, writing
from geo.db.tables import District
from tests.webmap.conftest import DISTRICT
from webmap.accounts import create_account
from webmap.logic.jobs.attempts import Attempt
from webmap.logic.jobs.models import Job
from webmap.logic.jobs.queue import take_job
from webmap.logic.jobs.submission import get_job, start_job

StartWorker = Callable[[], "subprocess.Popen[bytes]"]


def add_owner(engine: Engine) -> int:
    """Store an account that asks for jobs, and a district."""
    with writing(engine) as session:
        create_account(session, "somebody", role="admin")
        session.add(District(code=DISTRICT, name="富阳区", name_en="Fuyang"))
        return int(session.execute(text("SELECT id FROM account")).scalar_one())


@contextmanager
def workers(engine: Engine, state_dir: Path) -> Iterator[StartWorker]:
    """Start workers on a database; all are ended afterwards."""
    started: list[subprocess.Popen[bytes]] = []
    url = engine.url.render_as_string(hide_password=False)
    environ = os.environ | {"DATABASE_URL": url, "FUCHUN_STATE": str(state_dir)}

    def start() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "webmap.logic.jobs", "2", "14", str(os.getpid())]
        started.append(subprocess.Popen(command, env=environ, start_new_session=True))
        return started[-1]

    try:
        yield start
    finally:
        for worker in started:
            worker.send_signal(signal.SIGCONT)
            worker.terminate()
        for worker in started:
            worker.wait(30)


def ask(engine: Engine, owner: int, seconds: float = 1.0) -> int:
    with writing(engine) as session:
        return start_job(session, "rehearsal", {"seconds": seconds}, owner_id=owner, district_code=DISTRICT).id


def take(engine: Engine, job_id: int) -> Attempt:
    """Begin a job, which must be the next in the queue, as a worker does."""
    attempt = take_job(engine)
    assert attempt is not None
    assert attempt.job_id == job_id
    return attempt


def make_stale(engine: Engine, job_id: int) -> None:
    """Let the last heartbeat of a job lie too long ago."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE job SET heartbeat_at = now() - interval '11 s' WHERE id = :id"), {"id": job_id})


def look(engine: Engine, job_id: int) -> Job:
    with reading(engine) as session:
        job = get_job(session, job_id, seen_by=None)
        session.expunge_all()
    return job


def wait_for(engine: Engine, job_id: int, is_there: Callable[[Job], object], *, within_s: float = 20) -> Job:
    """Return the job when `is_there`; fail if that takes longer."""
    deadline = time.monotonic() + within_s
    while not is_there(job := look(engine, job_id)):
        assert time.monotonic() < deadline, f"still {job.state} at {job.progress:.2f}: {job.error}"
        time.sleep(0.1)
    return job


def eventually(is_so: Callable[[], bool], what: str, *, within_s: float = 10) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def pause(engine: Engine, *pids: int) -> None:
    """Stop processes of jobs between two of their transactions: they hold no lock meanwhile."""
    busy = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' "
        "AND application_name IN ('fuchun job', 'fuchun worker')"
    )
    while True:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(0.1)
        with reading(engine) as session:
            if not session.execute(busy).scalar_one():
                return
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Tell whether a process is there and no mere entry that nobody has collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def processes_of(engine: Engine, job_id: int) -> list[int]:
    """Return the process ids that do a job of this database."""
    command = ["pgrep", "-f", f"webmap.logic.jobs.process {job_id} "]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return [pid for pid in map(int, found.stdout.split()) if _works_on(pid, str(engine.url.database))]


def _works_on(pid: int, database: str) -> bool:
    try:
        return database.encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
