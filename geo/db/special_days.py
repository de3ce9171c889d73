"""Store special days of places; they survive another load of the places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.db.tables import Place, PlaceFunction, SpecialDayRow
from geo.errors import InputError
from geo.special_days import SpecialDay, read_special_day

MAX_SPECIAL_DAYS = 60
"""Entries of one function."""


@dataclass(frozen=True, kw_only=True)
class SpecialDayText:
    """A special day as somebody writes it: dates such as ``2026-10-01``, times or nothing for closed, a note."""

    first: str
    last: str
    hours: str | None
    note: str | None


def as_special_day(row: SpecialDayRow) -> SpecialDay:
    """Return what a row says."""
    return SpecialDay(row.first_day, row.last_day, row.hours, row.note)


def as_text(day: SpecialDay) -> SpecialDayText:
    """Return a special day as a form shows it."""
    return SpecialDayText(first=f"{day.first}", last=f"{day.last}", hours=day.hours, note=day.note)


def set_special_days(function: PlaceFunction, written: Sequence[SpecialDayText]) -> None:
    """Make `written` the special days of a function; what already says so keeps its row.

    Raises
    ------
    InputError
        A date or times that cannot be read, or too many entries.
    """
    if len(written) > MAX_SPECIAL_DAYS:
        raise InputError(
            "There are {count} special days; at most {limit} are kept. Remove those that are past",
            count=len(written),
            limit=MAX_SPECIAL_DAYS,
        )
    wanted = [read_special_day(day.first, day.last, day.hours, day.note) for day in written]
    if twice := next((day for number, day in enumerate(wanted) if _same_days(day, wanted[:number])), None):
        raise InputError(
            "There are two special days from {first} to {last}; write all their hours in one, such as "
            "08:00-12:00,14:00-18:00",
            first=twice.first,
            last=twice.last,
        )
    for row in list(function.special_days):
        if as_special_day(row) in wanted:
            wanted.remove(as_special_day(row))
        else:
            function.special_days.remove(row)
    for day in wanted:
        add_special_day(function, day)


def _same_days(day: SpecialDay, others: Sequence[SpecialDay]) -> bool:
    return any((day.first, day.last) == (other.first, other.last) for other in others)


def add_special_day(function: PlaceFunction, day: SpecialDay) -> None:
    """Add one special day to a function."""
    function.special_days.append(
        SpecialDayRow(
            district_code=function.district_code,
            first_day=day.first,
            last_day=day.last,
            hours=day.hours,
            note=day.note,
        )
    )


def close_temporarily(place: Place, *, first: date, last: str, note: str | None) -> None:
    """Close every function of a place from a day to the end that is named.

    Raises
    ------
    InputError
        The end cannot be read or lies before the first day.
    """
    if not last.strip():
        raise InputError("A temporary closure needs its last day; write e.g. 2026-10-01")
    day = read_special_day(f"{first}", last, None, note)
    for function in place.functions:
        add_special_day(function, day)


def read_special_days(session: Session, district: str) -> dict[tuple[str, str], list[SpecialDay]]:
    """Return the special days of a district by code of the place and kind of function."""
    rows = session.execute(
        select(Place.code, PlaceFunction.kind, SpecialDayRow)
        .join(PlaceFunction, PlaceFunction.place_id == Place.id)
        .join(SpecialDayRow, SpecialDayRow.function_id == PlaceFunction.id)
        .where(Place.district_code == district)
        .order_by(SpecialDayRow.first_day, SpecialDayRow.id)
    )
    found: dict[tuple[str, str], list[SpecialDay]] = {}
    for code, kind, row in rows:
        found.setdefault((code, kind), []).append(as_special_day(row))
    return found
