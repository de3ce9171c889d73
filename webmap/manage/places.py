"""The form of a place."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.door_reports import clear_reports
from geo.db.photos import read_photo_facts
from geo.db.places import (
    PlaceChange,
    close_place,
    get_place,
    place_version,
    update_place,
)
from geo.db.session import reading, writing
from geo.db.sources import sample_source_ids
from geo.db.tables import PLACE_STATES, SERVICES
from geo.db.visits import list_visits
from geo.errors import GeoError
from webmap.logic.without_mobiles import require_public
from webmap.manage.blueprint import manage
from webmap.manage.place_form import as_change, differences, read_change
from webmap.manage.refused_forms import shows_refusal
from webmap.manage.versioned_form import show_form
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import asked_district, engine


@manage.get("/places/<code>")
@requires("editor")
def place(code: str) -> ResponseReturnValue:
    """Show the form of one place."""
    return place_form(code)


@manage.post("/places/<code>")
@requires("editor")
def save_place(code: str) -> ResponseReturnValue:
    """Save the form of one place."""
    change = read_change(request.form, now=datetime.now(UTC))
    for written in (change.how_to_get_in, change.service_contact):
        require_public(written or "")
    with writing(engine()) as session:
        district = asked_district(session)
        viewer.require_town(district.code, get_place(session, district.code, code).region_code)
        update_place(session, district.code, code, change)
        if change.confirmed_at is not None:
            clear_reports(session, district.code, code, by=viewer.name(), now=change.confirmed_at)
    flash(gettext("Saved."))
    return redirect(url_for("manage.places", district=request.args.get("district")))


@manage.post("/places/<code>/closure")
@requires("editor")
def close_temporarily(code: str) -> ResponseReturnValue:
    """Close a place from today to the day that the form names."""
    with writing(engine()) as session:
        district = asked_district(session)
        viewer.require_town(district.code, get_place(session, district.code, code).region_code)
        today = datetime.now(ZoneInfo(district.timezone)).date()
        last, note = request.form.get("last", ""), request.form.get("note", "").strip() or None
        close_place(session, district.code, code, first=today, last=last, note=note)
    flash(gettext("Saved."))
    return redirect(url_for("manage.place", code=code, district=request.args.get("district")))


@shows_refusal("manage.close_temporarily")
def show_closure_again(error: GeoError) -> ResponseReturnValue:
    """Show the place with why it was not closed."""
    return place_form((request.view_args or {})["code"], error=error)


@shows_refusal("manage.save_place")
def show_place_again(error: GeoError) -> ResponseReturnValue:
    """Show the form again with what the person wrote, and why it was not saved."""
    written = read_change(request.form, now=datetime.now(UTC))
    return place_form((request.view_args or {})["code"], written=written, error=error)


def place_form(code: str, *, written: PlaceChange | None = None, error: GeoError | None = None) -> ResponseReturnValue:
    """Return the form of a place: as stored, or as `written` with the `error` that kept it from being saved."""
    with reading(engine()) as session:
        district = asked_district(session)
        found = get_place(session, district.code, code)
        return show_form(
            "manage/place.html",
            stored=as_change(found),
            written=written,
            error=error,
            version=place_version(found),
            based_on=place_version(found) if written is None else written.version,
            differences=differences,
            district=district,
            place=found,
            is_sample=found.source_id in sample_source_ids(session, district.code),
            visits=list_visits(session, district.code, code),
            photo=read_photo_facts(session, district.code).get(code),
            states=PLACE_STATES,
            services=SERVICES,
        )
