"""What workers write about jobs. An attempt has a number; who holds an older one writes nothing any more.

So a worker that was thought dead, woke up and goes on cannot undo what its successor has done, and a job has one end.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from geo.db.session import reading, writing
from geo.errors import ConflictError, GeoError
from webmap.logic.jobs.files import drop_uploads
from webmap.logic.jobs.models import Job
from webmap.logic.jobs.queue import enqueue
from webmap.logic.jobs.record import lock_of

MAX_LOSSES = 3
"""How often a job may take its worker down with it before it is given up."""

STALLED_S = 10
"""A worker that has not been heard of for so long is gone."""

Cause = Literal["ended", "interrupted", "lost"]
"""Why an attempt has no end of its own: its process ended, its worker was stopped, its worker is gone."""


class LostError(Exception):
    """Somebody else has this job now, or it is over: nothing that is written for this attempt counts."""


@dataclass(frozen=True)
class Attempt:
    """A job as its process sees it."""

    job_id: int
    number: int
    kind: str
    arguments: dict[str, Any]
    district_code: str | None
    owner_id: int | None
    kept: dict[str, Any] | None


def claim(engine: Engine, job_id: int) -> int | None:
    """Begin a waiting job and return the number of the attempt.

    None where it waits no longer: it was cancelled, or another worker has it.
    """
    with writing(engine) as session:
        begun = {"state": "running", "attempts": Job.attempts + 1, "started_at": func.now()}
        afresh = {"progress": 0, "stage": None, "stage_values": None}
        return session.execute(
            update(Job)
            .where(Job.id == job_id, Job.state == "waiting")
            .values(**begun, **afresh)
            .returning(Job.attempts)
        ).scalar_one_or_none()


def read_attempt(engine: Engine, job_id: int, number: int) -> Attempt:
    """Return an attempt that has been claimed, or raise `LostError` if it does not count any more."""
    with reading(engine) as session:
        job = session.execute(
            select(Job.kind, Job.arguments, Job.district_code, Job.owner_id, Job.result).where(
                Job.id == job_id, Job.attempts == number, Job.state == "running"
            )
        ).one_or_none()
    if job is None:
        raise LostError
    return Attempt(job_id, number, *job)


def note_progress(
    engine: Engine, attempt: Attempt, share: float, stage: str | None, values: Mapping[str, object]
) -> bool:
    """Write how far an attempt is; return whether somebody has asked to cancel it.

    Raises
    ------
    LostError
        The attempt does not count any more.
    """
    with writing(engine, statement_timeout_ms=5000) as session:
        is_cancel_asked = session.execute(
            _running(attempt)
            .values(progress=min(max(share, 0.0), 1.0), stage=stage, stage_values=plain(values))
            .returning(Job.is_cancel_asked)
        ).scalar_one_or_none()
    if is_cancel_asked is None:
        raise LostError
    return bool(is_cancel_asked)


def keep_result(session: Session, attempt: Attempt, result: Mapping[str, object]) -> None:
    """Write a result in the transaction of the work itself: either both are stored or neither is.

    Another attempt finds it in `Attempt.kept` and need not do the work again.
    """
    if not session.execute(_running(attempt).values(result=plain(result)).returning(Job.id)).all():
        raise LostError


def finish(
    engine: Engine,
    attempt: Attempt,
    state: Literal["done", "failed", "cancelled"],
    *,
    result: Mapping[str, object] | None = None,
    error: GeoError | None = None,
) -> None:
    """End an attempt and its job, or raise `LostError`."""
    changes: dict[str, Any] = {"state": state, "finished_at": func.now()}
    if error is not None:
        changes |= {"error": error.template, "error_values": plain(error.values)}
    if result is not None:
        changes["result"] = plain(result)
    if state == "done":
        changes |= {"progress": 1, "stage": None, "stage_values": None}
    with writing(engine) as session:
        if not session.execute(_running(attempt).values(**changes).returning(Job.id)).all():
            raise LostError
        drop_uploads(session, attempt.job_id)


def settle(session: Session, job_id: int, cause: Cause, *, number: int | None = None, ending: str = "") -> str:
    """Decide about a job whose attempt is over without having written an end; return its state.

    Who was asked to cancel is cancelled. Interrupted, it waits again. Lost, it waits again up to `MAX_LOSSES`. A
    process that ended by itself (`ending` says how) has failed: it would end so again. With `number` only that attempt
    is decided about.
    """
    job = session.get(Job, job_id, with_for_update=True, populate_existing=True)
    if job is None:
        return "cancelled"
    if not job.is_active or number not in (None, job.attempts):
        return job.state
    if job.state == "running" and cause == "lost":
        job.losses += 1
    if job.is_cancel_asked:
        # What has been kept is stored, and nobody is told that it is not.
        job.state, job.finished_at = "cancelled" if job.result is None else "done", func.now()
    elif cause == "ended":
        _fail(
            job,
            ConflictError(
                "The process that did this ended unexpectedly ({ending}); perhaps the memory was not enough.",
                ending=ending,
            ),
        )
    elif job.losses >= MAX_LOSSES:
        _fail(
            job,
            ConflictError(
                "The worker was lost {count} times while it did this; it is not tried again.", count=job.losses
            ),
        )
    else:
        job.state, job.progress, job.stage, job.stage_values = "waiting", 0, None, None
    if job.state != "waiting":
        drop_uploads(session, job_id)
    session.flush()
    return job.state


def _fail(job: Job, error: GeoError) -> None:
    job.state, job.finished_at = "failed", func.now()
    job.error, job.error_values = error.template, plain(error.values)


def mend(session: Session) -> int:
    """Put jobs whose worker is gone back into the queue, or end them; return how many there were.

    Any number of workers may do this at once. It also finds jobs that the queue has forgotten, as after a restored
    backup.
    """
    lost = session.execute(
        text("""
            SELECT job.id FROM job
            LEFT JOIN procrastinate_jobs AS queued ON queued.id = job.queue_id AND queued.status IN ('todo', 'doing')
            LEFT JOIN procrastinate_workers AS worker ON worker.id = queued.worker_id
            WHERE job.state IN ('waiting', 'running') AND (
                queued.id IS NULL
                OR queued.status = 'doing'
                   AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => :stalled))
            )
            FOR UPDATE OF job SKIP LOCKED
        """),
        {"stalled": STALLED_S},
    ).scalars()
    found = list(lost)
    for job_id in found:
        state = settle(session, job_id, "lost")
        job = session.get_one(Job, job_id)
        session.execute(text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": job.queue_id})
        job.queue_id = enqueue(session, job_id, lock=lock_of(job)) if state == "waiting" else None
        session.flush()
    return len(found)


def clear(session: Session, *, days: int) -> int:
    """Remove jobs that ended more than `days` ago, with their files; return how many."""
    gone = session.execute(
        text(
            "DELETE FROM job WHERE state IN ('done', 'failed', 'cancelled') "
            "AND finished_at < now() - make_interval(days => :days) RETURNING id"
        ),
        {"days": days},
    ).all()
    return len(gone)


def plain(values: Mapping[str, object]) -> dict[str, Any]:
    """Return `values` as JSONB can hold them: what JSON does not know becomes text."""
    return {str(key): _plain(value) for key, value in values.items()}


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    # JSONB holds neither NUL nor half a surrogate pair, which the name of a file may have.
    return str(value).replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _running(attempt: Attempt) -> Any:
    return update(Job).where(Job.id == attempt.job_id, Job.attempts == attempt.number, Job.state == "running")
