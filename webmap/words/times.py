"""Opening hours, closing times and ages as text."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext, ngettext

from geo.calendar import Calendar
from geo.hours import Hours, open_intervals
from webmap.logic.written_hours import DAYS, NIGHT, hours_in_words
from webmap.web.i18n import lang

CLOSING_SOON = timedelta(minutes=30)
"""An open place that closes within this time is shown as closing."""

OPENING_HORIZON = timedelta(days=8)
"""How far ahead the next opening is looked for."""

SMALL_HOURS = 5
"""A night ends at this hour: what closes before it on the next day closes tonight."""

_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def day_names() -> list[str]:
    """Return the names of the weekdays, Monday first."""
    return [DAYS[lang()][day] for day in _WEEKDAYS]


def hours_words(text: str | None) -> str | None:
    """Return opening hours in OSM syntax as words; what has no words here stays as it is.

    None where the hours are not known.
    """
    return hours_in_words(text, lang=lang(), translate=gettext)


def night_words(first: str, last: str) -> str:
    """Return hours that end on the next day: two times of day as HH:MM."""
    return str(gettext(NIGHT, first=first, last=last))


def closing_words(closes: datetime | None, at: datetime) -> str:
    """Return when a place that is open at a moment closes; None: it does not."""
    if closes is None:
        return str(gettext("open 24 hours"))
    local = at.astimezone(closes.tzinfo)
    night = (closes - timedelta(hours=SMALL_HOURS)).date()
    if night == (local - timedelta(hours=SMALL_HOURS)).date():
        return str(gettext("closes at %(time)s", time=_clock(closes)))
    return str(gettext("open until %(day)s %(time)s", day=_day(closes, local), time=_clock(closes)))


def opening_words(hours: Hours, at: datetime, calendar: Calendar) -> str | None:
    """Return when a place that is closed at a moment opens next, None where that is not known for the next week."""
    found = open_intervals(hours, at, at + OPENING_HORIZON, calendar=calendar)
    if not found:
        return None
    opens = found[0][0]
    local = at.astimezone(opens.tzinfo)
    return str(gettext("opens %(day)s at %(time)s", day=_day(opens, local), time=f"{opens:%H:%M}"))


def weekday_name(day: date) -> str:
    """Return the weekday of a date."""
    return DAYS[lang()][_WEEKDAYS[day.weekday()]]


def age_words(moment: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """Return how many days ago, in the calendar of `zone`, somebody made sure of a place."""
    if moment is None:
        return str(gettext("not confirmed yet"))
    days = (now.astimezone(zone).date() - moment.astimezone(zone).date()).days
    if days < 1:
        return str(gettext("confirmed today"))
    if days < 60:
        return str(ngettext("confirmed %(num)s day ago", "confirmed %(num)s days ago", days))
    return str(ngettext("confirmed %(num)s month ago", "confirmed %(num)s months ago", days // 30))


def _clock(closes: datetime) -> str:
    """Return the time of a closing: midnight is the end of a day."""
    return "24:00" if (closes.hour, closes.minute) == (0, 0) else f"{closes:%H:%M}"


def _day(moment: datetime, now: datetime) -> str:
    """Return a day near `now`: today, tomorrow, the weekday, else the date. Midnight belongs to the day it ends."""
    day = (moment - timedelta(minutes=1)).date() if _clock(moment) == "24:00" else moment.date()
    days = (day - now.date()).days
    if days == 0:
        return str(gettext("today"))
    if days == 1:
        return str(gettext("tomorrow"))
    if days < 7:
        return weekday_name(day)
    return f"{day:%Y-%m-%d}"
