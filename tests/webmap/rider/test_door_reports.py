"""Reports from the door: one is shown, two independent ones count, and of who sent them nothing is left."""

import re
import time
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import text

from geo.db.door_reports import clear_reports, day_salt, forget_senders, read_unexpired
from geo.db.session import reading, writing
from tests.webmap.conftest import csrf_token, dispose, english
from tests.webmap.sent_reports import PHONE, send
from tests.webmap.valley import CODE, LAT, valley_app
from webmap import create_app
from webmap.accounts import create_account
from webmap.logic.door_reports.rules import WATER, WINDOW, Report, read_door, report_day
from webmap.logic.live_districts import LiveDistricts
from webmap.rider.door_reports import PER_ADDRESS, PER_PLACE, Sender, person_hash
from webmap.words.door_reports import ago_words, door_lines
from webmap.words.labels import SERVICES

NOW = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # a Wednesday, noon in China


def report(kind, person="a", minutes=10, service=None):
    """Return what somebody reported some minutes before `NOW`."""
    return Report(kind, service, NOW - timedelta(minutes=minutes), person)


def door(*reports, at=NOW):
    return read_door(reports, at)


# ---- What reports mean ----


def test_one_report_is_shown_and_changes_nothing():
    found = door(report("locked"))
    assert [(each.kind, each.people) for each in found.heard] == [("locked", 1)]
    assert not found.is_locked
    assert not found.bars(())


def test_two_people_are_heeded_and_one_who_says_it_twice_is_not():
    assert door(report("locked", "a"), report("locked", "b")).is_locked
    assert not door(report("locked", "a", 20), report("locked", "a", 5)).is_locked


@pytest.mark.parametrize(
    ("locked", "opened", "is_locked"),
    [(2, 0, True), (2, 1, False), (3, 1, True), (3, 2, False), (4, 2, True), (1, 0, False), (0, 2, False)],
)
def test_whoever_found_it_open_counts_against_who_found_it_locked(locked, opened, is_locked):
    reports = [report("locked", f"l{n}") for n in range(locked)] + [report("open", f"o{n}") for n in range(opened)]
    assert door(*reports).is_locked == is_locked


def test_of_each_person_the_last_word_about_the_door_counts_whatever_the_order_of_the_rows():
    reports = [report("locked", "a", 30), report("locked", "b", 20), report("open", "a", 5)]
    for order in permutations(reports):
        found = door(*order)
        assert not found.is_locked
        assert {(each.kind, each.people) for each in found.heard} == {("locked", 1), ("open", 1)}


def test_what_is_lacking_bars_only_those_who_need_it():
    found = door(report("no_water", "a"), report("no_water", "b"))
    assert found.lacking == {WATER}
    assert found.bars([WATER])
    assert not found.bars(["toilet"])
    assert not found.is_locked
    broken = door(report("broken", "a", service="phone_charging"), report("broken", "b", service="phone_charging"))
    assert broken.lacking == {"phone_charging"}


def test_two_different_complaints_do_not_add_up():
    found = door(
        report("broken", "a", service="toilet"), report("broken", "b", service="wifi"), report("no_water", "c"),
        report("broken", "a"), report("broken", "b"), report("other", "a"), report("other", "b"),
    )  # fmt: skip
    assert found.lacking == frozenset()
    assert not found.bars(SERVICES)


def test_a_report_lives_for_two_hours_and_none_speaks_of_the_past():
    pair = [report("locked", "a", minutes=0), report("locked", "b", minutes=0)]
    assert door(*pair, at=NOW + WINDOW - timedelta(seconds=1)).is_locked
    assert not door(*pair, at=NOW + WINDOW).heard
    assert not door(*pair, at=NOW - timedelta(seconds=1)).heard


# ---- How they are told ----


@pytest.fixture(scope="module")
def valley(make_database, tmp_path_factory, translations):
    # Reports are of this very moment, so nothing else may depend on it.
    with valley_app(make_database, tmp_path_factory.mktemp("valley"), hours="24/7") as app:
        app.testing = True
        yield app


