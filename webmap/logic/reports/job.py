"""Job that makes a coverage report and stores its four files."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from webmap.logic.config import configured_standards
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.fonts import find_font
from webmap.logic.jobs.work import Work
from webmap.logic.live import Live
from webmap.logic.reports.make import make_coverage_report


def report_coverage(work: Work) -> Mapping[str, Any]:
    """Make the report that the arguments ask for: those of ``GET /coverage``, and ``lang``."""
    asked = work.arguments
    font = find_font(os.environ)
    work.progress("bringing the streets up to date", 0.01)
    live = Live(work.engine, work.state_dir)
    state = live.build(work.district, progress=work.progress)
    files = make_coverage_report(
        work.engine,
        state,
        CoverageQuestion.read(asked),
        work.folder / "report",
        lang=asked.get("lang", "zh"),
        font=font,
        made_at=datetime.now(UTC),
        held_to=configured_standards(os.environ),
        tell=work.progress,
    )
    for file in files:
        work.save(file)
    return {"data_version": state.data_version, "files": [file.name for file in files]}
