"""``/manage/hotspots``: the list of hotspots and the form of one; the map is for drawing them."""

from dataclasses import dataclass
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db import hotspots as store
from geo.db.hotspots import HotspotDraft, HotspotFacts
from geo.db.planner_tables import DEMAND_LAYERS
from geo.db.session import reading, writing
from geo.errors import GeoError, InputError
from webmap.manage.blueprint import manage
from webmap.manage.listing import Column, Filter, local, make_listing, send_sheet, wants_sheet
from webmap.manage.refused_forms import Difference, find_differences, shows_refusal
from webmap.manage.versioned_form import back_to, is_refused, read_form, sent_version, show_form
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import asked_district, engine
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
    form = read_form(HotspotForm)
    with writing(engine()) as session:
        district = asked_district(session)
        store.add_hotspot(session, district.code, read_draft(form, geometry=None), by=viewer.name())
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
    form = read_form(HotspotForm)
    with writing(engine()) as session:
        district = asked_district(session)
        geometry = store.get_hotspot(session, district.code, number).geometry
        draft = read_draft(form, geometry=geometry)
        by = viewer.name()
        store.change_hotspot(session, district.code, number, draft, version=sent_version(), by=by)
    return saved()


@manage.post("/hotspots/<int:number>/remove")
@requires("planner")
def remove_hotspot(number: int) -> ResponseReturnValue:
    """Remove a hotspot."""
    with writing(engine()) as session:
        district = asked_district(session)
        store.remove_hotspot(session, district.code, number, version=sent_version())
    return back_to("manage.hotspots", gettext("Removed."))


@shows_refusal("manage.add_hotspot")
def list_page(error: GeoError | None = None) -> ResponseReturnValue:
    """Return the list; with the `error` that kept a new hotspot from being stored, the form holds what was written."""
    with reading(engine()) as session:
        district = asked_district(session)
        found = store.list_hotspots(session, district.code)
    listing = make_listing(
        found,
        columns=(
            Column[HotspotFacts](gettext("Name"), lambda spot: spot.name),
            Column(gettext("Whom it counts"), lambda spot: str(LAYER_NAMES[spot.layer])),
            Column(gettext("How many"), lambda spot: spot.weight),
            Column(gettext("Note"), lambda spot: spot.note),
            Column(gettext("Last changed"), lambda spot: spot.changed_by),
            Column(gettext("Time"), lambda spot: local(spot.changed_at, district.timezone)),
        ),
        filters=(
            Filter[HotspotFacts](
                "layer",
                gettext("Whom it counts"),
                {layer: str(LAYER_NAMES[layer]) for layer in DEMAND_LAYERS},
                lambda spot: [spot.layer],
            ),
        ),
    )
    if wants_sheet():
        return send_sheet(listing, title=gettext("Hotspots"), district=district, is_sample=district.status == "sample")
    return show_form(
        "manage/hotspots.html",
        stored=HotspotForm(),
        written=read_form(HotspotForm) if error else None,
        error=error,
        district=district,
        listing=listing,
        layers=DEMAND_LAYERS,
    )


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
    return show_form(
        "manage/hotspot.html",
        stored=form_of(found),
        written=read_form(HotspotForm) if is_refused("manage.save_hotspot", error) else None,
        error=error,
        version=found.version,
        differences=_differences,
        district=district,
        hotspot=found,
        layers=DEMAND_LAYERS,
    )


def form_of(facts: HotspotFacts) -> HotspotForm:
    """Return a stored hotspot as its form shows it."""
    lon, lat = facts.geometry["coordinates"] if facts.geometry["type"] == "Point" else ("", "")
    return HotspotForm(facts.name, facts.layer, f"{facts.weight:g}", facts.note or "", str(lon), str(lat))


def read_draft(form: HotspotForm, *, geometry: dict[str, Any] | None) -> HotspotDraft:
    """Return what a form asks for; an area stays where it was drawn."""
    if geometry is None or geometry["type"] == "Point":
        point = [_number(form.lon, gettext("Longitude")), _number(form.lat, gettext("Latitude"))]
        geometry = {"type": "Point", "coordinates": point}
    weight = _number(form.weight, gettext("How many"))
    return HotspotDraft(name=form.name, layer=form.layer, weight=weight, note=form.note or None, geometry=geometry)


def saved() -> ResponseReturnValue:
    """Say that it is saved and counts soon, and lead back to the list."""
    return back_to("manage.hotspots", gettext("Saved. The numbers follow within seconds."))


def _differences(stored: HotspotForm, written: HotspotForm) -> list[Difference]:
    layers = [str(LAYER_NAMES.get(form.layer, form.layer)) for form in (stored, written)]
    fields: dict[str, tuple[str | None, str | None]] = {
        gettext("Name"): (stored.name, written.name),
        gettext("Whom it counts"): (layers[0], layers[1]),
        gettext("How many"): (stored.weight, written.weight),
        gettext("Note"): (stored.note, written.note),
        gettext("Longitude"): (stored.lon, written.lon),
        gettext("Latitude"): (stored.lat, written.lat),
    }
    return find_differences(fields)


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InputError("{name}: {value} is not a number", name=name, value=text or "-") from error
