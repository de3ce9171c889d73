"""What planners draw and decide, over HTTP: who may, what counts, and what becomes of a promise."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from geo.db.layers import SourceFacts, replace_places
from geo.db.session import writing
from tests.conftest import DatabaseMaker
from tests.webmap.staff_api import FIELD, SPOT, Staff
from tests.webmap.valley import CODE, HAMLET_PEOPLE, LAT, WEST_PEOPLE, valley_app

EVERYBODY = 380.0
"""Residents of the valley."""


@pytest.fixture
def valley(make_database: DatabaseMaker, tmp_path: Path, translations: None) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path, status="real") as app:
        yield app
        app.extensions["fuchun_live"].stop()


@pytest.fixture
def planner(valley: Flask) -> Staff:
    return Staff(valley, "planner")


def people(app: Flask, client: FlaskClient) -> float:
    """Return the people of the district after its snapshot has been brought up to date."""
    app.extensions["fuchun_live"].build(CODE)
    return client.get("/api/v1/coverage").json["people"]


def test_strangers_and_other_roles_may_not_draw(valley: Flask) -> None:
    stranger = valley.test_client()
    for method, address in (
        ("get", "/hotspots"),
        ("post", "/areas"),
        ("get", "/gap-entries"),
        ("put", "/gap-entries/1"),
    ):
        answer = stranger.open(f"/api/v1{address}", method=method, json={} if method != "get" else None)
        assert answer.status_code in ((401,) if method == "get" else (400, 401))
    editor = Staff(valley, "editor")
    assert editor.ask("list_hotspots", "GET", "/hotspots").status_code == 403
    assert editor.ask("draw_hotspot", "POST", "/hotspots", SPOT).status_code == 403


def test_a_write_without_its_token_is_refused(planner: Staff) -> None:
    assert planner.client.post("/api/v1/hotspots", json=SPOT).status_code == 400
    assert planner.ask("list_hotspots", "GET", "/hotspots").json["features"] == []


def test_a_drawn_hotspot_counts_is_changed_and_gone_again(valley: Flask, planner: Staff) -> None:
    assert people(valley, planner.client) == EVERYBODY
    drawn = planner.ask("draw_hotspot", "POST", "/hotspots", SPOT)
    assert drawn.status_code == 201
    assert drawn.json["properties"]["layer"] == "riders"
    assert drawn.json["properties"]["created_by"] == "a-planner"
    assert people(valley, planner.client) == EVERYBODY + 40
    address = f"/hotspots/{drawn.json['id']}"
    field = SPOT | {"layer": "residents", "geometry": {"type": "Polygon", "coordinates": [FIELD]}, "version": 1}
    changed = planner.ask("change_hotspot", "PUT", address, field | {"weight": 60, "note": "noon"})
    assert (changed.status_code, changed.json["properties"]["version"]) == (200, 2)
    assert people(valley, planner.client) == pytest.approx(EVERYBODY + 60)
    stale = planner.ask("change_hotspot", "PUT", address, field | {"weight": 1})
    assert (stale.status_code, stale.json["type"]) == (409, "/problems/conflict")
    assert planner.ask("remove_hotspot", "DELETE", f"{address}?version=1").status_code == 409
    assert planner.ask("remove_hotspot", "DELETE", f"{address}?version=2").status_code == 204
    assert planner.ask("remove_hotspot", "DELETE", f"{address}?version=2").status_code == 404
    assert people(valley, planner.client) == EVERYBODY


def test_a_drawn_hotspot_reaches_the_numbers_of_a_running_site_by_itself(valley: Flask, planner: Staff) -> None:
    live = valley.extensions["fuchun_live"]
    live.state(CODE)
    live.start()
    planner.ask("draw_hotspot", "POST", "/hotspots", SPOT)
    deadline = time.monotonic() + 60.0
    while planner.client.get("/api/v1/coverage").json["people"] != EVERYBODY + 40:
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "at least 1"),
        ({"weight": -1}, "0 or more"),
        ({"weight": 0}, "not a number above 0"),
        ({"layer": "trees"}, "one of"),
        ({"extra": 1}, "not known"),
        ({"geometry": {"type": "Point", "coordinates": [24.9, 60.1]}}, "leaves the district"),
        ({"geometry": {"type": "Polygon", "coordinates": [FIELD[:3]]}}, "one of the forms"),
        ({"geometry": {"type": "Polygon", "coordinates": [[FIELD[i] for i in (0, 2, 1, 3, 0)]]}}, "crosses"),
    ],
)  # fmt: skip
def test_a_drawing_that_cannot_be_is_refused_where_it_is_wrong(planner: Staff, wrong: dict, says: str) -> None:
    answer = planner.ask("draw_hotspot", "POST", "/hotspots", SPOT | wrong)
    assert answer.status_code == 422
    assert says in answer.text


@pytest.mark.parametrize("note", [5, 1.5, True, [], {}])
def test_a_wrong_type_where_null_is_allowed_is_named(planner: Staff, note: object) -> None:
    answer = planner.ask("draw_hotspot", "POST", "/hotspots", SPOT | {"note": note})
    assert answer.status_code == 422
    assert answer.json["errors"] == [{"pointer": "#/note", "detail": "must be a text"}]


def test_a_key_area_gets_numbers_of_its_own(valley: Flask, planner: Staff) -> None:
    area = {"name": "West end", "geometry": {"type": "Polygon", "coordinates": [FIELD]}}
    drawn = planner.ask("draw_area", "POST", "/areas", area)
    assert (drawn.status_code, drawn.json["id"]) == (201, "area-1")
    valley.extensions["fuchun_live"].refresh()
    (found,) = planner.client.get("/api/v1/coverage").json["by_area"]
    assert (found["name"], found["people"], found["covered"]) == ("West end", WEST_PEOPLE, WEST_PEOPLE)
    changed = planner.ask("change_area", "PUT", "/areas/area-1", area | {"name": "West", "version": 1})
    assert changed.json["properties"]["version"] == 2
    assert planner.ask("change_area", "PUT", "/areas/area-1", area | {"version": 1}).status_code == 409
    assert planner.ask("draw_area", "POST", "/areas", area | {"code": "W"}).status_code == 422, "the code of a town"
    assert len(planner.ask("list_areas", "GET", "/areas").json["features"]) == 1
    assert planner.ask("remove_area", "DELETE", "/areas/area-1?version=2").status_code == 204
    valley.extensions["fuchun_live"].refresh()
    assert planner.client.get("/api/v1/coverage").json["by_area"] == []


@pytest.fixture
def entry(planner: Staff) -> Callable[..., TestResponse]:
    """Make an entry of the gap in the east by a question."""

    def make(**question: Any) -> TestResponse:
        query = "&".join(f"{name}={value}" for name, value in question.items())
        gaps = planner.client.get(f"/api/v1/coverage/gaps?{query}").json["gaps"]
        (east,) = [gap for gap in gaps if gap["cause"] != "not_attached" and gap["town"]["code"] == "E"]
        return planner.ask("add_gap_entry", "POST", "/gap-entries", {"gap": east["id"], **question})

    return make


def test_a_gap_becomes_an_entry_and_an_opening_is_measured(valley: Flask, planner: Staff, entry: Any) -> None:
    """Within 10 minutes the east (200) reaches nobody; a station at its end covers just them."""
    made = entry(minutes=10)
    assert made.status_code == 201
    new = made.json
    assert (new["promised"], new["state"], new["unit"], new["minutes"], new["sample"]) == (
        200,
        "todo",
        "people",
        10,
        False,
    )
    address = f"/gap-entries/{new['id']}"
    change = {"name": new["name"], "state": "talking", "version": 1, "owner": "Li", "note": "asked the bank"}
    talking = planner.ask("change_gap_entry", "PUT", address, change)
    assert (talking.json["owner"], talking.json["version"]) == ("Li", 2)
    assert [note["state"] for note in talking.json["notes"]] == ["todo", "talking"]
    assert planner.ask("change_gap_entry", "PUT", address, change).status_code == 409
    opening = change | {"version": 2, "state": "open", "station": "S3", "note": None}
    missing = planner.ask("change_gap_entry", "PUT", address, opening)
    assert (missing.status_code, "there is no station S3 in service" in missing.text) == (422, True)

    function = {"kind": "rest_station", "tier": None, "hours": "24/7", "hours_posted": None, "services": []}
    station = {"code": "S3", "name": "East end", "lon": 120.02, "lat": LAT, "functions": [function]}
    with writing(valley.extensions["fuchun_engine"]) as session:
        replace_places(session, CODE, [station], SourceFacts("new.csv", 1, 1), keep=True)
    valley.extensions["fuchun_live"].build(CODE)
    opened = planner.ask("change_gap_entry", "PUT", address, opening).json
    measured = opened["measured"]
    assert (measured["gain"], measured["missed_here"], measured["counts"]) == (200, 0, True)
    assert (measured["reached_here"], measured["gain_here"]) == (200, 200)
    assert measured["covered"] - measured["covered_without"] == measured["gain"]
    assert planner.client.get("/api/v1/coverage?minutes=10").json["covered"] == measured["covered"]
    assert opened["promised"] == 200
    listed = planner.ask("list_gap_entries", "GET", "/gap-entries?state=open").json["entries"]
    assert [each["id"] for each in listed] == [new["id"]]
    assert planner.ask("gap_entry", "GET", address).json == opened


def test_an_entry_keeps_its_question_and_measures_by_it(valley: Flask, planner: Staff, entry: Any) -> None:
    """On Sunday the east station is closed: the entry's station is measured at that hour, not at noon on Monday."""
    made = entry(minutes=20, at="2026-11-22T12:00:00+08:00").json
    assert made["at"] is not None
    assert made["cause"] == "closed"
    opening = {"name": "x", "state": "open", "station": "S2", "version": 1}
    measured = planner.ask("change_gap_entry", "PUT", f"/gap-entries/{made['id']}", opening).json["measured"]
    assert (measured["counts"], measured["gain"]) == (False, 0)
    assert measured["missed_here"] == made["promised"]


