"""A running job as its function sees it: arguments, store, progress, files, and whether to stop."""

import time
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from geo.db.session import reading, writing
from geo.errors import InputError
from webmap.logic.jobs import attempts
from webmap.logic.jobs.attempts import Attempt
from webmap.logic.jobs.files import add_file, write_file
from webmap.logic.jobs.submission import get_job

NOTED_EVERY_S = 0.3
"""How often progress is written, and read whether the job was cancelled."""


class CancelledError(Exception):
    """The job is to stop, mostly because somebody cancelled it; do not catch it, so that the work is rolled back."""


class RunningJob:
    """A running job: its arguments, the store, a folder for its files, and where it writes its progress.

    Attributes
    ----------
    arguments : dict
    job_id : int
    district : str or None
    owner_id : int or None
        The account that asked.
    stored_result : dict or None
        The result that an earlier attempt has stored: its part of the work is done.
    engine : Engine
    state_dir, folder : Path
        Where snapshots are stored; where this attempt may write, removed afterwards.
    """

    def __init__(self, engine: Engine, attempt: Attempt, *, state_dir: Path, folder: Path) -> None:
        self.arguments = attempt.arguments
        self.job_id = attempt.job_id
        self.district = attempt.district_code
        self.owner_id = attempt.owner_id
        self.stored_result = attempt.stored_result
        self.engine = engine
        self.state_dir = state_dir
        self.folder = folder
        self.is_cancel_asked = False
        self._is_interrupted = False
        self._attempt = attempt
        self._share = 0.0
        self._told: tuple[str | None, Mapping[str, object]] = (None, {})
        self._noted_at = 0.0

    def progress(self, stage: str, share: float | None = None, **values: object) -> None:
        """Write the progress of the job.

        Parameters
        ----------
        stage : str
            What is being done: an English message id with ``{name}`` fields for `values`.
        share : float, optional
            Done so far, 0 to 1; as before when not given.

        Raises
        ------
        CancelledError
            The job was cancelled: do not catch it.
        """
        self._share = self._share if share is None else share
        is_new = stage != self._told[0]
        self._told = (stage, values)
        if self._look(at_once=is_new):
            raise CancelledError

    def should_stop(self) -> bool:
        """Return whether the job was cancelled, for solvers that ask; cheap enough for every iteration."""
        return self._look(at_once=False)

    def store_result(self, session: Session, result: Mapping[str, object]) -> None:
        """Store `result` in the transaction that does the work; another attempt finds it in `stored_result`."""
        attempts.keep_result(session, self._attempt, result)

    def save(self, path: Path) -> None:
        """Store a file that the job has made, under its name."""
        with writing(self.engine) as session, path.open("rb") as content:
            add_file(session, self._attempt.job_id, path.name, content)

    def upload(self) -> Path:
        """Return the file that was sent along with the request, as a path in `folder`."""
        with reading(self.engine) as session:
            job = get_job(session, self._attempt.job_id, seen_by=None)
            file = next((file for file in job.files if file.is_upload), None)
            if file is None:
                raise InputError("no file was sent along")
            session.expunge(file)
        return write_file(self.engine, file, self.folder)

    def interrupt(self) -> None:
        """Let the job stop at its next progress, to be retried later."""
        self._is_interrupted = True

    def _look(self, *, at_once: bool) -> bool:
        now = time.monotonic()
        if not self.is_cancel_asked and (at_once or self._is_interrupted or now - self._noted_at >= NOTED_EVERY_S):
            self._noted_at = now
            self.is_cancel_asked = attempts.note_progress(self.engine, self._attempt, self._share, *self._told)
        return self.is_cancel_asked or self._is_interrupted
