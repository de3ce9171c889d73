"""``/manage/gaps``: the ledger from gap to opening."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import shapely
from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db import ledger
from geo.db.ledger import EntryChange, EntryFacts, QuestionedError
from geo.db.ledger_states import GAP_STATES
from geo.db.session import reading, writing
from geo.errors import GeoError, InputError
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.district_state import DistrictState
from webmap.logic.fonts import find_font
from webmap.logic.ledger_outcome import measured_for
from webmap.logic.reports.ledger_sheet import ledger_sheet
from webmap.logic.reports.numbers import compute_report
from webmap.logic.reports.report_text import ReportText
from webmap.logic.reports.shapes import read_shapes
from webmap.logic.reports.wall_map import SIZES, draw_wall_map
from webmap.manage.blueprint import manage
from webmap.manage.listing import Column, Filter, Listing, make_listing
from webmap.manage.refused_forms import Difference, find_differences, shows_refusal
from webmap.manage.versioned_form import back_to, sent_date, sent_text, sent_version, show_form
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import asked_district, engine, live
from webmap.web.i18n import lang
from webmap.words.labels import GAP_STATES as STATE_NAMES
from webmap.words.names import file_name, marked, name_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXTS = ("reason", "office", "owner", "progress", "next_step", "station_code")
"""Fields of an entry that are texts, or empty."""


@manage.get("/gaps")
@requires("planner", "viewer")
def gaps() -> ResponseReturnValue:
    """List the entries of the ledger beside their map: of one state, overdue, or all."""
    wanted, only_overdue = asked_state(), bool(request.args.get("overdue"))
    with reading(engine()) as session:
        district = asked_district(session)
        found = ledger.list_entries(session, district.code)
        counts = ledger.count_states(session, district.code)
    state = state_of(district.code)
    today = today_in(state)
    listing = entry_listing(found, state, wanted=wanted, only_overdue=only_overdue, today=today)
    entries = listing.rows
    return render_template(
        "manage/gaps.html",
        district=district,
        state=state,
        entries=entries,
        listing=listing,
        counts=counts,
        n_overdue=sum(entry.days_overdue(today) > 0 for entry in found),
        only_overdue=only_overdue,
        wanted=wanted,
        today=today,
        outlines={"type": "FeatureCollection", "features": [outline_feature(entry, today) for entry in entries]},
    )


@manage.get("/gaps/ledger.xlsx")
@requires("planner", "viewer")
def export_gaps() -> ResponseReturnValue:
    """Send the entries that are listed as an Excel sheet."""
    wanted, only_overdue = asked_state(), bool(request.args.get("overdue"))
    with reading(engine()) as session:
        district = asked_district(session)
        found = ledger.list_entries(session, district.code)
    state = state_of(district.code)
    today = today_in(state)
    title = gettext("Ledger of gaps in %(district)s", district=name_of(state.district))
    content = ledger_sheet(
        entry_listing(found, state, wanted=wanted, only_overdue=only_overdue, today=today).rows,
        title=title,
        mark=gettext("Sample data") if state.is_sample else "",
        towns=town_names(state),
        today=today,
        translate=gettext,
    )
    name = file_name(marked(state, f"{title} {today:%Y%m%d}"), "xlsx")
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


@manage.get("/gaps/wall-map.pdf")
@requires("planner")
def wall_map() -> ResponseReturnValue:
    """Send the wall map of the district: what the stations reach, and the ledger beside it."""
    size = request.args.get("size", "a3")
    if size not in SIZES:
        raise InputError("size {value} is none of {sizes}", value=size, sizes=", ".join(SIZES))
    with reading(engine()) as session:
        district = asked_district(session)
        state = state_of(district.code)
        found = ledger.list_entries(session, district.code)
        report = compute_report(state, CoverageQuestion(), made_at=datetime.now(UTC), lang=lang())
        shapes = read_shapes(session, state, CoverageQuestion(), report)
    today = today_in(state)
    content = draw_wall_map(
        report,
        shapes,
        ReportText(report, lang()),
        find_font(os.environ),
        entries=chosen_entries(found, wanted=None, only_overdue=False, today=today),
        today=today,
        size=size,
    )
    title = gettext("Wall map of %(district)s", district=name_of(state.district))
    name = file_name(marked(state, f"{title} {size.upper()} {today:%Y%m%d}"), "pdf")
    return send_file(BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)


def asked_state() -> str | None:
    """Return the state that the address asks for, None for all, or raise `InputError`."""
    wanted = request.args.get("state") or None
    if wanted is not None and wanted not in GAP_STATES:
        raise InputError("{value} is not a state of an entry", value=wanted)
    return wanted


def today_in(state: DistrictState) -> date:
    """Return the day it is in a district."""
    return datetime.now(UTC).astimezone(state.calendar.zone).date()


def chosen_entries(
    entries: Sequence[EntryFacts], *, wanted: str | None, only_overdue: bool, today: date
) -> list[EntryFacts]:
    """Return the entries of a state, or those that are overdue, those that are latest first."""
    chosen = [
        entry
        for entry in entries
        if (wanted is None or entry.state == wanted) and (not only_overdue or entry.days_overdue(today))
    ]
    return sorted(chosen, key=lambda entry: -entry.days_overdue(today))


def entry_listing(
    entries: Sequence[EntryFacts], state: DistrictState, *, wanted: str | None, only_overdue: bool, today: date
) -> Listing[EntryFacts]:
    """Return the entries of a state, or those overdue, searched and filtered as the address asks."""
    towns = town_names(state)
    return make_listing(
        chosen_entries(entries, wanted=wanted, only_overdue=only_overdue, today=today),
        columns=(
            Column[EntryFacts](gettext("Gap"), lambda entry: entry.name),
            Column(gettext("Office in charge"), lambda entry: entry.office),
            Column(gettext("Person in charge"), lambda entry: entry.owner),
            Column(gettext("Progress"), lambda entry: entry.progress),
            Column(gettext("Next step"), lambda entry: entry.next_step),
        ),
        filters=(Filter[EntryFacts]("town", gettext("Town"), towns, lambda entry: [entry.region_code or ""]),),
    )


def outline_feature(entry: EntryFacts, today: date) -> dict[str, Any]:
    """Return the outline of an entry as GeoJSON, to the metre."""
    shape = shapely.set_precision(entry.outline, 1e-5, mode="pointwise")
    facts = {"id": entry.id, "name": entry.name, "state": entry.state, "late": entry.days_overdue(today) > 0}
    return {"type": "Feature", "geometry": json.loads(shapely.to_geojson(shape)), "properties": facts}


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
        ledger.change_entry(session, district.code, number, change, by=viewer.name())
    return back_to("manage.gap", gettext("Saved."), number=number)


@shows_refusal("manage.save_gap")
def refused_gap(error: GeoError) -> ResponseReturnValue:
    """Show an entry again with what the person wrote, and why it was not saved."""
    return gap_page((request.view_args or {})["number"], written=read_change(is_refused=True), error=error)


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
        stations=sorted(state.with_function(entry.question.kind), key=lambda place: place.name),
        towns=town_names(state),
        areas={area.code: area.name for area in state.areas},
    )


def read_change(*, is_refused: bool = False) -> EntryChange:
    """Return what the sent form asks for; of one that was refused, without a day that is none."""
    texts = {name: sent_text(name).replace("\0", "").strip() or None for name in ("name", "state", "note", *TEXTS)}
    return EntryChange(
        version=sent_version(),
        name=texts["name"] or "",
        state=texts["state"] or "",
        note=texts["note"],
        due_on=_sent_day(is_refused),
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


def _sent_day(is_refused: bool) -> date | None:
    try:
        return sent_date("due_on")
    except InputError:
        if is_refused:
            return None
        raise


def _day(change: EntryChange) -> str | None:
    return change.due_on.isoformat() if change.due_on else None
