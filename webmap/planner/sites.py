"""``/plan/sites``: from a sentence to plans, which a job finds, and which are compared and changed by hand.

The page's address holds the sentence, the job and the plan that is looked at, so that it can be sent to a colleague.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from geo.db.candidates import read_candidates, set_willingness
from geo.db.scenarios import ScenarioFacts, get_scenario, list_scenarios
from geo.db.session import reading, writing
from geo.db.tables import SERVICES
from geo.errors import InputError, NotFoundError
from geo.records import CandidateRecord
from webmap.logic.coverage.plan_question import MINUTES, Query, moment_of
from webmap.logic.district_state import DistrictState
from webmap.logic.jobs import submission
from webmap.logic.jobs.models import Job
from webmap.logic.siting.curve_elbow import find_elbow
from webmap.logic.siting.sites_question import AIMS, COUNTED, MAX_SITES
from webmap.logic.snapshots import SERVED_MODES
from webmap.planner.sites_form import SitesForm, read_sites_form
from webmap.planner.sites_text import plan_sentences
from webmap.planner.views import offered_services, planner
from webmap.web import viewer
from webmap.web.context import district_state, engine
from webmap.web.i18n import lang
from webmap.web.jobs import ask, job_error, job_words, read_job
from webmap.web.pages import render_page
from webmap.web.security import requires
from webmap.words.names import name_of

KIND = "site-plans"


@planner.app_template_filter("translated")
def translated(text: str) -> str:
    """Return a message id in the reader's language."""
    return str(gettext(text))


@planner.app_template_filter("station_name")
def station_name(code: str, state: DistrictState) -> str:
    """Return the name of a station; its code where it is there no more."""
    place = state.place_by_code.get(code)
    return code if place is None else name_of(place)


@planner.app_template_filter("spot")
def spot(option: Mapping[str, Any]) -> dict[str, Any]:
    """Return of an option what a change by hand keeps of it."""
    return {name: option[name] for name in ("name", "lon", "lat")}


AIM_WORDS = {code: lazy_gettext(text) for code, text in AIMS.items()}
PLAN_WORDS = {
    "people": lazy_gettext("most covered"),
    "balanced": lazy_gettext("all towns alike"),
    "twice": lazy_gettext("covered twice"),
    "budget": lazy_gettext("within the budget"),
    "towns": lazy_gettext("each town"),
    "share": lazy_gettext("fewest sites"),
    "far": lazy_gettext("the farthest"),
    "average": lazy_gettext("shortest ways"),
}
WILLINGNESS_WORDS = {
    "unasked": lazy_gettext("not asked yet"),
    "interested": lazy_gettext("interested"),
    "agreed": lazy_gettext("agreed"),
    "refused": lazy_gettext("refused"),
}


@planner.get("/plan/sites")
@requires("planner")
def sites() -> ResponseReturnValue:
    """Show the sentence, and what has come of it."""
    state = district_state()
    form = read_sites_form(request.args)
    return _render(state, form, _asked_job(), _asked_scenario(state))


@planner.post("/plan/sites")
@requires("planner")
def find_sites() -> ResponseReturnValue:
    """Start the job that answers the sentence."""
    state = district_state()
    form = read_sites_form(request.form)
    at = moment_of(form.plan, state.calendar, now=datetime.now(UTC))
    job = ask(KIND, form.arguments(at=at) | {"lang": lang()}, district=state.district.code)
    return redirect(_address(form, job=job.id), 303)


@planner.post("/plan/sites/cancel")
@requires("planner")
def cancel_sites() -> ResponseReturnValue:
    """Call the job off; the best plan so far stays."""
    job = read_job(read_number("job"))
    with writing(engine()) as session:
        submission.cancel_job(session, job.id, seen_by=viewer.seen_by())
    return redirect(_address(read_sites_form(request.args), job=job.id), 303)


@planner.post("/plan/sites/refusals")
@requires("planner")
def refuse_site() -> ResponseReturnValue:
    """Record that a host refuses (or leave out a search area), and start over with what is next best."""
    state = district_state()
    job = read_job(read_number("job"))
    answer = job.result or {}
    code = request.form.get("code", "")
    plan = (answer.get("plans") or [{"sites": []}])[0]
    site = next((each["option"] for each in plan["sites"] if each["option"]["code"] == code), None)
    if site is None:
        raise NotFoundError("there is no candidate site {code}", code=code)
    arguments = {name: value for name, value in job.arguments.items() if name != "refusal"}
    if site["kind"] == "candidate":
        with writing(engine()) as session:
            set_willingness(
                session,
                state.district.code,
                code,
                "refused",
                version=read_number("version"),
                on=datetime.now(UTC).date(),
            )
    arguments["forbidden"] = sorted({*arguments.get("forbidden", ()), code})
    arguments["fixed"] = [each for each in arguments.get("fixed", ()) if each != code]
    arguments["refusal"] = {"code": code, "name": site["name"], "covered": plan["after"]}
    new = ask(KIND, arguments, district=state.district.code)
    return redirect(_address(read_sites_form(request.args), job=new.id), 303)


