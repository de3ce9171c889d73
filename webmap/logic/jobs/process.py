"""The process of one job: ``python -m webmap.logic.jobs.process JOB NUMBER FOLDER``, started by a worker.

A process of its own can be ended whatever it is doing, leaves its memory behind, and cannot keep the worker from
saying that it is alive. It ends with its worker: their pipe closes.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from geo.db.session import make_engine, reading, writing
from geo.disk import is_disk_full, no_space
from geo.errors import GeoError, InputError
from webmap.logic.jobs import attempts
from webmap.logic.jobs.attempts import Attempt, LostError
from webmap.logic.jobs.files import add_file, write_file
from webmap.logic.jobs.kinds import KINDS
from webmap.logic.jobs.record import get_job

log = logging.getLogger(__name__)

NOTED_EVERY_S = 0.3
"""How often progress is written and a wish to cancel is read."""


INTERRUPTED = 75
"""Exit code of a job that was told to stop by a signal and not by a person: it is to be done again."""


class CancelledError(Exception):
    """The job is to stop, mostly because somebody has called it off; let it pass, so that the work is rolled back."""


class Work:
    """A job in hand: its arguments, the store, a folder for its files, and whom to tell how far it is.

    Attributes
    ----------
    arguments : dict
    district : str or None
    owner_id : int or None
        The account that asked.
    kept : dict or None
        What an earlier attempt has kept: its part of the work is done.
    engine : Engine
    state_dir, folder : Path
        Where snapshots lie; where this attempt may write, removed afterwards.
    """

    def __init__(self, engine: Engine, attempt: Attempt, *, state_dir: Path, folder: Path) -> None:
        self.arguments = attempt.arguments
        self.district = attempt.district_code
        self.owner_id = attempt.owner_id
        self.kept = attempt.kept
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
        """Tell how far the work is.

        Parameters
        ----------
        stage : str
            What is being done: an English message id with ``{name}`` fields for `values`.
        share : float, optional
            Done so far, 0 to 1; as before when not given.

        Raises
        ------
        CancelledError
            The job has been called off: let it pass.
        """
        self._share = self._share if share is None else share
        is_new = stage != self._told[0]
        self._told = (stage, values)
        if self._look(at_once=is_new):
            raise CancelledError

    def should_stop(self) -> bool:
        """Return whether the job has been called off, for solvers that ask; cheap enough for every iteration."""
        return self._look(at_once=False)

    def keep(self, session: Session, result: Mapping[str, object]) -> None:
        """Store `result` in the transaction that does the work; another attempt finds it in `kept`."""
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
        """Let the work stop at the next occasion, to be done again later."""
        self._is_interrupted = True

    def _look(self, *, at_once: bool) -> bool:
        now = time.monotonic()
        if not self.is_cancel_asked and (at_once or self._is_interrupted or now - self._noted_at >= NOTED_EVERY_S):
            self._noted_at = now
            self.is_cancel_asked = attempts.note_progress(self.engine, self._attempt, self._share, *self._told)
        return self.is_cancel_asked or self._is_interrupted


def do_job(engine: Engine, attempt: Attempt, *, state_dir: Path, folder: Path) -> None:
    """Do a claimed job and write how it ended."""
    work = Work(engine, attempt, state_dir=state_dir, folder=folder)
    signal.signal(signal.SIGTERM, lambda *_: work.interrupt())
    try:
        result = KINDS[attempt.kind].do(work)
    except CancelledError:
        if not work.is_cancel_asked:
            sys.exit(INTERRUPTED)
        attempts.finish(engine, attempt, "cancelled")
    except GeoError as error:
        attempts.finish(engine, attempt, "failed", error=error)
    except LostError:
        raise
    except Exception as error:
        if is_disk_full(error):
            log.error("job %s (%s): the disk is full", attempt.job_id, attempt.kind)
            attempts.finish(engine, attempt, "failed", error=no_space())
            return
        log.exception("job %s (%s) failed", attempt.job_id, attempt.kind)
        fault = GeoError("This failed for a reason that does not lie with you; it has been noted in the server's log.")
        attempts.finish(engine, attempt, "failed", error=fault)
    else:
        attempts.finish(engine, attempt, "done", result=result)


def _end_with_worker() -> None:
    """End at once when the worker is gone that started this process: nothing but its end comes through the pipe."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def main(job_id: int, number: int, folder: Path) -> None:
    """Do one attempt at a job."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    threading.Thread(target=_end_with_worker, daemon=True).start()
    engine = make_engine(os.environ["DATABASE_URL"], pool_size=2, application_name="fuchun job")
    try:
        attempt = attempts.read_attempt(engine, job_id, number)
        do_job(engine, attempt, state_dir=Path(os.environ["FUCHUN_STATE"]), folder=folder)
    except LostError:
        log.warning("job %s has passed to another worker", job_id)
    finally:
        engine.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
