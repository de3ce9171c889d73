"""Read days, dates and seasons as Chinese notices write them: 周一至周五, 双休日, 5月-10月, 2026年10月1日至7日."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

from geo._chinese_clock import DASH

ALL_DAYS = frozenset(range(7))
_CHARACTERS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6} | {
    str(number): number - 1 for number in range(1, 8)
}
_ENGLISH = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_WEEK = r"(?:[每逢]?个?(?:周|星期|礼拜))"
_ONE = r"(?:[一二三四五六日天](?![点时刻])|[1-7](?![\d:.点时天]))"
_ENGLISH_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?\b\.?"
WORKDAYS = r"(?:每周|每个|正常)?(?:国家)?(?:法定)?工作日(?:期间)?"
EVERY_DAY = rf"(?:每天|每日|每(?=早|晚|夜)|天天|全周|一周[七7]天|全年(?!无休)|365天|{_WEEK}[七7]天|daily|every\s?day)"
DAYS = (
    rf"(?:{EVERY_DAY}|{_WEEK}{_ONE}(?:{DASH}{_WEEK}?{_ONE}|(?:、{_WEEK}?{_ONE})+|{_ONE}+)?"
    rf"|[每逢]?(?:周末|双休日)|{WORKDAYS}|{_ENGLISH_DAY}(?:{DASH}{_ENGLISH_DAY})?)"
)
"""Days of the week."""

NTH_DAY = r"(?:每个?月的?(?:第[一二三四]个?|最后[一1]个)(?:周|星期|礼拜)[一二三四五六日天])(?![、和及至到-])"
"""A day of the week once a month."""

_MONTH = r"(?:1[0-2]|0?[1-9])"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_YEAR = r"(?:20\d\d)"
_DATE = rf"(?:(?:{_YEAR}年)?{_MONTH}月{_DAY}[日号]|{_YEAR}[-/.]{_MONTH}[-/.]{_DAY})"
DATES = rf"{_DATE}(?:{DASH}(?:次年)?(?:{_DATE}|{_DAY}[日号]))?|(?:{_YEAR}年)?{_MONTH}月{_DAY}{DASH}{_DAY}[日号]"
"""A date or a run of dates."""
MONTHS = (
    rf"{_MONTH}月?(?:、{_MONTH}月?)+份?(?<=[月份])"
    rf"|{_MONTH}月份?{DASH}(?:次年|第二年|翌年|来年)?{_MONTH}月份?|{_MONTH}{DASH}{_MONTH}月份?|{_MONTH}月份?(?!\d)"
)
"""A month or a run of months."""

_SEASON_DAYS = 31
"""A run of dates without a year that is longer is a season, a shorter one an exception of each year."""


def read_days(text: str) -> frozenset[int]:
    """Return the weekdays, Monday 0, of what `DAYS` matches."""
    if text == "每" or re.fullmatch(EVERY_DAY, text):
        return ALL_DAYS
    if re.fullmatch(WORKDAYS, text):
        return frozenset(range(5))
    if text.endswith(("周末", "双休日")):
        return frozenset({5, 6})
    if text[0].isascii() and text[0].isalpha():
        named = [_ENGLISH.index(word[:3]) for word in re.findall(_ENGLISH_DAY, text)]
    else:
        named = [_CHARACTERS[character] for character in text if character in _CHARACTERS]
    if len(named) != 2 or "、" in text or not re.search(rf"\S{DASH}\S", text):
        return frozenset(named)
    first, last = named
    return frozenset((first + offset) % 7 for offset in range((last - first) % 7 + 1))


def read_nth_day(text: str) -> str:
    """Return what `NTH_DAY` matches in OSM syntax.

    Examples
    --------
    >>> read_nth_day("每月最后一个周五"), read_nth_day("每月第二个星期六")
    ('Fr[-1]', 'Sa[2]')
    """
    number = "-1" if "最后" in text else str("一二三四".index(text[text.index("第") + 1]) + 1)
    return f"{write_days(frozenset({_CHARACTERS[text[-1]]}))}[{number}]"


def read_months(text: str) -> str | None:
    """Return what `MONTHS` matches in OSM syntax."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if "、" in text:
        # 7、8月 is a run of months, 3、9月 is none.
        if any(later != number % 12 + 1 for number, later in pairwise(numbers)):
            return None
        numbers = [numbers[0], numbers[-1]]
    months = [_MONTHS[number - 1] for number in numbers]
    return "-".join(months) if len(months) == 1 or months[0] != months[1] else None


