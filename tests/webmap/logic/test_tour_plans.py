"""From a wish to plans on the streets: the job, what the validator says of each plan, and changes by hand."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from geo.db.session import reading, writing
from geo.db.tour_plans import add_plan, change_plan, count_steps, flush_plan, get_plan, undo
from geo.db.versioned import StaleError
from geo.errors import InputError
from geo.tours.by_hand import time_by_hand
from tests.conftest import DatabaseMaker
from tests.webmap.tour_valley import PLACES, add_organiser, store_tour_places, work_off
from tests.webmap.valley import CODE, valley_app
from webmap.logic.jobs.submission import start_job
from webmap.logic.tours import content as contents
from webmap.logic.tours.content import Content, check_plan, content_json, content_of
from webmap.logic.tours.network_problem import make_problem
from webmap.logic.tours.problem_store import problem_json, problem_of
from webmap.logic.tours.wish import TourWish, wish_json, wish_of

SATURDAY = date(2026, 5, 16)
WISH = TourWish(
    days=2, people=40, first=SATURDAY, start="HALL", standard=60000,
    wishes={"S1": "required", "S2": "wished", "S3": "wished", "S4": "wished", "FAR": "wished"},
)  # fmt: skip


@pytest.fixture(scope="module")
def valley(make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("tours")) as app:
        store_tour_places(app.extensions["fuchun_engine"])
        app.extensions["fuchun_live"].refresh()
        yield app


@pytest.fixture(scope="module")
def owner(valley: Flask) -> int:
    return add_organiser(valley.extensions["fuchun_engine"])[0]


def solve(valley: Flask, owner: int, folder: Path, wish: TourWish = WISH) -> int:
    """Store a plan and do its job; return the plan's number."""
    engine = valley.extensions["fuchun_engine"]
    with writing(engine) as session:
        plan = add_plan(session, CODE, name="Tour", wish=wish_json(wish), is_sample=True, by="organiser")
        number = plan.id
    do_job(valley, owner, folder, number)
    return number


def do_job(valley: Flask, owner: int, folder: Path, number: int, **more: object) -> None:
    engine = valley.extensions["fuchun_engine"]
    with writing(engine) as session:
        job = start_job(session, "tour", {"plan": number, "seconds": 2, **more}, owner_id=owner, district_code=CODE)
        get_plan(session, CODE, number, is_locked=True).job_id = job.id
        job_id = job.id
    work_off(valley, job_id, folder)


def stored(valley: Flask, number: int) -> tuple[Content, dict]:
    with reading(valley.extensions["fuchun_engine"]) as session:
        plan = get_plan(session, CODE, number)
        assert plan.content is not None
        assert plan.facts is not None
        return content_of(plan.content), plan.facts


@pytest.fixture(scope="module")
def number(valley: Flask, owner: int, tmp_path_factory: pytest.TempPathFactory) -> int:
    return solve(valley, owner, tmp_path_factory.mktemp("job"))


def test_every_plan_of_a_wish_is_one_that_the_validator_finds_without_fault(valley: Flask, number: int):
    content, facts = stored(valley, number)
    problem = problem_of(facts["problem"])
    assert "balanced" in content.styles
    for style, plan in content.styles.items():
        checked = check_plan(problem, plan)
        assert checked.faults == (), style
        assert all(not stop.late_min and not stop.is_closed for day in checked.days for stop in day.stops)
        assert "S1" in checked.result.codes
    # It is far from every street: no plan can hold it, and the plan says so.
    assert ["FAR", "no_street"] in facts["dropped"]


def test_what_is_stored_of_a_problem_is_that_problem(valley: Flask):
    state = valley.extensions["fuchun_live"].state()
    tour = make_problem(state.ready().network, PLACES, WISH, state.calendar)
    again = problem_of(json.loads(json.dumps(problem_json(tour.problem))))
    assert problem_json(again) == problem_json(tour.problem)
    assert again.place("S3").windows == {date(2026, 5, 16): ((780, 990),), date(2026, 5, 17): ((780, 990),)}
    # Hours that nobody knows are no hours at all, not open ones.
    assert again.place("S2").windows == {}
    assert again.place("S2").price is None


