"""Opening hours of a place for the coming seven days, holidays included."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from geo.calendar import Calendar, DayKind
from geo.hours import Hours, OpenState, day_spans
from geo.special_days import SpecialDay
from webmap.words.times import night_words, weekday_name

DAYS = 7

NIGHT_ENDS = (12, 0)
"""Hour and minute by which a night must end to be told with the day that it begins."""

NOTES: dict[DayKind, LazyString] = {
    DayKind.HOLIDAY: lazy_gettext("public holiday"),
    DayKind.MAKEUP_WORKDAY: lazy_gettext("worked in exchange"),
    DayKind.UNKNOWN: lazy_gettext("may be a holiday"),
}
"""What is said of a day that is not as its weekday says."""


@dataclass(frozen=True)
class DayRow:
    """One day of the table.

    Attributes
    ----------
    day : date
    weekday : str
    note : str or None
        Where a special day or the calendar makes it another day than its weekday.
    state : str
        ``open``, ``closed`` (all day) or ``unknown``.
    times : str
        The hours it is surely open, in words; with them, whether the rest is not known.
    is_today : bool
    """

    day: date
    weekday: str
    note: str | None
    state: str
    times: str
    is_today: bool


def week_rows(
    hours: Hours, now: datetime, *, calendar: Calendar, special: Callable[[date], SpecialDay | None] = lambda _: None
) -> list[DayRow]:
    """Return the hours of today and the six days after it, in the clock of the place; `special` knows special days."""
    today = now.astimezone(calendar.zone).date()
    days = [today + timedelta(days=offset) for offset in range(DAYS)]
    return [_row(hours, day, calendar, special(day), is_today=day == today) for day in days]


def _row(hours: Hours, day: date, calendar: Calendar, special: SpecialDay | None, *, is_today: bool) -> DayRow:
    spans = day_spans(hours, day, calendar)
    has_unknown = any(state is OpenState.UNKNOWN for _, _, state in spans)
    opened = [_times(first, last) for first, last in _nights(hours, day, calendar, is_first=is_today)]
    if opened:
        state, words = "open", gettext(", ").join(opened)
        if has_unknown:
            words = str(gettext("%(times)s, else not known", times=words))
    elif has_unknown:
        state, words = "unknown", str(gettext("hours unknown"))
    else:
        state, words = "closed", str(gettext("closed all day"))
    note = NOTES.get(calendar.day_kind(day))
    if special is not None:
        note = special.note or gettext("special day")
    return DayRow(day, weekday_name(day), str(note) if note else None, state, words, is_today)


def _nights(hours: Hours, day: date, calendar: Calendar, *, is_first: bool) -> list[tuple[datetime, datetime]]:
    """Return when it is open on a day: a night that ends by the next noon stands whole, on the day that it begins.

    So it does not stand again on the next day, but for the first row, which no row comes before, and for a day that has
    no other hours.
    """
    before, own, after = (_opened(hours, day + timedelta(days=offset), calendar) for offset in (-1, 0, 1))
    spans = list(own)
    if len(spans) > 1 and not is_first and before and _runs_on(before[-1], spans[0]):
        del spans[0]
    if spans and after and _runs_on(spans[-1], after[0]):
        spans[-1] = (spans[-1][0], after[0][1])
    return spans


def _opened(hours: Hours, day: date, calendar: Calendar) -> list[tuple[datetime, datetime]]:
    joined = _joined(day_spans(hours, day, calendar))
    return [(first, last) for first, last, state in joined if state is OpenState.OPEN]


def _runs_on(evening: tuple[datetime, datetime], morning: tuple[datetime, datetime]) -> bool:
    """Tell whether the last span of a day and the first of the next are one night: neither is a whole day."""
    is_one = evening[1] == morning[0] and (morning[1].hour, morning[1].minute) <= NIGHT_ENDS
    return is_one and morning[1].date() == morning[0].date() and evening[1] - evening[0] < timedelta(days=1)


def _joined(spans: tuple[tuple[datetime, datetime, OpenState], ...]) -> list[tuple[datetime, datetime, OpenState]]:
    """Return the spans with neighbours of one state made one."""
    joined: list[tuple[datetime, datetime, OpenState]] = []
    for first, last, state in spans:
        if joined and joined[-1][2] is state and joined[-1][1] == first:
            first = joined.pop()[0]
        joined.append((first, last, state))
    return joined


def _times(first: datetime, last: datetime) -> str:
    if last.date() > first.date() and (last.hour, last.minute) > (0, 0):
        return night_words(f"{first:%H:%M}", f"{last:%H:%M}")
    if last - first >= timedelta(days=1):
        return str(gettext("24 hours"))
    end = "24:00" if last.date() > first.date() else f"{last:%H:%M}"
    return f"{first:%H:%M}–{end}"
