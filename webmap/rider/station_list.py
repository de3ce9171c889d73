"""Cards of the station list: state on arrival, minutes, hours, services, last confirmation and door reports."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext

from geo.hours import OpenState, closes_at, parse_hours, state_at
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.nearest import Reached, around, nearest
from webmap.logic.place_functions import FunctionInfo
from webmap.logic.places import STATION, PlaceNow, choose_places
from webmap.words.door_reports import ReportLine, door_lines
from webmap.words.labels import SERVICES as SERVICE_NAMES
from webmap.words.names import name_of
from webmap.words.numbers import whole_minutes
from webmap.words.times import CLOSING_SOON, age_words, closing_words, hours_words, opening_words

_MARKS = ("open", "closing", "unknown", "closed")


@dataclass(frozen=True)
class Card:
    """A station as the list shows it.

    Attributes
    ----------
    code, name : str
    lon, lat : float
        Degrees, WGS84.
    mark : str
        ``open``, ``closing``, ``closed`` or ``unknown``: on arrival, or now where there is no start.
    hours : str or None
        When it closes or opens, in words; None where that is not known.
    week : str or None
        The posted hours in words.
    services : tuple of str
    confirmed : str
        How long ago somebody made sure.
    duration_s, distance_m : float or None
        From the start by the mode; None without a start.
    how_to_get_in : str or None
    reports : tuple of ReportLine
        What people just found at the door, in sentences.
    is_barred : bool
        Enough of them for another station to be better.
    """

    code: str
    name: str
    lon: float
    lat: float
    mark: str
    hours: str | None
    week: str | None
    services: tuple[str, ...]
    confirmed: str
    duration_s: float | None = None
    distance_m: float | None = None
    how_to_get_in: str | None = None
    reports: tuple[ReportLine, ...] = ()
    is_barred: bool = False

    @property
    def minutes(self) -> int | None:
        """Return whole minutes, at least one."""
        return None if self.duration_s is None else whole_minutes(self.duration_s)


@dataclass(frozen=True)
class Backup:
    """Where to go on to from the first card, in whole minutes from there."""

    code: str
    name: str
    minutes: int


@dataclass(frozen=True)
class Found:
    """Cards in the order of the list; `backup` is None where the first has none, and without a start.

    `is_aside`: the nearest street leads to none of them, and the minutes are from another one.
    """

    cards: list[Card]
    backup: Backup | None = None
    is_aside: bool = False


@dataclass(frozen=True)
class Filters:
    """What a place must be to stand in the list.

    Attributes
    ----------
    kind : str
        The function that is looked for.
    services : tuple of str
        All of these must be offered.
    always : bool
        Open around the clock.
    """

    kind: str = STATION
    services: tuple[str, ...] = ()
    always: bool = False

    def places(self, state: DistrictState) -> list[PlaceInfo]:
        """Return the active places that pass."""
        return choose_places(state, self.kind, self.services, always=self.always)


def near_cards(
    state: DistrictState, filters: Filters, *, lon: float, lat: float, mode: str, now: datetime, count: int
) -> Found:
    """Return the nearest places from a start, as `nearest` ranks them."""
    answer = nearest(
        state,
        lon=lon,
        lat=lat,
        mode=mode,
        services=filters.services,
        at=now,
        count=count,
        kind=filters.kind,
        always=filters.always,
    )
    backup = answer.backup
    return Found(
        cards=[_near_card(state, station, now, filters.services) for station in answer.stations],
        backup=None
        if backup is None
        else Backup(backup.place.code, name_of(backup.place), whole_minutes(backup.duration_s)),
        is_aside=answer.aside_m is not None,
    )


def all_cards(state: DistrictState, filters: Filters, *, now: datetime) -> Found:
    """Return every place that passes, the open ones first: there is no start to measure from."""
    cards = [
        place_card(state, place, filters.kind, at=now, now=now, services=filters.services)
        for place in filters.places(state)
    ]
    return Found(sorted(cards, key=lambda card: (card.is_barred, _MARKS.index(card.mark), card.code)))


def around_cards(
    state: DistrictState, place: PlaceInfo, *, kind: str, mode: str, now: datetime, count: int
) -> list[Card]:
    """Return the nearest other places with a function, from the door of one."""
    found = around(state, place, kind=kind, mode=mode, at=now, count=count)
    return [_near_card(state, station, now) for station in found]


def blank_cards(state: DistrictState, filters: Filters, *, now: datetime) -> Found:
    """Return every place that passes as seen from a start that is not known: who knows it fills in the rest.

    Reports are left out with what else depends on the moment.
    """
    cards = [
        place_card(state, place, filters.kind, at=now, now=now, duration_s=0.0, distance_m=0.0)
        for place in filters.places(state)
    ]
    return Found([replace(card, reports=()) for card in cards])


def _near_card(state: DistrictState, reached: Reached, now: datetime, services: Sequence[str] = ()) -> Card:
    found = PlaceNow(reached.place, reached.kind, reached.on_arrival, reached.closes_at, reached.door)
    return replace(
        _card(state, found, at=reached.arrives, now=now, services=services),
        duration_s=reached.duration_s,
        distance_m=reached.distance_m,
    )


def place_card(
    state: DistrictState,
    place: PlaceInfo,
    kind: str,
    *,
    at: datetime,
    now: datetime,
    duration_s: float | None = None,
    distance_m: float | None = None,
    services: Sequence[str] = (),
) -> Card:
    """Return what is read of one function of a place at a moment, as seen `now` by who needs `services`."""
    hours = parse_hours(place.functions[kind].hours)
    on_arrival = state_at(hours, at, calendar=state.calendar)
    closes = closes_at(hours, at, calendar=state.calendar) if on_arrival is OpenState.OPEN else None
    found = PlaceNow(place, kind, on_arrival, closes, state.board.door(place.code, now))
    card = _card(state, found, at=at, now=now, services=services)
    return replace(card, duration_s=duration_s, distance_m=distance_m)


def _card(state: DistrictState, found: PlaceNow, *, at: datetime, now: datetime, services: Sequence[str]) -> Card:
    place, function = found.place, found.place.functions[found.kind]
    words = None
    if found.state is OpenState.OPEN:
        words = closing_words(found.closes_at, at)
    elif found.state is OpenState.CLOSED:
        words = opening_words(parse_hours(function.hours), at, state.calendar)
    is_closing = found.closes_at is not None and found.closes_at - at <= CLOSING_SOON
    return Card(
        code=place.code,
        name=name_of(place),
        lon=place.lon,
        lat=place.lat,
        mark="closing" if is_closing else found.state.value,
        hours=words,
        week=week_words(function),
        services=function.services,
        confirmed=age_words(place.confirmed_at, now, state.calendar.zone),
        how_to_get_in=place.how_to_get_in,
        reports=door_lines(found.door, now, SERVICE_NAMES),
        is_barred=found.door.bars(services),
    )


def week_words(function: FunctionInfo) -> str | None:
    """Return the posted hours in words, or as somebody wrote them where they could not be read."""
    if function.is_always:
        return None  # "open 24 hours" says it all
    if not function.weekly and function.hours_posted:
        return str(gettext("posted: %(hours)s", hours=function.hours_posted))
    return hours_words(function.weekly)
