"""An uploaded file into a district, as a job: the loaders, the transaction and the report of ``fuchun load``."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from geo.db.imports import find_recipe
from geo.db.session import writing
from geo.errors import InputError, NotReadyError
from loaders.isolated.run import parse_apart
from loaders.recognise import RecogniseContext, Recognised
from loaders.report import LoadReport, Rejection
from webmap.logic.checks import check_facts
from webmap.logic.jobs.attempts import plain
from webmap.logic.jobs.running_job import RunningJob
from webmap.logic.loading import header_of, run_load

LISTED_ROWS = 500
"""Rejected rows that are kept with the job; the rest is counted."""


def load_upload(job: RunningJob) -> Mapping[str, Any]:
    """Load the file that was sent along, or only check it; nothing of it is stored unless all of it is.

    A check whose file waits (`waits`) says what keeps it from being imported instead of failing: that is answered on
    the page, and the file is not sent again.
    """
    if job.stored_result is not None:
        return job.stored_result
    arguments = job.arguments
    options = dict(arguments.get("options", {}))
    district = options.pop("new_district", None) or job.district
    path = job.upload()
    tell = _teller(job)
    what = arguments["what"]
    if not arguments.get("waits"):
        is_dry_run = bool(arguments.get("dry_run", False))
        return _load(job, path, what, district, options, is_dry_run=is_dry_run, tell=tell)
    facts: dict[str, Any] = {"district": district, "dry_run": True, "file": path.name, "loads": []}
    shown = {"options": dict(arguments.get("options", {}))}
    try:
        if what == "auto":
            what = _recognised(path, tell)
        return _load(job, path, what, district, options, is_dry_run=True, tell=tell)
    except (InputError, NotReadyError) as error:
        said = {"error": error.template, "values": plain(error.values), "is_early": isinstance(error, NotReadyError)}
        return facts | {"what": what, "check": said | shown}


def _load(
    job: RunningJob,
    path: Path,
    what: str,
    district: str | None,
    options: Mapping[str, Any],
    *,
    is_dry_run: bool,
    tell: Callable[..., None],
) -> Mapping[str, Any]:
    with writing(job.engine) as session:
        tell("reading {file}", file=path.name)
        reports = run_load(
            session, what, path, district=district, options=options, is_dry_run=is_dry_run, progress=tell
        )
        recipe = None
        if job.arguments["what"] == "auto" and district is not None and not options:
            recipe = find_recipe(session, district, what, header_of(reports))
        if recipe is not None and recipe.options:
            options = recipe.options
            reports = run_load(
                session, what, path, district=district, options=options, is_dry_run=is_dry_run, progress=tell
            )
        # The last moment at which it can be called off.
        job.progress("finishing", 0.95)
        result: dict[str, Any] = {
            "what": what,
            "district": district,
            "dry_run": is_dry_run,
            "file": path.name,
            "loads": [_facts(report) for report in reports],
        }
        if job.arguments.get("waits"):
            sent = {**job.arguments.get("options", {}), **(options if recipe is not None else {})}
            result["check"] = check_facts(session, district, what, reports, sent)
            if recipe is not None:
                result["check"]["recipe"] = recipe.name
        job.store_result(session, result)
    return result


def _recognised(path: Path, tell: Callable[..., None]) -> str:
    found: Recognised = parse_apart("recognise", path, RecogniseContext(), tell)
    if not found.what:
        raise InputError("{file}: it cannot be told what it holds; choose it below", file=path.name)
    return found.what


def _teller(job: RunningJob) -> Callable[..., None]:
    share, told = 0.1, ""

    def tell(stage: str, **values: object) -> None:
        nonlocal share, told
        # Nobody knows how long a stage takes: each one gets a part of what is left.
        if stage != told:
            share, told = share + (0.9 - share) / 4, stage
        job.progress(stage, share, **values)

    return tell


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
