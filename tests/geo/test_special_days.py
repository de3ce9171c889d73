"""Special days lie over the week and the public holidays, and are written as OSM rules."""

from datetime import date, datetime

import pytest

from geo.calendar import Calendar
from geo.errors import InputError
from geo.hours import OpenState, closes_at, parse_hours, state_at
from geo.special_days import SpecialDay, lay_over, read_special_day

CHINA = Calendar.china()
OPEN, CLOSED, UNKNOWN = OpenState.OPEN, OpenState.CLOSED, OpenState.UNKNOWN
HOLIDAY_WEEK = SpecialDay(date(2026, 10, 1), date(2026, 10, 7), "09:00-16:00", "国庆")
WORKED_SATURDAY = SpecialDay(date(2026, 10, 10), date(2026, 10, 10), "08:30-17:30")
CLOSURE = SpecialDay(date(2026, 11, 20), date(2026, 12, 5), None, "装修")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(
    ("weekly", "days", "when", "expected"),
    [
        ("Mo-Fr 08:30-17:30", [HOLIDAY_WEEK], "2026-10-03T10:00", OPEN),
        ("Mo-Fr 08:30-17:30", [HOLIDAY_WEEK], "2026-10-03T16:00", CLOSED),
        ("Mo-Fr 08:30-17:30; PH off", [WORKED_SATURDAY], "2026-10-10T12:00", OPEN),
        ("24/7", [CLOSURE], "2026-11-20T00:00", CLOSED),
        ("24/7", [CLOSURE], "2026-12-05T23:59", CLOSED),
        ("24/7", [CLOSURE], "2026-12-06T00:00", OPEN),
        (None, [CLOSURE], "2026-11-25T12:00", CLOSED),
        (None, [CLOSURE], "2026-12-07T12:00", UNKNOWN),
        ("Mo-Su 22:00-06:00", [CLOSURE], "2026-11-20T05:00", OPEN),  # Thursday's night ends
        ("Mo-Su 22:00-06:00", [CLOSURE], "2026-12-06T05:00", CLOSED),
        ("Mo-Su 10:00-12:00; 2026 Nov 23 off", [SpecialDay(date(2026, 11, 23), date(2026, 11, 23), "14:00-15:00")],
         "2026-11-23T14:30", OPEN),
    ],
)  # fmt: skip
def test_special_days_decide_and_every_other_day_is_as_before(
    weekly: str | None, days: list[SpecialDay], when: str, expected: OpenState
) -> None:
    hours = parse_hours(lay_over(weekly, days))
    assert state_at(hours, at(when), calendar=CHINA) is expected
    for day in (date(2026, 9, 1), date(2027, 3, 1)):
        noon = datetime.combine(day, at(when).timetz())
        assert state_at(hours, noon, calendar=CHINA) is state_at(parse_hours(weekly), noon, calendar=CHINA)


def test_a_place_closes_when_its_temporary_closure_begins() -> None:
    hours = parse_hours(lay_over("24/7", [CLOSURE]))
    assert closes_at(hours, at("2026-11-15T12:00"), calendar=CHINA) == at("2026-11-20T00:00")


def test_special_days_are_written_as_rules_of_the_syntax() -> None:
    text = lay_over("Mo-Fr 08:30-17:30", [HOLIDAY_WEEK, WORKED_SATURDAY, CLOSURE])
    assert text == (
        "Mo-Fr 08:30-17:30; 2026 Oct 01-07 09:00-16:00; 2026 Oct 10 08:30-17:30; 2026 Nov 20-2026 Dec 05 off"
    )
    assert lay_over(None, []) is None
    assert lay_over("24/7", []) == "24/7"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (("2026-10-01", "2026-10-07", "9:00-16:00"), "2026 Oct 01-07 09:00-16:00"),
        (("2026-10-10", "", "8:30-12:00，14:00-17:30"), "2026 Oct 10 08:30-12:00,14:00-17:30"),
        (("2026-12-30", "2027-01-02", None), "2026 Dec 30-2027 Jan 02 off"),
        (("2026-10-10", "", "24小时"), "2026 Oct 10 00:00-24:00"),
        (("2026-10-10", "", "下午2:00-5:00"), "2026 Oct 10 14:00-17:00"),
    ],
)
def test_what_staff_write_is_read(written: tuple[str, str, str | None], expected: str) -> None:
    assert read_special_day(*written).rule == expected


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (("2026-13-01", "", None), "2026-13-01"),
        (("", "2026-10-01", None), "cannot be read"),
        (("2026-10-07", "2026-10-01", None), "before it begins"),
        (("2026-10-01", "2028-10-01", None), "at most 400 days"),
        (("2026-10-01", "", "Mo 09:00-12:00"), "Mo 09:00-12:00"),
        (("2026-10-01", "", "上午"), "上午"),
        (("2026-10-01", "", "09:00-17:00; PH off"), "PH off"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(written: tuple[str, str, str | None], names: str) -> None:
    with pytest.raises(InputError, match=names):
        read_special_day(*written)
