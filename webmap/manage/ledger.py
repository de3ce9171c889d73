"""``/manage/gaps``: the ledger from gap to opening."""

from datetime import UTC, datetime

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from geo.db import ledger
from geo.db.ledger import EntryChange, EntryFacts, QuestionedError
from geo.db.planner_tables import GAP_STATES
from geo.db.session import reading, writing
from geo.errors import GeoError, InputError
from webmap.logic.district_state import DistrictState
from webmap.logic.ledger_outcome import measured_for
from webmap.logic.places import STATION
from webmap.manage.refused_forms import Difference, find_differences, shows_refusal
from webmap.manage.versioned_form import back_to, sent_date, sent_text, sent_version, show_form
from webmap.manage.views import manage
from webmap.web.context import asked_district, engine, live
from webmap.web.security import requires
from webmap.words.labels import GAP_STATES as STATE_NAMES

TEXTS = ("reason", "office", "owner", "progress", "next_step", "station_code")
"""Fields of an entry that are texts, or empty."""


@manage.get("/gaps")
@requires("planner")
def gaps() -> ResponseReturnValue:
    """List the entries of the ledger, of one state or all."""
    wanted = request.args.get("state") or None
    if wanted is not None and wanted not in GAP_STATES:
        raise InputError("{value} is not a state of an entry", value=wanted)
    with reading(engine()) as session:
        district = asked_district(session)
        return render_template(
            "manage/gaps.html",
            district=district,
            entries=ledger.list_entries(session, district.code, state=wanted),
            counts=ledger.count_states(session, district.code),
            wanted=wanted,
            towns=town_names(state_of(district.code)),
        )


@manage.get("/gaps/<int:number>")
@requires("planner")
def gap(number: int) -> ResponseReturnValue:
    """Show one entry."""
    return gap_page(number)


@manage.post("/gaps/<int:number>")
@requires("planner")
def save_gap(number: int) -> ResponseReturnValue:
    """Save an entry; one that is opened is measured."""
    change = read_change()
    with writing(engine()) as session:
        district = asked_district(session)
        entry = ledger.get_entry(session, district.code, number)
        change = measured_for(state_of(district.code), entry, change, now=datetime.now(UTC))
        ledger.change_entry(session, district.code, number, change, by=str(current_user.username))
    return back_to("manage.gap", gettext("Saved."), number=number)


@shows_refusal("manage.save_gap")
def refused_gap(error: GeoError) -> ResponseReturnValue:
    """Show an entry again with what the person wrote, and why it was not saved."""
    return gap_page((request.view_args or {})["number"], written=read_change(), error=error)


def gap_page(number: int, *, written: EntryChange | None = None, error: GeoError | None = None) -> ResponseReturnValue:
    """Return the page of an entry: as stored, or as `written` with the `error` that kept it from being saved."""
    with reading(engine()) as session:
        district = asked_district(session)
        entry = ledger.get_entry(session, district.code, number)
    state = state_of(district.code)
    return show_form(
        "manage/gap.html",
        stored=as_change(entry),
        written=written,
        error=error,
        version=entry.version,
        differences=_differences,
        is_questioned=isinstance(error, QuestionedError),
        district=district,
        entry=entry,
        states=GAP_STATES,
        stations=sorted(state.with_function(STATION), key=lambda place: place.name),
        towns=town_names(state),
        areas={area.code: area.name for area in state.areas},
    )


def read_change() -> EntryChange:
    """Return what the sent form asks for."""
    texts = {name: sent_text(name).replace("\0", "").strip() or None for name in ("name", "state", "note", *TEXTS)}
    return EntryChange(
        version=sent_version(),
        name=texts["name"] or "",
        state=texts["state"] or "",
        note=texts["note"],
        due_on=sent_date("due_on"),
        is_sure="is_sure" in request.form,
        reason=texts["reason"],
        office=texts["office"],
        owner=texts["owner"],
        progress=texts["progress"],
        next_step=texts["next_step"],
        station_code=texts["station_code"],
    )


def as_change(entry: EntryFacts) -> EntryChange:
    """Return an entry as the change that would leave it as it is."""
    return EntryChange(
        version=entry.version,
        name=entry.name,
        state=entry.state,
        note=None,
        due_on=entry.due_on,
        reason=entry.reason,
        office=entry.office,
        owner=entry.owner,
        progress=entry.progress,
        next_step=entry.next_step,
        station_code=entry.station_code,
    )


def state_of(district: str) -> DistrictState:
    """Return what this worker holds of a district."""
    return live().state(district)


def town_names(state: DistrictState) -> dict[str, str]:
    """Return the names of the towns by code."""
    return {region.code: region.name for region in state.regions}


def _differences(stored: EntryChange, written: EntryChange) -> list[Difference]:
    states = [str(STATE_NAMES.get(change.state, change.state)) for change in (stored, written)]
    fields: dict[str, tuple[str | None, str | None]] = {
        gettext("Name"): (stored.name, written.name),
        gettext("State"): (states[0], states[1]),
        gettext("Reason"): (stored.reason, written.reason),
        gettext("Office in charge"): (stored.office, written.office),
        gettext("Person in charge"): (stored.owner, written.owner),
        gettext("To be done by"): (_day(stored), _day(written)),
        gettext("Progress"): (stored.progress, written.progress),
        gettext("Next step"): (stored.next_step, written.next_step),
        gettext("Station"): (stored.station_code, written.station_code),
    }
    return find_differences(fields)


def _day(change: EntryChange) -> str | None:
    return change.due_on.isoformat() if change.due_on else None
