"""The process of one job: ``python -m webmap.logic.jobs.process JOB NUMBER FOLDER``, started by a worker.

A process of its own can be ended whatever it is doing, leaves its memory behind, and cannot hold up the
heartbeat of the worker. It ends with its worker: their pipe closes.
"""

import logging
import os
import signal
import sys
import threading
from pathlib import Path

from sqlalchemy import Engine

from geo.db.session import make_engine
from geo.disk import is_disk_full, no_space
from geo.errors import GeoError
from webmap.logic.jobs import attempts
from webmap.logic.jobs.attempts import Attempt, LostError
from webmap.logic.jobs.handlers import HANDLERS
from webmap.logic.jobs.running_job import CancelledError, RunningJob

log = logging.getLogger(__name__)

INTERRUPTED = 75
"""Exit code of a job that was told to stop by a signal and not by a person: it is to be retried."""


def do_job(engine: Engine, attempt: Attempt, *, state_dir: Path, folder: Path) -> None:
    """Do a claimed job and write how it ended."""
    job = RunningJob(engine, attempt, state_dir=state_dir, folder=folder)
    signal.signal(signal.SIGTERM, lambda *_: job.interrupt())
    try:
        result = HANDLERS[attempt.kind](job)
    except CancelledError:
        if not job.is_cancel_asked:
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
