"""``/manage/changes``: the record of what was changed, by person, day and matter; and undoing it."""

from datetime import UTC, date, datetime
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.changes import UNDOABLE, Filter, Matter, differences, list_actors, list_matters, undo
from geo.db.regions import town_names
from geo.db.session import reading, writing
from geo.errors import GeoError, InputError
from webmap.manage.blueprint import manage
from webmap.manage.listing import Column, local, make_listing, send_sheet, wants_sheet
from webmap.manage.refused_forms import shows_refusal
from webmap.manage.versioned_form import back_to
from webmap.web.access import requires
from webmap.web.context import asked_district, engine, limited_districts
from webmap.web.errors import kind_of
from webmap.words.labels import FIELDS, PLACE_STATES, TABLES

MAX_SHOWN = 80
"""Characters of a value in the list."""


@manage.get("/changes")
@requires("admin", "planner")
def changes() -> ResponseReturnValue:
    """List what was changed in the district, and where the account is not limited also what belongs to none."""
    return changes_page()


@manage.post("/changes/<int:batch>/undo")
@requires("admin")
def undo_change(batch: int) -> ResponseReturnValue:
    """Put back what one transaction changed."""
    with writing(engine()) as session:
        asked_district(session)
        rows = undo(session, batch, _moment(request.form.get("at", "")), districts=limited_districts())
    return back_to("manage.changes", gettext("Undone: %(count)s rows are as they were.", count=rows))


@shows_refusal("manage.undo_change")
def changes_page(error: GeoError | None = None) -> ResponseReturnValue:
    """Return the list, with the `error` that kept a change from being undone."""
    with reading(engine()) as session:
        district = asked_district(session)
        everywhere = not limited_districts() and request.args.get("all") == "yes"
        wanted = Filter(
            districts=None if everywhere else (district.code,),
            actor=request.args.get("actor") or None,
            day=_day(request.args.get("day", "")),
            table=request.args.get("table") or None,
            towns=tuple(filter(None, [request.args.get("town")])),
            timezone=district.timezone,
        )
        matters = list_matters(session, wanted)
        actors = list_actors(session, wanted.districts)
        towns = town_names(session, district.code)
        session.expunge_all()
    listing = make_listing(
        matters,
        columns=(
            Column[Matter](gettext("When"), lambda matter: local(matter.at, district.timezone)),
            Column(gettext("Who"), lambda matter: matter.actor or gettext("outside the program")),
            Column(gettext("What"), what_words),
            Column(gettext("Rows"), lambda matter: matter.rows),
        ),
    )
    if error is None and wants_sheet():
        return send_sheet(listing, title=gettext("Record of changes"), district=district)
    page = render_template(
        "manage/changes.html",
        district=district,
        listing=listing,
        actors=actors,
        towns=towns,
        tables=(*UNDOABLE, "data_import"),
        wanted=wanted,
        everywhere=everywhere,
        differences=differences,
        shown=shown,
        error=error.localized(gettext) if error else None,
        now=datetime.now(UTC),
    )
    return page, kind_of(error).status if error else 200


def what_words(matter: Matter) -> str:
    """Return what a matter changed, a line for each of its rows that are shown."""
    if matter.loaded is not None:
        return f"{gettext('Import')} · {matter.loaded.name}"
    lines = []
    for change in matter.changes:
        words = [str(TABLES.get(change.table_name, change.table_name)), change.label or ""]
        if change.action == "update":
            words += [
                f"{FIELDS.get(name, name)} {shown(before)} → {shown(after)}"
                for name, before, after in differences(change)[:4]
            ]
        lines.append(" · ".join(filter(None, words)))
    return "\n".join(lines)


def shown(value: Any) -> str:
    """Return a value of a column as it is read in the list: short, and the shape of a place by a word."""
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, dict):
        return str(gettext("another shape") if "coordinates" in value else gettext("other details"))
    if isinstance(value, list):
        value = gettext(", ").join(map(str, value))
    text = str(PLACE_STATES.get(str(value), value))
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError("{value} is not a date; write one such as 2026-12-31", value=text) from error


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError("There is no such change") from error
