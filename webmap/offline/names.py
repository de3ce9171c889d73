"""Names that a rider may start from, for the search box of the first page: ``/device/<district>/names.json``.

Streets, crossings, villages, stations and landmarks of the loaded data, with their pinyin. The phone keeps them and
searches by itself: what somebody types, which tells where they are, goes to nobody.
"""

import re
from typing import Any

from flask import Blueprint, Response, json, request
from flask.typing import ResponseReturnValue
from pypinyin import lazy_pinyin

from geo.network.crossings import name_streets
from webmap.logic.cache import cached
from webmap.logic.config import LANGUAGES
from webmap.logic.district_state import DistrictState
from webmap.offline.places import is_listed
from webmap.web.access import public
from webmap.web.context import live
from webmap.web.i18n import lang
from webmap.words.names import local_name, name_of

names = Blueprint("names", __name__, url_prefix="/device")

DIGITS = 5
"""Decimals of degrees: a metre."""


@names.get("/<district>/names.json")
@public
def names_json(district: str) -> ResponseReturnValue:
    """Answer the names of a district, as a phone keeps them; written once a state."""
    state = live().state(district)
    body = cached(state, "names", lambda: json.dumps(name_document(state)), key=lang(), most=len(LANGUAGES))
    response = Response(body, mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept-Language")
    response.add_etag()
    return response.make_conditional(request)


def name_document(state: DistrictState) -> dict[str, Any]:
    """Return the names by what they name: rows of name, pinyin (syllables), degrees, and what more there is.

    ``landmarks`` and ``stations`` have their code, ``villages`` the name of their town; ``crossings`` are two rows of
    ``streets`` and degrees.
    """
    found = None if state.snapshot is None else name_streets(state.snapshot.network)
    towns = {region.code: name_of(region) for region in state.regions}
    return {
        "landmarks": [
            [*_row(name_of(place), place.name, place.lon, place.lat), place.code]
            for place in state.with_function("landmark")
        ],
        "stations": [
            [*_row(name_of(place), place.name, place.lon, place.lat), place.code]
            for place in state.places
            if is_listed(place)
        ],
        "villages": [
            [*_row(str(name), str(name), float(lon), float(lat)), towns.get(town, "")]
            for name, lon, lat, town in state.settlements[["name", "lon", "lat", "town"]].to_numpy(object).tolist()
        ],
        "streets": [
            _row(local_name(street.name, street.name_en), street.name, street.lon, street.lat)
            for street in (found.streets if found else ())
        ],
        "crossings": [
            [*crossing.streets, round(crossing.lon, DIGITS), round(crossing.lat, DIGITS)]
            for crossing in (found.crossings if found else ())
        ],
    }


def _row(shown: str, name: str, lon: float, lat: float) -> list[Any]:
    return [shown, pinyin_of(name), round(lon, DIGITS), round(lat, DIGITS)]


def pinyin_of(name: str) -> str:
    """Return the pinyin of a name in syllables, letters and digits as they are.

    >>> pinyin_of("富春路"), pinyin_of("G320国道")
    ('fu chun lu', 'g320 guo dao')
    """
    return " ".join(re.sub(r"[^a-z0-9]+", " ", part.casefold()).strip() for part in lazy_pinyin(name)).strip()
