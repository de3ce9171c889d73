"""Opening hours, closing times and ages as text."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext, ngettext

from geo.calendar import Calendar
from geo.hours import Hours, open_intervals
from webmap.web.i18n import lang

CLOSING_SOON = timedelta(minutes=30)
"""An open place that closes within this time is shown as closing."""

OPENING_HORIZON = timedelta(days=8)
"""How far ahead the next opening is looked for."""

SMALL_HOURS = 5
"""A night ends at this hour: what closes before it on the next day closes tonight."""

_DAYS = {
    "zh": {
        "Mo": "周一", "Tu": "周二", "We": "周三", "Th": "周四", "Fr": "周五", "Sa": "周六", "Su": "周日",
        "PH": "节假日", "off": "休息", "closed": "休息", "24/7": "24 小时", "unknown": "时间不详",
    },
    "en": {
        "Mo": "Mon", "Tu": "Tue", "We": "Wed", "Th": "Thu", "Fr": "Fri", "Sa": "Sat", "Su": "Sun",
        "PH": "holidays", "off": "closed", "closed": "closed", "24/7": "24 hours", "unknown": "hours unknown",
    },
}  # fmt: skip
_SIGNS = {
    "zh": {"-": "至", ",": "、", "; ": "；", ", ": "，"},
    "en": {"-": "–", ",": ", ", "; ": "; ", ", ": ", "},
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(rf"((?:\d{{4}} )?(?:{'|'.join(_MONTHS)})(?: \d{{1,2}})?)(?=[-, ;]|$)")
_WORD = re.compile(r"24/7|unknown|\d\d:\d\d-\d\d:\d\d|\d\d:\d\d\+?|Mo|Tu|We|Th|Fr|Sa|Su|PH|off|closed|; |, |[-, ]")
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def day_names() -> list[str]:
    """Return the names of the weekdays, Monday first."""
    return [_DAYS[lang()][day] for day in _WEEKDAYS]


def hours_words(text: str | None) -> str | None:
    """Return opening hours in OSM syntax as words; what has no words here stays as it is.

    None where the hours are not known.
    """
    if not text:
        return None
    plain = text.replace("24/7 unknown", "unknown")
    if _WORD.sub("", _DATE.sub("", plain)):
        return text  # weeks of the month, comments
    words = _DAYS[lang()] | _SIGNS[lang()]
    return "".join(
        _date_words(part) if number % 2 else _WORD.sub(lambda found: words.get(found[0]) or _span_words(found[0]), part)
        for number, part in enumerate(_DATE.split(plain))
    )


def night_words(first: str, last: str) -> str:
    """Return hours that end on the next day: two times of day as HH:MM."""
    return str(gettext("%(first)s–%(last)s next day", first=first, last=last))


def _span_words(text: str) -> str:
    """Return two times of day in words, and as it is what is not two times."""
    first, _, last = text.partition("-")
    if not last or not first:
        return text
    hour = int(last[:2])
    if hour > 24 or (hour, last[3:]) > (24, "00"):
        return night_words(first, f"{hour - 24:02d}{last[2:]}")
    return night_words(first, last) if last <= first and last != "00:00" else f"{first}–{last}"


def _date_words(text: str) -> str:
    """Return a date or a month of the OSM syntax in words."""
    words = text.split()
    year = words.pop(0) if words[0].isdigit() else ""
    month, *day = words
    if lang() == "zh":
        days = f"{int(day[0])}日" if day else ""
        return f"{year and year + '年'}{_MONTHS.index(month) + 1}月{days}"
    return " ".join([*(str(int(number)) for number in day), month, *([year] if year else [])])


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
    return _DAYS[lang()][_WEEKDAYS[day.weekday()]]


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