@pytest.fixture(autouse=True)
def clean(request):
    """Begin every test of the shared valley without reports."""
    yield
    if "valley" in request.fixturenames:
        app = request.getfixturevalue("valley")
        with writing(app.extensions["fuchun_engine"]) as session:
            for table in ("door_report", "report_salt", "login_failure"):
                session.execute(text(f"DELETE FROM {table}"))
        app.extensions["fuchun_live"].refresh()


def lines(app, language, *reports):
    with app.test_request_context(f"/?lang={language}"):
        return [line.text for line in door_lines(read_door(reports, NOW), NOW, SERVICES)]


def test_reports_are_told_as_such(valley):
    assert lines(valley, "zh", report("locked", minutes=12)) == ["12 分钟前有 1 人反映锁门（未核实）"]
    pair = (report("locked", "a", 50), report("locked", "b", 12))
    assert lines(valley, "zh", *pair) == ["2 人反映锁门，最近一次：12 分钟前（未核实）"]
    assert lines(valley, "en", *pair) == ["2 people reported: the door is locked, last 12 minutes ago (not verified)"]
    [broken] = lines(valley, "zh", report("broken", service="phone_charging"))
    assert "手机充电坏了" in broken


def test_every_line_says_that_nobody_has_verified_it(valley):
    every = [report(kind, "a") for kind in ("open", "locked", "no_water", "broken", "other")]
    for person in ("a", "b"):
        both = [report(each.kind, person, 5) for each in every[1:]] + every[1:]
        assert all("未核实" in line for line in lines(valley, "zh", *both))


def test_ages_in_words(valley):
    with valley.test_request_context("/?lang=zh"):
        assert ago_words(timedelta(seconds=20)) == "刚刚"
        assert ago_words(timedelta(minutes=1)) == "1 分钟前"
        assert ago_words(timedelta(minutes=80)) == "1 小时 20 分钟前"


# ---- Sending one ----


def rows(app, statement="SELECT * FROM door_report ORDER BY id"):
    with reading(app.extensions["fuchun_engine"]) as session:
        return session.execute(text(statement)).mappings().all()


def page(app, path="/?lang=zh"):
    return app.test_client().get(path).text


def codes(app, path="/?lang=zh"):
    return re.findall(r'class="station" data-code="([^"]+)"', page(app, path))


def nearest(app, **more):
    body = {"lon": 119.981, "lat": LAT, "mode": "walk", "count": 2, **more}
    return app.test_client().post("/api/v1/nearest", json=body).json


def test_a_report_that_waited_for_a_connection_is_as_old_as_it_is_and_one_too_old_is_refused(valley):
    assert send(valley, "locked", ago="1200").status_code == 303
    assert "20 分钟前有 1 人反映锁门（未核实）" in page(valley, "/s/S1?lang=zh")
    [row] = rows(valley)
    assert row["expires_at"] - row["at"] == WINDOW
    for wrong in (str(int(WINDOW.total_seconds())), "-5", "soon", "9" * 40):
        assert send(valley, "open", ago=wrong).status_code == 422
    assert len(rows(valley)) == 1


def test_one_press_is_seen_at_once_and_leaves_no_cookie(valley):
    answer = send(valley, "locked")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("#door")
    assert "Set-Cookie" not in answer.headers
    assert "刚刚有 1 人反映锁门（未核实）" in page(valley, "/s/S1?lang=zh")
    assert "刚刚有 1 人反映锁门（未核实）" in page(valley)
    [station] = [s for s in nearest(valley)["stations"] if s["code"] == "S1"]
    [heard] = station["door"]["reports"]
    assert (heard["kind"], heard["people"], heard["heeded"]) == ("locked", 1, False)
    assert "谢谢" in page(valley, answer.headers["Location"])


