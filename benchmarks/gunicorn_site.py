"""The site under gunicorn, as ``fuchun serve`` ran it before: python -m benchmarks.gunicorn_site PORT [WORKERS].

gunicorn is part of the environment of the measurements only; the application's own packages come first.
"""

import sys
from sysconfig import get_path
from typing import Any

from benchmarks.beside import PYTHON
from benchmarks.site import measured_app

sys.path.append(get_path("purelib", vars={"base": str(PYTHON.parents[1])}))

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker


class FairWorker(ThreadWorker):  # type: ignore[misc]
    """A worker with threads that takes no new connection while one it has waits for a thread."""

    @property
    def worker_connections(self) -> int:
        """How many connections it may hold now; the loop of gunicorn asks before it listens again."""
        is_waiting = self.tpool is not None and not self.tpool._work_queue.empty()
        return 0 if is_waiting else self._most_connections

    @worker_connections.setter
    def worker_connections(self, value: Any) -> None:
        self._most_connections = int(value)


class GunicornSite(BaseApplication):  # type: ignore[misc]
    """gunicorn over the application with the empty answer."""

    def __init__(self, port: int, workers: int) -> None:
        self._settings = {
            "bind": f"127.0.0.1:{port}",
            "workers": workers,
            "worker_class": FairWorker,
            "threads": 8,
            "timeout": 60,
            "keepalive": 15,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_worker_init": lambda worker: worker.app.callable.extensions["fuchun_live"].start(),
        }
        super().__init__()

    def load_config(self) -> None:
        """Take the settings that this gunicorn knows."""
        for name, value in self._settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application, in the worker."""
        return measured_app()


if __name__ == "__main__":
    GunicornSite(*(int(word) for word in [*sys.argv[1:], "2"][:2])).run()
