"""Delete a district as a job: a backup of the whole store first, then all that the district holds."""

from collections.abc import Mapping
from typing import Any

from geo.db.backup import back_up
from geo.db.districts import delete_district, resolve_district
from geo.db.session import writing
from geo.errors import NotFoundError
from webmap.logic.jobs.running_job import RunningJob

FOLDER = "backups"
"""Folder in the state directory."""


def delete(job: RunningJob) -> Mapping[str, Any]:
    """Make a backup and delete the district of a job; the result names the file."""
    if job.stored_result is not None:
        return job.stored_result
    if job.district is None:
        raise NotFoundError("the district is deleted already")
    job.progress("writing the backup", 0.1)
    folder = job.state_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    file, _ = back_up(job.engine.url.render_as_string(hide_password=False), folder)
    job.progress("deleting", 0.8)
    with writing(job.engine) as session:
        name = resolve_district(session, job.district).name
        held = delete_district(session, job.district)
        result = {"deleted": name, "backup": str(file), "rows": {each.table: each.rows for each in held}}
        job.store_result(session, result)
    return result
