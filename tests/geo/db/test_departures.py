"""Departures, units, bookings, links and feedback: numbers, versions and digests are what the store keeps."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from geo.db.bookings import list_bookings, remove_booking, save_booking
from geo.db.changes import Filter, list_matters, undo
from geo.db.departure_feedback import add_feedback, feedback_totals, list_feedback
from geo.db.departures import (
    UnitAnswer,
    add_departure,
    add_unit,
    answer_of,
    answer_unit,
    change_departure,
    change_unit,
    get_departure,
    list_departures,
    list_units,
    remove_departure,
)
from geo.db.layers import retire_sample
from geo.db.session import reading, writing
from geo.db.share_links import end_link, find_link, links_of, open_link, shown_key
from geo.db.versioned import StaleError
from geo.errors import ConflictError, InputError, NotFoundError
from geo.tours.timetable import TimetableDay, TimetableStop, timetable_of
from tests.loaders.districts import rows, square_district

D = "330111"
NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
HALL, INN = TimetableStop("Hall", "start", 119.9, 30.0, 0), TimetableStop("Inn", "hotel", 119.8, 30.0, 0)
DAYS = (TimetableDay(1, "08:30", (HALL, INN)), TimetableDay(2, "08:30", (INN, HALL)))


def add(session, **changes):
    values = {
        "tour_code": "T1", "name": "Two days", "first_day": date(2026, 5, 16), "timetable": DAYS, "head_count": 38,
        "by": "li",
    } | changes  # fmt: skip
    return add_departure(session, D, **values)


def booked(session, departure, version=0, **values):
    return save_booking(
        session, departure, day=1, stop=2, name="Inn", kind="hotel", values=values, version=version, by="li"
    )


@pytest.fixture
def departure(engine):
    square_district(engine)
    with writing(engine) as session:
        return add(session).id


def test_departures_are_numbered_by_tour_and_end_with_their_days(engine, departure):
    with writing(engine) as session:
        second, other = add(session, first_day=date(2026, 5, 2)), add(session, tour_code="T2")
        assert (second.number, other.number, second.last_day) == (2, 1, date(2026, 5, 3))
        assert timetable_of(second.timetable) == DAYS
        assert [each.number for each in list_departures(session, D, tour_code="T1")] == [2, 1]
        assert len(list_departures(session, D, first=date(2026, 5, 4))) == 2
        for wrong in ({"head_count": 0}, {"timetable": ()}):
            with pytest.raises(InputError):
                add(session, **wrong)


def test_a_departure_changes_by_version_and_moves_with_its_first_day(engine, departure):
    with writing(engine) as session:
        moved = change_departure(session, D, departure, {"first_day": date(2026, 5, 23)}, version=1, by="wang")
        assert (moved.last_day, moved.row_version, moved.changed_by) == (date(2026, 5, 24), 2, "wang")
    with writing(engine) as session, pytest.raises(StaleError):
        change_departure(session, D, departure, {"head_count": 40}, version=1, by="li")
    with writing(engine) as session, pytest.raises(InputError, match="notice"):
        change_departure(session, D, departure, {"state": "cancelled"}, version=2, by="li")
    with writing(engine) as session:
        gone = {"state": "cancelled", "notice": "Too few"}
        assert change_departure(session, D, departure, gone, version=2, by="li").state == "cancelled"
    with reading(engine) as session, pytest.raises(NotFoundError):
        get_departure(session, "000000", departure)


def test_a_unit_answers_in_numbers_within_its_quota(engine, departure):
    with writing(engine) as session:
        unit = add_unit(session, get_departure(session, D, departure), name=" Unit A ", quota=12, by="li")
        assert (unit.name, answer_of(unit)) == ("Unit A", None)
        answer = UnitAnswer(men=4, women=3, couples=2, diets=1, platform_workers=11)
        assert answer_of(answer_unit(session, unit, answer, now=NOW, by="link")) == answer
        assert unit.answered_at == NOW
        for wrong, error in (
            (UnitAnswer(men=13), ConflictError), (UnitAnswer(men=-1), InputError),
            (UnitAnswer(men=1, diets=2), InputError),
        ):  # fmt: skip
            with pytest.raises(error):
                answer_unit(session, unit, wrong, now=NOW, by="link")
        with pytest.raises(ConflictError):
            add_unit(session, get_departure(session, D, departure), name="Unit A", quota=None, by="li")
        assert change_unit(session, D, unit.id, {"quota": 20}, version=unit.row_version, by="li").quota == 20
        assert [each.name for each in list_units(session, [departure])[departure]] == ["Unit A"]


def test_a_booking_is_one_a_stop_and_changes_by_version(engine, departure):
    with writing(engine) as session:
        row = get_departure(session, D, departure)
        first = booked(session, row, state="held", planned_cost=120_000)
        assert (first.state, first.row_version) == ("held", 1)
        paid = booked(session, row, version=1, state="paid", actual_cost=118_000, number="R-7")
        assert (paid.id, paid.planned_cost, paid.actual_cost) == (first.id, 120_000, 118_000)
        for version in (0, 1, 7):
            with pytest.raises(StaleError):
                booked(session, row, version=version, state="held")
        with pytest.raises(InputError):
            booked(session, row, version=2, actual_cost=-1)
        remove_booking(session, D, first.id, version=2)
        assert not list_bookings(session, [departure])
        with pytest.raises(StaleError):
            booked(session, row, version=2, state="held")


def test_the_store_keeps_no_key_and_a_link_ends(engine, departure):
    with writing(engine) as session:
        key = open_link(session, D, "participants", departure, until=NOW + timedelta(days=1), by="li", secret="secret")
        leader = open_link(session, D, "leader", departure, until=NOW + timedelta(days=1), by="li")
    assert key not in str(rows(engine, "SELECT to_jsonb(l)::text FROM share_link l"))
    with writing(engine) as session:
        link = find_link(session, key, now=NOW)
        assert (link.scope, link.departure_id) == ("participants", departure)
        assert shown_key(link, "secret") == key
        assert shown_key(link, "another") is None
        assert shown_key(find_link(session, leader, now=NOW), "secret") is None
        for wrong in (
            {"key": "none"}, {"scopes": ("leader", "unit")}, {"now": NOW + timedelta(days=1)},
        ):  # fmt: skip
            with pytest.raises(NotFoundError):
                find_link(session, **{"key": key, "now": NOW} | wrong)
        again = open_link(session, D, "participants", departure, until=NOW + timedelta(days=2), by="li")
        assert again != key
        with pytest.raises(NotFoundError):
            find_link(session, key, now=NOW)
        assert set(links_of(session, "participants", [departure])) == {departure}
        end_link(session, "participants", departure)
        assert find_link(session, leader, now=NOW).scope == "leader"


def test_feedback_adds_up_by_tour(engine, departure):
    with writing(engine) as session:
        first, second = get_departure(session, D, departure), add(session)
        assert feedback_totals(session, D, "T1") is None
        add_feedback(session, first, rating=5, pace="right", text=" Good ")
        add_feedback(session, second, rating=2, pace="tight", text="")
        add_feedback(session, add(session, tour_code="T2"), rating=1, pace=None, text="Elsewhere")
        totals = feedback_totals(session, D, "T1")
        assert (totals.answers, totals.rating, totals.paces) == (2, 3.5, {"tight": 1, "right": 1, "loose": 0})
        assert [each.text for each in list_feedback(session, D, "T1")] == ["Good"]
        for wrong in ({"rating": 6}, {"pace": "odd"}, {"text": "x" * 1001}):
            with pytest.raises(InputError):
                add_feedback(session, first, **{"rating": 3, "pace": None, "text": ""} | wrong)


def test_what_goes_with_a_departure_comes_back_with_it(engine, departure):
    with writing(engine) as session:
        row = get_departure(session, D, departure)
        add_unit(session, row, name="Unit A", quota=5, by="li")
        booked(session, row, state="held")
        open_link(session, D, "leader", departure, until=NOW, by="li")
    with writing(engine) as session:
        remove_departure(session, D, departure, version=1)
    assert rows(engine, "SELECT count(*) FROM departure_unit, booking, share_link") == [0]
    with writing(engine) as session:
        removed = list_matters(session, Filter())[0]
        assert (removed.rows, removed.is_undoable) == (3, True)
        undo(session, removed.batch, removed.at)
    assert rows(engine, "SELECT u.name, b.state FROM departure_unit u, booking b") == [("Unit A", "held")]


def test_departures_of_the_sample_go_with_it(engine):
    square_district(engine)
    with writing(engine) as session:
        session.execute(text("UPDATE district SET status = 'sample' WHERE code = :code"), {"code": D})
        add(session, is_sample=True)
        add(session, tour_code="T2")
    with writing(engine) as session:
        assert retire_sample(session, D)
    assert rows(engine, "SELECT tour_code FROM departure") == ["T2"]


def test_open_links_for_comments_stay_open_when_the_schema_grows(engine):
    from geo.db.migrations import downgrade, upgrade

    square_district(engine)
    downgrade(engine, "0024")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO tour_plan (district_code, name, wish, link_digest, link_until, created_by, changed_by) "
                "VALUES (:code, 'P', '{}', 'abc', now() + interval '1 day', 'li', 'li')"
            ),
            {"code": D},
        )
    upgrade(engine)
    assert rows(engine, "SELECT scope, digest FROM share_link") == [("comments", "abc")]
