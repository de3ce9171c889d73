"""The first page: where can I rest, charge, drink now, and how do I get there.

It works without scripts from a landmark, which is public and may stand in the address. A person's position stands in
the body of ``POST /list`` only: it is used to answer and then forgotten.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from geo.db.tables import SERVICES
from geo.errors import NotAttachedError, NotFoundError
from webmap import answers
from webmap.cards import Card, all_cards, near_cards, offered_services
from webmap.i18n import lang
from webmap.labels import SERVICES as SERVICE_NAMES
from webmap.live import DistrictState, PlaceInfo
from webmap.openapi import Interface
from webmap.pages import district_name, district_state, render_page
from webmap.security import public
from webmap.snapshots import SERVED_MODES
from webmap.tiles import tile_bounds

rider = Blueprint("rider", __name__)

MODES = ("ebike", "walk")
"""In the order of the switch; the first is chosen to begin with."""

COUNT = 5
"""Stations in an answer."""

MAX_LISTED = 200
SHOWN_SERVICES = 3
"""Services that can be asked for without opening "more"."""

FIRST_SERVICES = ("phone_charging", "drinking_water", "toilet", "hot_meals")
"""What riders ask for most; shown first where it is offered."""

FAR_MIN = 15
"""An answer farther than this says so."""


@dataclass(frozen=True)
class Ask:
    """What is looked for: all of it may stand in an address."""

    mode: str = MODES[0]
    services: tuple[str, ...] = ()
    landmark: str | None = None

    def query(self, **changes: Any) -> dict[str, Any]:
        """Return the query of an address, as ``url_for`` takes it."""
        values = {
            "mode": self.mode,
            "service": list(self.services),
            "landmark": self.landmark,
            "district": request.args.get("district") or None,
        }
        return values | changes

    def with_service(self, service: str) -> list[str]:
        """Return the services after a press on one: added, or taken away."""
        if service in self.services:
            return [each for each in self.services if each != service]
        return [*self.services, service]


def read_ask(args: MultiDict[str, str]) -> Ask:
    """Return what an address asks; what this page does not know is left out."""
    mode = args.get("mode", "")
    return Ask(
        mode=mode if mode in SERVED_MODES else MODES[0],
        services=tuple(dict.fromkeys(service for service in args.getlist("service") if service in SERVICES)),
        landmark=args.get("landmark") or None,
    )


@rider.get("/")
@public
def index() -> ResponseReturnValue:
    """Show the page: from a landmark, or without a start."""
    state = district_state()
    ask = read_ask(request.args)
    now = datetime.now(UTC)
    landmark = find_landmark(state, ask.landmark) if ask.landmark else None
    route = None
    if landmark is None:
        cards = all_cards(state, services=ask.services, now=now)[:MAX_LISTED]
    else:
        start = (landmark.lon, landmark.lat)
        cards = near_cards(
            state, lon=start[0], lat=start[1], mode=ask.mode, services=ask.services, now=now, count=COUNT
        )
        if to := request.args.get("to"):
            route = answers.route(state, origin=start, to_station=to, mode=ask.mode, lang=lang()) | {
                "name": state.place_by_code[to].name
            }
    return render_page(
        "rider/index.html",
        state=state,
        landmarks=state.with_function("landmark"),
        landmark=landmark,
        route=route,
        **find_values(state, ask, cards, has_start=landmark is not None),
    )


@rider.post("/list")
@public
def near() -> ResponseReturnValue:
    """Answer the list for a position, as a piece of the page; the body is that of ``/api/v1/nearest``."""
    interface: Interface = current_app.extensions["fuchun_interface"]
    asked = interface.operations["nearest"].read_body(request)
    state = district_state()
    if not lies_in(tile_bounds(state), asked["lon"], asked["lat"]):
        raise NotAttachedError(
            "This point is outside {district}; choose a landmark or a point on the map", district=district_name(state)
        )
    ask = Ask(mode=asked["mode"], services=tuple(asked["services"]))
    cards = near_cards(
        state,
        lon=asked["lon"],
        lat=asked["lat"],
        mode=ask.mode,
        services=ask.services,
        now=datetime.now(UTC),
        count=asked["count"],
    )
    return render_template("rider/find.html", state=state, **find_values(state, ask, cards, has_start=True))


def lies_in(bounds: tuple[float, float, float, float], lon: float, lat: float) -> bool:
    """Tell whether a point lies within west, south, east, north."""
    west, south, east, north = bounds
    return west <= lon <= east and south <= lat <= north


def find_landmark(state: DistrictState, code: str) -> PlaceInfo:
    """Return a landmark.

    Raises
    ------
    NotFoundError
        If the district has no such landmark.
    """
    place = state.place_by_code.get(code)
    if place is None or "landmark" not in place.functions or place.status != "active":
        raise NotFoundError("there is no landmark {code} in this district", code=code)
    return place


def find_values(state: DistrictState, ask: Ask, cards: list[Card], *, has_start: bool) -> dict[str, Any]:
    """Return what the list and the choices above it are rendered from."""
    return {
        "ask": ask,
        "cards": cards,
        "has_start": has_start,
        "modes": [(mode, url_for("rider.index", **ask.query(mode=mode))) for mode in MODES],
        "services": _service_links(state, ask),
        "shown_services": SHOWN_SERVICES,
        "advice": _advice(ask, cards, has_start=has_start),
        "without_services": url_for("rider.index", **ask.query(service=[])) if ask.services else None,
    }


def _service_links(state: DistrictState, ask: Ask) -> list[tuple[str, str]]:
    """Return services to choose from and where a press leads: the chosen first, then what riders ask for most."""
    offered = offered_services(state)
    first = [service for service in FIRST_SERVICES if service in offered]
    order = dict.fromkeys([*ask.services, *first, *offered])
    return [(service, url_for("rider.index", **ask.query(service=ask.with_service(service)))) for service in order]


def _advice(ask: Ask, cards: list[Card], *, has_start: bool) -> str | None:
    """Return a sentence where the answer is not what was hoped for: nothing, far away, or nothing open."""
    wanted = gettext(", ").join(str(SERVICE_NAMES[service]) for service in ask.services)
    if not cards and ask.services:
        return str(gettext("No station with %(services)s is known here.", services=wanted))
    if not cards and has_start:
        return str(gettext("No street leads from here to a station."))
    if not cards:
        return str(gettext("No stations are loaded yet."))
    if not has_start:
        return None
    if all(card.mark in ("closed", "unknown") for card in cards):
        return str(gettext("None of these is sure to be open when you arrive."))
    nearest = min((card for card in cards if card.mark in ("open", "closing")), key=lambda card: card.minutes or 0)
    if (nearest.minutes or 0) <= FAR_MIN:
        return None
    if ask.services:
        lacks = gettext("No open station with %(services)s within %(limit)s minutes.", services=wanted, limit=FAR_MIN)
    else:
        lacks = gettext("No open station within %(limit)s minutes.", limit=FAR_MIN)
    there = gettext(
        "The nearest is %(name)s: %(travel)s.", name=nearest.name, travel=travel_words(ask.mode, nearest.minutes or 0)
    )
    return f"{lacks}{there}" if lang() == "zh" else f"{lacks} {there}"


def travel_words(mode: str, minutes: int) -> str:
    """Return minutes with their mode."""
    if mode == "walk":
        return str(gettext("%(minutes)s min on foot", minutes=minutes))
    return str(gettext("%(minutes)s min by e-bike", minutes=minutes))
