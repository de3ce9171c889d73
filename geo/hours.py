"""Opening hours: open, closed or unknown at an instant, and unknown is never open.

Hours are written in the OSM opening_hours syntax and evaluated by the library opening-hours-py, one day at a time. Two
things are decided here because the library does not decide them as this program needs:

*Which rule holds on a day.* Posted weekday hours mean what they say on ordinary days.

==================  ====================================================================================
day                 state
==================  ====================================================================================
workday, weekend    as posted
public holiday      by the ``PH`` rule if the hours have one; else unknown, unless always open or always shut
make-up workday     as posted if the hours are the same every day; else unknown
may be several      as posted if all of them agree; else unknown
==================  ====================================================================================

*What runs past midnight* belongs to the day it began on, by that day's rule: the small hours after a holiday are as
unknown as the holiday. (The library cuts such hours, or keeps them, by the rule of the day they end on.)

Unknown throughout are hours that depend on what is not held (school holidays ``SH``, sunrise and sunset), and those
with an open end (``18:00+``), a fallback (``||``), repeated instants (``10:00-16:00/02:00``) or holidays of some
weekdays only (``PH Mo-Fr``). Unknown is what a rule opens under a comment ("by appointment").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from itertools import pairwise

import numpy as np
import opening_hours
from numpy.typing import NDArray

from geo._chinese_hours import read_chinese_hours
from geo._hours_rules import DatedRule, holiday_rule, overwritten, split_at_midnight, split_dated, timed_closures
from geo.calendar import Calendar, DayKind
from geo.errors import InputError


class OpenState(Enum):
    """Whether a place is open; the value is the word the HTTP answers use."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


STATE_CODES = {OpenState.CLOSED: 0, OpenState.OPEN: 1, OpenState.UNKNOWN: 2}
"""How arrays hold the states; a state other than these is a fault."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours, made by `parse_hours`.

    Parameters
    ----------
    text : str or None
        The hours in OSM opening_hours syntax, in the library's spelling; None: not known.
    rule : str or None
        What holds on ordinary days; None: unknown.
    holiday_rule : str or None
        What holds on public holidays; None: unknown.
    is_daily : bool
        Whether every weekday has the same hours.
    dated : tuple of DatedRule
        What holds on certain dates, whatever the week and the holidays say; of two for one date the later.
    """

    text: str | None
    rule: str | None
    holiday_rule: str | None
    is_daily: bool
    dated: tuple[DatedRule, ...] = ()

    def rule_for(self, kind: DayKind) -> str | None:
        """Return the rule that holds on a day of `kind`, None where the hours do not tell."""
        if kind is DayKind.HOLIDAY:
            return self.holiday_rule
        if kind is DayKind.MAKEUP_WORKDAY and not self.is_daily:
            return None
        return self.rule


UNKNOWN_HOURS = Hours(text=None, rule=None, holiday_rule=None, is_daily=False)

_Span = tuple[datetime, datetime, OpenState]  # local wall-clock times, start included, end not

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
CLOSING_HORIZON_DAYS = 14

_STATES = {
    opening_hours.State.OPEN: OpenState.OPEN,
    opening_hours.State.CLOSED: OpenState.CLOSED,
    opening_hours.State.UNKNOWN: OpenState.UNKNOWN,
}
_DAY_NAME = "(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)"
# "Mo-Fr, PH 08:00-17:00" is one list of days; the library would open Mo-Fr around the clock.
_LIST_GAP = re.compile(rf"(?<![A-Za-z])({_DAY_NAME})\s*,\s+(?={_DAY_NAME}\b)")
_NOT_HELD = re.compile(r"\bSH\b|sunrise|sunset|dawn|dusk|\d\+|\|\||:\d\d/")


