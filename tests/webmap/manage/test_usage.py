"""What riders use is counted as totals, with nothing in them that tells two people apart."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook

from geo.db.session import make_engine, reading, writing
from geo.db.usage import KEPT, Key, add_counts, read_counts
from tests.conftest import DatabaseMaker
from tests.webmap.conftest import staff_client
from tests.webmap.valley import CODE, LAT, valley_app
from webmap.logic.usage import UsageWriter, today
from webmap.web.addresses import station_address

HERE = {"lon": 119.985, "lat": LAT}
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def valley(make_database: DatabaseMaker, tmp_path, translations: None) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path) as app:
        yield app


def taken(app: Flask) -> dict[tuple[str, str], int]:
    """Return what was counted since the last time."""
    found = app.extensions["fuchun_usage"].take()
    assert {key.district for key in found} <= {CODE}
    return {(key.what, key.about): number for key, number in found.items()}


def test_answers_ways_and_scans_are_counted_once_whichever_way_they_come(valley: Flask) -> None:
    rider = valley.test_client()
    usual = rider.post("/api/v1/nearest", json=HERE | {"services": ["toilet"], "at": "2026-11-24T10:00:00+08:00"})
    assert usual.status_code == 200
    assert taken(valley) == {("answer", ""): 1, ("first", "S1"): 1, ("asked", "toilet"): 1}
    assert rider.post(f"/api/v1/nearest?district={CODE}", json=HERE).status_code == 200
    assert rider.post("/list", json=HERE).status_code == 200
    assert taken(valley) == {("answer", ""): 2, ("first", "S1"): 2}
    rider.post("/api/v1/nearest", json=HERE | {"services": ["shower"], "always": True})
    assert taken(valley) == {
        ("answer", ""): 1, ("asked", "shower"): 1, ("asked", "always"): 1, ("missed", "shower"): 1,
        ("missed", "always"): 1,
    }  # fmt: skip
    rider.post("/api/v1/route", json={"from": HERE, "to": {"station": "S2"}})
    rider.post("/api/v1/route", json={"from": HERE, "to": HERE})
    assert taken(valley) == {("go", "S2"): 1}
    with valley.test_request_context("/"):
        state = valley.extensions["fuchun_live"].state(CODE)
        assert station_address(state, "S1", is_scanned=True).endswith("/s/S1?qr=1")
    page = rider.get("/s/S1?qr=1").text
    assert "qr=1" not in page, "no link of the page would be counted again"
    rider.get("/s/S1?qr=1", headers=OURS)
    rider.get("/s/S1")
    assert taken(valley) == {("qr", "S1"): 1}


def test_a_phone_tells_what_it_answered_and_nothing_else_is_taken(valley: Flask) -> None:
    phone = valley.test_client()
    document = phone.get(f"/device/{CODE}/stations.json").json
    address = document["tally"]
    told = {"asked": ["toilet", "nothing known", "always"], "missed": "1"}
    assert phone.post(address, data=told, headers=OURS).status_code == 204
    assert phone.post(address, data={"go": "S1"}, headers=OURS).status_code == 204
    assert taken(valley) == {
        ("answer", ""): 1, ("asked", "toilet"): 1, ("asked", "always"): 1, ("missed", "toilet"): 1,
        ("missed", "always"): 1, ("go", "S1"): 1,
    }  # fmt: skip
    assert phone.post(address, data={"go": "119.98,30.0"}, headers=OURS).status_code == 422
    assert phone.post(address, data={"first": "119.98,30.0"}, headers=OURS).status_code == 204
    assert phone.post(address, data={"go": "S1"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert taken(valley) == {("answer", ""): 1}


def test_totals_are_added_up_kept_while_the_store_is_away_and_forgotten_after_a_year(valley: Flask) -> None:
    engine, counter = valley.extensions["fuchun_engine"], valley.extensions["fuchun_usage"]
    day = today(valley.extensions["fuchun_live"].state(CODE))
    old, gone = Key(CODE, day - KEPT - timedelta(days=1), "go", "S1"), Key("gone", day, "go", "S1")
    key = Key(CODE, day, "go", "S1")
    with writing(engine) as session:
        add_counts(session, {key: 2, old: 9}, old.day)
    counter.count([key, gone])
    UsageWriter(counter, make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")).write()
    UsageWriter(counter, engine).write()
    UsageWriter(counter, engine).write()
    with reading(engine) as session:
        assert read_counts(session, CODE, first=old.day, last=day) == [(key, 3)]


def test_the_page_and_the_sheet_show_a_few_as_few(valley: Flask) -> None:
    state = valley.extensions["fuchun_live"].state(CODE)
    day = today(state)
    reader = staff_client(valley, "viewer")
    assert "Nothing was used in these days." in reader.get("/manage/usage").text
    counts = {("go", "S1"): 3, ("first", "S1"): 1234, ("qr", "S2"): 5, ("answer", ""): 40, ("missed", "shower"): 4}
    with writing(valley.extensions["fuchun_engine"]) as session:
        add_counts(session, {Key(CODE, day, *key): number for key, number in counts.items()}, day)
    page = reader.get("/manage/usage").text
    row = re.search(r"West station</a></th>(.*?)</tr>", page, re.DOTALL)
    assert row
    assert re.findall(r"quantity\">([^<]*)<", row[1].replace("&lt;", "＜")) == ["1,234", "＜5", "0"]
    assert re.search(r'shower</th><td class="quantity">0</td><td class="quantity">&lt;5</td>', page)
    assert page.count("<title>") >= 31, "a bar a day"
    (sheet,) = load_workbook(BytesIO(reader.get("/manage/usage?format=xlsx&q=East").data)).worksheets
    assert [cell.value for cell in sheet[3]] == ["S2", "East station", "0", "0", "5"]
    assert sheet.max_row == 3
