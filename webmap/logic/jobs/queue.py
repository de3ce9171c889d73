"""The queue of jobs: take the next waiting job, send heartbeats of running ones, remove old ones.

The table ``job`` is the queue. Workers poll it, so nothing here depends on LISTEN/NOTIFY or on a session: transaction
pooling (PgBouncer) works.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, and_, delete, exists, func, or_, select, text, tuple_, update
from sqlalchemy.orm import Session, aliased

from geo.db.session import writing
from webmap.logic.jobs.attempts import Attempt
from webmap.logic.jobs.files import drop_waiting
from webmap.logic.jobs.models import ENDED_STATES, Job

TAKING_LOCK = 330112
"""Key of the advisory lock under which workers take jobs, one worker at a time."""

WAITING_H = 24
"""How long a file that was checked waits to be imported."""

TIMEOUT_MS = 5000
"""Limit of a worker's statements on the queue, and of its pauses in a transaction; the worker polls again."""


def take_job(engine: Engine) -> Attempt | None:
    """Begin the next waiting job and return its attempt; None where none may begin.

    Of the jobs with the same `Job.lock` one runs at a time: the first in the queue waits until the running one has
    ended, and the others wait for the first. Of the first jobs of all locks the one of the highest priority is taken,
    of several the oldest.
    """
    other = aliased(Job)
    is_behind = exists().where(
        other.lock == Job.lock,
        or_(
            other.state == "running",
            and_(other.state == "waiting", tuple_(other.priority, -other.id) > tuple_(Job.priority, -Job.id)),
        ),
    )
    # Skips a job that is just being cancelled; the next poll sees how that ended.
    first = (
        select(Job.id)
        .where(Job.state == "waiting", ~is_behind)
        .order_by(Job.priority.desc(), Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    begun = {
        "state": "running",
        "attempts": Job.attempts + 1,
        # The time of the transaction may lie before the end of the job that had the lock.
        "started_at": func.clock_timestamp(),
        "heartbeat_at": func.clock_timestamp(),
        "progress": 0,
        "stage": None,
        "stage_values": None,
    }
    with writing(engine, statement_timeout_ms=TIMEOUT_MS, idle_timeout_ms=TIMEOUT_MS) as session:
        # A statement of its own: the next one then sees whatever the worker before has taken.
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": TAKING_LOCK})
        row = session.execute(
            update(Job)
            .where(Job.id == first.scalar_subquery())
            .values(**begun)
            .returning(Job.id, Job.attempts, Job.kind, Job.arguments, Job.district_code, Job.owner_id, Job.result)
        ).one_or_none()
    return None if row is None else Attempt(*row)


@dataclass(frozen=True)
class Heartbeat:
    """What a worker learns about its running jobs when it sends their heartbeat.

    Attributes
    ----------
    lost : set of int
        Keys of jobs that are over or that another worker has.
    cancelled : set of int
        Keys of jobs that somebody asked to cancel.
    """

    lost: set[int]
    cancelled: set[int]


def send_heartbeat(engine: Engine, numbers: Mapping[int, int]) -> Heartbeat:
    """Say that the worker of these attempts is alive, and return which of their jobs are lost or to be cancelled.

    Parameters
    ----------
    engine : Engine
    numbers : mapping of int to int
        The number of the attempt by the key of the job.
    """
    mine = and_(tuple_(Job.id, Job.attempts).in_(numbers.items()), Job.state == "running")
    # A job that stores its result holds its row until it commits: the heartbeat of the others does not wait for it,
    # and nobody takes a job for lost whose row is held (`retry.resolve_lost`).
    free = select(Job.id).where(mine).with_for_update(skip_locked=True)
    with writing(engine, statement_timeout_ms=TIMEOUT_MS, idle_timeout_ms=TIMEOUT_MS) as session:
        # A heartbeat need not outlast a crash of the server, and the jobs' own writes must not wait for the disk here.
        session.execute(text("SET LOCAL synchronous_commit = off"))
        running = session.execute(select(Job.id, Job.is_cancel_asked).where(mine)).all()
        session.execute(update(Job).where(Job.id.in_(free)).values(heartbeat_at=func.clock_timestamp()))
    return Heartbeat(
        lost=numbers.keys() - {job_id for job_id, _ in running},
        cancelled={job_id for job_id, is_asked in running if is_asked},
    )


def remove_old(session: Session, *, days: int) -> int:
    """Remove jobs that ended more than `days` ago, with their files; return how many.

    Files that wait to be imported go after a day.
    """
    drop_waiting(session, hours=WAITING_H)
    old = and_(Job.state.in_(ENDED_STATES), Job.finished_at < func.now() - func.make_interval(0, 0, 0, days))
    return len(session.execute(delete(Job).where(old).returning(Job.id)).all())