def read_dates(text: str) -> tuple[str, bool] | None:
    """Return what `DATES` matches in OSM syntax, and whether it is an exception (else a season); None for no dates.

    Examples
    --------
    >>> read_dates("2026年10月1日至7日")
    ('2026 Oct 01-07', True)
    >>> read_dates("5月1日-10月31日")
    ('May 01-Oct 31', False)
    """
    numbers = re.findall(r"\d+", text)
    ends: list[tuple[int | None, int, int]] = []
    while numbers:
        year = int(numbers.pop(0)) if len(numbers[0]) == 4 else ends[0][0] if ends else None
        month = ends[0][1] if ends and len(numbers) == 1 else int(numbers.pop(0))
        if not numbers:
            return None
        ends.append((year, month, int(numbers.pop(0))))
    if len(ends) > 2 or ("次年" in text and ends[0][0] is not None):
        return None
    try:
        first, last = (date(year or 2024, month, day) for year, month, day in (ends[0], ends[-1]))
    except ValueError:
        return None
    year = ends[0][0]
    if year is not None and last < first:
        return None
    is_exception = year is not None or (last - first).days % 366 <= _SEASON_DAYS
    start = f"{f'{year} ' if year else ''}{_MONTHS[first.month - 1]} {first.day:02d}"
    if last == first:
        return start, is_exception
    if (last.year, last.month) == (first.year, first.month) and last > first:
        return f"{start}-{last.day:02d}", is_exception
    end_year = f"{last.year} " if year else ""
    return f"{start}-{end_year}{_MONTHS[last.month - 1]} {last.day:02d}", is_exception


def is_whole_year(seasons: Iterable[str]) -> bool:
    """Return whether seasons in OSM syntax, without years, hold each day of the year once.

    Examples
    --------
    >>> is_whole_year(["May-Oct", "Nov-Apr"])
    True
    >>> is_whole_year(["Jul 01-Aug 31"])
    False
    """
    year = [date(2024, 1, 1) + timedelta(days=number) for number in range(366)]
    held = [day for season in seasons for day in year if _is_in(season, day)]
    return sorted(held) == year


def rest_of_year(seasons: Iterable[str]) -> str | None:
    """Return the part of the year that no season holds, None where it is none or no one run.

    Examples
    --------
    >>> rest_of_year(["Jun-Sep"])
    'Oct-May'
    >>> rest_of_year(["May 15-Sep 30"])
    'Oct 01-May 14'
    """
    whole = list(seasons)
    year = [date(2024, 1, 1) + timedelta(days=number) for number in range(366)]
    left = [not any(_is_in(season, day) for season in whole) for day in year]
    firsts = [day for number, day in enumerate(year) if left[number] and not left[number - 1]]
    lasts = [day for number, day in enumerate(year) if left[number] and not left[(number + 1) % 366]]
    if not whole or len(firsts) != 1 or any(re.search(r"\d{4}", season) for season in whole):
        return None
    (first,), (last,) = firsts, lasts
    ends = (_MONTHS[first.month - 1], _MONTHS[last.month - 1])
    if first.day == 1 and (last + timedelta(days=1)).day == 1:
        return ends[0] if ends[0] == ends[1] and last > first else "-".join(ends)
    return f"{ends[0]} {first.day:02d}-{ends[1]} {last.day:02d}"


def _is_in(season: str, day: date) -> bool:
    ends = [
        (_MONTHS.index(month) + 1, int(number or 0)) for month, number in re.findall(r"([A-Z]\w\w)(?: (\d\d))?", season)
    ]
    (month, number), (last_month, last_number) = ends[0], ends[-1]
    first, last, here = (month, number), (last_month, last_number or 31), (day.month, day.day)
    return first <= here <= last if first <= last else here >= first or here <= last


def write_days(days: frozenset[int]) -> str:
    """Return weekdays in OSM syntax."""
    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(names[run[0]] if len(run) == 1 else f"{names[run[0]]}-{names[run[-1]]}" for run in runs)
