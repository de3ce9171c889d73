"""Job that makes a coverage report and stores its four files."""

import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time
from typing import Any

from geo.db.session import reading
from webmap.logic.config import configured_standards
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.fonts import find_font
from webmap.logic.jobs import submission
from webmap.logic.jobs.running_job import RunningJob
from webmap.logic.live_districts import LiveDistricts
from webmap.logic.reports.make import make_coverage_report
from webmap.logic.reports.numbers import Figures


def report_coverage(job: RunningJob) -> Mapping[str, Any]:
    """Make the report that the arguments ask for: those of ``GET /coverage``, and ``lang``."""
    asked = job.arguments
    font = find_font(os.environ)
    job.progress("bringing the streets up to date", 0.01)
    live = LiveDistricts(job.engine, job.state_dir)
    state = live.build(job.district, progress=job.progress)
    sent = job.upload_if_any()
    made = make_coverage_report(
        job.engine,
        state,
        CoverageQuestion.read(asked),
        job.folder / "report",
        lang=asked.get("lang", "zh"),
        font=font,
        made_at=datetime.now(UTC),
        held_to=configured_standards(os.environ),
        signed_by=asked.get("signed_by"),
        previous=_last_figures(job),
        form=sent,
        tell=job.progress,
    )
    for file in made.files:
        job.save(file)
    return {
        "data_version": state.data_version,
        "files": [file.name for file in made.files],
        "figures": asdict(made.figures),
        "brief": made.brief,
        "unknown_fields": list(made.unknown_fields),
    }


def _last_figures(job: RunningJob) -> Figures | None:
    """Return the figures of the last report of this district that asked the same."""
    with reading(job.engine) as session:
        for earlier in submission.list_done(session, "coverage-report", job.district):
            if _question(earlier.arguments) == _question(job.arguments) and "figures" in (earlier.result or {}):
                return Figures(**(earlier.result or {})["figures"])
    return None


def _question(arguments: Mapping[str, Any]) -> CoverageQuestion:
    # Two reports never ask about the same moment: the hour of the week is what they share. 1 January 2024 was a Monday.
    asked = CoverageQuestion.read(arguments)
    if asked.at is None:
        return asked
    return replace(
        asked, at=datetime.combine(date(2024, 1, 1 + asked.at.weekday()), time(asked.at.hour), asked.at.tzinfo)
    )
