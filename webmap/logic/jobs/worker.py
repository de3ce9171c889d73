"""The worker: takes jobs from the queue, runs each in a process of its own, cancels and retries them.

It polls once a second, so a job starts, or hears that it is cancelled, a second later at most, and no LISTEN is needed.
The worker itself only waits, so its heartbeat does not stop however long a job computes.
"""

import asyncio
import logging
import os
import shutil
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from geo.db.door_reports import forget_senders
from geo.db.imports import forget_old_imports
from geo.db.session import make_engine, writing
from webmap.logic.compiling import start_compiling
from webmap.logic.door_reports.rules import report_day
from webmap.logic.jobs import queue, retry
from webmap.logic.jobs.attempts import Attempt
from webmap.logic.jobs.process import INTERRUPTED

log = logging.getLogger(__name__)

T = TypeVar("T")

POLL_S = 1.0
RESOLVE_EVERY_S = 3.0
REMOVE_OLD_EVERY_S = 3600.0
GRACE_S = 5.0
"""How long a cancelled job may go on until its process is killed."""
STOP_S = 10.0


@dataclass
class _RunningAttempt:
    """An attempt of this worker; `told_at` is when its process was told to stop, in seconds of the monotonic clock."""

    number: int
    process: Process | None = None
    told_at: float | None = None

    def cancel(self) -> None:
        """Tell the process to stop, or kill it when it was told `GRACE_S` ago."""
        if self.process is None or self.process.returncode is not None:
            return
        if self.told_at is None:
            self.told_at = time.monotonic()
            self.process.terminate()
        elif time.monotonic() - self.told_at >= GRACE_S:
            self.process.kill()


