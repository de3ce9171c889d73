"""``/manage/reports/coverage``: have a report made of what ``/plan`` shows; the address is that page's."""

from datetime import UTC, datetime
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from geo.db.session import reading
from webmap.accounts import viewer
from webmap.logic.coverage import read_layers
from webmap.logic.coverage.plan_question import Question, moment_of, read_question
from webmap.logic.jobs import record
from webmap.logic.live import DistrictState
from webmap.manage.jobs import job_address, render_jobs
from webmap.manage.views import manage
from webmap.web.i18n import lang
from webmap.web.jobs import ask, store
from webmap.web.pages import district_state
from webmap.web.security import requires

KIND = "coverage-report"


@manage.get("/reports/coverage")
@requires("planner")
def coverage_report() -> ResponseReturnValue:
    """Show what would be reported, and the reports there are."""
    state = district_state()
    question = read_question(request.args)
    with reading(store()) as session:
        found = record.list_jobs(session, seen_by=viewer.seen_by(), kinds=[KIND])
        session.expunge_all()
    return render_jobs(
        "manage/report.html", found, district=state.district, question=question, asked=arguments_of(question, state)
    )


@manage.post("/reports/coverage")
@requires("planner")
def start_coverage_report() -> ResponseReturnValue:
    """Ask for the report that the address describes."""
    state = district_state()
    arguments = arguments_of(read_question(request.args), state)
    return redirect(job_address(ask(KIND, arguments, district=state.district.code).id), 303)


def arguments_of(question: Question, state: DistrictState) -> dict[str, Any]:
    """Return a question of ``/plan`` as the arguments of the job."""
    at = moment_of(question, state.calendar, now=datetime.now(UTC))
    return {
        "mode": question.mode,
        "minutes": question.minutes,
        "services": list(question.services),
        **({"at": at.isoformat()} if at else {}),
        "layers": read_layers(question.layers),
        "lang": lang(),
    }