def test_any_weekend_takes_the_one_on_which_most_is_open(valley: Flask):
    state = valley.extensions["fuchun_live"].state()
    shut = replace(PLACES[1], hours="Mo-Su off; 2026 May 23-24 09:00-17:00")
    wish = replace(WISH, first=date(2026, 5, 1), is_any_weekend=True)
    tour = make_problem(state.ready().network, [PLACES[0], shut, *PLACES[2:]], wish, state.calendar)
    assert tour.problem.days[0].date == date(2026, 5, 23)


def test_a_wish_is_stored_as_it_was():
    assert wish_of(json.loads(json.dumps(wish_json(WISH)))) == WISH


def test_a_stop_that_was_moved_too_late_is_kept_and_says_by_how_much(valley: Flask, number: int):
    content, facts = stored(valley, number)
    problem = problem_of(facts["problem"])
    problem = replace(problem, days=tuple(replace(day, start_min=9 * 60) for day in problem.days))
    day = next(d for d, order in enumerate(content.plan.orders) if "S3" in order.stops)
    last = contents.move(content, "S3", day=day, position=99)
    late_day = replace(last.plan.orders[day], stops=("S4", "S2", "S1", "R1", "S3"))
    other = replace(last.plan.orders[1 - day], stops=("R1",))
    orders = (late_day, other) if day == 0 else (other, late_day)
    days = time_by_hand(problem, orders)
    stop = next(stop for stop in days[day].stops if stop.code == "S3")
    # Its last visit begins at 15:00; the group is there when it has left the coach.
    assert stop.late_min == stop.begin - 15 * 60 > 0
    checked = check_plan(problem, replace(content.plan, orders=orders))
    assert {fault.code for fault in checked.faults} >= {"R1"}


def test_locked_stops_stay_on_their_day_when_the_rest_is_solved_again(
    valley: Flask, owner: int, tmp_path: Path, number: int
):
    engine = valley.extensions["fuchun_engine"]
    content, facts = stored(valley, number)
    day = next(d for d, order in enumerate(content.plan.orders) if "S1" in order.stops)
    moved = contents.set_lock(contents.move(content, "S1", day=1 - day, position=0), "S1", is_locked=True)
    with writing(engine) as session:
        plan = get_plan(session, CODE, number)
        plan = change_plan(session, CODE, number, version=plan.row_version, by="organiser")
        plan.content = content_json(moved)
        version = flush_plan(session, plan).row_version
    do_job(valley, owner, tmp_path, number, again=True)
    after, _ = stored(valley, number)
    assert "S1" in after.plan.orders[1 - day].stops
    assert check_plan(problem_of(facts["problem"]), after.plan, after.locked).faults == ()
    with writing(engine) as session:
        with pytest.raises(StaleError):
            undo(session, CODE, number, version=version, by="organiser")
        assert count_steps(session, number) == 1
        back = undo(session, CODE, number, version=get_plan(session, CODE, number).row_version, by="organiser")
        assert content_of(back.content or {}) == content


def test_a_job_writes_nothing_over_what_was_changed_by_hand(valley: Flask, owner: int, tmp_path: Path, number: int):
    engine = valley.extensions["fuchun_engine"]
    content, _ = stored(valley, number)
    with writing(engine) as session:
        job = start_job(session, "tour", {"plan": number, "seconds": 1}, owner_id=owner, district_code=CODE)
        job_id = job.id
    work_off(valley, job_id, tmp_path)
    assert stored(valley, number)[0] == content


def test_what_is_left_out_is_put_in_with_the_change_that_the_reason_names(valley: Flask, owner: int, tmp_path: Path):
    tight = replace(WISH, end_min=15 * 60, days=1, wishes=dict.fromkeys(("S1", "S2", "S3", "S4"), "wished"))
    number = solve(valley, owner, tmp_path, tight)
    content, facts = stored(valley, number)
    problem = problem_of(facts["problem"])
    possible = [each for each in content.plan.left_out if each.orders]
    assert possible
    for each in possible:
        admitted = contents.admit(content, each.code)
        checked = check_plan(problem, admitted.plan)
        assert checked.faults == ()
        assert each.code in checked.result.codes
        if each.kind == "change" and each.minutes > 1:
            # It is the smallest change: with a minute less it does not fit.
            short = replace(admitted.plan, end_min=tuple(end - 1 for end in admitted.plan.end_min))
            assert check_plan(problem, short).faults
    with pytest.raises(InputError):
        contents.admit(content, "S9")
