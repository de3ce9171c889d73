"""Take opening hours in OSM syntax apart: rules, what runs past midnight, timed closures, holidays, dated exceptions.

All texts are in the spelling of the library opening-hours-py.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import opening_hours

_DAY_NAME = "(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)"
_DAY_LIST = rf"{_DAY_NAME}(?:[-,]{_DAY_NAME})*"
_RULE_GAP = re.compile(r'(; |, )(?=(?:[^"]*"[^"]*")*[^"]*$)')  # not within a quoted comment
_DAYS_THEN_REST = re.compile(rf"({_DAY_LIST})(?: (.+))?")
_TIMES = re.compile(r"\d\d:\d\d-\d\d:\d\d(?:,\d\d:\d\d-\d\d:\d\d)*")
_MODIFIER = re.compile(r'\s*(?:open|closed|unknown)?\s*(?:"[^"]*")?$')
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = rf"(?:(\d{{4}}) )?({'|'.join(_MONTHS)}) (\d{{1,2}})"
_DATES = re.compile(rf"{_DATE}(?:-{_DATE})?")
_DATED = re.compile(rf"({_DATES.pattern}(?:,{_DATES.pattern})*)(?: (.+))?")
_YEARLY_DAYS = 31
"""Dates without a year that run longer are a season of the week's hours, shorter ones exceptions of each year."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a text.

    Attributes
    ----------
    text : str
    is_added : bool
        Whether it adds to the rules before it (", ") instead of replacing them on its days ("; ").
    days : str
        Dates and weekdays, empty for every day.
    times : str
        Empty for the whole day.
    ending : str
        State and comment.
    """

    text: str
    is_added: bool
    days: str
    times: str
    ending: str

    @property
    def is_timed_closure(self) -> bool:
        """Whether it closes some hours and leaves the rest of the day as it was."""
        return bool(self.times) and self.ending.startswith(("closed", "off"))


def rules_of(text: str) -> list[Rule]:
    """Return the rules of a text in their order.

    >>> [rule.days for rule in rules_of("Mo-Fr 08:00-17:00; PH closed")]
    ['Mo-Fr', 'PH']
    """
    pieces = ["", *_RULE_GAP.split(text)]
    return [_rule(part, is_added=gap == ", ") for gap, part in zip(pieces[::2], pieces[1::2], strict=True)]


def _rule(part: str, *, is_added: bool) -> Rule:
    times = _TIMES.search(part)
    if times is None:
        days = _MODIFIER.sub("", part)
        return Rule(part, is_added, "" if days == "24/7" else days, "", part[len(days) :].strip())
    return Rule(part, is_added, part[: times.start()].rstrip(), times[0], part[times.end() :].strip())


@lru_cache(maxsize=4096)
def split_at_midnight(rule: str) -> tuple[str, str | None]:
    """Split a rule into the hours of its own day and those past midnight, written as if of the same day.

    Timed closures stay with the own day: what of them concerns the small hours is in `timed_closures`.

    >>> split_at_midnight("Mo-Sa 22:00-06:00; Fr 08:00-12:00,20:00-25:00; We closed")
    ('Mo-Sa 22:00-24:00; Fr 08:00-12:00,20:00-24:00; We closed', 'Mo-Sa 00:00-06:00; Fr 00:00-01:00; We closed')
    """
    own: list[tuple[str, str]] = []
    small: list[tuple[str, str]] = []
    runs_over = False
    for each in rules_of(rule):
        gap = ", " if each.is_added else "; "
        early, late = _split_times(each.times) if each.times else ([], [])
        own.append((gap, _written(each.days, ",".join(early), each.ending) if each.times else each.text))
        if each.is_timed_closure:
            continue
        if late:
            small.append((gap, _written(each.days, ",".join(late), each.ending)))
            runs_over = True
        elif not each.is_added:  # a rule that replaces earlier ones on its days replaces their small hours too
            small.append((gap, _written(each.days, "", "closed")))
    return _joined(own), _joined(small) if runs_over else None


@lru_cache(maxsize=4096)
def timed_closures(rule: str) -> tuple[str | None, str | None]:
    """Return the hours that timed closures shut, on their own day and past its midnight, as if they were open hours.

    >>> timed_closures("Mo-Su 22:00-06:00; Sa 01:00-02:00 closed")
    ('Mo-Su closed, Sa 01:00-02:00', None)
    """
    own: list[tuple[str, str]] = []
    small: list[tuple[str, str]] = []
    for each in rules_of(rule):
        early, late = _split_times(each.times) if each.times else ([], [])
        if each.is_timed_closure:
            own.append((", ", _written(each.days, ",".join(early), "")))
            if late:
                small.append((", ", _written(each.days, ",".join(late), "")))
        elif not each.is_added:  # what replaces the earlier rules on its days replaces their closures too
            own.append(("; ", _written(each.days, "", "closed")))
            small.append(("; ", _written(each.days, "", "closed")))
        else:
            own.append((", ", _written(each.days, ",".join(early), "closed")))
    return tuple(  # type: ignore[return-value]
        _joined(parts) if any(gap == ", " and not part.endswith("closed") for gap, part in parts) else None
        for parts in (own, small)
    )


def _written(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _joined(parts: list[tuple[str, str]]) -> str:
    return "".join(gap + part for gap, part in parts)[2:]


def _split_times(times: str) -> tuple[list[str], list[str]]:
    early, late = [], []
    for span in times.split(","):
        start, end = span.split("-")
        if end > "24:00":
            end = f"{int(end[:2]) - 24:02d}{end[2:]}"
        elif start < end:
            early.append(span)
            continue
        early.append(f"{start}-24:00")
        if end > "00:00":
            late.append(f"00:00-{end}")
    return early, late


def holiday_rule(rule: str) -> str | None:
    """Return what a rule says of public holidays; None if nothing, or nothing that can be told for certain."""
    found: list[str] = []
    rules = rules_of(rule)
    for each in rules:
        days = _DAYS_THEN_REST.fullmatch(each.text)
        if days and re.search(r"\bPH\b", days[1]) and not each.is_timed_closure:
            found.append(days[2] or "24/7")
        # By the syntax a later weekday rule would take the holidays back, which hardly anyone means.
        elif found or "PH" in each.text:
            return None
    text = "; ".join(found)
    # No rule is left of "PH -1 day off".
    is_certain = not any(each.is_added for each in rules) and opening_hours.validate(text)
    return text if is_certain else None


def overwritten(text: str, *, is_laid_over: bool = False) -> tuple[str, str] | None:
    """Return a rule that has no day left, and the last that took one; None where every rule holds on some day.

    With `is_laid_over` a dated rule may replace another: special days are laid over what a text says of the same dates.

    >>> overwritten("Mo-Fr 08:00-12:00; 14:00-18:00")
    ('Mo-Fr 08:00-12:00', '14:00-18:00')
    >>> overwritten("Mo-Su 08:00-20:00; Sa closed") is None
    True
    """
    rules = rules_of(text)
    for number, rule in enumerate(rules):
        if rule.is_timed_closure:
            continue
        dates, days, _ = _selected(rule.days)
        for later in rules[number + 1 :]:
            later_dates, later_days, is_plain = _selected(later.days)
            if later.is_added or later.is_timed_closure or not is_plain or later_dates not in ("", dates):
                continue
            if is_laid_over and later_dates and _dated(later):
                continue
            # Dates are exceptions: a rule of every week after them would take them back, which hardly anyone means.
            if days & later_days and (days <= later_days or (later_dates == "" and _dated(rule))):
                return rule.text, later.text
            days -= later_days
    return None


def _selected(days: str) -> tuple[str, frozenset[str], bool]:
    """Return dates, weekdays and holidays of a rule's days, and whether it holds on all of these days."""
    every = frozenset({*_WEEKDAYS, "PH", "SH"})
    found = re.search(rf"(?:^|\s)({_DAY_LIST})$", days)
    if found is None:
        return days, every, re.search(r"[\[+]| day", days) is None
    named: set[str] = set()
    for item in found[1].split(","):
        first, _, last = item.partition("-")
        if last:
            start, end = _WEEKDAYS.index(first), _WEEKDAYS.index(last)
            named |= {_WEEKDAYS[(start + offset) % 7] for offset in range((end - start) % 7 + 1)}
        else:
            named.add(first)
    return days[: found.start()], frozenset(named), True


