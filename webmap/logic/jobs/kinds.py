"""The kinds of jobs: who may ask for one, and the function that does it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webmap.logic.labels import msgid

if TYPE_CHECKING:
    from webmap.logic.jobs.process import Work

Doing = Callable[["Work"], Mapping[str, Any]]
"""Does a job, tells its progress, and returns its result as JSON."""


@dataclass(frozen=True)
class Kind:
    """One kind of job.

    Attributes
    ----------
    title : str
        What people call it, as a message id.
    role : str
        Who may ask for it (an administrator always may).
    do : callable
        Imports what it needs when it is called: pages know all kinds, and need none of it.
    is_writing : bool
        It changes a district's data: of those, one a district runs at a time.
    needs_district : bool
        It can be asked for only where the district is in the store.
    needs_upload : bool
        It works on a file that is sent along, which is removed when the job is over.
    """

    title: str
    role: str
    do: Doing
    is_writing: bool = False
    needs_district: bool = True
    needs_upload: bool = False


def _rehearse(work: "Work") -> Mapping[str, Any]:
    from webmap.logic.jobs.rehearsal import rehearse

    return rehearse(work)


def _report_coverage(work: "Work") -> Mapping[str, Any]:
    from webmap.logic.reports.job import report_coverage

    return report_coverage(work)


def _load(work: "Work") -> Mapping[str, Any]:
    from webmap.logic.jobs.load import load_upload

    return load_upload(work)


def _site(work: "Work") -> Mapping[str, Any]:
    from webmap.logic.siting.job import site

    return site(work)


KINDS: Mapping[str, Kind] = {
    "rehearsal": Kind(msgid("Rehearsal of the worker"), "admin", _rehearse, needs_district=False),
    "coverage-report": Kind(msgid("Coverage report"), "planner", _report_coverage),
    "siting": Kind(msgid("Choosing sites"), "planner", _site),
    # A new district is not in the store yet when its boundaries are sent.
    "load": Kind(msgid("Loading a file"), "planner", _load, is_writing=True, needs_district=False, needs_upload=True),
}
"""Every kind by its name. Its arguments are described in ``openapi.yaml``; a rider's position is never among them."""
