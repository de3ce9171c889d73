"""Phone pack: streets and places of the district, from which a phone answers offline."""

import gzip
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, json, render_template, request, url_for
from flask.ctx import RequestContext
from flask.typing import ResponseReturnValue

from webmap.logic.cache import cached
from webmap.logic.district_state import DistrictState
from webmap.logic.map_links import is_phone
from webmap.logic.places import LISTED_KINDS
from webmap.logic.routes import links_to
from webmap.logic.snapshots import SERVED_MODES
from webmap.map.tiles import tile_bounds
from webmap.offline.phrases import phrases
from webmap.offline.places import is_listed, station_document
from webmap.rider.question import Ask
from webmap.rider.station_list import Filters, blank_cards
from webmap.rider.views import find_values
from webmap.web.access import public
from webmap.web.assets import FOR_GOOD
from webmap.web.compression import takes_gzip
from webmap.web.context import shown_state
from webmap.web.i18n import lang
from webmap.web.json_answers import links_json
from webmap.web.pages import is_static
from webmap.words.names import name_of

device = Blueprint("device", __name__, url_prefix="/device")

MAX_KEPT = 8
"""Documents of a district that a worker keeps: languages × phone or not, with room for those of the hour before."""


@device.get("/<district>/<version>.pack")
@public
def pack(district: str, version: str) -> ResponseReturnValue:
    """Answer the packed streets of one version; a version that is gone is not there."""
    snapshot = shown_state(district).snapshot
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
    state = shown_state(district)
    response = Response(_kept_document(state), mimetype="application/json")
    # Kept, but asked for again each time: hours and reports change.
    response.headers["Cache-Control"] = "no-cache"
    response.vary.update(["Accept-Language", "User-Agent"])
    response.add_etag()
    return response.make_conditional(request)


def _kept_document(state: DistrictState) -> str:
    """Return the document as JSON, written again when the state, the reports or the hour is another."""
    now = datetime.now(UTC)
    reads_phone = is_phone(request.user_agent.string)

    def write() -> str:
        with _everybody():
            return json.dumps(document(state, now=now, is_phone=reads_phone), ensure_ascii=False)

    key = (lang(), f"{now:%Y-%m-%d %H}", reads_phone, state.board.revision)
    return cached(state, "phone document", write, key=key, most=MAX_KEPT)


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
        "tally": None if is_static() else url_for("device.tally", district=state.district.code),
        "words": phrases(state),
        "lists": {kind: _blank_list(state, kind, now) for kind in LISTED_KINDS},
        "landmarks": [
            {"code": place.code, "name": name_of(place), "lon": place.lon, "lat": place.lat}
            for place in state.with_function("landmark")
        ],
        "links": {
            place.code: {
                mode: links_json(links_to(state, place.code, mode=mode, is_phone=is_phone)) for mode in SERVED_MODES
            }
            for place in state.places
            if is_listed(place)
        },
    }


def _blank_list(state: DistrictState, kind: str, now: datetime) -> str:
    ask = Ask(filters=Filters(kind=kind))
    cards = blank_cards(state, ask.filters, now=now)
    # All of them: the phone shows as many as a page does, but which ones depends on where it is.
    values = find_values(state, ask, cards, has_start=True, is_blank=True)
    return render_template("rider/find.html", state=state, **values)
