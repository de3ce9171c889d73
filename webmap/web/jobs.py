"""Start a job from a request; a job as pages and the API show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from flask import abort, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from geo.db.session import reading, writing
from geo.errors import GeoError, InputError, NotFoundError
from webmap.logic.jobs.files import add_file, move_uploads
from webmap.logic.jobs.kinds import KINDS
from webmap.logic.jobs.models import Job
from webmap.logic.jobs.submission import get_job, list_jobs, start_job
from webmap.logic.labels import JOB_STATES
from webmap.web import viewer
from webmap.web.context import engine, interface, limited_districts, named_district, require_district


@dataclass(frozen=True)
class Upload:
    """A file that somebody sends along with a request."""

    name: str
    content: BinaryIO


def ask(
    kind: str,
    arguments: Mapping[str, Any],
    *,
    district: str | None,
    upload: Upload | None = None,
    upload_of: int | None = None,
) -> Job:
    """Start a job for the account of this request.

    Parameters
    ----------
    kind : str
    arguments : mapping
        Checked against the interface document.
    district : str or None
        As in the address; None: the one that requests without a district mean.
    upload : Upload, optional
        Stored with the job.
    upload_of : int, optional
        A job that the account may see and whose file this one takes over.

    Raises
    ------
    InvalidRequestError
        The arguments do not fit.
    NotFoundError, ConflictError
        There is no such district; the account has too many jobs.
    """
    body = interface().operations["start_job"].check_body({"kind": kind, "arguments": dict(arguments)})
    if not viewer.may(KINDS[kind].role):
        abort(403)
    if KINDS[kind].needs_upload and upload is None and upload_of is None:
        raise InputError("this works on a file: send it on the page {address}", address="/manage/load")
    owner_id = viewer.account_id()
    with writing(engine()) as session:
        code = _district_code(session, kind, district or None)
        job_id = start_job(session, kind, body["arguments"], owner_id=owner_id, district_code=code).id
        if upload is not None:
            add_file(session, job_id, upload.name, upload.content, is_upload=True)
        if upload_of is not None:
            move_uploads(session, get_job(session, upload_of, seen_by=viewer.seen_by()).id, job_id)
    return read_job(job_id)


def _district_code(session: Session, kind: str, wanted: str | None) -> str | None:
    try:
        return named_district(session, wanted).code
    except NotFoundError:
        if KINDS[kind].needs_district:
            raise
        return None


def read_job(job_id: int) -> Job:
    """Return a job that the account of this request may see; 403 where its district is not the account's any more."""
    with reading(engine()) as session:
        job = get_job(session, job_id, seen_by=viewer.seen_by())
        session.expunge_all()
    if job.district_code is not None:
        require_district(job.district_code)
    return job


def read_jobs(kinds: Sequence[str] = ()) -> list[Job]:
    """Return the latest jobs that the account of this request may see, the newest first."""
    limits = limited_districts()
    with reading(engine()) as session:
        found = list_jobs(session, seen_by=viewer.seen_by(), kinds=kinds)
        session.expunge_all()
    return [job for job in found if not limits or job.district_code is None or job.district_code in limits]


def job_answer(job: Job) -> dict[str, Any]:
    """Return a job as JSON, its words in the language of the request."""
    return {
        "id": job.id,
        "kind": job.kind,
        "title": job_title(job),
        "arguments": job.arguments,
        "district": job.district_code,
        "owner": job.owner.username if job.owner else None,
        "state": job.state,
        "state_words": str(gettext(JOB_STATES[job.state])),
        "progress": round(job.progress, 3),
        "words": job_words(job),
        "error": job_error(job),
        "result": job_result(job),
        "files": [
            {
                "name": file.name,
                "size": file.size,
                "checksum": file.checksum,
                "is_upload": file.is_upload,
                "address": url_for("api.job_file", job_id=job.id, name=file.name),
            }
            for file in job.files
        ],
        "created_at": job.created_at.isoformat(),
        "started_at": job.started_at and job.started_at.isoformat(),
        "finished_at": job.finished_at and job.finished_at.isoformat(),
    }


def job_title(job: Job) -> str:
    """Return what the kind of a job is called; a kind that is no more is called by its name."""
    return str(gettext(KINDS[job.kind].title)) if job.kind in KINDS else job.kind


def job_words(job: Job) -> str | None:
    """Return what is being done for a job."""
    if job.state == "running" and job.is_cancel_asked:
        return str(gettext("is being cancelled"))
    return _localized(job.stage, job.stage_values)


def job_error(job: Job) -> str | None:
    """Return why a job failed."""
    return _localized(job.error, job.error_values)


def job_result(job: Job) -> dict[str, Any] | None:
    """Return what has come of a job; the rows of a load say why in the reader's language."""
    if job.result is None or "loads" not in job.result:
        return job.result
    result = {key: value for key, value in job.result.items() if key != "check"}
    loads = result["loads"]
    result["loads"] = [{**each, "notes": said_rows(each["notes"]), "rows": said_rows(each["rows"])} for each in loads]
    return result


def said_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of a load with their reasons in the reader's language."""
    return [{"row": row["row"], "reason": _localized(row["reason"], row["values"])} for row in rows]


def _localized(template: str | None, values: Mapping[str, Any] | None) -> str | None:
    return None if template is None else str(GeoError(template, **(values or {})).localized(gettext))
