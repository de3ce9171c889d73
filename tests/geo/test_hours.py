"""Open, closed or unknown at an instant; posted Chinese text is read where it is certain; unknown is never open."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import opening_hours
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.calendar import Calendar
from geo.errors import InputError
from geo.hours import (
    STATE_CODES,
    UNKNOWN_HOURS,
    OpenState,
    closes_at,
    normalize_hours,
    open_intervals,
    parse_hours,
    span_at,
    state_at,
    week_states,
)

CHINA = Calendar.china()
PLAIN = Calendar.empty("Asia/Shanghai")
OPEN, CLOSED, UNKNOWN = OpenState.OPEN, OpenState.CLOSED, OpenState.UNKNOWN
MONDAY = date(2026, 11, 23)
DAY_NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def state(hours: str | None, when: str, *, calendar: Calendar = CHINA) -> OpenState:
    return state_at(parse_hours(hours), at(when), calendar=calendar)


def test_open_from_the_opening_instant_to_just_before_the_closing_one() -> None:
    posted = parse_hours("Mo-Fr 08:30-17:30")
    opening, closing = at("2026-11-23T08:30"), at("2026-11-23T17:30")
    instant = timedelta(microseconds=1)
    assert state_at(posted, opening - instant, calendar=CHINA) is CLOSED
    assert state_at(posted, opening, calendar=CHINA) is OPEN
    assert state_at(posted, closing - instant, calendar=CHINA) is OPEN
    assert state_at(posted, closing, calendar=CHINA) is CLOSED


def test_the_clock_is_the_places_own_whatever_zone_the_question_has() -> None:
    posted = parse_hours("Mo-Fr 08:30-17:30")
    assert state_at(posted, datetime(2026, 11, 23, 0, 30, tzinfo=UTC), calendar=CHINA) is OPEN
    assert state_at(posted, datetime(2026, 11, 23, 8, 30, tzinfo=UTC), calendar=CHINA) is OPEN
    assert state_at(posted, datetime(2026, 11, 23, 9, 30, tzinfo=UTC), calendar=CHINA) is CLOSED
    helsinki = Calendar.empty("Europe/Helsinki")
    assert closes_at(posted, at("2026-11-23T18:00"), calendar=helsinki) == datetime(2026, 11, 23, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "ask",
    [
        lambda hours, when: state_at(hours, when, calendar=CHINA),
        lambda hours, when: closes_at(hours, when, calendar=CHINA),
        lambda hours, when: open_intervals(hours, when, at("2026-11-24T00:00"), calendar=CHINA),
    ],
)
def test_a_time_without_zone_is_refused(ask) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match="no zone"):
        ask(parse_hours("24/7"), datetime(2026, 11, 23, 12))


def test_a_time_out_of_range_is_refused() -> None:
    with pytest.raises(InputError, match="out of range"):
        state_at(parse_hours("24/7"), datetime(9999, 12, 31, 23, tzinfo=UTC), calendar=CHINA)


def test_text_that_is_no_opening_hours_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="24小时"):
        parse_hours("24小时")


@pytest.mark.parametrize("text", [None, "", "   "])
def test_no_text_means_unknown(text: str | None) -> None:
    assert parse_hours(text) == UNKNOWN_HOURS
    assert state(text, "2026-11-23T12:00") is UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "SH 09:00-20:00; Mo-Fr 12:00-20:00",  # no table of school holidays
        "sunrise-sunset",
        "08:00+",
        'Mo-Fr 08:00-17:00 || "ring the bell"',
        '"by appointment"',
        'Mo-Fr 08:00-17:00 "members only"',
        "Mo-Fr 08:00-17:00 unknown",
        "Mo-Fr 08:00-17:00; PH Mo-Fr 09:00-13:00",  # which the library takes for PH or Mo-Fr
        "Mo-Fr 08:00-17:00/01:00",
    ],
)
def test_what_cannot_be_judged_is_never_open(text: str) -> None:
    monday = at("2026-11-23T00:00")
    assert state_at(parse_hours(text), at("2026-11-23T12:00"), calendar=CHINA) is UNKNOWN
    assert open_intervals(parse_hours(text), monday, monday + timedelta(days=14), calendar=CHINA) == []
    assert not (week_states(parse_hours(text), monday=MONDAY, calendar=CHINA) == STATE_CODES[OPEN]).any()


# --- public holidays -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "holiday", "makeup_saturday", "next_workday"),
    [
        ("Mo-Fr 08:30-17:30", UNKNOWN, UNKNOWN, OPEN),
        ("Mo-Su 08:30-17:30", UNKNOWN, OPEN, OPEN),
        ("08:30-17:30", UNKNOWN, OPEN, OPEN),
        ("24/7", OPEN, OPEN, OPEN),
        ("Mo-Su 00:00-24:00", OPEN, OPEN, OPEN),
        ("off", CLOSED, CLOSED, CLOSED),
        ("Mo-Fr 08:30-17:30; PH off", CLOSED, UNKNOWN, OPEN),
        ("24/7; PH off", CLOSED, OPEN, OPEN),
        ("Mo-Fr 08:30-17:30; PH", OPEN, UNKNOWN, OPEN),  # a day without hours is open all day
        ("Mo-Su,PH 08:30-17:30", OPEN, OPEN, OPEN),
        ("Mo-Fr, PH 08:30-17:30", OPEN, UNKNOWN, OPEN),
        ("Mo-Fr 08:30-17:30; PH 14:00-16:00", CLOSED, UNKNOWN, OPEN),
        # By the syntax Mo-Fr comes last and would open; the writer hardly means that.
        ("PH off; Mo-Fr 08:30-17:30", UNKNOWN, UNKNOWN, OPEN),
        ("Mo-Fr 08:30-17:30; PH -1 day off", UNKNOWN, UNKNOWN, OPEN),
        (None, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_national_day_week_and_its_makeup_saturday(
    text: str | None, holiday: OpenState, makeup_saturday: OpenState, next_workday: OpenState
) -> None:
    # 2026: 1 to 7 October off, Saturday 10 October worked.
    assert [state(text, f"2026-10-0{day}T12:00") for day in range(1, 8)] == [holiday] * 7
    assert state(text, "2026-10-08T12:00") is next_workday
    assert state(text, "2026-10-10T12:00") is makeup_saturday


def test_holidays_without_hours_of_their_own_are_open_around_the_clock() -> None:
    for moment in ("2026-10-01T00:00", "2026-10-01T03:00", "2026-10-01T23:59"):
        assert state("Mo-Fr 08:30-17:30; PH", moment) is OPEN


def test_a_holiday_is_unknown_all_day_long() -> None:
    assert state("Mo-Fr 08:30-17:30", "2026-10-01T00:00") is UNKNOWN
    assert state("Mo-Fr 08:30-17:30", "2026-10-07T23:59") is UNKNOWN
    assert state("Mo-Fr 08:30-17:30", "2026-10-08T00:00") is CLOSED


def test_before_its_notice_a_year_answers_only_where_every_notice_would_answer_alike() -> None:
    new_year, may_be_worked = "2027-01-01T12:00", "2026-12-26T12:00"
    assert state("Mo-Fr 08:30-17:30", new_year) is UNKNOWN
    assert state("Mo-Su 08:30-17:30", new_year) is UNKNOWN
    assert state("Mo-Su,PH 08:30-17:30", new_year) is OPEN  # a workday or a holiday: the same hours
    assert state("24/7", new_year) is OPEN
    assert state("Mo-Fr 08:30-17:30", may_be_worked) is UNKNOWN
    assert state("Mo-Su 08:30-17:30", may_be_worked) is OPEN  # a weekend or a make-up workday: the same hours


def test_without_a_calendar_of_holidays_weekdays_alone_decide() -> None:
    christmas = "2026-12-25T12:00"
    assert state("Mo-Fr 08:30-17:30", christmas, calendar=PLAIN) is OPEN
    assert state("Mo-Fr 08:30-17:30; PH off", christmas, calendar=PLAIN) is OPEN


# --- hours past midnight ---------------------------------------------------------------------------------------------


def test_night_hours_belong_to_the_day_they_began_on() -> None:
    night = "Mo-Su 22:00-06:00"
    assert state(night, "2026-11-23T23:00") is OPEN
    assert state(night, "2026-11-24T05:59") is OPEN
    assert state(night, "2026-11-24T06:00") is CLOSED
    # The last night before the holidays is posted; every night that begins in them is not.
    assert state(night, "2026-10-01T03:00") is OPEN
    assert state(night, "2026-10-01T07:00") is UNKNOWN
    assert state(night, "2026-10-08T03:00") is UNKNOWN
    assert state(night, "2026-10-08T06:00") is CLOSED
    assert state(night, "2026-10-09T03:00") is OPEN


def test_night_hours_end_by_the_rule_they_began_under() -> None:
    friday, saturday = "2026-11-27", "2026-11-28"
    assert state("Mo-Su 22:00-06:00; Fr off", f"{friday}T03:00") is OPEN
    assert state("Mo-Su 22:00-06:00; Fr off", f"{saturday}T03:00") is CLOSED
    assert state("Mo-Th 22:00-06:00; Fr-Su 22:00-08:00", f"{friday}T05:00") is OPEN
    assert state("Mo-Th 22:00-06:00; Fr-Su 22:00-08:00", f"{friday}T07:00") is CLOSED
    assert state("Mo-Th 22:00-06:00; Fr-Su 22:00-08:00", f"{saturday}T07:00") is OPEN
    assert state("Mo-Su 22:00-06:00; Fr 23:00-01:00", f"{saturday}T03:00") is CLOSED


def test_holiday_night_hours_replace_the_ordinary_ones() -> None:
    text = "Mo-Su 10:00-26:00; PH 20:00-25:00"
    assert state(text, "2026-10-01T01:30") is OPEN  # Wednesday's
    assert state(text, "2026-10-02T00:30") is OPEN
    assert state(text, "2026-10-02T01:30") is CLOSED
    assert state(text, "2026-10-08T01:30") is CLOSED
    assert state(text, "2026-10-09T01:30") is OPEN


@pytest.mark.parametrize(
    ("text", "when", "expected"),
    [
        ("Mo-Su 22:00-06:00; Sa 01:00-02:00 off", "2026-11-28T01:30", CLOSED),
        ("Mo-Su 22:00-06:00; Sa 01:00-02:00 off", "2026-11-28T00:30", OPEN),
        ("Mo-Su 22:00-06:00; Sa 01:00-02:00 off", "2026-11-28T02:00", OPEN),
        ("Mo-Su 22:00-06:00; Sa 01:00-02:00 off", "2026-11-27T01:30", OPEN),
        ("Mo-Su 20:00-04:00; Fr 22:00-23:00 off", "2026-11-28T01:30", OPEN),
        ("Mo-Su 20:00-04:00; Fr 22:00-23:00 off", "2026-11-27T22:30", CLOSED),
        ("Mo-Su 20:00-04:00; Fr 23:00-01:00 off", "2026-11-28T00:30", CLOSED),
        ("Mo-Su 20:00-04:00; Fr 23:00-01:00 off", "2026-11-28T01:00", OPEN),
        ("Mo-Su 20:00-04:00; Sa 01:00-02:00 off", "2026-10-03T01:30", UNKNOWN),  # a holiday without hours of its own
        ("Mo-Su 20:00-04:00; PH 01:00-02:00 off", "2026-10-01T22:00", UNKNOWN),
    ],
)
def test_a_closure_of_some_hours_cuts_a_night_and_does_not_end_it(text: str, when: str, expected: OpenState) -> None:
    assert state(text, when) is expected


# --- certain dates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "when", "expected"),
    [
        ("Mo-Fr 08:30-17:30; 2026 Oct 01-07 09:00-16:00", "2026-10-02T10:00", OPEN),
        ("Mo-Fr 08:30-17:30; 2026 Oct 01-07 09:00-16:00", "2026-10-04T16:30", CLOSED),
        ("Mo-Fr 08:30-17:30; 2026 Oct 01-07 09:00-16:00", "2027-10-02T10:00", UNKNOWN),
        ("Mo-Su 08:00-20:00; PH 10:00-16:00; 2026 Feb 17 off", "2026-10-01T11:00", OPEN),
        ("Mo-Su 08:00-20:00; PH 10:00-16:00; 2026 Feb 17 off", "2026-02-17T11:00", CLOSED),
        ("Mo-Su 08:00-20:00; PH 10:00-16:00; 2026 Feb 17 off", "2026-02-18T17:00", CLOSED),
        ("Mo-Fr 08:00-17:00; PH off; 2026 Oct 10 08:00-17:00", "2026-10-10T10:00", OPEN),  # worked in exchange
        ("Mo-Fr 08:00-17:00; PH off; 2026 Oct 10 08:00-17:00", "2026-10-11T10:00", CLOSED),
        ("Mo-Fr 08:00-17:00; PH off", "2026-10-10T10:00", UNKNOWN),
        ("24/7; 2026 Nov 20-25 off", "2026-11-23T10:00", CLOSED),
        ("24/7; 2026 Nov 20-25 off", "2026-11-26T00:00", OPEN),
        ("2026 Dec 30-2027 Jan 02 off", "2027-01-01T10:00", CLOSED),
        ("2026 Dec 30-2027 Jan 02 off", "2026-11-23T10:00", UNKNOWN),  # the week is not told
        ("Mo-Su 10:00-20:00; Dec 24-Jan 02 off", "2027-01-01T12:00", CLOSED),  # of every year
        ("Mo-Su 10:00-20:00; Dec 24-Jan 02 off", "2026-11-23T12:00", OPEN),
        ("Mo-Su 10:00-20:00; 2026 Nov 23 20:00-02:00", "2026-11-24T01:00", OPEN),
        ("Mo-Su 10:00-20:00; 2026 Nov 23 20:00-02:00", "2026-11-23T12:00", CLOSED),
        ("Mo-Su 10:00-20:00; 2026 Nov 20-25 off; 2026 Nov 23 11:00-12:00", "2026-11-23T11:30", OPEN),
    ],
)
def test_hours_of_certain_dates_hold_whatever_week_and_holidays_say(text: str, when: str, expected: OpenState) -> None:
    assert state(text, when) is expected


def test_a_season_is_no_exception_from_the_holidays() -> None:
    seasons = "May 01-Oct 31 08:00-18:00; Nov 01-Apr 30 08:30-17:30"
    assert state(seasons, "2026-10-01T12:00") is UNKNOWN
    assert state(seasons, "2026-10-08T12:00") is OPEN


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Mo-Fr 08:00-12:00;14:00-18:00", "14:00-18:00 replaces Mo-Fr 08:00-12:00"),
        ("Mo-Fr 08:00-12:00; Mo-Fr 14:00-18:00", "Mo-Fr 14:00-18:00 replaces"),
        ("Mo off; Mo-Su 10:00-12:00", "replaces Mo closed"),
        ("Mo-Fr 08:00-12:00; Mo-We 14:00-18:00; Th-Su 14:00-18:00", "Th-Su 14:00-18:00 replaces Mo-Fr 08:00-12:00"),
        ("Mo-Su 10:00-12:00; off", "replaces Mo-Su 10:00-12:00"),
        ("2026 Oct 01-07 09:00-16:00; Mo-Fr 08:30-17:30", "Mo-Fr 08:30-17:30 replaces"),
    ],
)
def test_a_rule_that_replaces_another_on_all_its_days_is_asked_about(text: str, named: str) -> None:
    with pytest.raises(InputError, match=re.escape(named)):
        parse_hours(text)
    assert normalize_hours(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Mo-Su 09:00-17:00; Mo off",
        "Mo-Su 09:00-21:00; Fr,Sa 09:00-22:00; PH off",
        "Jun-Aug Mo-Su 08:00-20:00; Sep-May Mo-Su 09:00-18:00",
        "Mo-Fr 08:00-12:00, Mo-Fr 14:00-18:00",
        "Mo-Fr 08:00-18:00; Mo-Fr 12:00-13:00 off",
    ],
)
def test_rules_of_which_each_holds_on_some_day_are_taken(text: str) -> None:
    assert parse_hours(text).rule is not None


@pytest.mark.parametrize(
    ("posted", "holiday_monday"),
    [
        ("09:30-17:00，周一闭馆（节假日除外）", OPEN),
        ("9:30—17:00，周一（法定节假日除外）闭馆", OPEN),
        ("周二至周日9:30-17:00（周一闭馆，国家法定节假日除外）", OPEN),
        ("9:30-17:00，周一闭馆，法定节假日除外", UNKNOWN),  # the exception may be from the whole
        ("9:30-17:00，周一闭馆", UNKNOWN),
        ("周一至周六9:30-17:00（节假日除外）", CLOSED),
    ],
)
def test_an_exception_of_holidays_is_from_the_closed_day_it_follows(posted: str, holiday_monday: OpenState) -> None:
    assert state(normalize_hours(posted), "2026-10-05T10:00") is holiday_monday


minutes = st.integers(0, 24 * 60 - 1)
day_hours = st.none() | st.tuples(minutes, minutes).filter(lambda span: span[0] != span[1])


@given(week=st.lists(day_hours, min_size=7, max_size=7), minute=st.integers(0, 7 * 24 * 60 - 1))
def test_any_week_of_hours_agrees_with_counting_minutes(week: list[tuple[int, int] | None], minute: int) -> None:
    """Each day one span, by day or through the night, written as seven rules; the twin lists the open minutes."""
    rules, open_minutes = [], set()
    for day, span in enumerate(week):
        if span is None:
            rules.append(f"{DAY_NAMES[day]} off")
            continue
        start, end = span
        rules.append(f"{DAY_NAMES[day]} {start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}")
        length = (end - start) % (24 * 60)
        open_minutes |= {(day * 24 * 60 + start + offset) % (7 * 24 * 60) for offset in range(length)}
    hours = parse_hours("; ".join(rules))
    when = at("2026-11-23T00:00") + timedelta(minutes=minute)
    assert (state_at(hours, when, calendar=PLAIN) is OPEN) == (minute in open_minutes)


@pytest.mark.parametrize(
    "text",
    [
        "Mo-Fr 08:30-12:00,13:00-17:30; Sa 09:00-12:00",
        "Jul-Aug Mo-Su 08:00-22:00; Sep-Jun Mo-Sa 09:00-18:00",
        "Mo[1] 10:00-12:00; week 40-50 Th 14:00-16:00; 2026 Dec 24 off",
    ],
)
def test_day_hours_agree_with_the_library(text: str) -> None:
    library = opening_hours.OpeningHours(text)
    start = datetime(2026, 6, 29, 0, 15)
    for half_hours in range(2 * 24 * 180):
        local = start + timedelta(minutes=30 * half_hours)
        ours = state_at(parse_hours(text), local.replace(tzinfo=ZoneInfo("Asia/Shanghai")), calendar=PLAIN)
        assert (ours is OPEN) == library.is_open(local), local


# --- closing times, intervals, weeks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "when", "closing"),
    [
        ("Mo-Fr 08:30-12:00,13:00-17:30", "2026-11-23T11:00", "2026-11-23T12:00"),
        ("Mo-Fr 08:30-12:00,13:00-17:30", "2026-11-23T12:00", None),
        ("Mo-Su 22:00-06:00", "2026-11-23T23:00", "2026-11-24T06:00"),
        ("Mo-Fr 00:00-24:00", "2026-11-25T10:00", "2026-11-28T00:00"),
        ("24/7", "2026-11-23T12:00", None),
        ("24/7; PH off", "2026-09-30T12:00", "2026-10-01T00:00"),
        (None, "2026-11-23T12:00", None),
    ],
)
def test_closing_is_the_end_of_being_surely_open(text: str | None, when: str, closing: str | None) -> None:
    expected = None if closing is None else at(closing)
    assert closes_at(parse_hours(text), at(when), calendar=CHINA) == expected


def test_closing_times_and_intervals_carry_the_places_zone() -> None:
    closing = closes_at(parse_hours("Mo-Fr 08:30-17:30"), datetime(2026, 11, 23, 4, tzinfo=UTC), calendar=CHINA)
    assert closing is not None
    assert closing.isoformat() == "2026-11-23T17:30:00+08:00"


def test_intervals_are_cut_joined_over_midnight_and_leave_out_the_unknown() -> None:
    hours = parse_hours("Mo-Fr 20:00-02:00")
    found = open_intervals(hours, at("2026-09-28T21:00"), at("2026-10-09T00:00"), calendar=CHINA)
    assert found == [
        (at("2026-09-28T21:00"), at("2026-09-29T02:00")),
        (at("2026-09-29T20:00"), at("2026-09-30T02:00")),
        (at("2026-09-30T20:00"), at("2026-10-01T02:00")),
        (at("2026-10-08T20:00"), at("2026-10-09T00:00")),
    ]


@given(start=st.integers(0, 20 * 24 * 60), length=st.integers(0, 5 * 24 * 60))
def test_intervals_are_ordered_apart_and_open_throughout(start: int, length: int) -> None:
    hours = parse_hours("Mo-Sa 06:00-09:00,22:00-06:00; Su 10:00-18:00; PH off")
    begin = at("2026-09-25T00:00") + timedelta(minutes=start)
    end = begin + timedelta(minutes=length)
    found = open_intervals(hours, begin, end, calendar=CHINA)
    assert all(begin <= a < b <= end for a, b in found)
    assert all(b < c for (_, b), (c, _) in pairwise(found))
    for a, b in found:
        assert state_at(hours, a, calendar=CHINA) is OPEN
        assert state_at(hours, b - timedelta(minutes=1), calendar=CHINA) is OPEN
        if b < end:
            assert closes_at(hours, a, calendar=CHINA) == b


EDGES = (
    "24/7",
    "Mo-Fr 08:30-17:30",
    "Mo-Sa 06:00-09:00,22:00-06:00; Su 10:00-18:00; PH off",
    "Mo-Su 00:00-24:00; We off",
    "Mo-Fr 20:00-02:00",
)


@given(hours=st.sampled_from(EDGES), minute=st.integers(0, 40 * 24 * 60))
def test_the_span_of_a_state_says_what_is_said_of_each_instant_in_it(hours: str, minute: int) -> None:
    check_span(hours, at("2026-09-25T00:00").timestamp() + 60.0 * minute + 0.25, CHINA)


@pytest.mark.parametrize("day", ["2026-10-25", "2027-03-28"], ids=["back", "forward"])
def test_the_span_of_a_state_is_right_on_the_days_when_clocks_are_changed(day: str) -> None:
    start = datetime.fromisoformat(f"{day}T00:00:00+03:00").timestamp()
    for minute in range(-180, 26 * 60, 10):
        check_span("Mo-Su 10:00-18:00", start + 60.0 * minute, Calendar.empty("Europe/Helsinki"))


def check_span(hours: str, when_s: float, calendar: Calendar) -> None:
    parsed = parse_hours(hours)
    first, last, state = span_at(parsed, when_s, calendar=calendar)
    assert first <= when_s <= last
    for moment in {when_s, first, (first + last) / 2, max(last - 0.5, first)}:
        said = state_at(parsed, datetime.fromtimestamp(moment, UTC), calendar=calendar)
        assert said is state, (when_s, moment)


def test_what_closes_in_more_than_two_weeks_has_no_closing_time() -> None:
    hours = parse_hours("Mo-Su 00:00-24:00; PH off")
    assert closes_at(hours, at("2026-12-10T12:00"), calendar=CHINA) is None
    assert closes_at(hours, at("2026-12-20T12:00"), calendar=CHINA) == at("2026-12-29T00:00")  # 2027 has no notice yet


@given(hours=st.sampled_from(EDGES), minute=st.integers(0, 40 * 24 * 60))
def test_a_place_closes_when_minute_by_minute_it_is_first_not_open(hours: str, minute: int) -> None:
    begin = at("2026-09-25T00:00") + timedelta(minutes=minute)
    parsed = parse_hours(hours)
    states = [state_at(parsed, begin + timedelta(minutes=15 * k), calendar=CHINA) for k in range(14 * 24 * 4)]
    closes = closes_at(parsed, begin, calendar=CHINA)
    if states[0] is not OPEN or all(state is OPEN for state in states):
        assert closes is None
    else:
        assert closes is not None
        k = next(k for k, state in enumerate(states) if state is not OPEN)
        assert begin + timedelta(minutes=15 * (k - 1)) < closes <= begin + timedelta(minutes=15 * k)


def test_a_week_begins_on_monday() -> None:
    with pytest.raises(InputError, match="2026-11-24"):
        week_states(parse_hours("24/7"), monday=date(2026, 11, 24), calendar=CHINA)


def test_a_span_that_ends_within_an_hour_of_the_change_of_clocks_is_the_moment_alone():
    helsinki = Calendar.empty("Europe/Helsinki")
    hours = parse_hours("Mo-Su 00:00-03:30")
    # On 29 March 2026 three o'clock becomes four; on the day before nothing happens.
    for day, is_alone in ((28, False), (29, True)):
        when_s = datetime(2026, 3, day, 1, tzinfo=ZoneInfo("Europe/Helsinki")).timestamp()
        first, last, state = span_at(hours, when_s, calendar=helsinki)
        assert state is OpenState.OPEN
        assert (first == last == when_s) is is_alone


@pytest.mark.parametrize("year", [1900, 9999])
def test_a_year_without_a_calendar_is_refused(year):
    with pytest.raises(InputError, match="out of range"):
        state_at(parse_hours("24/7"), datetime(year, 6, 1, tzinfo=UTC), calendar=Calendar.empty("Asia/Shanghai"))
