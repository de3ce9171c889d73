"""Opening hours agree with two other programs on generated texts, or the difference is of a kind that is listed.

Compared are the npm package opening_hours and the PyPI package opening-hours-py, both as they stand, and a count of
minutes that follows one rule: a night belongs to the day that it began on, and a closure of some hours shuts them by
the clock. `make soak` compares 10,000 texts.

Where the others differ (docs/hours.md), both kinds concern the small hours after a night:

cut at midnight
    The next day has a rule of its own (``19:00-04:30; We off``), and the others end Tuesday's night at 24:00. Here it
    ends at 04:30: who posts 周三休息 does not lock up on Tuesday at midnight.
night that was replaced
    The day has other hours than the night rule before it (``20:00-04:00; Mo 05:00-19:30``), and the others still open
    on Tuesday from 00:00 to 04:00. Here they are closed: nobody was there at 20:00.
"""

import re
from collections import Counter
from datetime import date, datetime, timedelta

import opening_hours
import pytest

from geo.calendar import Calendar
from geo.errors import InputError
from geo.hours import OpenState, day_spans, parse_hours
from tests.geo.hours_strings import DAYS, MONTHS, generate_hours
from tests.node import run_node

PLAIN = Calendar.empty("Asia/Shanghai")
FIRST, N_DAYS = date(2026, 11, 16), 9
MOMENTS = [datetime(2026, 11, 16, 0, 15) + timedelta(minutes=30 * number) for number in range(48 * N_DAYS)]
SLOTS = 48  # half hours in a day; the generated times lie on them
KINDS = {"agree", "cut at midnight", "night that was replaced"}


def readable(count: int) -> list[str]:
    """Return generated texts without those that the program asks about."""
    found: list[str] = []
    for text in generate_hours(20261130, 2 * count):
        try:
            parse_hours(text)
        except InputError:
            continue
        found.append(text)
    assert len(found) >= count
    return found[:count]


def ours(text: str) -> list[int]:
    hours, found = parse_hours(text), []
    for number in range(N_DAYS):
        spans = day_spans(hours, FIRST + timedelta(days=number), PLAIN)
        today = MOMENTS[SLOTS * number : SLOTS * (number + 1)]
        found += [next(int(state is OpenState.OPEN) for _, last, state in spans if at < last) for at in today]
    return found


class Counted:
    """The open half hours of a text, each counted from the day whose rule opens them."""

    def __init__(self, text: str) -> None:
        self.rules = [read(rule) for rule in text.split("; ")]

    def of_day(self, day: date) -> tuple[set[int], set[int], set[int]]:
        """Return open and shut half hours that the rules of `day` make, and those of nights that were replaced."""
        opened: set[int] = set()
        shut: set[int] = set()
        replaced: set[int] = set()
        for matches, slots, is_off in self.rules:
            if not matches(day):
                continue
            if is_off and slots:
                shut |= slots
                continue
            replaced |= opened
            opened, shut = (set(), set()) if is_off else (set(slots), set())
        return opened, shut, replaced - opened

    def states(self) -> tuple[list[int], list[str]]:
        """Return the state of each moment, and what kind of difference there may be."""
        states, kinds = [], []
        for number in range(N_DAYS):
            day = FIRST + timedelta(days=number)
            opened, shut, _ = self.of_day(day)
            before, shut_before, replaced = (
                {slot - SLOTS for slot in slots if slot >= SLOTS} for slots in self.of_day(day - timedelta(days=1))
            )
            for slot in range(SLOTS):
                is_open = slot in opened | before and slot not in shut | shut_before
                states.append(int(is_open))
                kinds.append(
                    "cut at midnight"
                    if is_open and slot in before and slot not in opened
                    else "night that was replaced"
                    if slot in replaced
                    else ""
                )
        return states, kinds


def read(rule: str):  # type: ignore[no-untyped-def]
    """Return when a generated rule holds, its half hours from midnight, and whether it closes."""
    is_off = rule.endswith("off")
    slots: set[int] = set()
    for times in re.finditer(r"(\d\d):(\d\d)-(\d\d):(\d\d)", rule):
        a, b, c, d = (int(group) for group in times.groups())
        start, end = 2 * a + b // 30, 2 * c + d // 30
        slots |= set(range(start, end if end > start else end + SLOTS))
    days = re.search(r"\b((?:Mo|Tu|We|Th|Fr|Sa|Su)(?:[-,](?:Mo|Tu|We|Th|Fr|Sa|Su))*)\b", rule)
    weekdays = set(range(7)) if days is None else weekdays_of(days[1])
    months = re.match(r"([A-Z][a-z]{2})-([A-Z][a-z]{2})\b", rule)
    dates = re.search(r"Nov (\d\d)(?:-(\d\d))?", rule)

    def matches(day: date) -> bool:
        if dates is not None:
            return day.month == 11 and int(dates[1]) <= day.day <= int(dates[2] or dates[1])
        if months is not None:
            first, last, here = MONTHS.index(months[1]), MONTHS.index(months[2]), day.month - 1
            if not (first <= here <= last if first <= last else here >= first or here <= last):
                return False
        return day.weekday() in weekdays

    return matches, slots, is_off


def weekdays_of(text: str) -> set[int]:
    if "-" not in text:
        return {DAYS.index(name) for name in text.split(",")}
    first, last = (DAYS.index(name) for name in text.split("-"))
    return {(first + offset) % 7 for offset in range((last - first) % 7 + 1)}


@pytest.fixture(scope="module", params=[200, pytest.param(10_000, marks=pytest.mark.soak)])
def texts(request: pytest.FixtureRequest) -> list[str]:
    return readable(request.param)


def test_generated_hours_agree_with_counting_half_hours(texts: list[str]) -> None:
    for text in texts:
        states, _ = Counted(text).states()
        said = ours(text)
        assert said == states, (text, first_difference(said, states))


def test_opening_hours_js_agrees_but_for_the_small_hours_after_a_night(texts: list[str]) -> None:
    moments = [moment.isoformat(timespec="minutes") for moment in MOMENTS]
    said: list[list[int] | None] = []
    for number in range(0, len(texts), 100):
        said += run_node("opening_hours.mjs", {"texts": texts[number : number + 100], "moments": moments})
    check("opening_hours.js", texts, said)


def test_opening_hours_py_agrees_but_for_the_small_hours_after_a_night(texts: list[str]) -> None:
    engines = [opening_hours.OpeningHours(text) for text in texts]
    check("opening-hours-py", texts, [[int(engine.is_open(at)) for at in MOMENTS] for engine in engines])


def check(name: str, texts: list[str], theirs: list[list[int] | None]) -> None:
    found: Counter[str] = Counter()
    for text, said in zip(texts, theirs, strict=True):
        assert said is not None, f"{name} refuses {text}"
        states, kinds = Counted(text).states()
        differing = {kind for a, b, kind in zip(states, said, kinds, strict=True) if a != b}
        assert "" not in differing, (name, text, first_difference(states, said))
        found.update(differing or {"agree"})
    print(name, len(texts), dict(found))
    assert set(found) <= KINDS
    assert found["agree"] > 0.7 * len(texts)


def first_difference(a: list[int], b: list[int]) -> str:
    number = next(number for number in range(len(a)) if a[number] != b[number])
    return f"{MOMENTS[number]:%a %d %H:%M} {a[number]} {b[number]}"