def test_nothing_is_promised_where_nobody_is_missed(planner: Staff) -> None:
    answer = planner.ask("add_gap_entry", "POST", "/gap-entries", {"gap": "nowhere"})
    assert answer.status_code == 404
    assert "nobody is missed there any more by this question" in answer.text


def test_what_is_not_to_be_built_needs_its_reason(planner: Staff, entry: Any) -> None:
    made = entry(minutes=10).json
    address = f"/gap-entries/{made['id']}"
    change = {"name": "x", "state": "declined", "version": 1}
    refused = planner.ask("change_gap_entry", "PUT", address, change)
    assert (refused.status_code, "say why" in refused.text) == (422, True)
    declined = planner.ask("change_gap_entry", "PUT", address, change | {"reason": "no room"}).json
    assert (declined["reason"], declined["notes"][-1]["text"]) == ("no room", "no room")


def test_an_entry_promised_on_a_sample_says_so(
    make_database: DatabaseMaker, tmp_path: Path, translations: None
) -> None:
    with valley_app(make_database, tmp_path) as app:
        staff = Staff(app, "planner")
        gaps = staff.client.get("/api/v1/coverage/gaps?minutes=10").json["gaps"]
        made = staff.ask("add_gap_entry", "POST", "/gap-entries", {"gap": gaps[0]["id"], "minutes": 10})
        assert made.json["sample"] is True
        assert sum(gap["people"] for gap in gaps) >= HAMLET_PEOPLE
