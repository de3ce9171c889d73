"""An uploaded file into a district, as a job: the loaders, the transaction and the report of ``fuchun load``."""

from collections.abc import Mapping, Sequence
from typing import Any

from geo.db.session import writing
from loaders.report import LoadReport, Rejection
from webmap.logic.jobs.running_job import RunningJob
from webmap.logic.loading import run_load

LISTED_ROWS = 500
"""Rejected rows that are kept with the job; the rest is counted."""


def load_upload(job: RunningJob) -> Mapping[str, Any]:
    """Load the file that was sent along, or only check it; nothing of it is stored unless all of it is."""
    if job.stored_result is not None:
        return job.stored_result
    arguments = job.arguments
    options = dict(arguments.get("options", {}))
    district = options.pop("new_district", None) or job.district
    is_dry_run = bool(arguments.get("dry_run", False))
    path = job.upload()
    share, told = 0.1, ""

    def tell(stage: str, **values: object) -> None:
        nonlocal share, told
        # Nobody knows how long a stage takes: each one gets a part of what is left.
        if stage != told:
            share, told = share + (0.9 - share) / 4, stage
        job.progress(stage, share, **values)

    with writing(job.engine) as session:
        tell("reading {file}", file=path.name)
        reports = run_load(
            session, arguments["what"], path, district=district, options=options, is_dry_run=is_dry_run, progress=tell
        )
        # The last moment at which it can be called off.
        job.progress("finishing", 0.95)
        result = {
            "what": arguments["what"],
            "district": district,
            "dry_run": is_dry_run,
            "loads": [_facts(report) for report in reports],
        }
        job.store_result(session, result)
    return result


def _facts(report: LoadReport) -> dict[str, Any]:
    return {
        "source": report.source,
        "read": report.read,
        "stored": report.stored,
        "rejected": len(report.rejected),
        "notes": _rows(report.notes),
        "rows": _rows(report.rejected[:LISTED_ROWS]),
    }


def _rows(found: Sequence[Rejection]) -> list[dict[str, Any]]:
    # Templates and values, so that each reader sees their own language.
    return [{"row": each.row, "reason": each.reason, "values": dict(each.values)} for each in found]
