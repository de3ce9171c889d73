"""Delete a district as a job: a backup of the whole store first, then all that the district holds."""

from collections.abc import Mapping
from typing import Any

from geo.db.backup import back_up
from geo.db.districts import delete_district
from geo.db.layers import resolve_district
from geo.db.session import writing
from geo.errors import NotFoundError
from webmap.logic.jobs.work import Work

FOLDER = "backups"
"""Folder in the state directory."""


def delete(work: Work) -> Mapping[str, Any]:
    """Make a backup and delete the district of a job; the result names the file."""
    if work.kept is not None:
        return work.kept
    if work.district is None:
        raise NotFoundError("the district is deleted already")
    work.progress("writing the backup", 0.1)
    folder = work.state_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    file, _ = back_up(work.engine.url.render_as_string(hide_password=False), folder)
    work.progress("deleting", 0.8)
    with writing(work.engine) as session:
        name = resolve_district(session, work.district).name
        held = delete_district(session, work.district)
        result = {"deleted": name, "backup": str(file), "rows": {each.table: each.rows for each in held}}
        work.keep(session, result)
    return result