@dataclass(frozen=True, slots=True)
class DatedRule:
    """Hours of certain dates, whatever the week and the calendar of holidays say.

    Attributes
    ----------
    ranges : tuple of ((year or None, month, day), (year or None, month, day))
        Both ends included; without years, of every year.
    rule : str
        What holds on each of these days.
    """

    ranges: tuple[tuple[tuple[int | None, int, int], tuple[int | None, int, int]], ...]
    rule: str

    def is_on(self, day: date) -> bool:
        """Return whether `day` is one of the dates."""
        return any(_is_within(day, first, last) for first, last in self.ranges)


def _is_within(day: date, first: tuple[int | None, int, int], last: tuple[int | None, int, int]) -> bool:
    if first[0] is not None:
        return first <= (day.year, day.month, day.day) <= last
    here = (day.month, day.day)
    if first[1:] <= last[1:]:
        return first[1:] <= here <= last[1:]
    return here >= first[1:] or here <= last[1:]


def split_dated(text: str) -> tuple[str, tuple[DatedRule, ...]]:
    """Return the rules that hold week by week, and those of certain dates that follow them.

    A dated rule before a weekly one, one that adds to others and one that closes some hours only stay with the rest.

    >>> split_dated("Mo-Fr 08:30-17:30; 2026 Oct 1-2026 Oct 7 09:00-16:00")[0]
    'Mo-Fr 08:30-17:30'
    """
    rules = rules_of(text)
    dated: list[DatedRule] = []
    while rules:
        found = None if rules[-1].is_added else _dated(rules[-1])
        if found is None:
            break
        dated.insert(0, found)
        rules.pop()
    return _joined([(", " if rule.is_added else "; ", rule.text) for rule in rules]), tuple(dated)


def _dated(rule: Rule) -> DatedRule | None:
    found = _DATED.fullmatch(rule.text)
    if found is None or rule.is_timed_closure:
        return None
    ranges = tuple(_ranges(found[1]))
    if any(not _is_exception(first, last) for first, last in ranges):
        return None
    return DatedRule(ranges, found[found.re.groups] or "24/7")


def _ranges(text: str) -> Iterator[tuple[tuple[int | None, int, int], tuple[int | None, int, int]]]:
    for found in _DATES.finditer(text):
        first = _date(found[1], found[2], found[3])
        yield first, first if found[5] is None else _date(found[4], found[5], found[6])


def _date(year: str | None, month: str, day: str) -> tuple[int | None, int, int]:
    return int(year) if year else None, _MONTHS.index(month) + 1, int(day)


def _is_exception(first: tuple[int | None, int, int], last: tuple[int | None, int, int]) -> bool:
    if (first[0] is None) != (last[0] is None):
        return False
    if first[0] is not None:
        return first <= last
    days = (date(2024, *last[1:]) - date(2024, *first[1:])).days  # a leap year has every day
    return days % 366 <= _YEARLY_DAYS
