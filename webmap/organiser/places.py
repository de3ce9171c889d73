"""``/tours/places``: the places that tours may visit, as a list beside a map, with a form to add, change and delete."""

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, json, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.districts import require_outline
from geo.db.session import reading, writing
from geo.db.tour_places import (
    StoredTourPlace,
    add_tour_place,
    count_tour_places,
    delete_tour_place,
    free_code,
    get_tour_place,
    read_tour_places,
    save_tour_place,
)
from geo.db.versioned import StaleError
from geo.errors import GeoError, InputError
from geo.tours.register import PLACE_KINDS, TourPlace
from webmap.logic.tours.place_form import form_of, read_place
from webmap.organiser.build import sent_number
from webmap.organiser.views import organiser
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import district_state, engine
from webmap.web.errors import kind_of
from webmap.web.pages import render_page

MOST_SHOWN = 500


@organiser.get("/places")
@requires("organiser")
def tour_places() -> ResponseReturnValue:
    """List the places, with the form of a new one beside it."""
    return places_page(None, form_of(None))


@organiser.get("/places/<code>")
@requires("organiser")
def tour_place(code: str) -> ResponseReturnValue:
    """Show the form of a place beside the list."""
    with reading(engine()) as session:
        stored = get_tour_place(session, district_state().district.code, code)
    return places_page(stored, form_of(stored.place))


@organiser.post("/places")
@requires("organiser")
def new_tour_place() -> ResponseReturnValue:
    """Store a new place."""
    state = district_state()
    try:
        with writing(engine()) as session:
            outline = require_outline(session, state.district.code)
            place = read_place(request.form, code=free_code(session, state.district.code), outline=outline)
            add_tour_place(session, state.district.code, place, by=viewer.name())
    except GeoError as error:
        return places_page(None, request.form, error=error)
    flash(gettext("%(name)s is saved.", name=place.name))
    return back_to_places(place.code)


@organiser.post("/places/<code>")
@requires("organiser")
def change_tour_place(code: str) -> ResponseReturnValue:
    """Save the form of a place."""
    district = district_state().district.code
    try:
        with writing(engine()) as session:
            known = get_tour_place(session, district, code).place
            outline = require_outline(session, district)
            place = read_place(request.form, code=code, outline=outline, known=known)
            save_tour_place(session, district, place, version=sent_number("version"), by=viewer.name())
    except InputError as error:
        return refused(code, error)
    except StaleError as error:
        return refused(code, error)
    flash(gettext("%(name)s is saved.", name=place.name))
    return back_to_places(code)


def refused(code: str, error: GeoError) -> ResponseReturnValue:
    """Show the form of a place again as it was written; of a stale one with the version that is stored now."""
    with reading(engine()) as session:
        stored = get_tour_place(session, district_state().district.code, code)
    return places_page(stored, request.form, error=error)


@organiser.post("/places/<code>/delete")
@requires("organiser")
def remove_tour_place(code: str) -> ResponseReturnValue:
    """Delete a place; plans that were made keep it as it was."""
    district = district_state().district.code
    with writing(engine()) as session:
        name = get_tour_place(session, district, code).place.name
        delete_tour_place(session, district, code, version=sent_number("version"))
    flash(gettext("%(name)s is deleted. Plans that were made keep it.", name=name))
    return redirect(url_for("organiser.tour_places", district=request.args.get("district")), 303)


@organiser.get("/places.geojson")
@requires("organiser")
def places_geojson() -> ResponseReturnValue:
    """Answer the places as GeoJSON for the map beside the list."""
    with reading(engine()) as session:
        places = read_tour_places(session, district_state().district.code)
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(place.lon, 6), round(place.lat, 6)]},
            "properties": {"code": place.code, "name": place.name, "kind": place.kind},
        }
        for place in places
    ]
    return Response(json.dumps({"type": "FeatureCollection", "features": features}), mimetype="application/geo+json")


def places_page(
    stored: StoredTourPlace | None, form: Mapping[str, Any], *, error: GeoError | None = None
) -> ResponseReturnValue:
    """Return the list with the form of a place beside it."""
    state = district_state()
    kind, text = request.args.get("kind", ""), request.args.get("q", "").strip()[:60]
    with reading(engine()) as session:
        places = read_tour_places(session, state.district.code)
        counts = count_tour_places(session, state.district.code)
    shown = [place for place in places if kind in ("", place.kind) and is_named(place, text)]
    page = render_page(
        "organiser/places.html",
        state=state,
        district=state.district,
        places=shown[:MOST_SHOWN],
        n_shown=len(shown),
        n_all=len(places),
        counts=counts,
        kinds=PLACE_KINDS,
        kind=kind,
        text=text,
        stored=stored,
        form=form,
        error=error.localized(gettext) if error else None,
    )
    return page, kind_of(error).status if error else 200


def is_named(place: TourPlace, text: str) -> bool:
    """Tell whether a place goes by a text, or has it as a tag."""
    return not text or any(text.casefold() in each.casefold() for each in (place.name, *place.aliases, *place.tags))


def back_to_places(code: str) -> ResponseReturnValue:
    """Lead back to the form of a place."""
    kept: dict[str, Any] = {name: request.args.get(name) for name in ("district", "kind", "q")}
    return redirect(url_for("organiser.tour_place", code=code, **kept), 303)
