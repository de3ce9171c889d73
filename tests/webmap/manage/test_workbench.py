"""The workbench: what waits is shown where it waits, and a target is what somebody has entered with its source."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import Engine, text

from geo.db.rider_tables import DoorReport
from geo.db.session import reading, writing
from geo.db.visits import counted_in
from tests.webmap.conftest import DISTRICT, LogIn, csrf_token


@pytest.fixture
def planner(log_in: LogIn, sample_place: str) -> FlaskClient:
    return log_in("planner")


def report(engine: Engine, kind: str = "locked") -> None:
    now = datetime.now(UTC)
    with writing(engine) as session:
        session.add(
            DoorReport(
                district_code=DISTRICT, place_code="S01", kind=kind, at=now - timedelta(hours=5),
                expires_at=now - timedelta(hours=3), person=None,
            )
        )  # fmt: skip


def test_what_waits_is_shown_and_what_does_not_is_left_out(app: Flask, planner: FlaskClient, engine: Engine) -> None:
    page = planner.get("/manage/").text
    assert "1 stations were not confirmed" in page
    for other in ("reported on", "overdue by", "rows were not loaded", "reported visits"):
        assert other not in page
    report(engine)
    report(engine, "open")
    assert "1 station was reported on" in planner.get("/manage/").text, "though riders read it no longer"
    settle = {"csrf_token": csrf_token(planner, "/manage/reports"), "confirm": "yes"}
    assert planner.post("/manage/reports/doors/S01", data=settle).status_code == 302
    app.extensions["fuchun_live"].refresh()
    page = planner.get("/manage/").text
    assert "Nothing waits for you today." in page
    assert "示意站01" in page, "the latest changes stand in its place"


def test_a_target_needs_its_source_and_is_refused_when_somebody_was_faster(
    planner: FlaskClient, engine: Engine
) -> None:
    form = {"csrf_token": csrf_token(planner, "/manage/"), "version": "0", "stations": "8", "source": ""}
    refused = planner.post("/manage/target", data=form)
    assert refused.status_code == 422
    assert "Write which document sets the target" in refused.text
    assert 'value="8"' in refused.text
    assert planner.post("/manage/target", data=form | {"source": "工作要点 3 号"}).status_code == 303
    page = planner.get("/manage/").text
    assert f"target of {date.today().year}: 8 stations" in page
    assert "工作要点 3 号" in page
    assert planner.post("/manage/target", data=form | {"source": "another"}).status_code == 409
    for wrong in ("-1", "8.5", "20000"):
        assert planner.post("/manage/target", data=form | {"source": "s", "stations": wrong}).status_code in (409, 422)
    with reading(engine) as session:
        noted = session.execute(text("SELECT actor, action FROM change WHERE table_name = 'year_target'")).all()
    assert [tuple(row) for row in noted] == [("a-planner", "insert")]
    assert planner.post("/manage/target", data=form | {"version": "1", "stations": ""}).status_code == 303
    assert "has not been entered" in planner.get("/manage/").text


def test_a_reader_sees_the_target_and_enters_none(log_in: LogIn, sample_place: str) -> None:
    reader = log_in("viewer")
    page = reader.get("/manage/").text
    assert "has not been entered" in page
    assert 'action="/manage/target' not in page
    token = csrf_token(reader, "/manage/")
    sent = {"csrf_token": token, "version": "0", "stations": "8", "source": "s"}
    assert reader.post("/manage/target", data=sent).status_code == 403


def test_visits_are_asked_for_only_where_somebody_counts_them(engine: Engine, sample_place: str) -> None:
    with writing(engine) as session:
        assert counted_in(session, DISTRICT, date(2026, 10, 1)) is None
        for month in ("2026-09-01", "2026-03-01"):
            session.execute(
                text("INSERT INTO visit (district_code, place_code, month, visits) VALUES (:d, 'S01', :m, 7)"),
                {"d": DISTRICT, "m": month},
            )
        assert counted_in(session, DISTRICT, date(2026, 9, 1)) == {"S01"}
        assert counted_in(session, DISTRICT, date(2026, 10, 1)) == set()
        assert counted_in(session, DISTRICT, date(2027, 6, 1)) is None


def test_a_list_is_searched_filtered_and_sent_as_it_is_shown(log_in: LogIn, engine: Engine, sample_place: str) -> None:
    with writing(engine) as session:
        session.execute(
            text(
                "INSERT INTO place (district_code, code, name, geom, confirmed_at) "
                "VALUES (:d, 'S02', '=示意站02', 'SRID=4326;POINT(119.96 30.05)', now())"
            ),
            {"d": DISTRICT},
        )
    editor = log_in("editor")

    def shown(query: str) -> set[str]:
        page = editor.get(f"/manage/places?{query}").text
        return {code for code in ("S01", "S02") if f"<td>{code}</td>" in page}

    assert shown("") == shown("town=nowhere") == {"S01", "S02"}
    assert shown("q=站02") == shown("q=s02") == shown("confirmed=done") == {"S02"}
    assert shown("q=toilet") == shown("confirmed=due") == shown("kind=rest_station") == {"S01"}
    assert shown("q=示意 toilet") == {"S01"}, "all words, in whatever order"
    assert "None fits." in editor.get("/manage/places?q=nothing").text
    answer = editor.get("/manage/places?q=站02&format=xlsx")
    assert "sample" in answer.headers["Content-Disposition"].lower()
    (sheet,) = load_workbook(BytesIO(answer.data)).worksheets
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0].startswith("Sample data · ")
    assert [row[0] for row in rows[2:]] == ["S02"]
    assert sheet["B3"].data_type == "s", "what somebody wrote is never a formula"
