"""The queue of jobs: each is taken once, one of a lock at a time, in the order of priority and age."""

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, event, inspect, select, text
from sqlalchemy.exc import DBAPIError

from geo.db.migrations import downgrade, upgrade
from geo.db.session import make_engine, reading, writing
from geo.db.tables import District
from tests.conftest import DatabaseMaker
from tests.webmap.conftest import DISTRICT
from tests.webmap.job_workers import add_owner, ask, look, make_stale, take
from webmap.accounts import create_account
from webmap.logic.jobs import attempts, queue
from webmap.logic.jobs.attempts import LostError, finish, note_progress
from webmap.logic.jobs.files import add_file
from webmap.logic.jobs.models import Job
from webmap.logic.jobs.process import do_job
from webmap.logic.jobs.queue import remove_old, send_heartbeat, take_job
from webmap.logic.jobs.retry import MAX_LOSSES, resolve, resolve_lost
from webmap.logic.jobs.submission import MAX_ACTIVE, cancel_job, list_jobs, start_job


@pytest.fixture
def owner(engine: Engine) -> int:
    """An account in this test's own database."""
    return add_owner(engine)


@pytest.fixture
def another(engine: Engine, owner: int) -> int:
    """A second account."""
    with writing(engine) as session:
        create_account(session, "another", role="admin")
        return int(session.execute(text("SELECT id FROM account WHERE id <> :id"), {"id": owner}).scalar_one())


def ask_load(engine: Engine, owner: int, district: str = DISTRICT) -> int:
    with writing(engine) as session:
        return start_job(session, "load", {}, owner_id=owner, district_code=district).id


def take_all(engine: Engine) -> Iterator[int]:
    """Take the jobs and end each before the next."""
    while attempt := take_job(engine):
        finish(engine, attempt, "done")
        yield attempt.job_id


