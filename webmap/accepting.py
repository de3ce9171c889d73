"""How a worker of the site takes connections: its share of them, and none that says nothing.

gunicorn's workers with threads accept whatever comes, each as fast as it can. Of sixteen phones that arrive together
one worker may then take all and let them wait, while its sibling on the other processor has nothing to do.
"""

import socket
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

SILENT_S = 20
"""How long a connection that sends nothing stays with the system: browsers open some ahead, and each would hold a
thread for five seconds."""


class FairWorker(ThreadWorker):  # type: ignore[misc]
    """A worker with threads that takes no new connection while one it has waits for a thread."""

    def init_process(self) -> None:
        """Prepare the listening sockets, then run until a signal ends it."""
        for listener in self.sockets:
            if hasattr(socket, "TCP_DEFER_ACCEPT") and listener.sock.family != getattr(socket, "AF_UNIX", None):
                listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT_S)
        super().init_process()

    @property
    def worker_connections(self) -> int:
        """How many connections it may hold now; the loop of gunicorn asks before it listens again."""
        waiting = self.tpool is not None and not self.tpool._work_queue.empty()
        return 0 if waiting else self._most_connections

    @worker_connections.setter
    def worker_connections(self, value: Any) -> None:
        self._most_connections = int(value)
