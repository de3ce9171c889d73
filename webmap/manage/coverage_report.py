"""``/manage/reports/coverage``: start a coverage report of what ``/plan`` shows, with the query of that page."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

from flask import redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from geo.errors import InputError
from webmap.logic.coverage.plan_question import PlanQuestion, moment_of, read_plan_question
from webmap.logic.district_state import DistrictState
from webmap.logic.jobs.files import uploaded_name
from webmap.logic.reports.own_form import NAMES, SUFFIXES
from webmap.manage.blueprint import manage
from webmap.manage.jobs import job_address, render_jobs
from webmap.manage.versioned_form import sent_text
from webmap.web.access import requires, takes_files
from webmap.web.context import district_state
from webmap.web.i18n import lang
from webmap.web.jobs import Upload, ask, read_jobs

KIND = "coverage-report"
MAX_FORM_BYTES = 5 << 20


@manage.get("/reports/coverage")
@requires("planner")
def coverage_report() -> ResponseReturnValue:
    """Show what would be reported, and the reports there are."""
    state = district_state()
    question = read_plan_question(request.args)
    return render_jobs(
        "manage/report.html",
        read_jobs([KIND]),
        district=state.district,
        question=question,
        asked=arguments_of(question, state),
        fields=NAMES,
    )


@manage.post("/reports/coverage")
@requires("planner")
@takes_files(lambda config: MAX_FORM_BYTES)
def start_coverage_report() -> ResponseReturnValue:
    """Ask for the report that the address describes."""
    state = district_state()
    arguments = arguments_of(read_plan_question(request.args), state)
    if signed_by := sent_text("signed_by"):
        arguments["signed_by"] = signed_by
    with closing(request.files.get("form") or FileStorage()) as sent:
        upload = Upload(uploaded_name(sent.filename), cast(BinaryIO, sent.stream)) if sent.filename else None
        if upload is not None and not upload.name.lower().endswith(SUFFIXES):
            raise InputError("{file} is no form: send an XLSX or DOCX file", file=upload.name)
        job = ask(KIND, arguments, district=state.district.code, upload=upload)
    return redirect(job_address(job.id), 303)


def arguments_of(question: PlanQuestion, state: DistrictState) -> dict[str, Any]:
    """Return a question of ``/plan`` as the arguments of the job."""
    at = moment_of(question, state.calendar, now=datetime.now(UTC))
    asked = question.coverage_question(at=at).as_json()
    # A report is of the whole district.
    return {name: value for name, value in asked.items() if name != "area" and value is not None} | {"lang": lang()}
