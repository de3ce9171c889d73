"""The first page of riders: nearest stations, their list, and a route to one.

It works without scripts from a landmark, which is public and may stand in the address. A person's position stands in
the body of ``POST /list`` only: it is used to answer and then forgotten.
"""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.errors import NotFoundError, NotSnappedError
from geo.network.modes import load_modes
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.map_links import is_phone, is_wechat
from webmap.logic.places import nearest_straight
from webmap.logic.routes import route as find_route
from webmap.logic.usage import IN_TIME_MIN, keys_of_question, keys_of_station
from webmap.map.overview import overview_of
from webmap.map.tiles import tile_bounds
from webmap.rider.question import (
    MODES,
    SHOWN_CHIPS,
    Ask,
    choice_name,
    is_embedded,
    kind_choices,
    mode_choices,
    read_ask,
    service_choices,
)
from webmap.rider.station_list import Card, Filters, Found, all_cards, near_cards
from webmap.web.access import framed, public
from webmap.web.context import district_state, interface
from webmap.web.i18n import lang
from webmap.web.json_answers import route_json
from webmap.web.pages import render_page
from webmap.web.usage import note
from webmap.words.labels import KINDS as KIND_NAMES
from webmap.words.names import name_of
from webmap.words.numbers import distance, travel_words

rider = Blueprint("rider", __name__)

COUNT = 5
"""Stations in an answer."""

FIRST_LISTED = 20
"""Stations in the list without a start; with "more" it has `MAX_LISTED`."""

MAX_LISTED = 200

FAR_MIN = IN_TIME_MIN
"""An answer farther than this says so."""


@rider.get("/embed")
@public
@framed
def embed() -> ResponseReturnValue:
    """Show the page for the frame of another site: without the frame of ours, its links opening beside."""
    return index()


@rider.get("/")
@public
def index() -> ResponseReturnValue:
    """Show the page: from a landmark, or without a start."""
    state = district_state()
    ask = read_ask(request.args)
    now = datetime.now(UTC)
    landmark = find_landmark(state, ask.landmark) if ask.landmark else None
    route = None
    found = everything = all_cards(state, ask.filters, now=now)
    start = None if landmark is None else (landmark.lon, landmark.lat)
    if start is not None:
        found = near_cards(state, ask.filters, lon=start[0], lat=start[1], mode=ask.mode, now=now, count=COUNT)
        note_answer(state, ask, found)
        if to := request.args.get("to"):
            way = find_route(
                state,
                origin=start,
                to_station=to,
                mode=ask.mode,
                lang=lang(),
                is_phone=is_phone(request.user_agent.string),
            )
            note(keys_of_station(state, "go", to))
            route = route_json(state, way) | {"name": name_of(state.place_by_code[to])}
    return render_page(
        "rider/index.html",
        state=state,
        landmarks=state.with_function("landmark"),
        landmark=landmark,
        route=route,
        in_wechat=is_wechat(request.user_agent.string),
        made_ms=int(now.timestamp() * 1000),
        count=COUNT,
        speeds={mode: round(load_modes()[mode].speed_kph / 3.6, 3) for mode in MODES},
        overview=overview_of(state, everything.cards, start=start),
        **find_values(state, ask, found, has_start=landmark is not None),
    )


@rider.post("/list")
@public
def near() -> ResponseReturnValue:
    """Answer the list for a position, as a piece of the page; the body is that of ``/api/v1/nearest``."""
    asked = interface().operations["nearest"].read_body(request)
    state = district_state()
    if not lies_in(tile_bounds(state), asked["lon"], asked["lat"]):
        place, metres = nearest_straight(state, asked["kind"], lon=asked["lon"], lat=asked["lat"])
        if place is None or metres is None:
            raise NotSnappedError("You are outside {district}.", district=name_of(state.district))
        raise NotSnappedError(
            "You are outside {district}. The nearest place there is {name}, {distance} from you in a straight line.",
            district=name_of(state.district),
            name=name_of(place),
            distance=distance(metres),
        )
    filters = Filters(kind=asked["kind"], services=tuple(asked["services"]), always=asked["always"])
    ask = Ask(mode=asked["mode"], filters=filters)
    found = near_cards(
        state,
        filters,
        lon=asked["lon"],
        lat=asked["lat"],
        mode=ask.mode,
        now=datetime.now(UTC),
        count=asked["count"],
    )
    note_answer(state, ask, found)
    values = find_values(state, ask, found, has_start=True)
    return render_template("rider/find.html", state=state, is_answer=True, **values)