def test_two_processes_take_each_job_once_and_one_of_a_lock_at_a_time_in_order(engine: Engine, owner: int) -> None:
    with writing(engine) as session:
        for number in range(60):
            session.add(Job(kind="rehearsal", arguments={}, lock=f"lock {number % 5}", priority=-(number % 3)))
    takers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.webmap.job_takers"],
            env=os.environ | {"DATABASE_URL": engine.url.render_as_string(hide_password=False)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for taker in takers:
        assert taker.stdout is not None
        assert taker.stdout.readline() == "ready\n"
    for taker in takers:
        assert taker.stdin is not None
        taker.stdin.write("go\n")
        taker.stdin.flush()
    taken = [[int(line) for line in taker.communicate(timeout=30)[0].split()] for taker in takers]
    assert [taker.returncode for taker in takers] == [0, 0]
    assert all(taken), "both have taken some"
    with reading(engine) as session:
        jobs = session.scalars(select(Job).order_by(Job.started_at)).all()
    assert sorted(job_id for of_one in taken for job_id in of_one) == sorted(job.id for job in jobs)
    assert {(job.state, job.attempts) for job in jobs} == {("done", 1)}
    by_lock = defaultdict(list)
    for job in jobs:
        by_lock[job.lock].append(job)
    for of_lock in by_lock.values():
        assert of_lock == sorted(of_lock, key=lambda job: (-job.priority, job.id))
        for before, after in pairwise(of_lock):
            assert before.finished_at is not None
            assert after.started_at is not None
            assert before.finished_at <= after.started_at


def test_the_highest_priority_is_taken_first_and_of_several_the_oldest(engine: Engine) -> None:
    with writing(engine) as session:
        jobs = [Job(kind="rehearsal", arguments={}, lock=str(n), priority=p) for n, p in enumerate((-1, 0, 5, 0))]
        session.add_all(jobs)
        session.flush()
        keys = [job.id for job in jobs]
    assert list(take_all(engine)) == [keys[2], keys[1], keys[3], keys[0]]


def test_the_store_lets_no_two_jobs_of_a_lock_run(engine: Engine, owner: int) -> None:
    for _ in range(2):
        ask(engine, owner)
    with pytest.raises(Exception, match="uq_job_running_lock"), engine.begin() as connection:
        connection.execute(text("UPDATE job SET state = 'running'"))


def test_twenty_jobs_of_one_account_leave_places_to_others(engine: Engine, owner: int, another: int) -> None:
    many = [ask(engine, owner) for _ in range(MAX_ACTIVE)]
    theirs = [ask(engine, another) for _ in range(2)]
    first, second = take(engine, many[0]), take(engine, theirs[0])
    assert take_job(engine) is None, "one of an account at a time"
    finish(engine, second, "done")
    finish(engine, first, "done")
    assert [next(take_all(engine)) for _ in range(3)] == [many[1], theirs[1], many[2]]


def test_the_second_of_an_account_comes_after_the_first_of_every_other(
    engine: Engine, owner: int, another: int
) -> None:
    mine = [ask_load(engine, owner) for _ in range(3)]
    theirs = [ask_load(engine, another) for _ in range(2)]
    assert list(take_all(engine)) == [mine[0], theirs[0], mine[1], theirs[1], mine[2]]


def test_a_later_job_of_an_account_does_not_overtake_an_earlier_one(engine: Engine, owner: int) -> None:
    jobs = [ask(engine, owner) for _ in range(3)]
    assert [next(take_all(engine)) for _ in range(2)] == jobs[:2]
    jobs.append(ask(engine, owner))
    assert list(take_all(engine)) == jobs[2:]


def test_loads_of_one_district_wait_for_each_other_and_not_for_those_of_another(
    engine: Engine, owner: int, another: int
) -> None:
    with writing(engine) as session:
        session.add(District(code="330112", name="临安区", name_en="Lin'an"))
    here, there = ask_load(engine, owner), ask_load(engine, another, "330112")
    waiting = ask_load(engine, another)
    first = take(engine, here)
    take(engine, there)
    assert take_job(engine) is None
    finish(engine, first, "done")
    take(engine, waiting)


def test_a_waiting_job_is_cancelled_at_once_and_never_begun(engine: Engine, owner: int) -> None:
    job_id, later = ask(engine, owner), ask(engine, owner)
    for _ in range(2):
        with writing(engine) as session:
            assert cancel_job(session, job_id, seen_by=owner).state == "cancelled", "a second time changes nothing"
    take(engine, later)
    assert take_job(engine) is None


def test_a_job_that_is_just_being_cancelled_is_not_waited_for(engine: Engine, owner: int, another: int) -> None:
    job_id, other = ask(engine, owner), ask(engine, another)
    with writing(engine) as session:
        cancel_job(session, job_id, seen_by=owner)
        take(engine, other)


def test_a_worker_that_is_suspended_while_it_takes_a_job_holds_up_no_other(
    engine: Engine, owner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(engine, owner)
    suspended_engine = make_engine(engine.url.render_as_string(hide_password=False))
    has_lock = Event()

    @event.listens_for(suspended_engine, "before_cursor_execute")
    def suspend(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE job"):
            has_lock.set()
            time.sleep(1)

    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(queue, "TIMEOUT_MS", 300)
        suspended = pool.submit(take_job, suspended_engine)
        assert has_lock.wait(20)
        monkeypatch.undo()
        take(engine, job_id)
        assert isinstance(suspended.exception(), DBAPIError)
    suspended_engine.dispose()


def test_a_heartbeat_tells_which_jobs_are_lost_and_which_are_to_be_cancelled(
    engine: Engine, owner: int, another: int
) -> None:
    mine, theirs, gone = ask(engine, owner), ask(engine, another), ask_load(engine, owner)
    numbers = {attempt.job_id: attempt.number for attempt in (take(engine, mine), take(engine, theirs))}
    numbers[gone] = take(engine, gone).number
    make_stale(engine, mine)
    with writing(engine) as session:
        cancel_job(session, theirs, seen_by=None)
        resolve(session, gone, "lost")
    take(engine, gone)
    heartbeat = send_heartbeat(engine, numbers)
    assert (heartbeat.lost, heartbeat.cancelled) == ({gone}, {theirs})
    with writing(engine) as session:
        assert resolve_lost(session) == 0, "it has a heartbeat again"


def test_a_job_that_stores_its_result_holds_up_no_heartbeat_and_is_not_lost(
    engine: Engine, owner: int, another: int
) -> None:
    storing, other = ask_load(engine, owner), ask(engine, another)
    attempt = take(engine, storing)
    take(engine, other)
    for job_id in (storing, other):
        make_stale(engine, job_id)
    with writing(engine) as session:
        attempts.keep_result(session, attempt, {"stored": 3})
        assert send_heartbeat(engine, {storing: 1, other: 1}).lost == set()
        with writing(engine) as second:
            assert resolve_lost(second) == 0
    assert look(engine, storing).result == {"stored": 3}


def test_only_jobs_without_a_heartbeat_are_resolved_and_once(engine: Engine, owner: int, another: int) -> None:
    lost, alive = ask(engine, owner), ask(engine, another)
    waiting = ask(engine, another)
    for job_id in (lost, alive):
        take(engine, job_id)
    make_stale(engine, lost)
    for expected in (1, 0):
        with writing(engine) as session:
            assert resolve_lost(session) == expected
    assert [look(engine, job_id).state for job_id in (lost, alive, waiting)] == ["waiting", "running", "waiting"]
    assert [look(engine, job_id).losses for job_id in (lost, alive)] == [1, 0]


def test_a_job_that_loses_its_worker_again_and_again_fails(engine: Engine, owner: int) -> None:
    job_id = ask(engine, owner)
    states = []
    for _ in range(MAX_LOSSES):
        take(engine, job_id)
        make_stale(engine, job_id)
        with writing(engine) as session:
            resolve_lost(session)
        states.append(look(engine, job_id).state)
    assert states == ["waiting", "waiting", "failed"]
    assert "lost 3 times" in look(engine, job_id).error.format(**look(engine, job_id).error_values)


def test_a_lost_job_that_was_to_be_cancelled_is_cancelled(engine: Engine, owner: int) -> None:
    job_id = ask(engine, owner)
    take(engine, job_id)
    with writing(engine) as session:
        assert cancel_job(session, job_id, seen_by=owner).is_cancel_asked
    make_stale(engine, job_id)
    with writing(engine) as session:
        assert resolve_lost(session) == 1
    assert look(engine, job_id).state == "cancelled"


def test_an_attempt_that_was_taken_over_writes_nothing_any_more(engine: Engine, owner: int) -> None:
    job_id = ask(engine, owner)
    first = take(engine, job_id)
    assert take_job(engine) is None, "nobody takes what runs"
    with writing(engine) as session:
        assert resolve(session, job_id, "lost") == "waiting"
    second = take(engine, job_id)
    for write in (
        lambda: note_progress(engine, first, 0.9, "late", {}),
        lambda: finish(engine, first, "done", result={"late": True}),
    ):
        with pytest.raises(LostError):
            write()
    with writing(engine) as session:
        assert resolve(session, job_id, "ended", number=first.number) == "running", "not its business"
        with pytest.raises(LostError):
            attempts.keep_result(session, first, {"late": True})
    finish(engine, second, "done", result={"late": False})
    assert look(engine, job_id).result == {"late": False}


def test_what_an_attempt_has_kept_the_next_one_finds(engine: Engine, owner: int) -> None:
    job_id = ask(engine, owner)
    with writing(engine) as session:
        attempts.keep_result(session, take(engine, job_id), {"stored": 3})
    with writing(engine) as session:
        resolve(session, job_id, "lost")
    assert take(engine, job_id).stored_result == {"stored": 3}


def test_old_jobs_go_with_their_files_and_recent_or_active_ones_stay(engine: Engine, owner: int) -> None:
    jobs = [ask(engine, owner) for _ in range(4)]
    with writing(engine) as session:
        session.execute(text("UPDATE job SET created_at = now() - interval '30 days'"))
        session.execute(
            text("UPDATE job SET state = 'done', finished_at = now() - make_interval(days => 15) WHERE id = :id"),
            {"id": jobs[0]},
        )
        session.execute(
            text("UPDATE job SET state = 'failed', finished_at = now() - make_interval(days => 13) WHERE id = :id"),
            {"id": jobs[1]},
        )
        add_file(session, jobs[0], "report.docx", BytesIO(b"x"))
        assert remove_old(session, days=14) == 1
        assert session.execute(text("SELECT count(*) FROM job_file_part")).scalar_one() == 0
        assert [job.id for job in list_jobs(session, seen_by=owner)] == [jobs[3], jobs[2], jobs[1]]


def test_what_json_cannot_hold_becomes_text() -> None:
    assert attempts.plain({"a": float("inf"), "b": [Path("x"), None, True, 1.5], "c": "\0\ud800"}) == {
        "a": "inf",
        "b": ["x", None, True, 1.5],
        "c": "?",
    }


EARLIER_QUEUE = """
CREATE TYPE procrastinate_job_status AS ENUM ('todo', 'doing');
CREATE TYPE procrastinate_job_event_type AS ENUM ('deferred');
CREATE TYPE procrastinate_job_to_defer_v1 AS (lock text);
CREATE TABLE procrastinate_workers (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY);
CREATE TABLE procrastinate_jobs (
    id bigserial PRIMARY KEY, status procrastinate_job_status, worker_id bigint REFERENCES procrastinate_workers(id)
);
CREATE TABLE procrastinate_periodic_defers (job_id bigint REFERENCES procrastinate_jobs(id));
CREATE TABLE procrastinate_events (
    job_id bigint REFERENCES procrastinate_jobs ON DELETE CASCADE, type procrastinate_job_event_type
);
CREATE FUNCTION procrastinate_defer_jobs_v1(jobs procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION procrastinate_fetch_job_v2(queues varchar[], worker bigint) RETURNS procrastinate_jobs
    LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION procrastinate_finish_job_v1(job_id bigint, end_status procrastinate_job_status) RETURNS void
    LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE FUNCTION procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$;
CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON procrastinate_jobs
    FOR EACH ROW EXECUTE PROCEDURE procrastinate_unlink_periodic_defers_v1();
INSERT INTO procrastinate_jobs (status) VALUES ('todo'), ('doing');
"""
"""The kinds of objects that earlier versions made for their queue, in small."""

LEFT = """
SELECT relname FROM pg_class WHERE relname LIKE 'procrastinate%'
UNION ALL SELECT proname FROM pg_proc WHERE proname LIKE 'procrastinate%'
UNION ALL SELECT typname FROM pg_type WHERE typname LIKE 'procrastinate%'
"""


@pytest.mark.parametrize("has_queue", [True, False])
def test_the_jobs_of_an_earlier_version_are_done_after_its_migration(
    engine: Engine, owner: int, tmp_path: Path, has_queue: bool
) -> None:
    downgrade(engine, "0014")
    add = text(
        "INSERT INTO job (kind, arguments, district_code, owner_id, state, attempts, progress, queue_id) VALUES "
        "('rehearsal', '{\"seconds\": 0}', :district, :owner, :state, :attempts, 0, 1) RETURNING id"
    )
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE job ADD COLUMN queue_id bigint"))
        if has_queue:
            connection.exec_driver_sql(EARLIER_QUEUE)
        waiting, running, done = (
            connection.execute(
                add, {"district": DISTRICT, "owner": owner, "state": state, "attempts": attempts}
            ).scalar_one()
            for state, attempts in (("waiting", 0), ("running", 1), ("done", 1))
        )
    upgrade(engine)
    with reading(engine) as session:
        assert session.execute(text(LEFT)).scalars().all() == []
    assert "queue_id" not in {column["name"] for column in inspect(engine).get_columns("job")}
    for job_id, attempt in ((waiting, 1), (running, 2)):
        begun = take(engine, job_id)
        do_job(engine, begun, state_dir=tmp_path, folder=tmp_path)
        job = look(engine, job_id)
        assert (job.state, job.attempts, job.losses, job.result) == ("done", attempt, 0, {"seconds": 0})
    assert take_job(engine) is None
    assert look(engine, done).attempts == 1


def test_a_new_store_leaves_the_queue_of_another_program_alone(make_database: DatabaseMaker) -> None:
    with make_database() as engine:
        downgrade(engine, "0004")
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE procrastinate_jobs (id bigint)"))
        upgrade(engine)
        assert "procrastinate_jobs" in inspect(engine).get_table_names()