def test_one_report_moves_nothing_and_two_move_the_station_down(valley):
    before = nearest(valley)
    assert before["stations"][0]["code"] == "S1"
    send(valley, "locked")
    assert [s["code"] for s in nearest(valley)["stations"]] == ["S1", "S2"]
    send(valley, "locked", address="203.0.113.2")
    answer = nearest(valley)
    assert [s["code"] for s in answer["stations"]] == ["S2", "S1"]
    barred = answer["stations"][1]
    assert barred["door"]["locked"]
    assert barred["on_arrival"] == "open", "posted hours stay a fact of their own"
    assert "2 人反映锁门" in page(valley, "/s/S1?lang=zh")
    assert codes(valley) == ["S2", "S1"]
    send(valley, "open", address="203.0.113.3")
    assert nearest(valley)["stations"][0]["code"] == "S1", "who found it open counts against them"


def test_a_broken_thing_moves_the_station_down_for_those_who_need_it(valley):
    for n in range(2):
        send(valley, "broken:toilet", address=f"203.0.113.{n}")
    assert nearest(valley)["stations"][0]["code"] == "S1"
    assert nearest(valley, services=["phone_charging"])["stations"][0]["code"] == "S1"
    assert nearest(valley, services=["toilet"])["stations"][0]["code"] == "S2"
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    needed = nearest(valley, services=["toilet"], at=tomorrow)
    assert needed["stations"][0]["code"] == "S1", "a report of today says nothing of another day"
    assert codes(valley, "/?lang=zh&service=toilet") == ["S2", "S1"]
    assert codes(valley, "/?lang=zh&service=phone_charging") == ["S1"]


def test_the_backup_is_not_where_two_found_the_door_locked(valley):
    assert nearest(valley)["backup"]["code"] == "S2"
    for n in range(2):
        send(valley, "locked", code="S2", address=f"203.0.113.{n}")
    assert nearest(valley)["backup"] is None


def test_the_same_person_counts_once_and_another_browser_or_address_is_another(valley):
    for _ in range(3):
        send(valley, "locked")
    assert len(rows(valley)) == 1
    assert send(valley, "locked").headers["Location"].count("told=again") == 1
    send(valley, "locked", agent="another browser")
    send(valley, "locked", address="203.0.113.9")
    assert len({row["person"] for row in rows(valley)}) == 3


def test_homes_of_ipv6_are_one_person_each(valley):
    send(valley, "locked", address="2001:db8:0:1::1")
    send(valley, "locked", address="2001:db8:0:1::2")
    send(valley, "locked", address="2001:db8:0:2::1")
    assert len(rows(valley)) == 2


@pytest.mark.parametrize("found", ["", "fire", "locked:toilet", "broken:sauna", "broken:wifi", "open;locked"])
def test_what_is_no_button_of_the_place_is_refused(valley, found):
    assert send(valley, found).status_code == 422
    assert rows(valley) == []


def test_no_report_about_a_place_that_is_not_in_service(valley):
    with writing(valley.extensions["fuchun_engine"]) as session:
        session.execute(text("UPDATE place SET status = 'closed' WHERE code = 'S2'"))
    valley.extensions["fuchun_live"].refresh()
    assert send(valley, "locked", code="S2").status_code == 404
    assert send(valley, "locked", code="none").status_code == 404
    with writing(valley.extensions["fuchun_engine"]) as session:
        session.execute(text("UPDATE place SET status = 'active' WHERE code = 'S2'"))
    valley.extensions["fuchun_live"].refresh()


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Referer": "http://localhost/s/S1"}, True),
        ({"Referer": "http://evil.example/http://localhost/"}, False),
        ({}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
    ],
)
def test_a_report_comes_from_a_page_of_ours(valley, headers, is_taken):
    assert (send(valley, "locked", headers=headers).status_code == 303) == is_taken
    assert len(rows(valley)) == is_taken


@pytest.mark.usefixtures("one_quarter")
def test_a_flood_is_stopped_by_place_and_by_address(valley):
    agents = (f"browser {n}" for n in range(1000))
    for _ in range(PER_PLACE):
        assert send(valley, "locked", agent=next(agents)).status_code == 303
    assert send(valley, "locked", agent=next(agents)).status_code == 429
    for _ in range(PER_ADDRESS - PER_PLACE):
        assert send(valley, "other", code="S2", agent=next(agents)).status_code in (303, 429)
    assert send(valley, "other", code="S2", agent=next(agents)).status_code == 429
    assert send(valley, "other", code="S2", address="203.0.113.77").status_code == 303, "others are still heard"


