"""Jobs with real workers: each is done once or ends with a reason, whatever is killed in between."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from geo.db.session import reading, writing
from geo.errors import ConflictError, NotFoundError
from tests.conftest import DatabaseMaker
from tests.webmap.job_workers import (
    StartWorker,
    add_owner,
    ask,
    eventually,
    is_running,
    look,
    make_stale,
    pause,
    processes_of,
    wait_for,
    workers,
)
from webmap.accounts import create_account
from webmap.logic.jobs.attempts import LostError, finish, read_attempt
from webmap.logic.jobs.submission import MAX_ACTIVE, cancel_job, get_job, list_jobs


@pytest.fixture
def owner(engine: Engine) -> int:
    """An account in this test's own database."""
    return add_owner(engine)


@pytest.fixture(scope="module")
def shop(make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, int]]:
    """Return a database on which two workers work, and an account."""
    with make_database() as engine, workers(engine, tmp_path_factory.mktemp("shop")) as start:
        owner = add_owner(engine)
        start()
        start()
        yield engine, owner


@pytest.fixture
def start_worker(engine: Engine, tmp_path: Path) -> Iterator[StartWorker]:
    """Start workers on this test's own database."""
    with workers(engine, tmp_path) as start:
        yield start


def count(engine: Engine, table: str) -> int:
    with reading(engine) as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_job_is_done_and_its_progress_is_seen_from_elsewhere(shop: tuple[Engine, int]) -> None:
    engine, owner = shop
    job_id = ask(engine, owner, 2)
    half = wait_for(engine, job_id, lambda job: 0.2 < job.progress < 1)
    assert half.state == "running"
    assert half.stage == "second {second} of {seconds}"
    done = wait_for(engine, job_id, lambda job: not job.is_active)
    assert (done.state, done.progress, done.result, done.error) == ("done", 1, {"seconds": 2}, None)
    assert done.created_at <= done.started_at < done.finished_at


def test_two_workers_never_do_a_job_twice(shop: tuple[Engine, int]) -> None:
    engine, owner = shop
    jobs = [ask(engine, owner, 0.1) for _ in range(4)]
    done = [wait_for(engine, job_id, lambda job: not job.is_active, within_s=40) for job_id in jobs]
    assert [(job.state, job.attempts) for job in done] == [("done", 1)] * 4
    for before, after in pairwise(done):
        assert before.finished_at <= after.started_at, "one of an account at a time, in order"


def test_a_running_job_is_cancelled_within_seconds(shop: tuple[Engine, int]) -> None:
    engine, owner = shop
    job_id = ask(engine, owner, 60)
    wait_for(engine, job_id, lambda job: job.progress > 0)
    asked_at = time.monotonic()
    with writing(engine) as session:
        assert cancel_job(session, job_id, seen_by=owner).is_cancel_asked
    cancelled = wait_for(engine, job_id, lambda job: not job.is_active, within_s=5)
    assert time.monotonic() - asked_at < 5
    assert (cancelled.state, cancelled.result) == ("cancelled", None)


def test_a_job_that_does_not_listen_is_ended_when_it_is_cancelled(shop: tuple[Engine, int]) -> None:
    engine, owner = shop
    job_id = ask(engine, owner, 60)
    wait_for(engine, job_id, lambda job: job.progress > 0)
    [pid] = processes_of(engine, job_id)
    pause(engine, pid)
    with writing(engine) as session:
        cancel_job(session, job_id, seen_by=owner)
    assert wait_for(engine, job_id, lambda job: not job.is_active, within_s=12).state == "cancelled"
    assert processes_of(engine, job_id) == []


def test_a_job_whose_process_is_killed_fails_with_a_reason(shop: tuple[Engine, int]) -> None:
    engine, owner = shop
    job_id = ask(engine, owner, 60)
    wait_for(engine, job_id, lambda job: job.progress > 0)
    [pid] = processes_of(engine, job_id)
    os.kill(pid, signal.SIGKILL)
    failed = wait_for(engine, job_id, lambda job: not job.is_active)
    assert failed.state == "failed"
    assert "SIGKILL" in failed.error.format(**failed.error_values)


def test_a_job_whose_worker_is_killed_is_done_by_the_next(
    engine: Engine, owner: int, start_worker: StartWorker, tmp_path: Path
) -> None:
    worker = start_worker()
    job_id = ask(engine, owner, 3)
    wait_for(engine, job_id, lambda job: job.progress > 0)
    worker.kill()
    worker.wait()
    eventually(lambda: processes_of(engine, job_id) == [], "the job's process ends with its worker")
    assert look(engine, job_id).state == "running", "nobody knows yet"
    make_stale(engine, job_id)
    start_worker()
    done = wait_for(engine, job_id, lambda job: not job.is_active, within_s=40)
    assert (done.state, done.attempts, done.losses) == ("done", 2, 1)
    eventually(lambda: list((tmp_path / "jobs").iterdir()) == [], "folders of both attempts are gone")


