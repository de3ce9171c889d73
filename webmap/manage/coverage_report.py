"""``/manage/reports/coverage``: start a coverage report of what ``/plan`` shows, with the query of that page."""

from datetime import UTC, datetime
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from geo.db.session import reading
from webmap.logic.coverage.plan_question import PlanQuestion, moment_of, read_plan_question
from webmap.logic.district_state import DistrictState
from webmap.logic.jobs import submission
from webmap.manage.jobs import job_address, render_jobs
from webmap.manage.views import manage
from webmap.web import viewer
from webmap.web.context import district_state, engine
from webmap.web.i18n import lang
from webmap.web.jobs import ask
from webmap.web.security import requires

KIND = "coverage-report"


@manage.get("/reports/coverage")
@requires("planner")
def coverage_report() -> ResponseReturnValue:
    """Show what would be reported, and the reports there are."""
    state = district_state()
    question = read_plan_question(request.args)
    with reading(engine()) as session:
        found = submission.list_jobs(session, seen_by=viewer.seen_by(), kinds=[KIND])
        session.expunge_all()
    return render_jobs(
        "manage/report.html", found, district=state.district, question=question, asked=arguments_of(question, state)
    )


@manage.post("/reports/coverage")
@requires("planner")
def start_coverage_report() -> ResponseReturnValue:
    """Ask for the report that the address describes."""
    state = district_state()
    arguments = arguments_of(read_plan_question(request.args), state)
    return redirect(job_address(ask(KIND, arguments, district=state.district.code).id), 303)


def arguments_of(question: PlanQuestion, state: DistrictState) -> dict[str, Any]:
    """Return a question of ``/plan`` as the arguments of the job."""
    at = moment_of(question, state.calendar, now=datetime.now(UTC))
    asked = question.coverage_question(at=at).as_json()
    # A report is of the whole district.
    return {name: value for name, value in asked.items() if name != "area" and value is not None} | {"lang": lang()}