class Worker:
    """One worker.

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
        self._concurrency = concurrency
        self._keep_days = keep_days
        self._environ = os.environ | {"DATABASE_URL": database_url, "FUCHUN_STATE": str(state_dir)}
        self._folders = state_dir / "jobs"
        self._stopped = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        # By the key of the job: what gets a heartbeat.
        self._running: dict[int, _RunningAttempt] = {}
        self._is_store_away = False

    async def run(self, *, parent: int | None = None) -> None:
        """Work until SIGINT or SIGTERM, or until process `parent` is gone."""
        self._remove_leftovers()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopped.set)
        # Once before there are threads: SQLAlchemy makes classes of statements when it first needs them, and warns when
        # two threads do so at once.
        await self._remove_old()
        await self._resolve_lost()
        stopped = asyncio.create_task(self._stopped.wait())
        sides = [
            asyncio.create_task(_repeat(POLL_S, self._send_heartbeat)),
            asyncio.create_task(_repeat(RESOLVE_EVERY_S, self._resolve_lost)),
            asyncio.create_task(_repeat(REMOVE_OLD_EVERY_S, self._remove_old)),
        ]
        if parent is not None:
            sides.append(asyncio.create_task(_stop_without(parent)))
        try:
            while not self._stopped.is_set():
                if not await self._take_job():
                    awaited = {stopped, *sides, *self._tasks}
                    await asyncio.wait(awaited, timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED)
                for side in sides:
                    if side.done():
                        side.result()  # raises what ended it: no worker goes on without its heartbeat
        finally:
            await _cancel(*self._tasks)
            await _cancel(stopped, *sides)
            self._engine.dispose()

    async def _take_job(self) -> bool:
        """Start the next job where a place is free; return whether there was one."""
        if len(self._tasks) >= self._concurrency:
            return False
        attempt = await self._in_store(lambda: queue.take_job(self._engine))
        if attempt is None:
            return False
        self._running[attempt.job_id] = _RunningAttempt(attempt.number)
        task = asyncio.create_task(self._run_attempt(attempt))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # A task that is cancelled before its first step would not put the job back into the queue.
        await asyncio.sleep(0)
        return True

    async def _run_attempt(self, attempt: Attempt) -> None:
        """Run one attempt at a job in a process of its own, and retry or end the job where that has not ended it."""
        running = self._running[attempt.job_id]
        try:
            cause, code = await self._run_process(attempt, running)
            await self._in_store(lambda: self._resolve(attempt, cause, code))
        except OSError:
            # Without a heartbeat the job counts as lost, and some worker tries it again.
            log.exception("job %s could not be started", attempt.job_id)
        finally:
            if self._running.get(attempt.job_id) is running:
                del self._running[attempt.job_id]

    async def _run_process(self, attempt: Attempt, running: _RunningAttempt) -> tuple[retry.Cause, int | None]:
        """Run the process of an attempt, and return why it ended with its exit code (None: not started)."""
        folder = self._folders / f"{os.getpid()}-{attempt.job_id}-{attempt.number}"
        process = None
        is_stopped = False
        try:
            folder.mkdir(parents=True)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "webmap.logic.jobs.process"),
                *(str(attempt.job_id), str(attempt.number), str(folder)),
                env=self._environ,
                stdin=asyncio.subprocess.PIPE,
                # Ctrl-C in the terminal is for this process, which then decides about its jobs.
                start_new_session=True,
            )
            running.process = process
            await process.wait()
        except asyncio.CancelledError:
            is_stopped = True
        finally:
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
            shutil.rmtree(folder, ignore_errors=True)
        code = None if process is None else process.returncode
        return "interrupted" if is_stopped or code == INTERRUPTED else "ended", code

    def _resolve(self, attempt: Attempt, cause: retry.Cause, code: int | None) -> None:
        with writing(self._engine) as session:
            retry.resolve(session, attempt.job_id, cause, number=attempt.number, ending=_ending(code))

    async def _send_heartbeat(self) -> None:
        """Say that this worker is alive, cancel what is to be cancelled and kill what another worker has."""
        numbers = {job_id: running.number for job_id, running in self._running.items()}
        if not numbers:
            return
        heartbeat = await self._in_store(lambda: queue.send_heartbeat(self._engine, numbers))
        if heartbeat is None:
            return
        for job_id in heartbeat.lost | heartbeat.cancelled:
            running = self._running.get(job_id)
            if running is not None and running.number == numbers[job_id]:
                running.cancel()

    async def _resolve_lost(self) -> None:
        def resolve_lost() -> int:
            with writing(self._engine, idle_timeout_ms=queue.TIMEOUT_MS) as session:
                return retry.resolve_lost(session)

        if count := await self._in_store(resolve_lost):
            log.warning("%s jobs whose worker was lost were put back into the queue or ended", count)

    async def _remove_old(self) -> None:
        def remove_old() -> None:
            with writing(self._engine) as session:
                queue.remove_old(session, days=self._keep_days)
                now = datetime.now(UTC)
                forget_senders(session, report_day(now), now)
                forget_old_imports(session, now=now)

        await self._in_store(remove_old)

    async def _in_store(self, do: Callable[[], T]) -> T | None:
        """Return what `do` returns in a thread of its own, or None where the database does not answer."""
        try:
            result = await asyncio.to_thread(do)
        except SQLAlchemyError as error:
            if not self._is_store_away:
                log.warning("the database does not answer: %s", type(error).__name__)
            self._is_store_away = True
            return None
        self._is_store_away = False
        return result

    def _remove_leftovers(self) -> None:
        """Remove the folders of workers that were killed."""
        for folder in self._folders.glob("*-*-*"):
            if not _is_alive(int(folder.name.partition("-")[0])):
                shutil.rmtree(folder, ignore_errors=True)


async def _repeat(every_s: float, do: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(every_s)
        await do()


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


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
    worker = Worker(
        os.environ["DATABASE_URL"], Path(os.environ["FUCHUN_STATE"]), concurrency=concurrency, keep_days=keep_days
    )
    start_compiling()
    asyncio.run(worker.run(parent=parent))
