"""Child processes that are restarted when they end, with growing pauses (backoff)."""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 60.0
STEADY_S = 60.0
"""A process that ran for so long is started again at once."""


class Pause:
    """Pauses between tries that grow from `FIRST_PAUSE_S` to `MAX_PAUSE_S`."""

    def __init__(self, *, longest_s: float = MAX_PAUSE_S) -> None:
        self._longest_s = longest_s
        self.reset()

    def reset(self) -> None:
        """Begin with the shortest pause again."""
        self._pause_s = FIRST_PAUSE_S
        self._due_at = 0.0

    def is_over(self) -> bool:
        """Tell whether the next try is due."""
        return time.monotonic() >= self._due_at

    def begin(self) -> float:
        """Begin a pause; return its length in seconds."""
        pause_s = self._pause_s
        self._due_at = time.monotonic() + pause_s
        self._pause_s = min(2 * pause_s, self._longest_s)
        return pause_s


class Child:
    """One process that is kept running.

    Parameters
    ----------
    name : str
        What it is called in the log.
    command : sequence of str
    inherits : sequence of int
        File descriptors that it inherits.
    on_end : callable, optional
        Told the return code each time it ends by itself.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        inherits: Sequence[int] = (),
        on_end: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.name = name
        self._command = list(command)
        self._inherits = tuple(inherits)
        self._on_end = on_end
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = Pause()
        self.started_at = 0.0

    @property
    def pid(self) -> int | None:
        """Return the process id, None while it does not run."""
        return None if self._process is None else self._process.pid

    def look(self) -> None:
        """Start the process where it does not run and its pause is over."""
        if self._process is not None and self._process.poll() is not None:
            code = self._process.returncode
            self._process = None
            if time.monotonic() - self.started_at > STEADY_S:
                self._pause.reset()
            pause_s = self._pause.begin()
            log.warning("%s ended (%s); it is started again in %.1f s", self.name, ending(code), pause_s)
            self._on_end(code)
        if self._process is None and self._pause.is_over():
            self.started_at = time.monotonic()
            # A session of its own: Ctrl-C is for the supervisor, which then ends the others in order.
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, pass_fds=self._inherits, start_new_session=True
            )

    @property
    def is_running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)

    def end(self, within_s: float) -> None:
        """Return when the process, already told to stop, has ended; kill it when that takes longer than `within_s`."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, within_s))
        except subprocess.TimeoutExpired:
            log.warning("%s did not stop in time and was killed", self.name)
            self._process.kill()
            self._process.wait()
        self._process = None


def ending(code: int) -> str:
    """Return in words how a process has ended.

    >>> ending(1), ending(-9)
    ('exit code 1', 'SIGKILL')
    """
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
