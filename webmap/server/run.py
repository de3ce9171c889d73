"""Run ``fuchun serve``: the processes of the site, the job worker and the private cluster."""

import os
import socket
import sys
from pathlib import Path

from webmap.logic.config import Config
from webmap.logic.snapshots import set_aside
from webmap.server.crashes import CrashWatch
from webmap.server.database import ClusterKeeper
from webmap.server.supervisor import Plan, run


def run_site(listener: socket.socket, *, workers: int, jobs: int, cluster: Path | None) -> None:
    """Run the site of the environment's settings until a signal ends it.

    Parameters
    ----------
    listener : socket
    workers : int
        Processes of the site.
    jobs : int
        Jobs at a time; 0: none are done here.
    cluster : Path or None
        Root of the clone whose private cluster is kept running; None: the database is somebody else's.
    """
    config = Config.from_env(os.environ)
    worker = [sys.executable, "-m", "webmap.logic.jobs", str(jobs), str(config.job_days), str(os.getpid())]
    plan = Plan(
        workers=workers,
        jobs=worker if jobs else (),
        kept=[ClusterKeeper(cluster)] if cluster else [],
        on_crash=CrashWatch(set_aside).note,
    )
    run(plan, listener)