@lru_cache(maxsize=4096)
def parse_hours(text: str | None) -> Hours:
    """Read hours in OSM opening_hours syntax.

    Parameters
    ----------
    text : str or None
        Such as ``Mo-Fr 08:30-17:30; PH off``. None and blank text mean that the hours are not known.

    Returns
    -------
    Hours

    Raises
    ------
    InputError
        If the text is not in that syntax.

    Examples
    --------
    >>> parse_hours("mo-fr 8:30-17:30").text
    'Mo-Fr 08:30-17:30'
    """
    written = _LIST_GAP.sub(r"\1,", (text or "").strip())
    if not written:
        return UNKNOWN_HOURS
    if not opening_hours.validate(written):
        raise InputError(
            "The opening hours {value} are not in OSM opening_hours syntax; write e.g. Mo-Fr 08:30-17:30 or 24/7, "
            "or leave them empty if they are not known",
            value=text,
        )
    text = str(opening_hours.OpeningHours(written))
    rule, dated = split_dated(text)
    # "PH Mo-Fr" means holidays that are weekdays; the library makes "PH,Mo-Fr", holidays and weekdays, of it.
    if _NOT_HELD.search(text) or re.search(rf"PH\s+{_DAY_NAME}", written, re.IGNORECASE):
        return Hours(text=text, rule=None, holiday_rule=None, is_daily=False)
    if found := overwritten(text, is_laid_over=True):
        raise InputError(
            "In the opening hours {value} the rule {later} replaces {earlier} on all its days; write e.g. "
            "Mo-Fr 08:00-12:00,14:00-18:00 if both hold, or leave out the first",
            value=written,
            earlier=found[0],
            later=found[1],
        )
    if not rule:
        # By the syntax every other day would be closed; who posts exceptions alone hardly means that.
        return Hours(text=text, rule=None, holiday_rule=None, is_daily=False, dated=dated)
    if str(opening_hours.OpeningHours(rule).normalize()) in ("24/7", "closed"):
        return Hours(text=text, rule=rule, holiday_rule=rule, is_daily=True, dated=dated)
    every_day = re.sub(r"\bMo-Su\b|\bPH\b", "", rule)
    return Hours(
        text=text,
        rule=rule,
        holiday_rule=holiday_rule(rule),
        is_daily=not re.search(rf"\b(?:{_DAY_NAME}|week)", every_day),
        dated=dated,
    )


def normalize_hours(text: str | None) -> str | None:
    """Return hours as people post them in OSM opening_hours syntax, None where they are not certain.

    Parameters
    ----------
    text : str or None
        OSM syntax, or Chinese as in registers: ``周一至周五 08:30-12:00,13:00-17:30``, ``每日8时到22时``, ``24小时``.
        Times without days hold every day.

    Returns
    -------
    str or None
        What `parse_hours` takes. None for empty text and for any text with a word that is not understood (夏季, 寒暑假,
        以馆方公告为准), without times (工作日开放), or that can be read in two ways (8:30-5:30).

    Examples
    --------
    >>> normalize_hours("周一至周五 08:30-12:00,13:00-17:30")
    'Mo-Fr 08:30-12:00,13:00-17:30'
    >>> normalize_hours("以馆方公告为准") is None
    True
    """
    posted = (text or "").strip()
    # Bare times are read as posted: the OSM syntax would take 8:30-5:30 to run through the night.
    if posted.isascii() and re.search("[A-Za-z/]", posted):
        written = _LIST_GAP.sub(r"\1,", posted)
        if opening_hours.validate(written):
            text = str(opening_hours.OpeningHours(written))
            return None if overwritten(text) else text
    read = read_chinese_hours(posted)
    return None if read is None or overwriting_rules(read) else read


def overwriting_rules(text: str) -> tuple[str, str] | None:
    """Return a rule that a later one replaces on all its days, and that later one; None where there is none.

    Such hours say what hardly anyone means, so they are asked about: `parse_hours` refuses them, `normalize_hours`
    returns None.

    Examples
    --------
    >>> overwriting_rules("Mo-Fr 08:00-12:00;14:00-18:00")
    ('Mo-Fr 08:00-12:00', '14:00-18:00')
    """
    written = _LIST_GAP.sub(r"\1,", text.strip())
    return overwritten(str(opening_hours.OpeningHours(written))) if opening_hours.validate(written) else None


def state_at(hours: Hours, when: datetime, *, calendar: Calendar) -> OpenState:
    """Return whether a place is open at an instant: from the minute it opens to just before the minute it closes.

    Parameters
    ----------
    hours : Hours
    when : datetime
        With its zone.
    calendar : Calendar
        The clock and the holidays of the place.

    Returns
    -------
    OpenState

    Raises
    ------
    InputError
        If `when` has no zone.

    Examples
    --------
    >>> noon = datetime.fromisoformat("2026-11-23T12:10:00+08:00")
    >>> state_at(parse_hours("Mo-Fr 08:30-17:30"), noon, calendar=Calendar.china())
    <OpenState.OPEN: 'open'>
    """
    return _state(hours, _local(when, calendar), calendar)