# ---- What is kept ----


def test_nothing_of_who_and_where_is_stored(valley):
    send(valley, "locked", lon="119.98", lat="30.0", address="198.51.100.23", agent="Phone of Li Lei")
    with reading(valley.extensions["fuchun_engine"]) as session:
        for table in ("door_report", "report_salt", "login_failure"):
            dump = str(session.execute(text(f"SELECT * FROM {table}")).all())
            for trace in ("198.51.100.23", "Li Lei", "119.98", "30.0,"):
                assert trace not in dump
    columns = rows(valley, "SELECT column_name FROM information_schema.columns WHERE table_name = 'door_report'")
    assert not {"geom", "lon", "lat", "address", "agent"} & {row["column_name"] for row in columns}


def test_another_day_has_another_salt_and_the_old_one_is_gone(valley):
    engine = valley.extensions["fuchun_engine"]
    sender = Sender("203.0.113.1", PHONE)
    with writing(engine) as session:
        monday = day_salt(session, date(2026, 11, 23))
        assert day_salt(session, date(2026, 11, 23)) == monday
        tuesday = day_salt(session, date(2026, 11, 24))
    assert person_hash(monday, sender) != person_hash(tuesday, sender)
    assert person_hash(monday, sender) == person_hash(monday, sender)
    assert [row["day"] for row in rows(valley, "SELECT day FROM report_salt")] == [date(2026, 11, 24)]


def test_the_salt_changes_at_four_in_the_morning_in_china():
    assert report_day(datetime(2026, 11, 24, 19, 59, tzinfo=UTC)) == date(2026, 11, 24)
    assert report_day(datetime(2026, 11, 24, 20, 0, tzinfo=UTC)) == date(2026, 11, 25)


def test_senders_are_forgotten_by_the_hour(valley):
    send(valley, "locked")
    later = datetime.now(UTC) + timedelta(hours=3)
    with writing(valley.extensions["fuchun_engine"]) as session:
        forget_senders(session, date(2000, 1, 1), later)
    assert [row["person"] for row in rows(valley)] == [None]
    assert rows(valley, "SELECT * FROM report_salt") == []
    with writing(valley.extensions["fuchun_engine"]) as session:
        forget_senders(session, date(2000, 1, 1), later + timedelta(days=31))
    assert rows(valley) == []


def document(app):
    return app.test_client().get(f"/device/{CODE}/stations.json?lang=zh")


def test_what_a_phone_keeps_is_another_as_soon_as_a_report_comes(valley):
    before = document(valley)
    assert before.json["reports"] == {}
    send(valley, "locked")
    after = document(valley)
    assert after.headers["ETag"] != before.headers["ETag"]
    [[kind, service, second, person]] = after.json["reports"]["S1"]
    assert (kind, service, person) == ("locked", None, 0)
    assert abs(second - time.time()) < 10
    assert rows(valley)[0]["person"] not in after.text
    assert "反映" not in "".join(after.json["lists"].values()), "the phone puts reports in, at its own time"
    send(valley, "locked", address="203.0.113.2")
    assert [person for *_, person in document(valley).json["reports"]["S1"]] == [0, 1]
    with writing(valley.extensions["fuchun_engine"]) as session:
        clear_reports(session, CODE, "S1", by="p", now=datetime.now(UTC))
    valley.extensions["fuchun_live"].refresh()
    assert document(valley).json["reports"] == {}


def test_advice_does_not_send_anybody_to_a_locked_door(valley):
    for n in range(2):
        send(valley, "locked", address=f"203.0.113.{n}")
    ask = {"lon": 119.981, "lat": LAT, "mode": "walk", "count": 5}
    answer = valley.test_client().post("/list?lang=zh", json=ask)
    assert "15 分钟内没有开着的爱心驿站。最近的一处：East station，步行 " in answer.text
    for n in range(2):
        send(valley, "locked", code="S2", address=f"203.0.113.{n}")
    assert "这些都不一定开着" in valley.test_client().post("/list?lang=zh", json=ask).text


