"""What a phone keeps to answer by itself: the streets of the district, and its places with their hours."""

import gzip
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, json, render_template, request
from flask.ctx import RequestContext
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from webmap.logic.door_reports.rules import Report
from webmap.logic.live import DistrictState
from webmap.logic.map_links import is_phone, links_as_json
from webmap.logic.nearest import links_to
from webmap.logic.snapshots import SERVED_MODES
from webmap.map.tiles import tile_bounds
from webmap.offline.phrases import phrases
from webmap.offline.places import is_listed, station_document
from webmap.rider.question import KINDS, Ask
from webmap.rider.station_list import Filters, blank_cards, place_name
from webmap.rider.views import find_values
from webmap.web.assets import FOR_GOOD
from webmap.web.compression import takes_gzip
from webmap.web.i18n import lang
from webmap.web.pages import live
from webmap.web.security import public

device = Blueprint("device", __name__, url_prefix="/device")

MAX_KEPT = 32
"""Documents that a worker keeps: districts × languages × phone or not, with room for those of the hour before."""

Kept = tuple[DistrictState, Mapping[str, Sequence[Report]], str]
"""A document with the state and the reports that it is of."""


@device.record_once
def make_store(setup: BlueprintSetupState) -> None:
    """Give an application its kept documents."""
    setup.app.extensions["fuchun_device"] = {}


@device.get("/<district>/<version>.pack")
@public
def pack(district: str, version: str) -> ResponseReturnValue:
    """Answer the packed streets of one version; a version that is gone is not there."""
    snapshot = live().state(district).snapshot
    if snapshot is None or version != snapshot.pack_version:
        abort(404)
    response = Response(mimetype="application/octet-stream")
    response.headers["Cache-Control"] = FOR_GOOD
    response.set_etag(version)
    response.vary.add("Accept-Encoding")
    body = snapshot.pack.tobytes()
    if takes_gzip(request):
        response.content_encoding = "gzip"
        response.data = body
    else:
        response.data = gzip.decompress(body)
    return response.make_conditional(request)


@device.get("/<district>/stations.json")
@public
def stations(district: str) -> ResponseReturnValue:
    """Answer the places that riders look for, as a phone keeps them."""
    state = live().state(district)
    response = Response(_kept_document(state), mimetype="application/json")
    # Kept, but asked for again each time: hours and reports change.
    response.headers["Cache-Control"] = "no-cache"
    response.vary.update(["Accept-Language", "User-Agent"])
    response.add_etag()
    return response.make_conditional(request)


def _kept_document(state: DistrictState) -> str:
    """Return the document as JSON, made anew when the state, the reports or the hour is another."""
    now = datetime.now(UTC)
    kept: dict[tuple[str, ...], Kept] = current_app.extensions["fuchun_device"]
    reads_phone = is_phone(request.user_agent.string)
    key = (state.district.code, lang(), f"{now:%Y-%m-%d %H}", str(reads_phone))
    made = kept.get(key)
    reports = state.board.reports
    if made is None or made[0] is not state or made[1] is not reports:
        if len(kept) >= MAX_KEPT:
            kept.clear()
        with _everybody():
            text = json.dumps(document(state, now=now, is_phone=reads_phone), ensure_ascii=False)
        made = kept[key] = (state, reports, text)
    return made[2]


def _everybody() -> RequestContext:
    """Return a request like this one that asks for nothing of its own: links lead everybody where they should.

    What a page keeps in its address, such as large print, its scripts put into them.
    """
    environ = request.environ | {"QUERY_STRING": "", "HTTP_ACCEPT_LANGUAGE": lang()}
    return current_app.request_context(environ)


def document(state: DistrictState, *, now: datetime, is_phone: bool) -> dict[str, Any]:
    """Return what a phone answers from beside the streets.

    To the places and their hours come the page's sentences, and for each kind of place the page's own list of all of
    them with gaps where minutes and states belong: a card is the same whether the server or the phone has filled it in.
    """
    return station_document(state, now=now) | {
        "bounds": tile_bounds(state),
        "words": phrases(state),
        "lists": {kind: _blank_list(state, kind, now) for kind in KINDS},
        "landmarks": [
            {"code": place.code, "name": place_name(place), "lon": place.lon, "lat": place.lat}
            for place in state.with_function("landmark")
        ],
        "links": {
            place.code: {
                mode: links_as_json(links_to(state, place.code, mode=mode, is_phone=is_phone)) for mode in SERVED_MODES
            }
            for place in state.places
            if is_listed(place)
        },
    }


def _blank_list(state: DistrictState, kind: str, now: datetime) -> str:
    ask = Ask(filters=Filters(kind=kind))
    cards = blank_cards(state, ask.filters, now=now)
    # All of them: the phone shows as many as a page does, but which ones depends on where it is.
    values = find_values(state, ask, cards, has_start=True, limit=None)
    return render_template("rider/find.html", state=state, **values)