def closes_at(hours: Hours, when: datetime, *, calendar: Calendar) -> datetime | None:
    """Return when a place that is open at `when` will no longer surely be open.

    Parameters
    ----------
    hours : Hours
    when : datetime
        With its zone.
    calendar : Calendar

    Returns
    -------
    datetime or None
        In the calendar's zone. None if the place is not open at `when`, or stays open for the next 14 days.

    Raises
    ------
    InputError
        If `when` has no zone.
    """
    local = _local(when, calendar)
    today = (span for span in day_spans(hours, local.date(), calendar) if span[1] > local)
    last = next((first for first, _, state in today if state is not OpenState.OPEN), None)
    last = last or _first_not_open(hours, local.date() + _DAY, calendar)
    if last is None or not local < last < local + CLOSING_HORIZON_DAYS * _DAY:
        return None
    return last.replace(tzinfo=calendar.zone)


def span_at(hours: Hours, when_s: float, *, calendar: Calendar) -> tuple[float, float, OpenState]:
    """Return the state of a place at an instant, and from when to when it surely holds.

    Parameters
    ----------
    hours : Hours
    when_s : float
        Epoch seconds.
    calendar : Calendar

    Returns
    -------
    (float, float, OpenState)
        Epoch seconds, the second excluded, and what `state_at` says of every instant between; part of a day at most.
        Both are `when_s` on days when clocks are put forward or back.
    """
    here = datetime.fromtimestamp(when_s, calendar.zone)
    local = here.replace(tzinfo=None)
    first, last, state = _span(hours, local, calendar)
    offsets = {edge.replace(tzinfo=calendar.zone).utcoffset() for edge in (first - _HOUR, last + _HOUR)}
    if offsets != {here.utcoffset()}:
        return when_s, when_s, state
    return when_s - (local - first).total_seconds(), when_s + (last - local).total_seconds(), state


def open_intervals(
    hours: Hours, start: datetime, end: datetime, *, calendar: Calendar
) -> list[tuple[datetime, datetime]]:
    """Return the intervals between two instants in which a place is surely open.

    Parameters
    ----------
    hours : Hours
    start, end : datetime
        With their zones.
    calendar : Calendar

    Returns
    -------
    list of (datetime, datetime)
        In order, disjoint, not touching, cut to start and end, in the calendar's zone.

    Raises
    ------
    InputError
        If `start` or `end` has no zone.
    """
    return intervals_in(OpenState.OPEN, hours, start, end, calendar=calendar)


def intervals_in(
    wanted: OpenState, hours: Hours, start: datetime, end: datetime, *, calendar: Calendar
) -> list[tuple[datetime, datetime]]:
    """Return the intervals between two instants in which a place is in the wanted state; else as `open_intervals`."""
    found: list[tuple[datetime, datetime]] = []
    for first, last, state in _spans(hours, _local(start, calendar), _local(end, calendar), calendar):
        if state is not wanted:
            continue
        if found and found[-1][1] == first:
            first = found.pop()[0]
        found.append((first, last))
    return [(a.replace(tzinfo=calendar.zone), b.replace(tzinfo=calendar.zone)) for a, b in found]


