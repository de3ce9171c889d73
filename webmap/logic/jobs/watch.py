"""Keeping a worker beside the server: gunicorn's master starts it, looks after it every second and ends it.

No thread is needed for that, and a master with threads had better not fork.
"""

import os
import subprocess
import sys
import time
from typing import Any

from gunicorn.arbiter import Arbiter

STOP_S = 12
"""How long a worker may take to put its jobs back; longer than it gives the processes of its jobs."""
MAX_PAUSE_S = 60


class WatchedWorker:
    """One worker process, started again when it ends by itself, with growing pauses.

    Parameters
    ----------
    concurrency : int
        Jobs at a time.
    keep_days : int
        How long finished jobs are kept.
    """

    def __init__(self, *, concurrency: int, keep_days: int) -> None:
        self._options = [str(concurrency), str(keep_days)]
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._pause_s = 1.0

    def look(self) -> None:
        """Start the worker where none runs and the pause is over."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is None:
            if now - self._started_at > MAX_PAUSE_S:
                self._pause_s = 1.0
            return
        if self._process is not None:
            if now - self._started_at < self._pause_s:
                return
            self._pause_s = min(2 * self._pause_s, MAX_PAUSE_S)
        self._started_at = now
        # A session of its own: Ctrl-C is for the master, which then ends the worker in order.
        command = [sys.executable, "-m", "webmap.logic.jobs", *self._options, str(os.getpid())]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def interrupt(self) -> None:
        """Tell the worker to stop; its jobs go back into the queue."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def end(self) -> None:
        """Return when the worker has stopped."""
        if self._process is None:
            return
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


class WatchingArbiter(Arbiter):  # type: ignore[misc]
    """gunicorn's master, which looks after a `WatchedWorker` with its own workers."""

    def __init__(self, site: Any, worker: WatchedWorker) -> None:
        super().__init__(site)
        self._worker = worker
        self._master_pid = os.getpid()

    def manage_workers(self) -> None:
        """See that everybody who should run does."""
        super().manage_workers()
        self._worker.look()

    def stop(self, graceful: bool = True) -> None:
        """End everybody."""
        if os.getpid() == self._master_pid:
            self._worker.interrupt()
        super().stop(graceful)
        if os.getpid() == self._master_pid:
            self._worker.end()
