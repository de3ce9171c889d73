"""The functions that do the jobs, by kind; each imports what it needs when it is called."""

from collections.abc import Callable, Mapping
from typing import Any

from webmap.logic.jobs.running_job import RunningJob


def _rehearse(job: RunningJob) -> Mapping[str, Any]:
    from webmap.logic.jobs.rehearsal import rehearse

    return rehearse(job)


def _report_coverage(job: RunningJob) -> Mapping[str, Any]:
    from webmap.logic.reports.job import report_coverage

    return report_coverage(job)


def _load(job: RunningJob) -> Mapping[str, Any]:
    from webmap.logic.jobs.load import load_upload

    return load_upload(job)


def _delete_district(job: RunningJob) -> Mapping[str, Any]:
    from webmap.logic.jobs.delete_district import delete

    return delete(job)


def _site(job: RunningJob) -> Mapping[str, Any]:
    from webmap.logic.siting.job import site

    return site(job)


def _plan_sites(job: RunningJob) -> Mapping[str, Any]:
    from webmap.logic.siting.plan_job import plan_sites

    return plan_sites(job)


def _plan_tour(job: RunningJob) -> Mapping[str, Any]:
    from webmap.logic.tours.job import plan_tour

    return plan_tour(job)


HANDLERS: Mapping[str, Callable[[RunningJob], Mapping[str, Any]]] = {
    "rehearsal": _rehearse,
    "coverage-report": _report_coverage,
    "siting": _site,
    "site-plans": _plan_sites,
    "tour": _plan_tour,
    "load": _load,
    "delete-district": _delete_district,
}
"""Tells its progress to the running job, and returns its result as JSON. The same kinds as `kinds.KINDS`."""
