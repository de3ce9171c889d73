"""A day is what its notice says; without the notice, whatever a notice may change is unknown."""

from collections.abc import Iterator
from datetime import date, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import pytest

from geo.calendar import Calendar, DayKind
from geo.errors import InputError

CHINA = Calendar.china()
TABLE = resources.files("geo").joinpath("calendar_cn.toml").read_text(encoding="utf-8")


def days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("year", "days_off", "worked_weekends"),
    # Days off as the notices count them: 2025 1+8+3+5+3+8, 2026 3+9+3+5+3+3+7.
    [(2025, 28, 5), (2026, 33, 6)],
)
def test_a_year_has_as_many_days_as_its_notice_counts(year: int, days_off: int, worked_weekends: int) -> None:
    kinds = [CHINA.day_kind(day) for day in days(year)]
    assert kinds.count(DayKind.HOLIDAY) == days_off
    assert kinds.count(DayKind.MAKEUP_WORKDAY) == worked_weekends


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 9, 20), DayKind.MAKEUP_WORKDAY),
        (date(2026, 9, 30), DayKind.WORKDAY),
        (date(2026, 10, 1), DayKind.HOLIDAY),
        (date(2026, 10, 3), DayKind.HOLIDAY),  # the Saturday within
        (date(2026, 10, 7), DayKind.HOLIDAY),
        (date(2026, 10, 8), DayKind.WORKDAY),
        (date(2026, 10, 10), DayKind.MAKEUP_WORKDAY),
        (date(2026, 10, 11), DayKind.WEEKEND),
        (date(2026, 11, 23), DayKind.WORKDAY),
    ],
)
def test_days_around_national_day_2026(day: date, kind: DayKind) -> None:
    assert CHINA.day_kind(day) is kind


def test_new_year_2027_reaches_back_into_december_until_its_notice_is_known() -> None:
    assert CHINA.day_kind(date(2026, 12, 31)) is DayKind.UNKNOWN
    assert CHINA.day_kind(date(2027, 1, 1)) is DayKind.UNKNOWN
    assert CHINA.day_kind(date(2026, 12, 16)) is DayKind.WORKDAY


@pytest.mark.parametrize("year", [2025, 2026])
def test_whatever_a_notice_changed_was_unknown_before_it(year: int) -> None:
    before = Calendar.from_toml(without_notice(year))
    for day in days(year):
        assert CHINA.possible_kinds(day) <= before.possible_kinds(day), day


def without_notice(year: int) -> str:
    head, *notices = TABLE.split("[[notice]]")
    last, tail = notices[-1].split("[windows]")
    kept = [notice for notice in [*notices[:-1], last] if f"year = {year}\n" not in notice]
    return head + "".join(f"[[notice]]{notice}" for notice in kept) + "[windows]" + tail


def test_a_year_without_notice_still_has_days_that_no_notice_touches() -> None:
    kinds = [CHINA.day_kind(day) for day in days(2028)]
    assert set(kinds) == {DayKind.WORKDAY, DayKind.WEEKEND, DayKind.UNKNOWN}
    assert kinds.count(DayKind.UNKNOWN) < 366 / 3


def test_a_weekend_that_may_be_worked_is_not_taken_for_a_possible_holiday() -> None:
    assert CHINA.possible_kinds(date(2028, 10, 14)) == {DayKind.WEEKEND, DayKind.MAKEUP_WORKDAY}


@pytest.mark.parametrize("day", [date(2024, 7, 3), date(2036, 7, 2)])
def test_outside_the_table_every_day_is_unknown(day: date) -> None:
    assert CHINA.day_kind(day) is DayKind.UNKNOWN


def test_every_notice_is_cited() -> None:
    assert set(CHINA.citations) == {2025, 2026}
    assert all(
        "国务院办公厅" in citation and "https://www.gov.cn/" in citation for citation in CHINA.citations.values()
    )


def test_a_calendar_without_holidays_knows_weekdays_only() -> None:
    helsinki = Calendar.empty("Europe/Helsinki")
    assert helsinki.zone == ZoneInfo("Europe/Helsinki")
    assert helsinki.day_kind(date(2026, 12, 25)) is DayKind.WORKDAY
    assert helsinki.day_kind(date(1999, 1, 2)) is DayKind.WEEKEND
    with pytest.raises(InputError, match="Europe/Fuyang"):
        Calendar.empty("Europe/Fuyang")


@pytest.mark.parametrize(
    ("whole", "broken", "names"),
    [
        ("makeup_workdays = [2026-01-04,", "makeup_workdays = [2026-01-05,", "2026-01-05"),
        ("makeup_workdays = [2026-01-04,", "makeup_workdays = [2026-01-03,", "2026-01-03"),
        ("[2026-10-01, 2026-10-07]", "[2026-10-07, 2026-10-01]", "2026-10-07"),
        ("[windows]", "[window]", "windows"),
        ('zone = "Asia/Shanghai"', "zone =", "cannot be read"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(whole: str, broken: str, names: str) -> None:
    assert whole in TABLE
    with pytest.raises(InputError, match=names):
        Calendar.from_toml(TABLE.replace(whole, broken))
