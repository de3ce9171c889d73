"""The timetable of a departure: a copy of a tour's days, with the times of each stop, as the store keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True)
class TimetableStop:
    """A stop of a departure.

    Attributes
    ----------
    lon, lat : float
        Degrees, WGS84.
    stay_min : int
    arrives_min, leaves_min : int or None
        Minutes after midnight; None where a leg before it is not known.
    drive_min, distance_m : int or float or None
        Of the leg to this stop; None at the first stop of a day, or where the leg is not known.
    """

    name: str
    kind: str
    lon: float
    lat: float
    stay_min: int
    place_code: str | None = None
    note: str | None = None
    arrives_min: int | None = None
    leaves_min: int | None = None
    drive_min: int | None = None
    distance_m: float | None = None


@dataclass(frozen=True)
class TimetableDay:
    """A day of a departure; `start` is the local time at its first stop, ``HH:MM``."""

    number: int
    start: str
    stops: tuple[TimetableStop, ...]


def timetable_json(days: Sequence[TimetableDay]) -> list[dict[str, Any]]:
    """Return a timetable as the store keeps it.

    Examples
    --------
    >>> stored = timetable_json([TimetableDay(1, "08:30", (TimetableStop("Hall", "start", 119.95, 30.05, 0),))])
    >>> timetable_of(stored)[0].stops[0].name
    'Hall'
    """
    return [{**asdict(day), "stops": [asdict(stop) for stop in day.stops]} for day in days]


def timetable_of(stored: Sequence[Mapping[str, Any]]) -> tuple[TimetableDay, ...]:
    """Return the timetable that the store keeps."""
    return tuple(
        TimetableDay(day["number"], day["start"], tuple(TimetableStop(**stop) for stop in day["stops"]))
        for day in stored
    )


def date_of(first_day: date, day: TimetableDay) -> date:
    """Return the date of a day of a departure that leaves on `first_day`."""
    return first_day + timedelta(days=day.number - 1)
