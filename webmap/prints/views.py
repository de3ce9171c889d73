"""Posters as PDF and pictures of stations, made on request and cached for a data version."""

import os
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import quote

from flask import Blueprint, Flask, Response, current_app, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.session import reading
from geo.db.share_links import find_link
from geo.errors import NotFoundError, NotReadyError
from webmap.logic.cache import Cache
from webmap.logic.district_state import DistrictState
from webmap.logic.fonts import find_font
from webmap.logic.places import STATION, find_active
from webmap.prints.picture import draw_picture
from webmap.prints.poster import print_poster, print_town
from webmap.prints.poster_text import sign_of
from webmap.prints.qr import code_svg
from webmap.web.access import public
from webmap.web.addresses import site_address, station_address
from webmap.web.context import district_state, engine, print_font
from webmap.web.i18n import lang
from webmap.words.names import file_name, name_of

prints = Blueprint("prints", __name__)

MAX_TOWN = 60
"""Stations in the posters of one town."""
KEPT = 64
"""Files that a worker keeps: the last that were made."""


def init_app(app: Flask) -> None:
    """Find the font to print with; without one the pages do not offer what needs it.

    Raises
    ------
    InputError
        ``FUCHUN_FONT`` names no font file.
    """
    try:
        font = find_font(os.environ)
    except NotReadyError:
        font = None
    app.extensions["fuchun_font"] = font
    app.extensions["fuchun_prints"] = Cache(KEPT)
    app.context_processor(lambda: {"can_print": app.extensions["fuchun_font"] is not None})


@prints.get("/s/<code>/picture.png")
@public
def picture(code: str) -> ResponseReturnValue:
    """Answer the picture of a station to save on a phone."""
    state = district_state()
    place = find_active(state, code)
    font = print_font()
    made = kept(state, ("picture", code), lambda: draw_picture(sign_of(state, place, now=datetime.now(UTC)), font))
    return sent(made, print_name(state, name_of(place), "png"), "image/png")


@prints.get("/s/<code>/poster.pdf")
@public
def poster(code: str) -> ResponseReturnValue:
    """Answer the poster of a station."""
    state = district_state()
    place = find_active(state, code)
    font = print_font()
    made = kept(state, ("poster", code), lambda: print_poster(sign_of(state, place, now=datetime.now(UTC)), font))
    return sent(made, print_name(state, name_of(place), "pdf"), "application/pdf")


@prints.get("/posters/<town>.pdf")
@public
def posters(town: str) -> ResponseReturnValue:
    """Answer the list and the posters of a town's stations."""
    state = district_state()
    region = next((region for region in state.regions if region.code == town), None)
    places = [place for place in state.with_function(STATION) if place.region_code == town][:MAX_TOWN]
    if region is None or not places:
        raise NotFoundError("no station is known in {code}", code=town)
    font = print_font()
    name = name_of(region)

    def make() -> bytes:
        now = datetime.now(UTC)
        return print_town(name, [sign_of(state, place, now=now) for place in places], font)

    return sent(kept(state, ("town", town), make), print_name(state, name, "pdf"), "application/pdf")


def kept(state: DistrictState, what: Hashable, make: Callable[[], bytes]) -> bytes:
    """Return a file made from a district's present data on this day, in the reader's language."""
    files: Cache[bytes] = current_app.extensions["fuchun_prints"]
    today = datetime.now(state.calendar.zone).date()
    is_reckoned = state.snapshot is not None and state.snapshot.stamps == dict(state.stamps)
    key = (what, state.district.code, state.data_version, is_reckoned, today, lang(), site_address())
    return files.find(key, make, one_at_a_time=True)


def print_name(state: DistrictState, name: str, ending: str) -> str:
    """Return what a file is called; a sample's says so."""
    return file_name(f"{gettext('sample')}_{name}" if state.is_sample else name, ending)


@prints.get("/s/<code>/qr.svg")
@public
def qr(code: str) -> ResponseReturnValue:
    """Answer the QR code that leads to the page of a place in service."""
    state = district_state()
    find_active(state, code)
    return Response(code_svg(station_address(state, code, is_scanned=True)), mimetype="image/svg+xml")


@prints.get("/b/<key>/qr.svg")
@public
def day_code(key: str) -> ResponseReturnValue:
    """Answer the QR code of the page of participants of a departure, to hang up in the coach."""
    with reading(engine()) as session:
        find_link(session, key, now=datetime.now(UTC), scopes=("participants",))
    response = Response(code_svg(f"{site_address()}/b/{quote(key, safe='')}"), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def sent(data: bytes, name: str, mimetype: str) -> Response:
    """Return a file as an answer that a browser shows, and saves under `name`."""
    response = send_file(BytesIO(data), mimetype=mimetype, download_name=name)
    response.headers["Cache-Control"] = "public, max-age=300"
    response.vary.add("Accept-Language")
    return response
