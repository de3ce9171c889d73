"""Restart the private PostgreSQL server within seconds when it ends."""

import logging
import threading
import time
from pathlib import Path

from geo.db.cluster import is_cluster_running, restart_cluster
from geo.errors import StoreError
from webmap.server.children import Pause

log = logging.getLogger(__name__)

MAX_PAUSE_S = 15.0
STEADY_S = 60.0


class ClusterKeeper:
    """Starts the cluster of a clone again when its server has ended, with pauses that grow.

    The supervisor holds the cluster as a user of it, so nobody stops the server on purpose meanwhile.

    Parameters
    ----------
    root : Path
        Of the clone.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pause = Pause(longest_s=MAX_PAUSE_S)
        self._thread: threading.Thread | None = None
        self._told: str | None = None
        self._started_at = 0.0

    def look(self) -> None:
        """Start the server where it does not run and the pause is over."""
        if (self._thread is not None and self._thread.is_alive()) or not self._pause.is_over():
            return
        if is_cluster_running(self._root):
            return
        if time.monotonic() - self._started_at > STEADY_S:
            self._pause.reset()
        self._pause.begin()
        if self._told is None:
            log.warning("PostgreSQL has ended; it is started again")
        # It may take long to recover, and the supervisor has others to look after.
        self._thread = threading.Thread(target=self._start, name="cluster", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Wait for a start that is under way."""
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        begin = time.monotonic()
        try:
            restart_cluster(self._root)
        except (StoreError, OSError) as error:
            # The same reason is told once: a full disk stays full for a while.
            if str(error) != self._told:
                log.error("%s; it is tried again every few seconds", error)
            self._told = str(error)
        else:
            self._told = None
            self._started_at = time.monotonic()
            log.warning("PostgreSQL runs again after %.1f s", self._started_at - begin)
