"""The worker: takes jobs from the queue, gives each a process, ends it when asked, and looks after what others left.

It polls once a second, so cancelling and starting take a second at most and no LISTEN is needed. A job's own process
does the work; this one only waits, so its heartbeat never stops while the machine runs.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Job as QueueJob
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from geo.db.door_reports import forget_senders
from geo.db.session import make_engine, writing
from webmap.logic.door_reports.rules import report_day
from webmap.logic.jobs import attempts
from webmap.logic.jobs.attempts import STALLED_S
from webmap.logic.jobs.process import INTERRUPTED
from webmap.logic.jobs.queue import TASK

log = logging.getLogger(__name__)

POLL_S = 1.0
HEARTBEAT_S = 2.0
MEND_EVERY_S = 3.0
GRACE_S = 5.0
"""How long a job that is called off may go on until its process is ended."""
POOL_TIMEOUT_S = 5.0
"""A store that is away for longer ends the worker; whoever watches it starts it again."""
STOP_S = 10.0
CLEAR_AT = "23 * * * *"


class InterruptedByStopError(Exception):
    """The worker stops in the middle of a job, which goes back into the queue."""


class _BackIntoQueue(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: QueueJob) -> RetryDecision | None:
        return RetryDecision() if isinstance(exception, InterruptedByStopError) else None


class Worker:
    """One worker process.

    Parameters
    ----------
    database_url : str
        SQLAlchemy address of the store.
    state_dir : Path
    concurrency : int
        Jobs at a time.
    keep_days : int
        How long finished jobs and their files are kept.
    """

    def __init__(self, database_url: str, state_dir: Path, *, concurrency: int, keep_days: int) -> None:
        self._engine = make_engine(database_url, pool_size=2, application_name="fuchun worker")
        self._state_dir = state_dir
        self._concurrency = concurrency
        self._keep_days = keep_days
        self._environ = os.environ | {"DATABASE_URL": database_url, "FUCHUN_STATE": str(state_dir)}
        self._folders = state_dir / "jobs"
        conninfo = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        # As in make_engine: no prepared statements, which a transaction pool does not keep.
        options = {"prepare_threshold": None, "application_name": "fuchun worker", "connect_timeout": 10}
        self._queue = App(
            connector=PsycopgConnector(
                conninfo=conninfo, kwargs=options, min_size=1, max_size=concurrency + 3, timeout=POOL_TIMEOUT_S
            )
        )
        self._queue.task(name=TASK, pass_context=True, retry=_BackIntoQueue())(self._do)
        # Also what keeps the library's periodic side of the worker alive, whose end it would take for its own.
        self._queue.periodic(cron=CLEAR_AT)(self._queue.task(name="fuchun-clear", queueing_lock="clear")(self._clear))

    async def run(self, *, parent: int | None = None) -> None:
        """Work until a signal comes, or until process `parent` is gone."""
        self._remove_leftovers()
        async with self._queue.open_async():
            sides = [asyncio.create_task(self._mend())]
            if parent is not None:
                sides.append(asyncio.create_task(_stop_without(parent)))
            try:
                await self._queue.run_worker_async(
                    concurrency=self._concurrency,
                    listen_notify=False,
                    fetch_job_polling_interval=POLL_S,
                    abort_job_polling_interval=POLL_S,
                    update_heartbeat_interval=HEARTBEAT_S,
                    stalled_worker_timeout=STALLED_S,
                    shutdown_graceful_timeout=0.5,
                    delete_jobs="always",  # what people see of a job is our own row
                )
            finally:
                for side in sides:
                    side.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await side
        self._engine.dispose()

    async def _do(self, context: JobContext, job_id: int) -> None:
        """Do one job in a process of its own."""
        number = await asyncio.to_thread(attempts.claim, self._engine, job_id)
        if number is None:
            return
        folder = self._folders / f"{os.getpid()}-{job_id}-{number}"
        folder.mkdir(parents=True)
        process = None
        cause: attempts.Cause = "ended"
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "webmap.logic.jobs.process", str(job_id), str(number), str(folder)),
                env=self._environ,
                stdin=asyncio.subprocess.PIPE,
                # Ctrl-C in the terminal is for this process, which then decides about its jobs.
                start_new_session=True,
            )
            await process.wait()
        except asyncio.CancelledError:
            cause = "interrupted"
            if process is not None and context.abort_reason() is AbortReason.USER_REQUEST:
                process.terminate()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), GRACE_S)
        finally:
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
            shutil.rmtree(folder, ignore_errors=True)
        code = None if process is None else process.returncode
        if code == INTERRUPTED:
            cause = "interrupted"
        state = await asyncio.to_thread(self._settle, job_id, number, cause, code)
        if state == "waiting":
            raise InterruptedByStopError
        if state == "cancelled":
            raise JobAborted

    def _settle(self, job_id: int, number: int, cause: attempts.Cause, code: int | None) -> str:
        with writing(self._engine) as session:
            return attempts.settle(session, job_id, cause, number=number, ending=_ending(code))

    async def _mend(self) -> None:
        while True:
            try:
                await asyncio.to_thread(_mend_once, self._engine)
            except SQLAlchemyError as error:
                log.warning("cannot look for jobs whose worker is gone: %s", type(error).__name__)
            await asyncio.sleep(MEND_EVERY_S)

    async def _clear(self, timestamp: int) -> None:
        def clear() -> None:
            with writing(self._engine) as session:
                attempts.clear(session, days=self._keep_days)
                now = datetime.now(UTC)
                forget_senders(session, report_day(now), now)

        await asyncio.to_thread(clear)

    def _remove_leftovers(self) -> None:
        """Remove the folders of workers that were killed."""
        for folder in self._folders.glob("*-*-*"):
            if not _is_alive(int(folder.name.partition("-")[0])):
                shutil.rmtree(folder, ignore_errors=True)


def _mend_once(engine: Engine) -> None:
    with writing(engine) as session:
        count = attempts.mend(session)
    if count:
        log.warning("%s jobs whose worker was gone have been taken up", count)


async def _stop_without(parent: int) -> None:
    """Stop this process as a signal would when `parent` is no longer its parent, at the latest after `STOP_S`."""
    while os.getppid() == parent:
        await asyncio.sleep(POLL_S)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(STOP_S)
    os._exit(1)


def _ending(code: int | None) -> str:
    if code is None:
        return "not started"
    if code >= 0:
        return f"exit code {code}"
    return signal.Signals(-code).name


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main(concurrency: int, keep_days: int, parent: int | None = None) -> None:
    """Run a worker on the store that the environment names, until a signal ends it."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    options: dict[str, Any] = {"concurrency": concurrency, "keep_days": keep_days}
    worker = Worker(os.environ["DATABASE_URL"], Path(os.environ["FUCHUN_STATE"]), **options)
    asyncio.run(worker.run(parent=parent))