def _render(state: DistrictState, form: SitesForm, job: Job | None, scenario: ScenarioFacts | None) -> str:
    with reading(engine()) as session:
        candidates = read_candidates(session, state.district.code)
        scenarios = list_scenarios(session, state.district.code)
    answer = (job.result or None) if job is not None else None
    chosen = choose_plan(answer, request.args) if answer else None
    at = moment_of(form.plan, state.calendar, now=datetime.now(UTC))
    coverage = form.plan.coverage_question(at=at).as_json()
    if job is not None:
        coverage = {name: job.arguments.get(name) for name in coverage}
    elif scenario is not None:
        coverage = dict(scenario.question)
    return render_page(
        "planner/sites.html",
        state=state,
        form=form,
        question=form.plan,
        job=job,
        job_words=job_words(job) if job is not None else None,
        job_error=job_error(job) if job is not None else None,
        answer=answer,
        chosen=chosen,
        is_current=bool(answer) and answer is not None and answer["data_version"] == state.data_version,
        refusal=job.arguments.get("refusal") if job is not None else None,
        elbow=find_elbow([plan["after"] for plan in answer["curve"]]) if answer and answer.get("curve") else None,
        sentences=plan_sentences(state, job.arguments, answer, chosen) if job is not None and answer and chosen else [],
        coverage={name: value for name, value in coverage.items() if value not in (None, {}, [])},
        candidates=candidates,
        shown_candidates=_shown(candidates),
        scenarios=scenarios,
        scenario=scenario,
        aims=AIM_WORDS,
        counted=COUNTED,
        plan_words=PLAN_WORDS,
        willingness=WILLINGNESS_WORDS,
        minutes=MINUTES,
        modes=SERVED_MODES,
        most_sites=MAX_SITES,
        services=offered_services(state) or list(SERVICES[:0]),
        areas=_areas(state),
        address=lambda **changes: _address(form, **({"job": job.id} if job is not None else {}) | changes),
        form_query=form.query(),
        today=date.today(),
    )


def choose_plan(answer: Mapping[str, Any], asked: Query) -> Mapping[str, Any]:
    """Return the plan that is asked for: by its number of sites, or by its position; else the first."""
    number = asked.get("n", "")
    if number:
        found = [plan for plan in answer.get("curve") or () if str(len(plan["sites"])) == number]
        if found:
            return dict(found[0])
    plans: Sequence[Mapping[str, Any]] = answer["plans"]
    position = asked.get("plan", "0")
    return dict(plans[int(position)] if position.isdigit() and int(position) < len(plans) else plans[0])


def _asked_scenario(state: DistrictState) -> ScenarioFacts | None:
    if not request.args.get("scenario"):
        return None
    with reading(engine()) as session:
        return get_scenario(session, state.district.code, read_number("scenario"))


def _asked_job() -> Job | None:
    if not request.args.get("job"):
        return None
    job = read_job(read_number("job"))
    if job.kind != KIND:
        raise NotFoundError("there is no job {number} of this page", number=job.id)
    return job


def read_number(name: str) -> int:
    """Return a whole number of the address or of what was sent."""
    text = request.values.get(name, "")
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise InputError("{name}={value}: write a whole number", name=name, value=text)
    return int(text)


def _address(form: SitesForm, **more: Any) -> str:
    return url_for("planner.sites", district=request.args.get("district"), **form.query() | more)


def _areas(state: DistrictState) -> list[tuple[str, list[tuple[str, str]]]]:
    groups = [
        (gettext("Key areas"), [(area.code, area.name) for area in state.areas]),
        (gettext("Towns"), [(region.code, region.name) for region in state.regions]),
    ]
    return [(name, choices) for name, choices in groups if choices]


def _shown(candidates: Sequence[CandidateRecord]) -> list[dict[str, Any]]:
    """Return the candidates as the map draws them."""
    return [
        {"code": each.code, "name": each.name, "lon": each.lon, "lat": each.lat, "willingness": each.willingness}
        for each in candidates[:2000]
    ]
