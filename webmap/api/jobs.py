"""API endpoints for jobs: start, show, cancel, download files."""

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue

from geo.db.session import writing
from webmap.api.views import api
from webmap.logic.jobs import submission
from webmap.logic.jobs.files import get_file, read_parts
from webmap.web import viewer
from webmap.web.access import staff
from webmap.web.context import engine
from webmap.web.downloads import name_download
from webmap.web.jobs import ask, job_answer, read_job, read_jobs


@api.get("/jobs")
@staff
def jobs() -> ResponseReturnValue:
    """Answer the latest jobs."""
    return {"jobs": [job_answer(job) for job in read_jobs()]}


@api.post("/jobs")
@staff
def start_job() -> ResponseReturnValue:
    """Start a job."""
    job = ask(g.body["kind"], g.body["arguments"], district=g.query.get("district"))
    return job_answer(job), 202, {"Location": url_for("api.job", job_id=job.id)}


@api.get("/jobs/<int:job_id>")
@staff
def job(job_id: int) -> ResponseReturnValue:
    """Answer how far a job is."""
    return job_answer(read_job(job_id))


@api.delete("/jobs/<int:job_id>")
@staff
def cancel_job(job_id: int) -> ResponseReturnValue:
    """Call a job off."""
    with writing(engine()) as session:
        submission.cancel_job(session, job_id, seen_by=viewer.seen_by())
    return job_answer(read_job(job_id))


@api.get("/jobs/<int:job_id>/files/<name>")
@staff
def job_file(job_id: int, name: str) -> ResponseReturnValue:
    """Answer a file of a job, piece by piece."""
    file = get_file(read_job(job_id), name)
    parts = read_parts(engine(), file.id) if request.method == "GET" else ()
    response = Response(parts, mimetype="application/octet-stream")
    response.content_length = file.size
    return name_download(response, file.name)
