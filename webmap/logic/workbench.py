"""What waits for staff: door reports, overdue ledger entries, stations not confirmed, rows not loaded, visits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from geo.db.ledger import OPEN, EntryFacts
from geo.db.tables import Source
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.places import STATION

CONFIRM_AFTER = timedelta(days=90)
"""A station that nobody has made sure of for so long is to be confirmed again."""

BUILDING = "building"


@dataclass(frozen=True)
class Spot:
    """A place on the map that a matter is about."""

    name: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Waiting:
    """Something that waits for somebody.

    Attributes
    ----------
    kind : str
        ``doors``, ``overdue``, ``unconfirmed``, ``rejected``, ``visits``.
    number : int
        Never 0: what does not wait is left out.
    spots : tuple of Spot
    days : int or None
        How long the oldest of them is overdue.
    names : tuple of str
        Of the stations to be asked.
    """

    kind: str
    number: int
    spots: tuple[Spot, ...] = ()
    days: int | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """What the ledger says of a year: stations opened in it, being built, and overdue."""

    opened: int
    building: int
    overdue: int


def stations_of(state: DistrictState, towns: Collection[str] = ()) -> list[PlaceInfo]:
    """Return the rest stations in service, of some towns or (none named) of all."""
    return [place for place in state.with_function(STATION) if not towns or place.region_code in towns]


def doors_waiting(state: DistrictState, codes: Collection[str]) -> list[Waiting]:
    """Return the places of `codes`, about which riders have just reported something, as one matter."""
    spots = tuple(_spot(state.place_by_code[code]) for code in codes if code in state.place_by_code)
    return [Waiting("doors", len(codes), spots)] if codes else []


def overdue_waiting(entries: Sequence[EntryFacts], today: date) -> list[Waiting]:
    """Return the entries of the ledger that are overdue as one matter."""
    late = [entry for entry in entries if entry.days_overdue(today) > 0]
    if not late:
        return []
    spots = tuple(Spot(entry.name, entry.lon, entry.lat) for entry in late)
    return [Waiting("overdue", len(late), spots, days=max(entry.days_overdue(today) for entry in late))]


def unconfirmed_waiting(stations: Sequence[PlaceInfo], now: datetime) -> list[Waiting]:
    """Return the stations to be confirmed as one matter: never confirmed, or longer ago than `CONFIRM_AFTER`."""
    found = [place for place in stations if is_unconfirmed(place.confirmed_at, now)]
    return [Waiting("unconfirmed", len(found), tuple(map(_spot, found)))] if found else []


def is_unconfirmed(confirmed_at: datetime | None, now: datetime) -> bool:
    """Tell whether a station is to be confirmed again."""
    return confirmed_at is None or confirmed_at < now - CONFIRM_AFTER


def rejected_waiting(sources: Sequence[Source]) -> list[Waiting]:
    """Return the rows of the loaded files that were not taken as one matter."""
    number = sum(source.rows_rejected for source in sources if not source.is_sample)
    return [Waiting("rejected", number)] if number else []


def visits_waiting(stations: Sequence[PlaceInfo], counted: Collection[str] | None) -> list[Waiting]:
    """Return the stations without visits of a month as one matter; `counted` None: nobody counts visits here."""
    found = [] if counted is None else [place for place in stations if place.code not in counted]
    if not found:
        return []
    return [Waiting("visits", len(found), tuple(map(_spot, found)), names=tuple(place.name for place in found))]


def progress_of(entries: Sequence[EntryFacts], year: int, today: date) -> Progress:
    """Return what the ledger says of a year; an entry counts as opened in the year in which it was set so."""
    opened = sum(
        entry.state == OPEN and any(note.state == OPEN and note.written_at.year == year for note in entry.notes)
        for entry in entries
    )
    building = sum(entry.state == BUILDING for entry in entries)
    return Progress(opened, building, sum(entry.days_overdue(today) > 0 for entry in entries))


def _spot(place: PlaceInfo) -> Spot:
    return Spot(place.name, place.lon, place.lat)