# ---- Staff ----


@pytest.fixture
def planner(valley):
    with writing(valley.extensions["fuchun_engine"]) as session:
        session.execute(text("DELETE FROM account"))
        password = create_account(session, "p", role="planner")
    client = english(valley)
    token = csrf_token(client, "/login")
    client.post("/login", data={"username": "p", "password": password, "csrf_token": token})
    return client


def test_the_inbox_counts_and_a_confirmation_clears(valley, planner):
    assert "Nothing was reported" in planner.get("/manage/reports").text
    send(valley, "locked")
    send(valley, "locked", address="203.0.113.2")
    inbox = planner.get("/manage/reports").text
    assert "the door is locked: 2 · 2" in inbox
    assert "It comes after the others in the list." in inbox
    form = {"csrf_token": csrf_token(planner, "/manage/reports"), "confirm": "yes"}
    assert planner.post("/manage/reports/doors/S1", data=form).status_code == 302
    valley.extensions["fuchun_live"].refresh()
    assert "反映锁门" not in page(valley, "/s/S1?lang=zh")
    assert "上次核实：今天" in page(valley, "/s/S1?lang=zh")
    assert nearest(valley)["stations"][0]["code"] == "S1"
    assert "cleared by p" in planner.get("/manage/reports").text
    valley.extensions["fuchun_live"].build(CODE)


def test_putting_aside_clears_without_a_confirmation(valley, planner):
    confirmed = "SELECT confirmed_at FROM place WHERE code = 'S1'"
    before = rows(valley, confirmed)
    send(valley, "other")
    form = {"csrf_token": csrf_token(planner, "/manage/reports"), "drop": "yes"}
    assert planner.post("/manage/reports/doors/S1", data=form).status_code == 302
    assert rows(valley, confirmed) == before
    assert rows(valley)[0]["cleared_by"] == "p"
    assert planner.post("/manage/reports/doors/none", data=form).status_code == 404


def test_a_cleared_report_stays_cleared_and_a_new_one_counts_again(valley):
    engine = valley.extensions["fuchun_engine"]
    send(valley, "locked")
    now = datetime.now(UTC)
    with writing(engine) as session:
        assert clear_reports(session, CODE, "S1", by="p", now=now) == 1
        assert clear_reports(session, CODE, "S1", by="p", now=now) == 0
        assert read_unexpired(session, CODE, now) == []
    assert "told=again" not in send(valley, "locked").headers["Location"], "locked again after staff were there"
    with reading(engine) as session:
        assert len(read_unexpired(session, CODE, datetime.now(UTC))) == 1


# ---- Workers ----


def test_other_workers_know_within_two_seconds_and_reckon_nothing_anew(valley, tmp_path):
    other = LiveDistricts(valley.extensions["fuchun_engine"], valley.extensions["fuchun_config"].state_dir)
    state = other.state(CODE)
    version, stamps = state.data_version, dict(state.stamps)
    other.start()
    send(valley, "locked")
    deadline = time.monotonic() + 2.0
    while not other.state(CODE).board.door("S1", datetime.now(UTC)).heard:
        assert time.monotonic() < deadline, "another worker does not know yet"
        time.sleep(0.05)
    other.stop()
    assert other.state(CODE) is state, "no new state: streets, tours and coverage stay as they are"
    assert (state.data_version, dict(state.stamps)) == (version, stamps)


def test_a_new_state_keeps_the_reports(valley):
    send(valley, "locked")
    with writing(valley.extensions["fuchun_engine"]) as session:
        session.execute(text("UPDATE tour SET summary = 'other'"))
    live = valley.extensions["fuchun_live"]
    before = live.state(CODE)
    live.refresh()
    assert live.state(CODE) is not before
    assert live.state(CODE).board.door("S1", datetime.now(UTC)).heard


def test_a_worker_that_starts_later_reads_what_is_there(valley):
    send(valley, "locked")
    app = create_app(valley.extensions["fuchun_config"])
    assert "反映锁门" in page(app, "/s/S1?lang=zh")
    app.extensions["fuchun_live"].stop()
    dispose(app)
