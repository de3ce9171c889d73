"""Functions of a place with their services and hours, special days merged into the weekly hours."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from geo.db.special_days import as_special_day
from geo.db.tables import PlaceFunction
from geo.errors import InputError
from geo.hours import parse_hours
from geo.special_days import SpecialDay, lay_over
from webmap.logic.without_mobiles import published

ALWAYS = "24/7"
"""How hours around the clock are written, whatever the file said: see `geo.hours.normalize_hours`."""
_PAST = timedelta(days=7)
"""Special days that ended longer ago are left out."""


@dataclass(frozen=True)
class FunctionInfo:
    """One function of a place.

    Attributes
    ----------
    kind, tier : str, str or None
    hours : str or None
        What holds, in OSM syntax: the hours of the week with the special days over them.
    hours_posted : str or None
    services : tuple of str
    weekly : str or None
        The hours of the week alone.
    special_days : tuple of SpecialDay
        Those of the last week and to come, by their first day.
    """

    kind: str
    tier: str | None
    hours: str | None
    hours_posted: str | None
    services: tuple[str, ...]
    weekly: str | None
    special_days: tuple[SpecialDay, ...] = ()

    @property
    def is_always(self) -> bool:
        """Whether it is open around the clock, special days apart."""
        return self.weekly == ALWAYS

    def special_on(self, day: date) -> SpecialDay | None:
        """Return the special day that holds on a date, None where there is none."""
        return next((each for each in reversed(self.special_days) if each.first <= day <= each.last), None)


def function_info(row: PlaceFunction, today: date) -> FunctionInfo:
    """Return a function as stored.

    Hours that nobody can read, written past the loaders, are unknown; what stands there is shown as posted.
    """
    hours, posted = row.hours, row.hours_posted
    days = tuple(
        replace(as_special_day(day), note=published(day.note))
        for day in row.special_days
        if day.last_day >= today - _PAST
    )
    try:
        parse_hours(hours)
    except InputError:
        hours, posted = None, posted or hours
    held = lay_over(hours, days)
    try:
        parse_hours(held)
    except InputError:
        held, days = hours, ()  # times written past the forms
    return FunctionInfo(row.kind, published(row.tier), held, published(posted), tuple(row.services), hours, days)
