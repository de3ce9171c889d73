"""Job that makes a coverage report and stores its four files."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from webmap.logic.config import configured_standards
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.fonts import find_font
from webmap.logic.jobs.running_job import RunningJob
from webmap.logic.live import Live
from webmap.logic.reports.make import make_coverage_report


def report_coverage(job: RunningJob) -> Mapping[str, Any]:
    """Make the report that the arguments ask for: those of ``GET /coverage``, and ``lang``."""
    asked = job.arguments
    font = find_font(os.environ)
    job.progress("bringing the streets up to date", 0.01)
    live = Live(job.engine, job.state_dir)
    state = live.build(job.district, progress=job.progress)
    files = make_coverage_report(
        job.engine,
        state,
        CoverageQuestion.read(asked),
        job.folder / "report",
        lang=asked.get("lang", "zh"),
        font=font,
        made_at=datetime.now(UTC),
        held_to=configured_standards(os.environ),
        tell=job.progress,
    )
    for file in files:
        job.save(file)
    return {"data_version": state.data_version, "files": [file.name for file in files]}
