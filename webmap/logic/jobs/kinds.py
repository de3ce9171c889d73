"""The kinds of jobs: what they are called, who may ask for one, and what it needs; `handlers` has their functions."""

from collections.abc import Mapping
from dataclasses import dataclass

from webmap.logic.labels import msgid


@dataclass(frozen=True)
class Kind:
    """One kind of job.

    Attributes
    ----------
    title : str
        What people call it, as a message id.
    role : str
        Who may ask for it (an administrator always may).
    is_writing : bool
        It changes a district's data: of those, one a district runs at a time.
    needs_district : bool
        It can be asked for only where the district is in the store.
    needs_upload : bool
        It works on a file that is sent along, which is removed when the job is over.
    """

    title: str
    role: str
    is_writing: bool = False
    needs_district: bool = True
    needs_upload: bool = False


KINDS: Mapping[str, Kind] = {
    "rehearsal": Kind(msgid("Rehearsal of the worker"), "admin", needs_district=False),
    "coverage-report": Kind(msgid("Coverage report"), "planner"),
    "siting": Kind(msgid("Choosing sites"), "planner"),
    "site-plans": Kind(msgid("Plans for sites"), "planner"),
    "tour": Kind(msgid("Planning a tour"), "organiser"),
    "delete-district": Kind(msgid("Deleting a district"), "admin", is_writing=True),
    # A new district is not in the store yet when its boundaries are sent.
    "load": Kind(msgid("Loading a file"), "planner", is_writing=True, needs_district=False, needs_upload=True),
}
"""Every kind by its name. Its arguments are described in ``openapi.yaml``; a rider's position is never among them."""
