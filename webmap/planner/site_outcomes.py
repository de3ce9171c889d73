"""What leaves ``/plan/sites``: entries of the ledger, and plans saved under a name and compared two by two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.coverage.question import CoverageQuestion
from geo.db import ledger, scenarios
from geo.db.candidates import read_candidates
from geo.db.ledger import DECLINED, NewEntry
from geo.db.scenarios import ScenarioDraft, ScenarioFacts
from geo.db.session import reading, writing
from geo.errors import InputError
from geo.records import CandidateRecord
from webmap.logic.coverage.plan_question import Query
from webmap.logic.district_state import DistrictState
from webmap.logic.encoding import object_json
from webmap.logic.siting.by_hand import Changes, Delta, measure_changes, outline_of_site
from webmap.logic.siting.phases import find_phases
from webmap.logic.siting.sites_question import Spot
from webmap.planner.chosen_plan import read_chosen, read_number, read_object, saved_plan
from webmap.planner.sites_text import site_name
from webmap.planner.views import planner
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import district_state, engine
from webmap.web.pages import render_page

COMPARED = ("a", "b")
YEARS = range(2000, 2100)


@dataclass(frozen=True)
class Compared:
    """A saved plan by the data of now: what it comes to, the people whom that is more than when it was saved, and yuan.

    `spent` is None where the cost of a site is not known.
    """

    scenario: ScenarioFacts
    delta: Delta
    drift: float
    spent: float | None


@planner.post("/plan/sites/ledger")
@requires("planner")
def enter_sites() -> ResponseReturnValue:
    """Make an entry of the ledger of each site of a plan: what it is to gain is measured when its station opens."""
    state = district_state()
    chosen = read_chosen(state, request.form)
    sites = chosen.plan["sites"]
    if not sites:
        raise InputError("there is no plan to enter yet")
    with reading(engine()) as session:
        found = ledger.list_entries(session, state.district.code)
    kind = chosen.question.kind
    there = {_place(each.lon, each.lat) for each in found if each.state != DECLINED and each.question.kind == kind}
    new = [site for site in sites if _place(site["option"]["lon"], site["option"]["lat"]) not in there]
    entries = [_entry(state, chosen.question, chosen.answer, site) for site in new if site["gain"] > 0.0]
    with writing(engine()) as session:
        for entry in entries:
            ledger.add_entry(session, state.district.code, entry, by=viewer.name())
    flash(gettext("%(count)s sites are in the ledger.", count=len(entries)))
    if len(new) < len(sites):
        flash(gettext("%(count)s were there already and stay as they are.", count=len(sites) - len(new)))
    if len(entries) < len(new):
        flash(gettext("%(count)s add nobody and are left out.", count=len(new) - len(entries)))
    return redirect(url_for("manage.gaps", district=request.args.get("district")), 303)


@planner.post("/plan/sites/saved")
@requires("planner")
def save_scenario() -> ResponseReturnValue:
    """Save what is on the map under a name."""
    state = district_state()
    draft = _draft(state, request.form)
    with writing(engine()) as session:
        scenarios.add_scenario(session, state.district.code, draft, by=viewer.name())
    flash(gettext("The plan is saved."))
    return redirect(url_for("planner.scenarios", district=request.args.get("district")), 303)


@planner.get("/plan/sites/saved", endpoint="scenarios")
@requires("planner", "viewer")
def scenarios_page() -> ResponseReturnValue:
    """List the saved plans; two of them can be compared."""
    state = district_state()
    with reading(engine()) as session:
        found = scenarios.list_scenarios(session, state.district.code)
    return render_page("planner/scenarios.html", state=state, scenarios=found, phases=find_phases(found))


@planner.post("/plan/sites/saved/<int:number>")
@requires("planner")
def change_scenario(number: int) -> ResponseReturnValue:
    """Rename a saved plan, store what a hand has changed in it, or remove it; who has not seen the latest is told."""
    state = district_state()
    version = read_number("version")
    with writing(engine()) as session:
        if request.form.get("remove"):
            scenarios.remove_scenario(session, state.district.code, number, version=version)
        else:
            old = scenarios.get_scenario(session, state.district.code, number)
            draft: ScenarioDraft = replace(old, name=request.form.get("name", ""), year=_year())
            if request.form.get("changes"):
                draft = _draft(state, request.form)
            scenarios.change_scenario(session, state.district.code, number, draft, version=version, by=viewer.name())
    flash(gettext("Removed.") if request.form.get("remove") else gettext("The plan is saved."))
    return redirect(url_for("planner.scenarios", district=request.args.get("district")), 303)


@planner.get("/plan/sites/compare")
@requires("planner", "viewer")
def compare_scenarios() -> ResponseReturnValue:
    """Show two saved plans side by side, both by the data of now."""
    state = district_state()
    numbers = request.args.getlist("of")[: len(COMPARED)]
    if len(numbers) != len(COMPARED) or not all(each.isascii() and each.isdigit() for each in numbers):
        raise InputError("choose two plans to compare")
    with reading(engine()) as session:
        found = [scenarios.get_scenario(session, state.district.code, int(each)) for each in numbers]
        candidates = read_candidates(session, state.district.code)
    compared = [_measured(state, each, candidates) for each in found]
    towns = {town.code: town.name for each in compared for town in each.delta.by_town}
    return render_page("planner/compare.html", state=state, compared=compared, towns=towns)


def _place(lon: float, lat: float) -> tuple[float, float]:
    """Return about where something is, to a metre."""
    return round(lon, 5), round(lat, 5)


def _entry(
    state: DistrictState, question: CoverageQuestion, answer: Mapping[str, Any], site: Mapping[str, Any]
) -> NewEntry:
    option = site["option"]
    note = gettext("Proposed by /plan/sites on data version %(version)s.", version=answer["data_version"])
    if option["cost"] is not None:
        note += " " + gettext("Cost: %(money)s yuan.", money=f"{option['cost']:,.0f}")
    return NewEntry(
        name=site_name(option)[:100],
        lon=option["lon"],
        lat=option["lat"],
        outline=outline_of_site(state, question, Spot(option["name"], option["lon"], option["lat"])),
        question=question,
        promised=site["gain"],
        unit=answer["unit"],
        cause=None,
        place_key=option["code"] if option["kind"] == "area" else None,
        region_code=option["town"] or None,
        is_sample=state.is_sample,
        owner=option["host"],
        note=note,
    )


def _draft(state: DistrictState, given: Query) -> ScenarioDraft:
    """Return what the script of the page sends as a plan to be saved."""
    question = CoverageQuestion.read(read_object(given, "question"))
    changes = Changes.read(read_object(given, "changes"))
    delta = measure_changes(state, question, changes)
    asked = {key: value for key, value in question.as_json().items() if value not in (None, {})}
    return ScenarioDraft(
        name=given.get("name", ""),
        year=_year(),
        question=asked,
        changes=changes.as_json(),
        saved=object_json(delta),
        is_sample=state.is_sample,
    )


def _measured(state: DistrictState, scenario: ScenarioFacts, candidates: Sequence[CandidateRecord]) -> Compared:
    delta = measure_changes(state, CoverageQuestion.read(scenario.question), Changes.read(scenario.changes))
    was = scenario.saved["after"] - scenario.saved["before"]
    spent = saved_plan(state, scenario, candidates).plan["spent"]
    return Compared(scenario, delta, round(delta.after - delta.before - was, 1), spent)


def _year() -> int | None:
    text = request.form.get("year", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) in YEARS):
        raise InputError("{name}={value}: write a whole number", name="year", value=text)
    return int(text)
