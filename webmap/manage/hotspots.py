"""``/manage/hotspots``: the list of hotspots and the form of one; the map is for drawing them."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from geo.db import hotspots as store
from geo.db.hotspots import HotspotDraft, HotspotFacts
from geo.db.planning import DEMAND_LAYERS
from geo.db.session import reading, writing
from geo.errors import ConflictError, GeoError, InputError
from webmap.manage.refused_forms import find_differences, shows_refusal
from webmap.manage.views import manage
from webmap.web.context import asked_district, engine
from webmap.web.errors import kind_of
from webmap.web.security import requires
from webmap.words.labels import DEMAND_LAYERS as LAYER_NAMES


@dataclass(frozen=True)
class HotspotForm:
    """The fields of the form as texts; `lon` and `lat` are empty for an area, which is redrawn on the map."""

    name: str = ""
    layer: str = "riders"
    weight: str = ""
    note: str = ""
    lon: str = ""
    lat: str = ""


@manage.get("/hotspots")
@requires("planner")
def hotspots() -> ResponseReturnValue:
    """List the hotspots, with a form for a new one."""
    return list_page()


@manage.post("/hotspots")
@requires("planner")
def add_hotspot() -> ResponseReturnValue:
    """Store a new hotspot at a point."""
    form = read_form()
    with writing(engine()) as session:
        district = asked_district(session)
        store.add_hotspot(session, district.code, read_draft(form, geometry=None), by=str(current_user.username))
    return saved()


@manage.get("/hotspots/<int:number>")
@requires("planner")
def hotspot(number: int) -> ResponseReturnValue:
    """Show the form of one hotspot."""
    return hotspot_page(number)


@manage.post("/hotspots/<int:number>")
@requires("planner")
def save_hotspot(number: int) -> ResponseReturnValue:
    """Save the form of one hotspot."""
    form = read_form()
    with writing(engine()) as session:
        district = asked_district(session)
        geometry = store.get_hotspot(session, district.code, number).geometry
        draft = read_draft(form, geometry=geometry)
        by = str(current_user.username)
        store.change_hotspot(session, district.code, number, draft, version=sent_version(), by=by)
    return saved()


@manage.post("/hotspots/<int:number>/remove")
@requires("planner")
def remove_hotspot(number: int) -> ResponseReturnValue:
    """Remove a hotspot."""
    with writing(engine()) as session:
        district = asked_district(session)
        store.remove_hotspot(session, district.code, number, version=sent_version())
    flash(gettext("Removed."))
    return back_to_list()


@shows_refusal("manage.add_hotspot")
def list_page(error: GeoError | None = None) -> ResponseReturnValue:
    """Return the list; with the `error` that kept a new hotspot from being stored, the form holds what was written."""
    with reading(engine()) as session:
        district = asked_district(session)
        page = render_template(
            "manage/hotspots.html",
            district=district,
            hotspots=store.list_hotspots(session, district.code),
            form=read_form() if error else HotspotForm(),
            layers=DEMAND_LAYERS,
            error=error.localized(gettext) if error else None,
        )
    return page, kind_of(error).status if error else 200


@shows_refusal("manage.save_hotspot")
@shows_refusal("manage.remove_hotspot")
def refused_hotspot(error: GeoError) -> ResponseReturnValue:
    """Show the form of a hotspot again."""
    return hotspot_page((request.view_args or {})["number"], error=error)


def hotspot_page(number: int, *, error: GeoError | None = None) -> ResponseReturnValue:
    """Return the form of a hotspot: as stored, or as written with the `error` that kept it from being saved."""
    with reading(engine()) as session:
        district = asked_district(session)
        found = store.get_hotspot(session, district.code, number)
    stored = form_of(found)
    has_form = error is not None and request.endpoint == "manage.save_hotspot"
    form = read_form() if has_form else stored
    is_stale = isinstance(error, ConflictError)
    page = render_template(
        "manage/hotspot.html",
        district=district,
        hotspot=found,
        form=form,
        version=found.version if error is None or is_stale else sent_version(),
        layers=DEMAND_LAYERS,
        error=error.localized(gettext) if error else None,
        differences=find_differences(_compared(stored, form)) if is_stale and has_form else [],
    )
    return page, kind_of(error).status if error else 200


def form_of(facts: HotspotFacts) -> HotspotForm:
    """Return a stored hotspot as its form shows it."""
    lon, lat = facts.geometry["coordinates"] if facts.geometry["type"] == "Point" else ("", "")
    return HotspotForm(facts.name, facts.layer, f"{facts.weight:g}", facts.note or "", str(lon), str(lat))


def read_form() -> HotspotForm:
    """Return the sent form."""
    return HotspotForm(**{name: request.form.get(name, "").strip() for name in HotspotForm.__dataclass_fields__})


def read_draft(form: HotspotForm, *, geometry: dict[str, Any] | None) -> HotspotDraft:
    """Return what a form asks for; an area stays where it was drawn."""
    if geometry is None or geometry["type"] == "Point":
        point = [_number(form.lon, gettext("Longitude")), _number(form.lat, gettext("Latitude"))]
        geometry = {"type": "Point", "coordinates": point}
    weight = _number(form.weight, gettext("How many"))
    return HotspotDraft(name=form.name, layer=form.layer, weight=weight, note=form.note or None, geometry=geometry)


def sent_version() -> int:
    """Return the version that the sent form is based on; 0, which is none, where it names none."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def saved() -> ResponseReturnValue:
    """Say that it is saved and counts soon, and lead back to the list."""
    flash(gettext("Saved. The numbers follow within seconds."))
    return back_to_list()


def back_to_list() -> ResponseReturnValue:
    """Lead back to the list."""
    return redirect(url_for("manage.hotspots", district=request.args.get("district")), 303)


def _compared(stored: HotspotForm, written: HotspotForm) -> dict[str, tuple[str | None, str | None]]:
    layers = [str(LAYER_NAMES.get(form.layer, form.layer)) for form in (stored, written)]
    return {
        gettext("Name"): (stored.name, written.name),
        gettext("Whom it counts"): (layers[0], layers[1]),
        gettext("How many"): (stored.weight, written.weight),
        gettext("Note"): (stored.note, written.note),
        gettext("Longitude"): (stored.lon, written.lon),
        gettext("Latitude"): (stored.lat, written.lat),
    }


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InputError("{name}: {value} is not a number", name=name, value=text or "-") from error
