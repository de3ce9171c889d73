"""``/plan/sites``: from a sentence to plans, which a job finds, and which are compared and changed by hand.

The page's address holds the sentence, the job and the plan that is looked at, so that it can be sent to a colleague.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from geo.coverage.question import CoverageQuestion
from geo.db.candidates import read_candidates, set_willingness
from geo.db.scenarios import ScenarioFacts, get_scenario, list_scenarios
from geo.db.session import reading, writing
from geo.db.tables import SERVICES
from geo.errors import NotFoundError
from geo.records import CandidateRecord
from webmap.logic.coverage.plan_question import MINUTES, moment_of
from webmap.logic.district_state import DistrictState
from webmap.logic.jobs import submission
from webmap.logic.jobs.models import Job
from webmap.logic.places import LISTED_KINDS
from webmap.logic.siting.certificates import CERTIFICATE_FILE
from webmap.logic.siting.curve_elbow import find_elbow
from webmap.logic.siting.phases import sites_of
from webmap.logic.siting.sites_question import ACTIONS, AIMS, COUNTED, MAX_SITES, Spot
from webmap.logic.snapshots import SERVED_MODES
from webmap.planner.chosen_plan import ChosenPlan, choose_plan, read_number, saved_plan
from webmap.planner.next_steps import next_steps
from webmap.planner.site_candidates import shown_candidates
from webmap.planner.sites_form import SitesForm, read_sites_form
from webmap.planner.sites_form_values import NAMES as FORM_FIELDS
from webmap.planner.sites_text import plan_sentences, site_name
from webmap.planner.views import EVENING, WORKDAY, offered_services, planner
from webmap.planner.willingness import WILLINGNESS_WORDS
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import district_state, engine
from webmap.web.i18n import lang
from webmap.web.jobs import ask, job_error, job_words, read_job
from webmap.web.pages import render_page
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


planner.add_app_template_filter(site_name, "site_words")


@planner.app_template_filter("spot")
def spot(option: Mapping[str, Any]) -> dict[str, Any]:
    """Return of an option what a change by hand keeps of it."""
    return {name: option[name] for name in ("name", "lon", "lat", "code", "kind")}


AIM_WORDS = {code: lazy_gettext(text) for code, text in AIMS.items()}
ACTION_WORDS = {code: lazy_gettext(text) for code, text in ACTIONS.items()}
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


@planner.get("/plan/sites")
@requires("planner", "viewer")
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
    earlier: tuple[Spot, ...] = ()
    if form.base is not None:
        with reading(engine()) as session:
            earlier = sites_of(get_scenario(session, state.district.code, form.base))
    job = ask(KIND, form.arguments(at=at, earlier=earlier) | {"lang": lang()}, district=state.district.code)
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
    arguments["pinned"] = [each for each in arguments.get("pinned", ()) if each.get("code") != code]
    arguments["refusal"] = {"code": code, "name": site["name"], "covered": plan["after"]}
    new = ask(KIND, arguments, district=state.district.code)
    return redirect(_address(read_sites_form(request.args), job=new.id), 303)


def _render(state: DistrictState, form: SitesForm, job: Job | None, scenario: ScenarioFacts | None) -> str:
    with reading(engine()) as session:
        candidates = read_candidates(session, state.district.code)
        scenarios = list_scenarios(session, state.district.code)
    found = _shown_plan(state, job, scenario, candidates)
    asked, answer, chosen = (found.asked, found.answer, found.plan) if found is not None else ({}, None, None)
    at = moment_of(form.plan, state.calendar, now=datetime.now(UTC))
    coverage = form.coverage_question(at=at).as_json()
    if job is not None or scenario is not None:
        asked = job.arguments if job is not None else asked
        coverage = CoverageQuestion.read(asked).as_json() if asked else coverage
    evening = replace(form.plan, when="week", weekday=WORKDAY, hour=EVENING)
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
        steps=next_steps(form, job.id, answer, chosen) if job is not None and answer and chosen else None,
        is_current=bool(answer) and answer is not None and answer["data_version"] == state.data_version,
        refusal=job.arguments.get("refusal") if job is not None else None,
        elbow=find_elbow([plan["after"] for plan in answer["curve"]]) if answer and answer.get("curve") else None,
        sentences=plan_sentences(state, asked, answer, chosen) if answer and chosen else [],
        closed=list(asked.get("closed") or ()),
        extended=list(asked.get("extended") or ()),
        form_fields=FORM_FIELDS,
        coverage={name: value for name, value in coverage.items() if value not in (None, {}, [])},
        candidates=candidates,
        shown_candidates=shown_candidates(candidates),
        scenarios=scenarios,
        scenario=scenario,
        certificate=next((file for file in job.files if file.name == CERTIFICATE_FILE), None) if job else None,
        aims=AIM_WORDS,
        acts=ACTION_WORDS,
        counted=COUNTED,
        plan_words=PLAN_WORDS,
        willingness=WILLINGNESS_WORDS,
        minutes=MINUTES,
        modes=SERVED_MODES,
        kinds=LISTED_KINDS,
        most_sites=MAX_SITES,
        services=offered_services(state) or list(SERVICES[:0]),
        areas=_areas(state),
        address=lambda **changes: _address(form, **({"job": job.id} if job is not None else {}) | changes),
        form_query=form.query(),
        evening=_address(replace(form, plan=evening)) + "&extend=",
    )


def _shown_plan(
    state: DistrictState, job: Job | None, scenario: ScenarioFacts | None, candidates: Sequence[CandidateRecord]
) -> ChosenPlan | None:
    """Return the plan that the page shows: what the job has found so far, else the saved one; None: none yet."""
    if job is not None:
        if not job.result:
            return None
        return ChosenPlan(job.arguments, job.result, choose_plan(job.result, request.args), candidates)
    return saved_plan(state, scenario, candidates) if scenario is not None else None


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


def _address(form: SitesForm, **more: Any) -> str:
    return url_for("planner.sites", district=request.args.get("district"), **form.query() | more)


def _areas(state: DistrictState) -> list[tuple[str, list[tuple[str, str]]]]:
    groups = [
        (gettext("Key areas"), [(area.code, area.name) for area in state.areas]),
        (gettext("Towns"), [(region.code, region.name) for region in state.regions]),
    ]
    return [(name, choices) for name, choices in groups if choices]
