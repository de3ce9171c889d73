"""``/manage/places``: the list of places, searched, filtered and sent as a sheet."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.places import list_places
from geo.db.regions import town_names, towns_with
from geo.db.session import reading
from geo.db.sources import sample_source_ids
from geo.db.tables import Place
from webmap.logic.places import STATION
from webmap.logic.workbench import is_unconfirmed
from webmap.manage.blueprint import manage
from webmap.manage.listing import Column, Filter, Listing, local, make_listing, send_sheet, texts, wants_sheet
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import asked_district, engine
from webmap.words.labels import KINDS, PLACE_STATES, SERVICES


@manage.get("/places")
@requires("editor", "viewer")
def places() -> ResponseReturnValue:
    """List the places of a district; those of the account's towns where it is limited to some."""
    with reading(engine()) as session:
        district = asked_district(session)
        own = viewer.own_towns(district.code) if request.args.get("towns") != "all" else set()
        found = [place for place in list_places(session, district.code) if not own or place.region_code in own]
        names = town_names(session, district.code)
        listing = place_listing(found, names, now=datetime.now(UTC), timezone=district.timezone)
        if wants_sheet():
            is_sample = district.status == "sample"
            return send_sheet(listing, title=gettext("Places"), district=district, is_sample=is_sample)
        return render_template(
            "manage/places.html",
            district=district,
            own_towns=own,
            may_edit=viewer.may("editor"),
            listing=listing,
            towns=towns_with(session, district.code, "rest_station"),
            sample_ids=sample_source_ids(session, district.code),
        )


def place_listing(places: Sequence[Place], towns: Mapping[str, str], *, now: datetime, timezone: str) -> Listing[Place]:
    """Return places with the columns and filters of their list."""
    kinds = {function.kind for place in places for function in place.functions}
    return make_listing(
        places,
        columns=(
            Column[Place](gettext("Code"), lambda place: place.code),
            Column(gettext("Name"), lambda place: place.name),
            Column(gettext("Town"), lambda place: towns.get(place.region_code or "")),
            Column(gettext("Address"), lambda place: place.address),
            Column(gettext("Status"), lambda place: str(PLACE_STATES[place.status])),
            Column(gettext("Functions, hours and services"), functions_words),
            Column(gettext("Last confirmed"), lambda place: local(place.confirmed_at, timezone)),
        ),
        filters=(
            Filter[Place]("town", gettext("Town"), towns, lambda place: [place.region_code or ""]),
            Filter("status", gettext("Status"), texts(PLACE_STATES), lambda place: [place.status]),
            Filter(
                "kind",
                gettext("Function"),
                {kind: str(KINDS[kind]) for kind in KINDS if kind in kinds} if len(kinds) > 1 else {},
                lambda place: [function.kind for function in place.functions],
            ),
            Filter(
                "confirmed",
                gettext("Confirmation"),
                {"due": gettext("to be confirmed"), "done": gettext("confirmed lately")},
                lambda place: [confirmation_of(place, now)],
            ),
        ),
    )


def confirmation_of(place: Place, now: datetime) -> str:
    """Return ``done`` of a place that somebody has made sure of lately, ``due`` of another station in service."""
    if not is_unconfirmed(place.confirmed_at, now):
        return "done"
    is_station = any(function.kind == STATION for function in place.functions)
    return "due" if is_station and place.status == "active" else ""


def functions_words(place: Place) -> str:
    """Return the functions of a place with hours and services, a line each."""
    lines = []
    for function in place.functions:
        hours = function.hours_posted or function.hours or gettext("hours unknown")
        services = [str(SERVICES[code]) for code in function.services]
        lines.append(" · ".join([str(KINDS[function.kind]), hours, *services]))
    return "\n".join(lines)