def week_states(hours: Hours, *, monday: date, calendar: Calendar) -> NDArray[np.int8]:
    """Return the state of a place at the start of every hour of a week.

    Parameters
    ----------
    hours : Hours
    monday : date
        First day of the week.
    calendar : Calendar

    Returns
    -------
    ndarray of int8, shape (168,)
        `STATE_CODES` of what `state_at` says at the start of each hour by the clock of the calendar, Monday 0:00 first.

    Raises
    ------
    InputError
        If `monday` is another day of the week.
    """
    if monday.weekday() != 0:
        raise InputError("{value} is not a Monday", value=monday)
    start = _local(datetime.combine(monday, time(), calendar.zone), calendar)
    states = np.empty(7 * 24, dtype=np.int8)
    for first, last, state in _spans(hours, start, start + 7 * _DAY, calendar):
        states[-((start - first) // _HOUR) : -((start - last) // _HOUR)] = STATE_CODES[state]
    return states


def _local(when: datetime, calendar: Calendar) -> datetime:
    """Return the wall clock of the calendar's zone at an instant, without its zone."""
    if when.utcoffset() is None:
        raise InputError("The time {value} has no zone; write e.g. 2026-11-23T12:10:00+08:00", value=when)
    if not 1900 < when.year < 9999:
        raise InputError("The time {value} is out of range", value=when)
    return when.astimezone(calendar.zone).replace(tzinfo=None)


def _state(hours: Hours, local: datetime, calendar: Calendar) -> OpenState:
    return _span(hours, local, calendar)[2]


def _span(hours: Hours, local: datetime, calendar: Calendar) -> _Span:
    return next(span for span in day_spans(hours, local.date(), calendar) if local < span[1])


@lru_cache(maxsize=16_384)
def _first_not_open(hours: Hours, day: date, calendar: Calendar) -> datetime | None:
    """Return when a place is not open, from the midnight that begins a day on; None if not within the horizon."""
    for number in range(CLOSING_HORIZON_DAYS):
        for first, _, state in day_spans(hours, day + number * _DAY, calendar):
            if state is not OpenState.OPEN:
                return first
    return None


def _spans(hours: Hours, start: datetime, end: datetime, calendar: Calendar) -> Iterator[_Span]:
    midnight = datetime.combine(start, time())
    while midnight < end:
        for first, last, state in day_spans(hours, midnight.date(), calendar):
            if max(first, start) < min(last, end):
                yield max(first, start), min(last, end), state
        midnight += _DAY


@lru_cache(maxsize=16_384)
def day_spans(hours: Hours, day: date, calendar: Calendar) -> tuple[_Span, ...]:
    """Return the states of one day from midnight to midnight, without gaps: local times (end excluded) and state."""
    midnight = datetime.combine(day, time())
    rule = _rule_on(hours, day, calendar)
    if rule is None:
        spans = [(midnight, midnight + _DAY, OpenState.UNKNOWN)]
    else:
        spans = _evaluate(split_at_midnight(rule)[0], midnight)
    carried = _carried_over(hours, day - _DAY, calendar)
    if carried:
        # What began the day before goes on, until a closure of this day's small hours cuts it.
        carried = [*_closures(hours, day, calendar), *carried]
    carried = [*_closures(hours, day - _DAY, calendar, is_carried=True), *carried]
    if not carried:
        return tuple(spans)
    edges = sorted({edge for first, last, _ in [*spans, *carried] for edge in (first, last)})
    return tuple(
        (a, b, next(state for first, last, state in [*carried, *spans] if first <= a < last))
        for a, b in pairwise(edges)
    )


def _rule_on(hours: Hours, day: date, calendar: Calendar) -> str | None:
    """Return the rule that holds on a day, None if it is not known or several may hold that differ on that day."""
    for dated in reversed(hours.dated):
        if dated.is_on(day):
            return dated.rule
    rules = {hours.rule_for(kind) for kind in calendar.possible_kinds(day)}
    known = [rule for rule in rules if rule is not None]
    if len(known) < len(rules) or any(_posted(rule, day) != _posted(known[0], day) for rule in known[1:]):
        return None
    return known[0]


def _posted(rule: str, day: date) -> list[list[_Span]]:
    parts = [*split_at_midnight(rule), *timed_closures(rule)]
    return [_evaluate(part, datetime.combine(day, time())) for part in parts if part is not None]


def _carried_over(hours: Hours, day: date, calendar: Calendar) -> list[_Span]:
    """Return what of `day` runs past its end: open as far as that day's rule is known, else unknown."""
    rule = _rule_on(hours, day, calendar)
    return [
        (first + _DAY, last + _DAY, OpenState.UNKNOWN if rule is None else state)
        for small_hours in (split_at_midnight(each)[1] for each in _possible_rules(hours, rule))
        for first, last, state in ([] if small_hours is None else _evaluate(small_hours, datetime.combine(day, time())))
        if state is not OpenState.CLOSED
    ]


def _closures(hours: Hours, day: date, calendar: Calendar, *, is_carried: bool = False) -> list[_Span]:
    """Return the hours that timed closures of `day` shut, on it or past its end; unknown where its rule is."""
    rule = _rule_on(hours, day, calendar)
    state = OpenState.UNKNOWN if rule is None else OpenState.CLOSED
    shift = _DAY if is_carried else 0 * _DAY
    return [
        (first + shift, last + shift, state)
        for closures in (timed_closures(each)[is_carried] for each in _possible_rules(hours, rule))
        for first, last, shut in ([] if closures is None else _evaluate(closures, datetime.combine(day, time())))
        if shut is not OpenState.CLOSED
    ]


def _possible_rules(hours: Hours, rule: str | None) -> list[str]:
    return [each for each in ((rule,) if rule is not None else (hours.rule, hours.holiday_rule)) if each is not None]


def _evaluate(rule: str, midnight: datetime) -> list[_Span]:
    # Whoever opens under a comment sets a condition that cannot be judged here.
    return [
        (first, last, OpenState.UNKNOWN if state == opening_hours.State.OPEN and comment else _STATES[state])
        for first, last, state, comment in _engine(rule).intervals(midnight, midnight + _DAY)
    ]


@lru_cache(maxsize=4096)
def _engine(rule: str) -> opening_hours.OpeningHours:
    return opening_hours.OpeningHours(rule)
