"""Places of a district for the phone pack: services, opening intervals, door reports.

Hours are expanded here into open and unknown intervals, so that a phone needs no rules and no calendar of holidays;
what is not known stays unknown, and after the two weeks everything is. Reports come one by one: the phone reads them as
the server does, at the moment that it is asked.
"""

from datetime import datetime, time, timedelta
from typing import Any

from geo.hours import OpenState, intervals_in, parse_hours
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.door_reports.rules import WINDOW
from webmap.logic.place_functions import FunctionInfo
from webmap.logic.places import LISTED_KINDS
from webmap.logic.ranking import UNKNOWN_HOURS_S
from webmap.offline.limits import limits
from webmap.rider.station_list import week_words
from webmap.web.json_answers import mark_json
from webmap.words.names import name_of

DAYS = 14
"""Days that the hours are told for, today included."""

_EXPANDED = timedelta(days=2 * DAYS + 1)
"""Expanded further, so that a closing time is known as far ahead as `geo.hours.closes_at` looks."""


def station_document(state: DistrictState, *, now: datetime) -> dict[str, Any]:
    """Return the places that riders look for, with intervals in minutes from ``from`` (epoch minutes).

    Parameters
    ----------
    state : DistrictState
    now : datetime
        With its zone; intervals begin with this day in the district's zone.
    """
    start = datetime.combine(now.astimezone(state.calendar.zone).date(), time(), state.calendar.zone)
    snapshot = state.snapshot
    return {
        "timezone": state.calendar.zone.key,
        "from": int(start.timestamp()) // 60,
        "days": DAYS,
        "unknown_hours_s": UNKNOWN_HOURS_S,
        "limits": limits(),
        "pack": None if snapshot is None else snapshot.pack_version,
        "reports": {
            place.code: reports
            for place in state.places
            if is_listed(place) and (reports := _reports(state, place, now))
        },
        "places": [_place(state, place, start) for place in state.places if is_listed(place)],
        **mark_json(state),
    }


def is_listed(place: PlaceInfo) -> bool:
    """Tell whether riders look for a place."""
    return place.status == "active" and any(kind in place.functions for kind in LISTED_KINDS)


def _reports(state: DistrictState, place: PlaceInfo, now: datetime) -> list[tuple[str, str | None, int, int]]:
    """Return what was just reported from a door: kind, service, epoch second, and a number for who did.

    The numbers count from 0 at each place: they tell two people apart there, and lead nobody from door to door.
    """
    people: dict[str | None, int] = {}
    return [
        (report.kind, report.service, int(report.at.timestamp()), people.setdefault(report.person, len(people)))
        for report in state.board.reports.get(place.code, ())
        if now - report.at < WINDOW
    ]


def _place(state: DistrictState, place: PlaceInfo, start: datetime) -> dict[str, Any]:
    functions = [place.functions[kind] for kind in LISTED_KINDS if kind in place.functions]
    return {
        "code": place.code,
        "name": name_of(place),
        "lon": place.lon,
        "lat": place.lat,
        "functions": {function.kind: _function(state, function, start) for function in functions},
    }


def _function(state: DistrictState, function: FunctionInfo, start: datetime) -> dict[str, Any]:
    hours = parse_hours(function.hours)

    def minutes(wanted: OpenState) -> list[int]:
        spans = intervals_in(wanted, hours, start, start + _EXPANDED, calendar=state.calendar)
        # By the instants: clocks may be set between the two.
        return [int(edge.timestamp() - start.timestamp()) // 60 for span in spans for edge in span]

    return {
        "services": list(function.services),
        "always": function.is_always,
        "open": minutes(OpenState.OPEN),
        "unknown": minutes(OpenState.UNKNOWN),
        "week": week_words(function),
    }
