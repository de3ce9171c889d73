"""The text of posters and saved pictures: name, hours, services, neighbours, date."""

import re
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from geo.network.costs import FAR
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.nearest import from_place
from webmap.rider.question import MODES
from webmap.rider.station import contact_of, function_views
from webmap.web.addresses import station_address
from webmap.words.labels import KINDS as KIND_NAMES
from webmap.words.labels import SERVICES as SERVICE_NAMES
from webmap.words.names import name_of
from webmap.words.numbers import travel_words, whole_minutes
from webmap.words.times import hours_words

NEIGHBOURS = 3


@dataclass(frozen=True)
class SignFunction:
    """One function: what it is called, its class, its hours in words, its services by code and name."""

    kind: str
    label: str
    tier: str | None
    hours: str
    services: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Neighbour:
    """Another station and how far it is, in words."""

    name: str
    travel: str
    hours: str


@dataclass(frozen=True)
class Sign:
    """Everything that stands on one sign; texts are in the reader's language."""

    name: str
    place: str
    functions: tuple[SignFunction, ...]
    address: str | None
    how_to_get_in: str | None
    neighbours: tuple[Neighbour, ...]
    url: str
    scanned: str
    is_sample: bool
    made: str


def sign_of(state: DistrictState, place: PlaceInfo, *, now: datetime) -> Sign:
    """Return the sign of a place in service."""
    contact = contact_of(place)
    views = function_views(state, place, now)
    town = next((region for region in state.regions if region.code == place.region_code), None)
    return Sign(
        name=name_of(place),
        place=" · ".join([name_of(state.district), *([name_of(town)] if town else [])]),
        functions=tuple(
            SignFunction(
                kind=view.kind,
                label=str(KIND_NAMES[view.kind]),
                tier=view.tier,
                hours=posted_words(place.functions[view.kind].weekly, view.posted),
                services=tuple((service, str(SERVICE_NAMES[service])) for service in view.card.services),
            )
            for view in views
        ),
        address=contact.address,
        how_to_get_in=contact.how_to_get_in,
        neighbours=neighbours(state, place, kind=views[0].kind),
        url=station_address(state, place.code),
        scanned=station_address(state, place.code, is_scanned=True),
        is_sample=state.is_sample,
        made=f"{now.astimezone(state.calendar.zone):%Y-%m-%d}",
    )


def neighbours(state: DistrictState, place: PlaceInfo, *, kind: str) -> tuple[Neighbour, ...]:
    """Return the nearest other places with a function by the streets, whatever their hours: a sign is read at any."""
    if state.snapshot is None or place.column is None:
        return ()
    others = {
        other.column: other
        for other in state.with_function(kind)
        if other.code != place.code and other.column is not None
    }
    costs = from_place(state, MODES[0], place.column).of_nearest(NEIGHBOURS, list(others))
    reached = sorted((int(costs[column]), other.code, other) for column, other in others.items())
    return tuple(
        Neighbour(
            name_of(other),
            travel_words(MODES[0], whole_minutes(cost / 10.0)),
            posted_words(other.functions[kind].weekly, other.functions[kind].hours_posted),
        )
        for cost, _, other in reached[:NEIGHBOURS]
        if cost < FAR
    )


def posted_words(hours: str | None, posted: str | None) -> str:
    """Return hours as a sign says them, whether they are known or not.

    Bare times hold every day, and a sign says so.
    """
    words = hours_words(hours)
    if words and re.match(r"\d\d:\d\d", words):
        return str(gettext("daily %(times)s", times=words))
    return words or posted or str(gettext("hours unknown"))
