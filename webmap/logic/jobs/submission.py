"""Start, list and cancel jobs: what pages and the interface do with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from geo.errors import ConflictError, NotFoundError
from webmap.logic.jobs.files import drop_uploads
from webmap.logic.jobs.kinds import KINDS
from webmap.logic.jobs.models import ACTIVE_STATES, Job

MAX_ACTIVE = 20
"""Jobs that one account may have waiting or running."""

MAX_LISTED = 100


def start_job(
    session: Session, kind: str, arguments: Mapping[str, Any], *, owner_id: int, district_code: str | None
) -> Job:
    """Add a job; a worker takes it as soon as `session` is committed.

    Parameters
    ----------
    session : Session
    kind : str
        One of `webmap.logic.jobs.kinds.KINDS`.
    arguments : mapping
        As the interface document describes them for this kind; checked by the caller.
    owner_id : int
        The account that asks.
    district_code : str or None

    Raises
    ------
    NotFoundError
        There is no such kind.
    ConflictError
        The account has too many jobs that wait or run.
    """
    if kind not in KINDS:
        raise NotFoundError("there is no kind of job called {kind}", kind=kind)
    active = select(func.count(), func.min(Job.priority)).where(Job.owner_id == owner_id, Job.state.in_(ACTIVE_STATES))
    count, lowest = session.execute(active).one()
    if count >= MAX_ACTIVE:
        raise ConflictError("You have {count} jobs waiting or running; cancel one or wait.", count=MAX_ACTIVE)
    job = Job(
        kind=kind,
        arguments=dict(arguments),
        owner_id=owner_id,
        district_code=district_code,
        lock=_lock(kind, owner_id, district_code),
        # The second of an account comes after the first of every other one, and after its own first.
        priority=min(-count, lowest or 0),
    )
    session.add(job)
    session.flush()
    return job


def _lock(kind: str, owner_id: int, district_code: str | None) -> str:
    """Return the lock of a job: of the jobs with the same lock one runs at a time.

    Jobs that write to a district wait for each other. Those that only read wait for those of the same account, so that
    however many somebody asks for, the other places of a worker stay free.
    """
    return f"writes {district_code or ''}" if KINDS[kind].is_writing else f"asked by {owner_id}"


def get_job(session: Session, job_id: int, *, seen_by: int | None) -> Job:
    """Return a job with its files; `seen_by` is the account that looks, None for one that may see all.

    Raises
    ------
    NotFoundError
        There is no such job, or it is somebody else's.
    """
    job = session.scalar(_visible(seen_by).where(Job.id == job_id))
    if job is None:
        raise NotFoundError("there is no job {number} (any more)", number=job_id)
    return job


def list_jobs(session: Session, *, seen_by: int | None, kinds: Sequence[str] = ()) -> list[Job]:
    """Return the latest jobs, the newest first, `MAX_LISTED` at most."""
    query = _visible(seen_by).order_by(Job.id.desc()).limit(MAX_LISTED)
    if kinds:
        query = query.where(Job.kind.in_(kinds))
    return list(session.scalars(query))


def cancel_job(session: Session, job_id: int, *, seen_by: int | None) -> Job:
    """Cancel a job: a waiting one now, a running one as soon as it can stop; a finished one is left as it is."""
    job = get_job(session, job_id, seen_by=seen_by)
    session.refresh(job, with_for_update=True)
    if job.state == "waiting":
        job.state, job.finished_at = "cancelled", func.now()
        drop_uploads(session, job_id)
    elif job.state == "running":
        job.is_cancel_asked = True
    else:
        return job
    session.flush()
    session.refresh(job)
    return job


def _visible(seen_by: int | None) -> Select[Job]:
    query = select(Job).options(selectinload(Job.files), selectinload(Job.owner))
    return query if seen_by is None else query.where(Job.owner_id == seen_by)
