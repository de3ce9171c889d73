"""Which days are worked: China's dated holiday notices, and what is unknown without them.

The State Council's General Office announces each year's breaks, and the weekends worked in exchange, some weeks before
the year begins. The table ``calendar_cn.toml`` holds those notices with their citations. A year that has none yet is
not guessed: around each of its festivals a day *may* be off, and a weekend day *may* be worked.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from geo.errors import InputError


class DayKind(Enum):
    """What a day is by the calendar of public holidays."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP_WORKDAY = "makeup_workday"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Calendar:
    """The clock and the public holidays of a place.

    Two calendars are equal only if they are the same object, so that a calendar can key a cache.

    Parameters
    ----------
    zone : ZoneInfo
        Time zone that posted hours are meant in.
    special : mapping of date to frozenset of DayKind
        The kinds a day may have, where they differ from its weekday.
    years : range, optional
        Years the table covers; outside them every day may be a holiday. None: no holidays are known or expected.
    citations : mapping of int to str
        Year to the notice its days come from.

    Examples
    --------
    >>> china = Calendar.china()
    >>> china.day_kind(date(2026, 10, 10))  # a Saturday worked in exchange for National Day
    <DayKind.MAKEUP_WORKDAY: 'makeup_workday'>
    >>> china.day_kind(date(2028, 10, 1))  # the notice for 2028 does not exist yet
    <DayKind.UNKNOWN: 'unknown'>
    """

    zone: ZoneInfo
    special: Mapping[date, frozenset[DayKind]] = field(default_factory=lambda: MappingProxyType({}))
    years: range | None = None
    citations: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    @cache
    def china(cls) -> "Calendar":
        """Return the calendar of mainland China that comes with the program."""
        return cls.from_toml(resources.files("geo").joinpath("calendar_cn.toml").read_text(encoding="utf-8"))

    @classmethod
    @cache
    def empty(cls, zone: str) -> "Calendar":
        """Return a calendar without public holidays: every day is what its weekday says.

        Parameters
        ----------
        zone : str
            IANA time zone, such as ``Europe/Helsinki``.

        Raises
        ------
        InputError
            If there is no such time zone.
        """
        return cls(zone=_zone(zone))

    @classmethod
    def from_toml(cls, text: str) -> "Calendar":
        """Read a calendar written like ``calendar_cn.toml``.

        Parameters
        ----------
        text : str
            TOML with `zone`, `notice` tables, `windows` and `festivals`.

        Raises
        ------
        InputError
            If the text is no TOML, lacks a part, or a notice contradicts itself (a make-up workday that is no weekend
            day or also a holiday, a break that ends before it starts).
        """
        try:
            table = tomllib.loads(text)
            notices = {notice["year"]: notice for notice in table["notice"]}
            festivals = {int(year): dates for year, dates in table["festivals"].items()}
            special = _likely(table["windows"], festivals, known=notices.keys())
            for notice in notices.values():
                special.update(_announced(notice))
            citations = {year: f"{notice['citation']} {notice['url']}" for year, notice in notices.items()}
            return cls(
                zone=_zone(table["zone"]),
                special=MappingProxyType(special),
                years=range(min(festivals), max(festivals) + 1),
                citations=MappingProxyType(citations),
            )
        except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError("The holiday calendar cannot be read: {reason}", reason=error) from error

    def possible_kinds(self, day: date) -> frozenset[DayKind]:
        """Return the kinds `day` may have: one where it is known, several where its notice is missing."""
        ordinary = _ordinary(day)
        if self.years is not None and day.year not in self.years:
            return ordinary | {DayKind.HOLIDAY} | ({DayKind.MAKEUP_WORKDAY} if _is_weekend(day) else set())
        return self.special.get(day, ordinary)

    def day_kind(self, day: date) -> DayKind:
        """Return what `day` is, ``DayKind.UNKNOWN`` where it may be several things."""
        kinds = self.possible_kinds(day)
        return next(iter(kinds)) if len(kinds) == 1 else DayKind.UNKNOWN


def _is_weekend(day: date) -> bool:
    return day.weekday() >= 5


def _ordinary(day: date) -> frozenset[DayKind]:
    return _WEEKEND if _is_weekend(day) else _WORKDAY


_WORKDAY = frozenset({DayKind.WORKDAY})
_WEEKEND = frozenset({DayKind.WEEKEND})


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InputError("There is no time zone {value}; write one like Asia/Shanghai", value=name) from error


def _announced(notice: Mapping[str, Any]) -> dict[date, frozenset[DayKind]]:
    days: dict[date, frozenset[DayKind]] = {}
    for first, last in notice["holidays"]:
        if last < first:
            raise InputError("Notice {year}: the break {first} ends before it starts", year=notice["year"], first=first)
        for offset in range((last - first).days + 1):
            days[first + timedelta(days=offset)] = frozenset({DayKind.HOLIDAY})
    for day in notice["makeup_workdays"]:
        if day in days or not _is_weekend(day):
            raise InputError(
                "Notice {year}: the make-up workday {day} is a holiday or no weekend day", year=notice["year"], day=day
            )
        days[day] = frozenset({DayKind.MAKEUP_WORKDAY})
    return days


def _likely(
    windows: Mapping[str, tuple[int, int]], festivals: Mapping[int, Mapping[str, date]], *, known: Collection[int]
) -> dict[date, frozenset[DayKind]]:
    """Return the days that may be off or worked in exchange, around the festivals of years without a notice."""
    days: dict[date, frozenset[DayKind]] = {}

    def may_be(kind: DayKind, festival: date, window: tuple[int, int]) -> None:
        for offset in range(window[0], window[1] + 1):
            day = festival + timedelta(days=offset)
            if kind is DayKind.HOLIDAY or _is_weekend(day):
                days[day] = days.get(day, _ordinary(day)) | {kind}

    # One year more than the moving festivals: New Year reaches back into the last December.
    for year in range(min(festivals), max(festivals) + 2):
        if year in known:
            continue
        fixed = {"new_year": date(year, 1, 1), "labour_day": date(year, 5, 1), "national_day": date(year, 10, 1)}
        for name, festival in {**fixed, **festivals.get(year, {})}.items():
            may_be(DayKind.HOLIDAY, festival, windows[name])
            may_be(DayKind.MAKEUP_WORKDAY, festival, windows["makeup_workday"])
    return days
