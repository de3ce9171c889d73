"""The week's 168 hours: each is the coverage at a single moment, and each moment is one of the calendar's."""

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.calendar import Calendar, DayKind
from geo.coverage.areas import Areas
from geo.coverage.measure import sum_areas
from geo.coverage.week import N_HOUR, find_ordinary_week, measure_week, monday_of
from geo.errors import InputError
from geo.hours import STATE_CODES, parse_hours, state_at, week_states
from tests.geo.coverage.cases import cases, measure

CHINA = Calendar.china()
ORDINARY = date(2026, 11, 23)
NATIONAL_DAY = date(2026, 9, 28)


@settings(max_examples=30)
@given(cases(max_facility=4), st.data())
def test_every_hour_of_the_week_is_the_coverage_at_its_moment(case, data):
    n = case.cost.shape[1]
    columns = data.draw(st.lists(st.lists(st.sampled_from([0, 1, 2]), min_size=n, max_size=n), min_size=1, max_size=4))
    states = np.array([columns[hour % len(columns)] for hour in range(N_HOUR)], np.int8).reshape(N_HOUR, n).T
    areas = Areas.of_codes(np.array([["a", "b", None][i % 3] for i in range(len(case.weight))], dtype=object), {})
    week = measure_week(case.cost, case.weight, case.snapped, standard_s=900.0, states=states, areas=areas)
    for hour in range(N_HOUR):
        now = case._replace(counts=states[:, hour] == 1, unknown=states[:, hour] == 2)
        single = measure(now)
        assert (week.covered[hour], week.covered_if_open[hour]) == (single.covered, single.covered_if_open)
        by_area = sum_areas(single, areas)
        assert week.area_covered[:, hour].tolist() == [area.covered for area in by_area]
        assert week.area_covered_if_open[:, hour].tolist() == [area.covered_if_open for area in by_area]
    assert week.people == case.weight.sum()


@pytest.mark.parametrize("n", [64, 65, 129])
def test_many_facilities_with_hours_all_different_are_told_apart(n):
    # A word holds 64 patterns.
    rng = np.random.default_rng(5)
    states = rng.integers(0, 3, (n, N_HOUR)).astype(np.int8)
    cost = rng.integers(0, 30000, (200, n)).astype(np.int32)
    weight, snapped = rng.integers(1, 9, 200).astype(float), rng.random(200) < 0.9
    cost[~snapped] = 2**31 - 1
    week = measure_week(cost, weight, snapped, standard_s=300.0, states=states, areas=Areas.of_masks({}, names={}))
    for hour in range(N_HOUR):
        is_near = (cost <= 3000) & snapped[:, None]
        is_open = (is_near & (states[:, hour] == 1)).any(axis=1)
        is_maybe = (is_near & (states[:, hour] == 2)).any(axis=1) & ~is_open
        assert week.covered[hour] == weight[is_open].sum()
        assert week.covered_if_open[hour] == weight[is_maybe].sum()


@pytest.mark.parametrize(
    "text",
    [
        *("24/7", "Mo-Fr 08:30-17:30", "Mo-Fr 08:30-17:00; Sa 22:15-03:15", "Tu 09:00-09:30,10:00-10:01"),
        "22:00-06:00",
        "Sa,Su 09:00-12:00; PH off",
        "SH 10:00-12:00",
        None,
    ],
)
@pytest.mark.parametrize("monday", [ORDINARY, NATIONAL_DAY])
def test_the_states_of_a_week_are_those_at_the_start_of_each_hour(text, monday):
    hours = parse_hours(text)
    states = week_states(hours, monday=monday, calendar=CHINA)
    start = datetime.combine(monday, time(), CHINA.zone)
    expected = [STATE_CODES[state_at(hours, start + timedelta(hours=h), calendar=CHINA)] for h in range(N_HOUR)]
    assert states.tolist() == expected


def test_an_ordinary_week_holds_neither_holidays_nor_make_up_days():
    for after in (ORDINARY, NATIONAL_DAY, date(2026, 12, 28), date(2026, 2, 1)):
        monday = find_ordinary_week(CHINA, after=after)
        assert monday > after
        assert monday.weekday() == 0
        kinds = {CHINA.day_kind(monday + timedelta(days=day)) for day in range(-1, 7)}
        assert kinds == {DayKind.WORKDAY, DayKind.WEEKEND}


def test_where_no_year_ahead_is_known_the_next_week_stands_as_it_is():
    assert find_ordinary_week(CHINA, after=date(2090, 1, 4)) == date(2090, 1, 9)


def test_a_week_begins_on_monday():
    assert monday_of(date(2026, 11, 29)) == ORDINARY
    with pytest.raises(InputError, match="not a Monday"):
        week_states(parse_hours("24/7"), monday=date(2026, 11, 24), calendar=CHINA)
