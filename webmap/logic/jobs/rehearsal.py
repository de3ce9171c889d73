"""A job that only waits: an administrator tests with it whether a worker is running."""

import time
from collections.abc import Mapping
from typing import Any

from webmap.logic.jobs.running_job import RunningJob

STEP_S = 0.25


def rehearse(job: RunningJob) -> Mapping[str, Any]:
    """Count ``seconds`` (5 by default)."""
    seconds = float(job.arguments.get("seconds", 5))
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        job.progress("second {second} of {seconds}", passed / seconds, second=int(passed) + 1, seconds=round(seconds))
        time.sleep(min(STEP_S, seconds - passed))
    return {"seconds": seconds}
