"""The retry of jobs: what becomes of a job whose attempt ended without a result.

========================  ===========================================================================
its process ended         failed: it would end so again
its worker was stopped    waiting again
its worker was lost       waiting again; failed after `MAX_LOSSES` workers
somebody cancelled it     cancelled, or done where its result is stored already
========================  ===========================================================================
"""

from typing import Literal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from geo.errors import ConflictError, GeoError
from webmap.logic.jobs.attempts import plain
from webmap.logic.jobs.files import drop_uploads
from webmap.logic.jobs.models import Job

MAX_LOSSES = 3
"""How many workers a job may lose until it fails."""

STALLED_S = 10
"""A worker without a heartbeat for so long is lost."""

Cause = Literal["ended", "interrupted", "lost"]
"""Why an attempt has no result: its process ended, its worker was stopped, its worker was lost."""


def resolve(session: Session, job_id: int, cause: Cause, *, number: int | None = None, ending: str = "") -> str:
    """Retry or end a job whose attempt ended without a result, and return its state.

    Parameters
    ----------
    session : Session
    job_id : int
    cause : {'ended', 'interrupted', 'lost'}
    number : int, optional
        Of the attempt; a job that another attempt has is left as it is.
    ending : str
        How the process ended.
    """
    job = session.get(Job, job_id, with_for_update=True, populate_existing=True)
    if job is None:
        return "cancelled"
    if not job.is_active or number not in (None, job.attempts):
        return job.state
    if job.state == "running" and cause == "lost":
        job.losses += 1
    if job.is_cancel_asked:
        # What is stored is not called cancelled.
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


def resolve_lost(session: Session) -> int:
    """Retry or end the running jobs whose worker is lost, and return how many there were.

    Any number of workers may do this at once. It finds the jobs of a restored backup as well.
    """
    heard = func.now() - func.make_interval(0, 0, 0, 0, 0, 0, STALLED_S)
    is_lost = or_(Job.heartbeat_at.is_(None), Job.heartbeat_at < heard)
    found = session.scalars(
        select(Job.id).where(Job.state == "running", is_lost).order_by(Job.id).with_for_update(skip_locked=True)
    ).all()
    for job_id in found:
        resolve(session, job_id, "lost")
    return len(found)
