"""Running the site: gunicorn over the application factory, one polling thread a worker, and a worker for jobs."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from webmap.accepting import FairWorker
from webmap.app import create_app
from webmap.logic.jobs.watch import WatchedWorker, WatchingArbiter


class Site(BaseApplication):  # type: ignore[misc]
    """The gunicorn master; each worker makes its own application after the fork.

    No access log is kept: a reverse proxy may keep one, and positions stand only in bodies.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        workers: int,
        jobs: WatchedWorker | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self._jobs = jobs
        self._settings = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": workers,
            "worker_class": FairWorker,
            "threads": 8,
            "timeout": 60,
            "graceful_timeout": 5,
            "keepalive": 15,
            "accesslog": None,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_worker_init": _start_polling,
            "worker_exit": _stop_polling,
        } | dict(settings or {})
        super().__init__()

    def load_config(self) -> None:
        """Take the settings gunicorn knows."""
        for name, value in self._settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def run(self) -> None:
        """Serve until a signal ends it."""
        if self._jobs is None:
            super().run()
        else:
            WatchingArbiter(self, self._jobs).run()

    def load(self) -> Flask:
        """Make the application, in the worker."""
        return create_app()


def _start_polling(worker: Any) -> None:
    worker.app.callable.extensions["fuchun_live"].start()


def _stop_polling(_: Any, worker: Any) -> None:
    if worker.app.callable is not None:
        worker.app.callable.extensions["fuchun_live"].stop()
