"""Special days of a place: other hours, or none, from one date to another, over its week and the public holidays."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from geo.errors import InputError
from geo.hours import normalize_hours

MAX_DAYS = 400
"""Days that one entry may run; what is longer is no exception."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """Hours of certain days.

    Attributes
    ----------
    first, last : date
        Both included.
    hours : str or None
        Times of each day, such as ``09:00-16:00`` or ``08:30-12:00,14:00-17:00``; None: closed.
    note : str or None
        Why, for people.
    """

    first: date
    last: date
    hours: str | None
    note: str | None = None

    @property
    def rule(self) -> str:
        """The rule in OSM opening_hours syntax.

        >>> SpecialDay(date(2026, 10, 1), date(2026, 10, 7), "09:00-16:00").rule
        '2026 Oct 01-07 09:00-16:00'
        """
        return f"{_dates(self.first, self.last)} {self.hours or 'off'}"


def read_special_day(first: str, last: str, hours: str | None, note: str | None = None) -> SpecialDay:
    """Return the special day that somebody wrote.

    Parameters
    ----------
    first, last : str
        Dates such as ``2026-10-01``; without the last it is one day.
    hours : str or None
        Times as in registers, the same on each day; empty: closed.
    note : str or None

    Raises
    ------
    InputError
        A date that is none, a last day before the first, or times that cannot be read.

    Examples
    --------
    >>> read_special_day("2026-10-01", "2026-10-07", "上午9点至下午4点").hours
    '09:00-16:00'
    """
    begins = _date(first)
    ends = _date(last) if last else begins
    if ends < begins:
        raise InputError("The special day {first} ends on {last}, before it begins", first=begins, last=ends)
    if (ends - begins).days >= MAX_DAYS:
        raise InputError(
            "The special day {first} runs to {last}; at most {limit} days are kept. Change the hours of the week "
            "instead",
            first=begins,
            last=ends,
            limit=MAX_DAYS,
        )
    return SpecialDay(begins, ends, _times(hours) if hours else None, note or None)


def lay_over(hours: str | None, days: Iterable[SpecialDay]) -> str | None:
    """Return hours in OSM syntax with special days over them; of two for one day the later counts.

    Examples
    --------
    >>> lay_over("Mo-Fr 08:30-17:30", [SpecialDay(date(2026, 10, 10), date(2026, 10, 10), "08:30-17:30")])
    'Mo-Fr 08:30-17:30; 2026 Oct 10 08:30-17:30'
    """
    rules = [day.rule for day in days]
    return "; ".join([hours or "unknown", *rules]) if rules else hours


def _dates(first: date, last: date) -> str:
    start = f"{first.year} {_MONTHS[first.month - 1]} {first.day:02d}"
    if first == last:
        return start
    if (first.year, first.month) == (last.year, last.month):
        return f"{start}-{last.day:02d}"
    return f"{start}-{last.year} {_MONTHS[last.month - 1]} {last.day:02d}"


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InputError(
            "The date {value} of a special day cannot be read; write e.g. 2026-10-01", value=text
        ) from None


def _times(hours: str) -> str:
    read = normalize_hours(hours)
    if read == "24/7":
        return "00:00-24:00"
    found = re.fullmatch(r"(?:Mo-Su )?(\d\d:\d\d-\d\d:\d\d(?:,\d\d:\d\d-\d\d:\d\d)*)", read or "")
    if found is None:
        raise InputError(
            "The hours {value} of a special day cannot be read; write times such as 09:00-16:00, or leave them empty "
            "if it is closed",
            value=hours,
        )
    return found[1]
