"""``/s/CODE``: the page of one station: hours, services, directions, door reports, photo."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from geo.db.photos import read_photo
from geo.db.session import reading
from geo.errors import NotFoundError, NotSnappedError, SeveralDistrictsError, UnreachableError
from geo.hours import parse_hours
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.map_links import is_phone, is_wechat
from webmap.logic.places import SHOWN_KINDS, find_active, find_place
from webmap.logic.routes import links_to
from webmap.logic.routes import route as find_route
from webmap.logic.usage import keys_of_station
from webmap.map.surroundings import surroundings_of
from webmap.rider.door_reports import Sender, read_age, read_finding, send_report
from webmap.rider.question import MODES
from webmap.rider.station_list import Card, around_cards, place_card
from webmap.rider.weekly_hours import DayRow, week_rows
from webmap.web.access import from_our_pages, public
from webmap.web.addresses import station_address
from webmap.web.assets import FOR_GOOD
from webmap.web.context import config, district_state, live
from webmap.web.i18n import lang
from webmap.web.pages import page_link, render_page
from webmap.web.usage import came_by_code, note
from webmap.words.names import name_of
from webmap.words.numbers import whole_minutes

station = Blueprint("station", __name__)

ALTERNATIVES = 3
UPCOMING = 3
"""Activities that stand on the page of their place; the others stand on a page of their own."""
GONE = {"closed": 410, "planned": 404}


@dataclass(frozen=True)
class FunctionView:
    """One function of the place: its class, what is read of it now, and its week."""

    kind: str
    tier: str | None
    card: Card
    posted: str | None
    week: list[DayRow]


@dataclass(frozen=True)
class Contact:
    """How to find and reach a place."""

    address: str | None
    how_to_get_in: str | None
    host: str | None
    office_phone: str | None
    service_contact: str | None


@dataclass(frozen=True)
class WayHere:
    """How far a place is from the landmark that the address names: its code and name, whole minutes, metres."""

    landmark: str
    start: str
    minutes: int
    distance_m: float


@station.get("/s/<code>")
@public
def page(code: str) -> ResponseReturnValue:
    """Show a place; one that is not in service gets a page that says so and leads on."""
    if elsewhere := district_of(code):
        return redirect(page_link(district=elsewhere))
    state = district_state()
    place = find_place(state, code)
    now = datetime.now(UTC)
    mode = asked_mode()
    views = function_views(state, place, now)
    others = around_cards(state, place, kind=views[0].kind, mode=mode, now=now, count=ALTERNATIVES)
    way = way_from_landmark(state, place, mode)
    common = {"place": place, "name": name_of(place), "mode": mode, "others": others}
    if place.status != "active":
        return render_page("rider/station_gone.html", state=state, **common), GONE.get(place.status, 404)
    if came_by_code():
        note(keys_of_station(state, "qr", place.code))
    response = Response(
        render_page(
            "rider/station.html",
            state=state,
            **common,
            views=views,
            contact=contact_of(place),
            way=way,
            own_route=first_page(to=code, mode=mode, landmark=None if way is None else way.landmark),
            on_map=first_page(show=code, mode=mode),
            links=links_to(state, code, mode=mode, is_phone=is_phone(request.user_agent.string)),
            in_wechat=is_wechat(request.user_agent.string),
            around=surroundings_of(state, place.lon, place.lat, config=config(), lang=lang()),
            photo=state.photos.get(code),
            told=request.args.get("told"),
            made=now,
            activities=state.offers.upcoming(now, place=code)[:UPCOMING],
            public_address=station_address(state, code),
        )
    )
    response.vary.add("User-Agent")
    return response


@station.post("/s/<code>/report")
@public
@from_our_pages
def report(code: str) -> ResponseReturnValue:
    """Take a report from the door: one click, no account, no position."""
    state = district_state()
    place = find_active(state, code)
    finding = read_finding(request.form.get("found", ""), place)
    sender = Sender(request.remote_addr or "", request.user_agent.string)
    secret = current_app.config["SECRET_KEY"]
    now = datetime.now(UTC)
    found_at = now - read_age(request.form.get("ago", ""))
    engine = current_app.extensions["fuchun_engine"]  # the one that may write
    is_new = send_report(engine, state.district.code, place, finding, sender, secret=secret, now=now, found_at=found_at)
    live().hear(state.district.code)
    told = "yes" if is_new else "again"
    return redirect(url_for("station.page", code=code, district=request.args.get("district"), told=told) + "#door", 303)


@station.get("/s/<code>/photo.jpg")
@public
def photo(code: str) -> ResponseReturnValue:
    """Answer the photo of a place; under the address that the page gives it may be kept for good."""
    state = district_state()
    place = find_place(state, code)
    # Both from the store: the state may still know the digest of an older photo.
    with reading(live().engine) as session:
        found = read_photo(session, state.district.code, code)
    if found is None:
        raise NotFoundError("{name} has no photo", name=place.name)
    image, digest = found
    response = Response(image, mimetype="image/jpeg")
    response.set_etag(digest)
    is_named = request.args.get("v") == digest[:12]
    response.headers["Cache-Control"] = FOR_GOOD if is_named else "no-cache"
    return response.make_conditional(request)


def district_of(code: str) -> str | None:
    """Return the district that an address without one is led to, None where it stays where it is.

    A poster that was printed while there was one district names none: its code leads there as long as it exists once.

    Raises
    ------
    NotFoundError
        If no district has a place of this code.
    SeveralDistrictsError
        If several have, and none of them is the default.
    """
    candidates = live().candidates()
    if request.args.get("district") or len(candidates) < 2:
        return None
    holders = [each.code for each in candidates if code in live().state(each.code).place_by_code]
    if not holders:
        raise NotFoundError("there is no station {code} in this district", code=code)
    if any(each.is_default and each.code in holders for each in candidates):
        return None
    if len(holders) > 1:
        raise SeveralDistrictsError(
            "several districts have a station {code}: {known}", codes=holders, code=code, known=", ".join(holders)
        )
    return holders[0]


def asked_mode() -> str:
    """Return how the reader travels, as the address says."""
    mode = request.args.get("mode", "")
    return mode if mode in MODES else MODES[0]


def way_from_landmark(state: DistrictState, place: PlaceInfo, mode: str) -> WayHere | None:
    """Return how far a place is from the landmark of the address; None where there is none, or no way."""
    landmark = state.place_by_code.get(request.args.get("landmark", ""))
    if landmark is None or "landmark" not in landmark.functions or state.snapshot is None:
        return None
    try:
        way = find_route(
            state, origin=(landmark.lon, landmark.lat), to_station=place.code, mode=mode, lang=lang()
        ).route
    except (NotSnappedError, UnreachableError):
        return None
    return WayHere(landmark.code, name_of(landmark), whole_minutes(way.duration_s), way.distance_m)


def first_page(**query: Any) -> str:
    """Return the address of the first page with a query, in the district of the address."""
    return url_for("rider.index", district=request.args.get("district"), **query)


def function_views(state: DistrictState, place: PlaceInfo, now: datetime) -> list[FunctionView]:
    """Return the functions of a place that riders look for, the rest station first."""
    views = []
    for kind in SHOWN_KINDS:
        if function := place.functions.get(kind):
            hours = parse_hours(function.hours)
            card = place_card(state, place, kind, at=now, now=now)
            week = week_rows(hours, now, calendar=state.calendar, special=function.special_on)
            views.append(FunctionView(kind, function.tier, card, function.hours_posted, week))
    return views


def contact_of(place: PlaceInfo) -> Contact:
    """Return how to reach a place."""
    return Contact(
        address=place.address,
        how_to_get_in=place.how_to_get_in,
        host=place.host,
        office_phone=place.office_phone,
        service_contact=place.service_contact,
    )
