"""Files of jobs in the store, in pieces, so that none is held in memory as a whole."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from geo.db.session import reading
from geo.errors import InputError, NotFoundError
from webmap.logic.jobs.models import Job, JobFile, JobFilePart

PART_BYTES = 1 << 20


def add_file(session: Session, job_id: int, name: str, content: BinaryIO, *, is_upload: bool = False) -> JobFile:
    """Store what can be read from `content` as a file of a job.

    Raises
    ------
    InputError
        The name is empty or has signs that a file name cannot have, or there is nothing in the file.
    """
    name = uploaded_name(name)
    file = JobFile(job_id=job_id, name=name, is_upload=is_upload, size=0, checksum="")
    session.add(file)
    session.flush()
    digest, size, number = hashlib.sha256(), 0, 0
    while part := content.read(PART_BYTES):
        session.add(JobFilePart(file_id=file.id, number=number, content=part))
        session.flush()
        session.expunge_all()  # the piece is in the store: forget it
        digest.update(part)
        size, number = size + len(part), number + 1
    if not size:
        raise InputError("{file} is empty", file=name)
    stored = session.get_one(JobFile, file.id)
    stored.size, stored.checksum = size, digest.hexdigest()
    session.flush()
    return stored


def drop_uploads(session: Session, job_id: int) -> None:
    """Remove the files that were sent along with a job that is over: they may hold what the store leaves out."""
    session.execute(delete(JobFile).where(JobFile.job_id == job_id, JobFile.is_upload))


def move_uploads(session: Session, from_job: int, to_job: int) -> None:
    """Give the files that were sent along with a job to another one, so that they need not be sent again.

    Raises
    ------
    NotFoundError
        The job has no such file any more.
    """
    moved = session.execute(
        update(JobFile).where(JobFile.job_id == from_job, JobFile.is_upload).values(job_id=to_job).returning(JobFile.id)
    )
    if not moved.all():
        raise NotFoundError("the file of job {number} is no longer kept: send it again", number=from_job)


def drop_waiting(session: Session, *, hours: int) -> int:
    """Remove the files that were checked more than `hours` ago and not imported, and return how many there were."""
    since = func.now() - func.make_interval(0, 0, 0, 0, hours)
    ended = select(Job.id).where(Job.finished_at < since)
    gone = delete(JobFile).where(JobFile.is_upload, JobFile.job_id.in_(ended)).returning(JobFile.id)
    return len(session.execute(gone).all())


def get_file(job: Job, name: str) -> JobFile:
    """Return one of a job's files, or raise `NotFoundError`."""
    for file in job.files:
        if file.name == name:
            return file
    raise NotFoundError("job {number} has no file {file}", number=job.id, file=name)


def read_parts(engine: Engine, file_id: int) -> Iterator[bytes]:
    """Yield the pieces of a file, each in a transaction of its own: a slow reader holds no connection."""
    number = 0
    while True:
        piece = select(JobFilePart.content).where(JobFilePart.file_id == file_id, JobFilePart.number == number)
        with reading(engine) as session:
            part = session.scalar(piece)
        if part is None:
            return
        yield part
        number += 1


def write_file(engine: Engine, file: JobFile, folder: Path) -> Path:
    """Write a file of the store into `folder` under its own name, and return its path."""
    path = folder / uploaded_name(file.name)
    with path.open("wb") as target:
        for part in read_parts(engine, file.id):
            target.write(part)
    return path


def uploaded_name(given: str) -> str:
    """Return the name of an uploaded file without the folders that some browsers send along.

    >>> uploaded_name("C:\\\\Users\\\\me\\\\驿站 2026.csv")
    '驿站 2026.csv'
    """
    name = given.replace("\\", "/").rpartition("/")[2].strip()
    if not name.strip(".") or not name.isprintable() or len(name.encode()) > 200:
        raise InputError("{file}: rename the file; its name cannot be used", file=name[:40])
    return name
