"""The functions that do the jobs, by kind; each imports what it needs when it is called."""

from collections.abc import Callable, Mapping
from typing import Any

from webmap.logic.jobs.work import Work


def _rehearse(work: Work) -> Mapping[str, Any]:
    from webmap.logic.jobs.rehearsal import rehearse

    return rehearse(work)


def _report_coverage(work: Work) -> Mapping[str, Any]:
    from webmap.logic.reports.job import report_coverage

    return report_coverage(work)


def _load(work: Work) -> Mapping[str, Any]:
    from webmap.logic.jobs.load import load_upload

    return load_upload(work)


def _delete_district(work: Work) -> Mapping[str, Any]:
    from webmap.logic.jobs.deletion import delete

    return delete(work)


def _site(work: Work) -> Mapping[str, Any]:
    from webmap.logic.siting.job import site

    return site(work)


HANDLERS: Mapping[str, Callable[[Work], Mapping[str, Any]]] = {
    "rehearsal": _rehearse,
    "coverage-report": _report_coverage,
    "siting": _site,
    "load": _load,
    "delete-district": _delete_district,
}
"""Tells its progress to the work in hand, and returns its result as JSON. The same kinds as `kinds.KINDS`."""
