"""The blueprint of the pages of staff, and the pages of places and sources."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.door_reports import clear_reports
from geo.db.photos import read_photo_facts
from geo.db.places import (
    PlaceChange,
    close_place,
    get_place,
    list_places,
    place_version,
    update_place,
)
from geo.db.regions import towns_with
from geo.db.session import reading, writing
from geo.db.sources import list_sources, sample_source_ids
from geo.db.tables import PLACE_STATES, SERVICES
from geo.db.visits import list_visits
from geo.errors import GeoError
from webmap.logic.without_mobiles import require_public
from webmap.manage.place_form import as_change, differences, read_change
from webmap.manage.refused_forms import REFUSABLE, answer_refusal, shows_refusal
from webmap.manage.versioned_form import show_form
from webmap.web import viewer
from webmap.web.context import asked_district, engine, limited_districts, live
from webmap.web.security import requires, staff

manage = Blueprint("manage", __name__, url_prefix="/manage")


@manage.context_processor
def staff_districts() -> dict[str, object]:
    """Give templates the districts that the account may work on, hidden ones too."""
    limits = limited_districts()
    return {"staff_districts": [each for each in live().districts() if not limits or each.code in limits]}


@manage.get("/start")
@staff
def start() -> ResponseReturnValue:
    """Lead an account that has logged in to the first page that is its own."""
    pages = {
        "editor": "manage.places",
        "planner": "manage.gaps",
        "organiser": "organiser.build",
        "viewer": "manage.places",
    }
    first = next((page for role, page in pages.items() if viewer.may(role)), "manage.jobs")
    return redirect(url_for(first))


@manage.get("/")
@requires("editor", "viewer")
def places() -> ResponseReturnValue:
    """List the places of a district."""
    with reading(engine()) as session:
        district = asked_district(session)
        own = viewer.own_towns(district.code) if request.args.get("town") != "all" else set()
        return render_template(
            "manage/places.html",
            district=district,
            own_towns=own,
            may_edit=viewer.may("editor"),
            places=[place for place in list_places(session, district.code) if not own or place.region_code in own],
            towns=towns_with(session, district.code, "rest_station"),
            sample_ids=sample_source_ids(session, district.code),
        )


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


for refusable in REFUSABLE:
    manage.register_error_handler(refusable, answer_refusal)


@manage.get("/sources")
@requires("editor", "viewer")
def sources() -> ResponseReturnValue:
    """List the loaded files of a district."""
    with reading(engine()) as session:
        district = asked_district(session)
        return render_template("manage/sources.html", district=district, sources=list_sources(session, district.code))


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
