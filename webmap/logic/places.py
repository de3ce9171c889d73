"""Select places by function and services, and find one by its code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from geo.crs import distance_m
from geo.db.tables import SERVICES
from geo.errors import InputError, NotFoundError
from geo.hours import OpenState, closes_at, parse_hours, state_at
from geo.records import FUNCTION_KINDS, REST_STATION
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.door_reports.rules import Door

STATION = REST_STATION

LISTED_KINDS = (STATION, "service_centre", "nursing_room", "childcare", "culture_palace")
"""Functions that riders look for."""

SHOWN_KINDS = (*LISTED_KINDS, "base")
"""Functions that make a page; a bridge or a sight has none. Their active places are columns of the nearest tables."""


def choose_places(state: DistrictState, kind: str, services: Sequence[str], *, always: bool = False) -> list[PlaceInfo]:
    """Return the active places with a function that offers all of the services, and if asked around the clock.

    Raises
    ------
    InputError
        If a service or a function is not known.
    """
    if kind not in FUNCTION_KINDS:
        raise InputError("kind {kind} is not one of {kinds}", kind=kind, kinds=", ".join(FUNCTION_KINDS))
    for service in services:
        if service not in SERVICES:
            raise InputError(
                "service {service} is not one of {services}", service=service, services=", ".join(SERVICES)
            )
    wanted = set(services)
    if not wanted and not always:
        return state.with_function(kind)
    return [
        place
        for place in state.with_function(kind)
        if wanted <= set(place.functions[kind].services) and (not always or place.functions[kind].is_always)
    ]


def has_page(place: PlaceInfo) -> bool:
    """Tell whether a place in service has a page of its own."""
    return place.status == "active" and any(kind in place.functions for kind in SHOWN_KINDS)


def find_place(state: DistrictState, code: str) -> PlaceInfo:
    """Return a place that has a page.

    Raises
    ------
    NotFoundError
        If there is none of this code.
    """
    place = state.place_by_code.get(code)
    if place is None or not any(kind in place.functions for kind in SHOWN_KINDS):
        raise NotFoundError("there is no station {code} in this district", code=code)
    return place


def find_active(state: DistrictState, code: str) -> PlaceInfo:
    """Return a place in service, or raise `NotFoundError`."""
    place = find_place(state, code)
    if place.status != "active":
        raise NotFoundError("{name} is not in service", name=place.name)
    return place


def get_place(state: DistrictState, code: str) -> PlaceInfo:
    """Return a place by its code, or raise `NotFoundError`."""
    place = state.place_by_code.get(code)
    if place is None:
        raise NotFoundError("there is no station {code} in this district", code=code)
    return place


def nearest_straight(
    state: DistrictState, kind: str, *, lon: float, lat: float
) -> tuple[PlaceInfo, float] | tuple[None, None]:
    """Return the active place with a function that is nearest as the crow flies, and its metres; (None, None): none is.

    For who is outside the district, where no streets are loaded to lead the way.
    """
    places = state.with_function(kind)
    if not places:
        return None, None
    metres = distance_m(lon, lat, np.array([place.lon for place in places]), np.array([place.lat for place in places]))
    first = int(np.argmin(metres))
    return places[first], float(metres[first])


@dataclass(frozen=True)
class PlaceNow:
    """A place as it is at a moment: `closes_at` where it is open, `door` what was just reported from it."""

    place: PlaceInfo
    kind: str
    state: OpenState
    closes_at: datetime | None
    door: Door


def places_now(state: DistrictState, *, at: datetime | None = None, kind: str = STATION) -> list[PlaceNow]:
    """Return the active places with a function and whether they are open at a moment (default: now)."""
    moment = datetime.now(UTC) if at is None else at
    found = []
    for place in state.with_function(kind):
        hours = parse_hours(place.functions[kind].hours)
        now = state_at(hours, moment, calendar=state.calendar)
        closes = closes_at(hours, moment, calendar=state.calendar) if now is OpenState.OPEN else None
        found.append(PlaceNow(place, kind, now, closes, state.board.door(place.code, moment)))
    return found