def test_a_worker_that_was_taken_for_lost_and_goes_on_gives_its_job_up(
    engine: Engine, owner: int, start_worker: StartWorker
) -> None:
    job_id = ask(engine, owner, 4)
    first = start_worker()
    wait_for(engine, job_id, lambda job: job.progress > 0)
    late = read_attempt(engine, job_id, 1)
    [process] = processes_of(engine, job_id)
    pause(engine, first.pid, process)
    make_stale(engine, job_id)
    start_worker()
    wait_for(engine, job_id, lambda job: job.attempts == 2)
    for pid in (first.pid, process):
        os.kill(pid, signal.SIGCONT)
    with pytest.raises(LostError):
        finish(engine, late, "failed")
    eventually(lambda: not is_running(process), "its process ends")
    done = wait_for(engine, job_id, lambda job: not job.is_active)
    assert (done.state, done.attempts, done.losses) == ("done", 2, 1)
    assert first.poll() is None, "the worker itself goes on"


def test_a_worker_that_is_stopped_leaves_its_job_to_the_next_at_once(
    engine: Engine, owner: int, start_worker: StartWorker
) -> None:
    worker = start_worker()
    job_id = ask(engine, owner, 2)
    wait_for(engine, job_id, lambda job: job.progress > 0)
    worker.terminate()
    assert worker.wait(20) == 0
    left = look(engine, job_id)
    assert (left.state, left.progress, left.losses) == ("waiting", 0, 0)
    assert processes_of(engine, job_id) == []
    start_worker()
    assert wait_for(engine, job_id, lambda job: not job.is_active).state == "done"


def test_a_worker_outlasts_a_database_that_is_away(engine: Engine, owner: int, start_worker: StartWorker) -> None:
    worker = start_worker()
    wait_for(engine, ask(engine, owner, 0.1), lambda job: job.state == "done")
    server = create_engine(engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = engine.url.database
    with server.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        end = text("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = :name")
        assert connection.execute(end, {"name": name}).scalar_one() > 0
        time.sleep(2)
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    server.dispose()
    engine.dispose()
    wait_for(engine, ask(engine, owner, 0.1), lambda job: job.state == "done")
    assert worker.poll() is None


def test_a_worker_ends_with_the_process_that_started_it(engine: Engine, tmp_path: Path) -> None:
    # What starts this worker says it is its parent and ends at once.
    script = (
        "import os, subprocess, sys;"
        "print(subprocess.Popen([sys.executable, '-m', 'webmap.logic.jobs', '1', '14', str(os.getpid())],"
        " start_new_session=True, stdout=subprocess.DEVNULL).pid)"
    )
    environ = os.environ | {
        "DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "FUCHUN_STATE": str(tmp_path),
    }
    answer = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    pid = int(answer.stdout)
    eventually(lambda: not is_running(pid), "it has noticed")


def test_a_job_is_seen_by_its_owner_and_by_who_may_see_all(engine: Engine, owner: int) -> None:
    job_id = ask(engine, owner)
    with writing(engine) as session:
        for deed in (get_job, cancel_job):
            with pytest.raises(NotFoundError):
                deed(session, job_id, seen_by=owner + 1)
        assert list_jobs(session, seen_by=owner + 1) == []
        assert get_job(session, job_id, seen_by=None).state == "waiting"


def test_one_account_cannot_fill_the_queue(engine: Engine, owner: int) -> None:
    for _ in range(MAX_ACTIVE):
        ask(engine, owner)
    with pytest.raises(ConflictError, match=str(MAX_ACTIVE)):
        ask(engine, owner)


def test_the_jobs_of_one_account_leave_a_place_to_others(engine: Engine, owner: int, start_worker: StartWorker) -> None:
    with writing(engine) as session:
        create_account(session, "another", role="admin")
        other = int(session.execute(text("SELECT id FROM account WHERE username = 'another'")).scalar_one())
    many = [ask(engine, owner, 20) for _ in range(MAX_ACTIVE)]
    mine = ask(engine, other, 0.1)
    start_worker()
    wait_for(engine, mine, lambda job: job.state == "done", within_s=30)
    states = [look(engine, job_id).state for job_id in many]
    assert states.count("running") <= 1
    assert states.count("done") == 0
