"""``/manage/jobs``: the list of jobs, their progress and results, and cancelling them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, gettext

from geo.db.session import writing
from webmap.logic.jobs import submission
from webmap.logic.jobs.models import Job
from webmap.manage.blueprint import manage
from webmap.manage.listing import Column, Filter, local, make_listing, send_sheet, texts, wants_sheet
from webmap.web import viewer
from webmap.web.access import requires, staff
from webmap.web.context import engine, live
from webmap.web.jobs import ask, job_error, job_result, job_title, job_words, read_job, read_jobs
from webmap.words.labels import JOB_STATES

REFRESH_S = 3
"""How often a page with active jobs is reloaded where no script does it."""
TIMEZONE = ZoneInfo("Asia/Shanghai")


@manage.get("/jobs")
@staff
def jobs() -> ResponseReturnValue:
    """List the latest jobs."""
    found = read_jobs()
    listing = make_listing(
        found,
        columns=(
            Column[Job](gettext("Job"), job_title),
            Column(gettext("State"), lambda job: str(JOB_STATES[job.state])),
            Column(gettext("Person"), lambda job: job.owner.shown_name if job.owner else None),
            Column(gettext("Time"), lambda job: local(job.created_at, TIMEZONE.key)),
        ),
        filters=(Filter[Job]("state", gettext("State"), texts(JOB_STATES), lambda job: [job.state]),),
    )
    if wants_sheet():
        return send_sheet(listing, title=gettext("Jobs"))
    return render_jobs("manage/jobs.html", listing.rows, listing=listing, may_rehearse=viewer.may("admin"))


@manage.get("/jobs/<int:job_id>")
@staff
def job(job_id: int) -> ResponseReturnValue:
    """Show one job."""
    found = read_job(job_id)
    return render_jobs("manage/job.html", [found], job=found)


@manage.post("/jobs/<int:job_id>/cancel")
@staff
def cancel_job(job_id: int) -> ResponseReturnValue:
    """Call a job off."""
    with writing(engine()) as session:
        submission.cancel_job(session, job_id, seen_by=viewer.seen_by())
    back = url_for("manage.jobs") if request.form.get("back") == "list" else job_address(job_id)
    return redirect(back, 303)


@manage.post("/jobs/rehearsal")
@requires("admin")
def rehearse() -> ResponseReturnValue:
    """Start a rehearsal of the worker."""
    return redirect(job_address(ask("rehearsal", {}, district=request.args.get("district")).id), 303)


def job_address(job_id: int, *, keeps_district: bool = True) -> str:
    """Return the address of a job's page, with the district of the present one unless that may be gone by then."""
    return url_for("manage.job", job_id=job_id, district=request.args.get("district") if keeps_district else None)


def render_jobs(template: str, jobs: list[Job], **values: object) -> str:
    """Render a page with cards of jobs (`macros/jobs.html`)."""
    return render_template(
        template,
        jobs=jobs,
        job_title=job_title,
        job_words=job_words,
        job_error=job_error,
        job_result=job_result,
        moment=_moment,
        district_names={each.code: each for each in live().districts()},
        refresh_s=REFRESH_S if any(job.is_active for job in jobs) else None,
        **values,
    )


def _moment(value: datetime) -> str:
    return str(format_datetime(value.astimezone(TIMEZONE), "MM-dd HH:mm", rebase=False))