def note_answer(state: DistrictState, ask: Ask, found: Found) -> None:
    """Count an answer: which station came first, what was asked for, and whether it is to be had in time."""
    first = found.cards[0].code if found.cards else None
    note(keys_of_question(state, first, ask.chosen, is_missed=(soonest_sure(found.cards) or FAR_MIN + 1) > FAR_MIN))


def soonest_sure(cards: list[Card]) -> int | None:
    """Return the minutes to the nearest place that is sure to be open, None where there is none."""
    sure = [card.minutes or 0 for card in cards if card.mark in ("open", "closing") and not card.is_barred]
    return min(sure, default=None)


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


def find_values(
    state: DistrictState, ask: Ask, found: Found, *, has_start: bool, is_blank: bool = False
) -> dict[str, Any]:
    """Return what the list and the choices above it are rendered from; `is_blank`: a phone fills it, from all cards."""
    limit = len(found.cards) if is_blank else MAX_LISTED if ask.has_more else FIRST_LISTED
    return {
        "ask": ask,
        "is_embedded": is_embedded(),
        "cards": found.cards[:limit],
        "n_more": 0 if ask.has_more else max(len(found.cards) - limit, 0),
        "backup": found.backup,
        "is_aside": found.is_aside,
        "has_start": has_start,
        "modes": mode_choices(ask),
        "kinds": kind_choices(state, ask),
        "choices": service_choices(state, ask),
        "shown_chips": SHOWN_CHIPS,
        "advice": advice(ask, found.cards, has_start=has_start),
        "chosen_names": gettext(", ").join(choice_name(choice) for choice in ask.chosen),
        "fewer": [(choice_name(choice), ask.toggled(choice).address()) for choice in ask.chosen],
    }


def advice(ask: Ask, cards: list[Card], *, has_start: bool) -> str | None:
    """Return a sentence where the answer is not what was hoped for: nothing, far away, or nothing open."""
    what = str(KIND_NAMES[ask.filters.kind])
    wanted = gettext(", ").join(choice_name(choice) for choice in ask.chosen)
    if not cards and ask.chosen:
        return str(gettext("No %(what)s with %(services)s is known here.", what=what, services=wanted))
    if not cards and has_start:
        return str(gettext("No street leads from here to a %(what)s.", what=what))
    if not cards:
        return str(gettext("No %(what)s is loaded yet.", what=what))
    if not has_start:
        return None
    sure = [card for card in cards if card.mark in ("open", "closing") and not card.is_barred]
    if not sure:
        return str(gettext("None of these is sure to be open when you arrive."))
    nearest = min(sure, key=lambda card: card.minutes or 0)
    if (nearest.minutes or 0) <= FAR_MIN:
        return None
    if ask.chosen:
        lacks = gettext(
            "No open %(what)s with %(services)s within %(limit)s minutes.", what=what, services=wanted, limit=FAR_MIN
        )
    else:
        lacks = gettext("No open %(what)s within %(limit)s minutes.", what=what, limit=FAR_MIN)
    there = gettext(
        "The nearest is %(name)s: %(travel)s.", name=nearest.name, travel=travel_words(ask.mode, nearest.minutes or 0)
    )
    return f"{lacks}{there}" if lang() == "zh" else f"{lacks} {there}"
