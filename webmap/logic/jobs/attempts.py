"""Attempts at a job: progress, result and end, as the process of the job writes them.

An attempt has a number, and only the latest attempt of a running job may write. So a worker that was taken for lost and
goes on cannot undo what its successor has done, and a job has one end.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from geo.db.session import Actor, reading, writing
from geo.errors import GeoError
from webmap.logic.jobs.files import drop_uploads
from webmap.logic.jobs.models import Job


class LostError(Exception):
    """The job is over or another attempt has it: nothing is written for this one."""


@dataclass(frozen=True)
class Attempt:
    """One attempt at a job.

    Attributes
    ----------
    job_id, number : int
        `number` counts the attempts at this job from 1.
    kind : str
    arguments : dict
    district_code : str or None
    owner_id : int or None
        The account that asked.
    stored_result : dict or None
        The result that an earlier attempt has stored.
    """

    job_id: int
    number: int
    kind: str
    arguments: dict[str, Any]
    district_code: str | None
    owner_id: int | None
    stored_result: dict[str, Any] | None


def actor_of(engine: Engine, attempt: Attempt) -> Actor:
    """Return who acts in an attempt: the account that asked, as far as it is still there."""
    with reading(engine) as session:
        job = session.get(Job, attempt.job_id)
        owner = job.owner if job is not None else None
        return Actor(attempt.owner_id if owner else None, owner.shown_name if owner else attempt.kind, attempt.kind)


def read_attempt(engine: Engine, job_id: int, number: int) -> Attempt:
    """Return a running attempt, or raise `LostError` where the job is over or another attempt has it."""
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
    """Write the progress of an attempt (`share`, 0 to 1); return whether somebody has asked to cancel it.

    Raises
    ------
    LostError
        The job is over or another attempt has it.
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

    A later attempt finds it in `Attempt.stored_result` and does not do the work again.

    Raises
    ------
    LostError
        The job is over or another attempt has it.
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
    changes: dict[str, Any] = {"state": state, "finished_at": func.clock_timestamp()}
    if error is not None:
        changes |= {"error": error.template, "error_values": plain(error.values)}
    if result is not None:
        changes["result"] = plain(result)
    if state == "done":
        changes |= {"progress": 1, "stage": None, "stage_values": None}
    with writing(engine) as session:
        if not session.execute(_running(attempt).values(**changes).returning(Job.id)).all():
            raise LostError
        # A file that was checked waits to be imported.
        if not (result or {}).get("check"):
            drop_uploads(session, attempt.job_id)


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
