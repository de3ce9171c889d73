"""What a rider reads of a station: its state on arrival, minutes, hours, services, and how fresh all that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext

from geo.hours import OpenState, closes_at, parse_hours, state_at
from webmap import answers
from webmap.i18n import lang
from webmap.live import DistrictState, PlaceInfo
from webmap.timewords import age_words, closing_words, hours_words, opening_words

CLOSING_SOON = timedelta(minutes=30)
"""An open place that closes within this time is shown as closing; as CLOSING_SOON_MS in ``static/js/map.js``."""

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

    @property
    def minutes(self) -> int | None:
        """Return whole minutes, at least one."""
        return None if self.duration_s is None else max(1, round(self.duration_s / 60.0))


def near_cards(
    state: DistrictState,
    *,
    lon: float,
    lat: float,
    mode: str,
    services: Sequence[str],
    now: datetime,
    count: int,
) -> list[Card]:
    """Return the nearest stations from a start, as `answers.nearest` ranks them."""
    answer = answers.nearest(state, lon=lon, lat=lat, mode=mode, services=services, at=now, count=count)
    return [_near_card(state, station, now) for station in answer["stations"]]


def all_cards(state: DistrictState, *, services: Sequence[str], now: datetime) -> list[Card]:
    """Return every station with these services, the open ones first: there is no start to measure from."""
    wanted = set(services)
    places = [
        place
        for place in state.with_function(answers.STATION)
        if wanted <= set(place.functions[answers.STATION].services)
    ]
    cards = [_card(state, place, at=now, now=now) for place in places]
    return sorted(cards, key=lambda card: (_MARKS.index(card.mark), card.code))


def offered_services(state: DistrictState) -> dict[str, int]:
    """Return the services that stations of the district offer, the most frequent first, with the number of stations."""
    counts: dict[str, int] = {}
    for place in state.with_function(answers.STATION):
        for service in place.functions[answers.STATION].services:
            counts[service] = counts.get(service, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _near_card(state: DistrictState, station: dict[str, Any], now: datetime) -> Card:
    arrives = now + timedelta(seconds=station["duration_s"])
    return _card(
        state,
        state.place_by_code[station["code"]],
        at=arrives,
        now=now,
        duration_s=station["duration_s"],
        distance_m=station["distance_m"],
    )


def _card(
    state: DistrictState,
    place: PlaceInfo,
    *,
    at: datetime,
    now: datetime,
    duration_s: float | None = None,
    distance_m: float | None = None,
) -> Card:
    function = place.functions[answers.STATION]
    hours = parse_hours(function.hours)
    mark = state_at(hours, at, calendar=state.calendar)
    words = None
    is_closing = False
    if mark is OpenState.OPEN:
        closes = closes_at(hours, at, calendar=state.calendar)
        is_closing = closes is not None and closes - at <= CLOSING_SOON
        words = closing_words(closes, at)
    elif mark is OpenState.CLOSED:
        words = opening_words(hours, at, state.calendar)
    return Card(
        code=place.code,
        name=(place.name_en or place.name) if lang() == "en" else place.name,
        lon=place.lon,
        lat=place.lat,
        mark="closing" if is_closing else mark.value,
        hours=words,
        # "open 24 hours" says it all.
        week=None if function.hours == "24/7" else hours_words(function.hours) or _posted(function.hours_posted),
        services=function.services,
        confirmed=age_words(place.confirmed_at, now),
        duration_s=duration_s,
        distance_m=distance_m,
    )


def _posted(text: str | None) -> str | None:
    """Return hours that could not be read, as somebody wrote them."""
    return str(gettext("posted: %(hours)s", hours=text)) if text else None
