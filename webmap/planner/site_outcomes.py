"""What leaves ``/plan/sites``: entries of the ledger, and plans saved under a name and compared two by two."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from geo.coverage.question import CoverageQuestion
from geo.db import ledger, scenarios
from geo.db.ledger import NewEntry
from geo.db.scenarios import ScenarioDraft, ScenarioFacts
from geo.db.session import reading, writing
from geo.errors import InputError
from webmap.logic.district_state import DistrictState
from webmap.logic.encoding import object_json
from webmap.logic.siting.by_hand import Changes, Delta, measure_changes, outline_of_site
from webmap.logic.siting.sites_question import Spot
from webmap.planner.sites import choose_plan, read_number
from webmap.planner.sites_text import site_name
from webmap.planner.views import planner
from webmap.web.context import district_state, engine
from webmap.web.jobs import read_job
from webmap.web.pages import render_page
from webmap.web.security import requires

COMPARED = ("a", "b")
YEARS = range(2000, 2100)


@dataclass(frozen=True)
class Compared:
    """A saved plan, what it comes to by the data of now, and the people whom that is more than when it was saved."""

    scenario: ScenarioFacts
    delta: Delta
    drift: float


@planner.post("/plan/sites/ledger")
@requires("planner")
def enter_sites() -> ResponseReturnValue:
    """Make an entry of the ledger of each site of a plan: what it is to gain is measured when its station opens."""
    state = district_state()
    job = read_job(read_number("job"))
    answer = job.result or {}
    chosen = choose_plan(answer, request.form) if answer else None
    if chosen is None or not chosen["sites"]:
        raise InputError("there is no plan to enter yet")
    question = CoverageQuestion.read(job.arguments)
    with writing(engine()) as session:
        for site in chosen["sites"]:
            ledger.add_entry(session, state.district.code, _entry(state, question, answer, site), by=_account())
    flash(gettext("%(count)s sites are in the ledger.", count=len(chosen["sites"])))
    return redirect(url_for("manage.gaps", district=request.args.get("district")), 303)


@planner.post("/plan/sites/saved")
@requires("planner")
def save_scenario() -> ResponseReturnValue:
    """Save what is on the map under a name."""
    state = district_state()
    question = CoverageQuestion.read(_object("question"))
    changes = Changes.read(_object("changes"))
    draft = _draft(state, request.form.get("name", ""), question, changes, year=_year())
    with writing(engine()) as session:
        scenarios.add_scenario(session, state.district.code, draft, by=_account())
    flash(gettext("The plan is saved."))
    return redirect(url_for("planner.scenarios", district=request.args.get("district")), 303)


@planner.get("/plan/sites/saved", endpoint="scenarios")
@requires("planner")
def scenarios_page() -> ResponseReturnValue:
    """List the saved plans; two of them can be compared."""
    state = district_state()
    with reading(engine()) as session:
        found = scenarios.list_scenarios(session, state.district.code)
    return render_page("planner/scenarios.html", state=state, scenarios=found)


@planner.post("/plan/sites/saved/<int:number>")
@requires("planner")
def change_scenario(number: int) -> ResponseReturnValue:
    """Rename a saved plan, or remove it; who has not seen the latest change is told."""
    state = district_state()
    version = read_number("version")
    with writing(engine()) as session:
        if request.form.get("remove"):
            scenarios.remove_scenario(session, state.district.code, number, version=version)
        else:
            old = scenarios.get_scenario(session, state.district.code, number)
            draft = ScenarioDraft(
                name=request.form.get("name", ""),
                year=_year(),
                question=old.question,
                changes=old.changes,
                saved=old.saved,
                is_sample=old.is_sample,
            )
            scenarios.change_scenario(session, state.district.code, number, draft, version=version, by=_account())
    flash(gettext("Removed.") if request.form.get("remove") else gettext("The plan is saved."))
    return redirect(url_for("planner.scenarios", district=request.args.get("district")), 303)


@planner.get("/plan/sites/compare")
@requires("planner")
def compare_scenarios() -> ResponseReturnValue:
    """Show two saved plans side by side, both by the data of now."""
    state = district_state()
    numbers = request.args.getlist("of")[: len(COMPARED)]
    if len(numbers) != len(COMPARED) or not all(each.isascii() and each.isdigit() for each in numbers):
        raise InputError("choose two plans to compare")
    with reading(engine()) as session:
        found = [scenarios.get_scenario(session, state.district.code, int(each)) for each in numbers]
    compared = [_measured(state, each) for each in found]
    towns = {town.code: town.name for each in compared for town in each.delta.by_town}
    return render_page("planner/compare.html", state=state, compared=compared, towns=towns)


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


def _draft(
    state: DistrictState, name: str, question: CoverageQuestion, changes: Changes, *, year: int | None
) -> ScenarioDraft:
    delta = measure_changes(state, question, changes)
    asked = {key: value for key, value in question.as_json().items() if value not in (None, {})}
    return ScenarioDraft(
        name=name,
        year=year,
        question=asked,
        changes=changes.as_json(),
        saved=object_json(delta),
        is_sample=state.is_sample,
    )


def _measured(state: DistrictState, scenario: ScenarioFacts) -> Compared:
    delta = measure_changes(state, CoverageQuestion.read(scenario.question), Changes.read(scenario.changes))
    was = scenario.saved["after"] - scenario.saved["before"]
    return Compared(scenario, delta, round(delta.after - delta.before - was, 1))


def _object(name: str) -> dict[str, Any]:
    try:
        found = json.loads(request.form.get(name, "") or "{}")
    except ValueError as error:
        raise InputError("what was changed by hand cannot be read; load the page again") from error
    if not isinstance(found, dict):
        raise InputError("what was changed by hand cannot be read; load the page again")
    return found


def _year() -> int | None:
    text = request.form.get("year", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) in YEARS):
        raise InputError("{name}={value}: write a whole number", name="year", value=text)
    return int(text)


def _account() -> str:
    return str(current_user.username)
