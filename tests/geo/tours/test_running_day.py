"""A day under way: times after presses, what breaks, and the smallest repair."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.tours.presses import NewStop, Press
from geo.tours.repairs import MOST_SHORTENED, MOST_SKIPPED, Change, find_repairs
from geo.tours.running_day import Breach, DayLimits, DayStop, DayTable, progress_of, run_day
from tests.geo.tours.day_made import make_day, make_presses, smallest_by_trying

LEGS = {("hall", "mill"): 30, ("mill", "inn"): 20, ("inn", "lake"): 30, ("lake", "home"): 40, ("hall", "inn"): 45,
        ("mill", "lake"): 35, ("inn", "home"): 60}  # fmt: skip

STOPS = (
    DayStop("hall", 510, 510, 0, is_kept=True),
    DayStop("mill", 540, 660, 120, windows=((480, 1020),)),
    DayStop("inn", 680, 740, 60, start_window=(660, 690), is_kept=True),
    DayStop("lake", 770, 860, 90, windows=((480, 900),)),
    DayStop("home", 900, 900, 0, is_kept=True),
)
TABLE = DayTable(STOPS, lambda origin, to: LEGS.get((origin, to)), DayLimits(end_min=960))


def press(number: int, minute: int, kind: str, **fields: object) -> Press:
    return Press("a", number, minute * 60_000, minute, kind, **fields)  # type: ignore[arg-type]


def test_a_day_without_presses_is_its_timetable():
    day = run_day(TABLE, [])
    assert [(stop.arrive, stop.depart) for stop in day.stops] == [(stop.arrive, stop.depart) for stop in STOPS]
    assert (day.next_key, day.next_event, day.late_min, day.breaches, day.last) == ("hall", "depart", 0, (), None)


def test_twenty_minutes_late_shift_all_that_follows_and_break_lunch():
    day = run_day(TABLE, [press(1, 512, "departed", stop="hall"), press(2, 530, "delay", minutes=20)])
    assert [stop.arrive for stop in day.stops] == [510, 562, 702, 792, 922]
    assert (day.next_key, day.next_event, day.late_min) == ("mill", "arrive", 22)
    assert day.breaches == (Breach("lunch", "inn", 12),)


def test_lunch_is_saved_by_the_smallest_repair():
    presses = [press(1, 512, "departed", stop="hall"), press(2, 530, "delay", minutes=20)]
    shorten, skip = find_repairs(TABLE, presses)
    assert shorten.changes == (Change("shorten", "mill", 15),)
    assert skip.changes == (Change("skip", "mill"),)
    assert shorten.left == skip.left == ()
    mended = run_day(TABLE, [*presses, press(3, 531, "shorten", stop="mill", minutes=15)])
    assert mended.breaches == ()
    assert mended.stop("inn").arrive == 687


def test_what_was_pressed_is_a_fact_and_who_is_early_does_not_leave_before_the_time_that_was_told():
    day = run_day(TABLE, [press(1, 500, "departed", stop="hall"), press(2, 528, "arrived", stop="mill")])
    assert (day.stop("mill").arrive, day.stop("mill").depart) == (528, 660)
    left = run_day(TABLE, [press(1, 500, "departed", stop="hall"), press(2, 640, "departed", stop="mill")])
    assert (left.stop("inn").arrive, left.stop("inn").depart) == (660, 740)


def test_a_forgotten_press_is_estimated_before_the_next_one():
    day = run_day(TABLE, [press(1, 530, "departed", stop="hall"), press(2, 655, "arrived", stop="inn")])
    assert day.stop("mill").depart == 655
    assert day.next_key == "inn"
    assert day.next_event == "depart"


def test_a_time_that_is_set_holds_and_a_delay_comes_on_top():
    presses = [press(1, 510, "departed", stop="hall"), press(2, 520, "set_time", minutes=600)]
    assert run_day(TABLE, presses).stop("mill").arrive == 600
    assert run_day(TABLE, [*presses, press(3, 530, "delay", minutes=10)]).stop("mill").arrive == 610


def test_the_way_past_a_skipped_stop_is_the_direct_one_and_its_delay_is_not_lost():
    presses = [press(1, 510, "departed", stop="hall"), press(2, 511, "delay", minutes=20)]
    day = run_day(TABLE, [*presses, press(3, 512, "skip", stop="mill")])
    assert day.stop("inn").arrive == 510 + 45 + 20
    assert day.stop("mill").is_skipped
    # Whoever arrives there all the same has not skipped it.
    assert (
        not run_day(TABLE, [*presses, press(3, 512, "skip", stop="mill"), press(4, 545, "arrived", stop="mill")])
        .stop("mill")
        .is_skipped
    )


def test_undo_takes_back_one_press_even_when_it_is_delivered_before_it():
    late, undo = press(1, 530, "delay", minutes=20), press(2, 531, "undo", target="a.1")
    assert run_day(TABLE, [undo, late]) == run_day(TABLE, [])


def test_a_new_plan_replaces_what_is_ahead_and_nothing_else():
    spare = {"barn": DayStop("barn", None, None, 60)}
    table = DayTable(STOPS, TABLE.drive, TABLE.limits, spare)
    rest = (NewStop("inn", 682, 742), NewStop("barn", 760, 820), NewStop("home", 850, 850), NewStop("nowhere", 0, 0))
    day = run_day(table, [press(1, 545, "arrived", stop="mill"), press(2, 550, "replan", rest=rest)])
    assert [stop.key for stop in day.stops] == ["hall", "mill", "inn", "barn", "home"]
    assert [stop.is_added for stop in day.stops] == [False, False, False, True, False]
    assert day.stop("barn").arrive is None  # no way to it is known: its time is not either


def test_driving_limits_count_what_was_really_driven():
    far = DayTable(
        (DayStop("a", 480, 480, 0), DayStop("b", 600, 615, 15), DayStop("c", 725, 725, 0)),
        lambda origin, to: {("a", "b"): 120, ("b", "c"): 110}.get((origin, to)),
    )
    assert run_day(far, []).breaches == ()
    assert run_day(far, [press(1, 480, "departed", stop="a"), press(2, 500, "delay", minutes=20)]).breaches == (
        Breach("stretch", None, 10),
    )


def test_closing_and_the_end_of_the_day_are_said():
    presses = [press(1, 740, "departed", stop="inn"), press(2, 741, "delay", minutes=90)]
    assert run_day(TABLE, presses).breaches == (Breach("closing", "lake", 50), Breach("end", "home", 30))
    assert [repair.changes for repair in find_repairs(TABLE, presses)] == [(Change("skip", "lake"),)]


@pytest.mark.parametrize("seed", range(30))
def test_the_smallest_repair_is_what_trying_everything_finds(seed: int):
    table = make_day(seed)
    rng = random.Random(seed)
    presses = [press(1, 500, "departed", stop="start"), press(2, 501, "delay", minutes=rng.choice((10, 20, 35, 60)))]
    progress = progress_of(table, presses)
    n_breach = len(progress.day().breaches)
    repairs = find_repairs(table, presses)
    best = smallest_by_trying(progress, most_shortened=MOST_SHORTENED, most_skipped=MOST_SKIPPED)
    if best[0] >= n_breach:
        assert repairs == ()
        return
    changes = repairs[0].changes
    skips = sum(change.kind == "skip" for change in changes)
    assert (len(repairs[0].left), skips, len(changes), sum(change.minutes for change in changes)) == best


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_neither_repetition_nor_late_delivery_changes_the_day(seed: int, rng: random.Random):
    table = make_day(seed)
    presses = make_presses(table, seed)
    delivered = presses + rng.sample(presses, 4)
    rng.shuffle(delivered)
    assert run_day(table, delivered) == run_day(table, presses)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_times_never_run_backwards_and_more_delay_never_makes_anything_earlier(seed: int):
    table = make_day(seed)
    for minutes in (0, 10, 30):
        day, later = (
            run_day(table, [press(1, 490, "departed", stop="start"), press(2, 491, "delay", minutes=m)])
            for m in (minutes, minutes + 5)
        )
        moments = [moment for stop in day.stops for moment in (stop.arrive, stop.depart)]
        assert moments == sorted(moments)
        assert all(a.arrive <= b.arrive and a.depart <= b.depart for a, b in zip(day.stops, later.stops, strict=True))
        assert len(day.breaches) <= len(later.breaches)
