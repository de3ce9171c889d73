"""The API on real streets: every answer fits the document, every refusal says where and why."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from geo.db.session import writing
from geo.db.tables import District
from loaders.sample.helsinki import HELSINKI
from tests.webmap.api_schema import fits
from tests.webmap.conftest import dispose
from webmap import create_app
from webmap.logic.config import Config

MIDDLE = {"lon": 24.9384, "lat": 60.1699}
AT_SEA = {"lon": 24.0, "lat": 59.0}


@pytest.fixture(scope="module")
def city(helsinki: tuple[Engine, Path], translations: None) -> Iterator[Flask]:
    """The application on the Helsinki demonstration."""
    engine, state_dir = helsinki
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Config(database_url=url, state_dir=state_dir, secret_key="not a secret"))
    yield app
    dispose(app)


@pytest.fixture
def rider(city: Flask) -> FlaskClient:
    client = city.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def test_nearest_answers_as_promised(city: Flask, rider: FlaskClient) -> None:
    answer = rider.post("/api/v1/nearest", json={**MIDDLE, "mode": "ebike", "count": 2})
    assert answer.status_code == 200
    found = fits(city, "nearest", answer)
    assert len(found["stations"]) == 2
    assert found["mode"] == "ebike"
    assert found["district"] == HELSINKI


def test_nearest_takes_its_defaults_from_the_document(city: Flask, rider: FlaskClient) -> None:
    found = fits(city, "nearest", rider.post("/api/v1/nearest", json=MIDDLE))
    assert found["mode"] == "walk"
    assert len(found["stations"]) == 3


def test_nearest_at_a_moment_tells_when_stations_close(city: Flask, rider: FlaskClient) -> None:
    noon = {**MIDDLE, "at": "2026-11-25T12:00:00+02:00", "count": 20}
    stations = fits(city, "nearest", rider.post("/api/v1/nearest", json=noon))["stations"]
    assert {s["on_arrival"] for s in stations} >= {"open"}
    assert all((s["closes_at"] is not None) <= (s["on_arrival"] == "open") for s in stations)


def test_a_route_goes_to_a_station_or_to_a_point(city: Flask, rider: FlaskClient) -> None:
    station = rider.post("/api/v1/nearest", json=MIDDLE).json["stations"][0]
    for to in ({"station": station["code"]}, {"lon": station["lon"], "lat": station["lat"]}):
        answer = rider.post("/api/v1/route", json={"from": MIDDLE, "to": to})
        assert answer.status_code == 200
        assert fits(city, "route", answer)["distance_m"] == pytest.approx(station["distance_m"], abs=0.2)


def test_the_steps_of_a_route_are_in_the_language_asked_for(city: Flask, rider: FlaskClient) -> None:
    station = rider.post("/api/v1/nearest", json=MIDDLE).json["stations"][0]["code"]
    body = {"from": MIDDLE, "to": {"station": station}}
    english = rider.post("/api/v1/route", json=body).json["steps"]
    chinese = rider.post("/api/v1/route?lang=zh", json=body).json["steps"]
    assert [s["distance_m"] for s in english] == [s["distance_m"] for s in chinese]
    assert english[0]["text"] != chinese[0]["text"]


@pytest.mark.parametrize("query", ["", "?mode=ebike&minutes=5", "?at=2026-11-25T03:00:00%2B02:00", "?service=toilet"])
def test_coverage_and_its_squares_answer_as_promised(city: Flask, rider: FlaskClient, query: str) -> None:
    coverage = fits(city, "coverage", rider.get(f"/api/v1/coverage{query}"))
    gaps = fits(city, "coverage_squares", rider.get(f"/api/v1/coverage/squares{query}"))
    missed = sum(feature["properties"]["people"] for feature in gaps["features"])
    assert missed == pytest.approx(coverage["people"] - coverage["covered"], rel=1e-3, abs=1.0)


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("coverage_gaps", "/coverage/gaps?minutes=3&at=2026-11-25T03:00:00%2B02:00&count=5"),
        ("coverage_week", "/coverage/week?layer=residents%3D0.5"),
        ("coverage_week", "/coverage/week?week=2026-11-25&area=centre"),
        ("coverage_closure", "/coverage/closure?at=2026-11-25T12:00:00%2B02:00&service=wifi"),
        ("coverage", "/coverage?minutes=1&service=shower&area=centre"),
    ],
)
def test_the_answers_about_coverage_are_as_promised(city: Flask, rider: FlaskClient, operation: str, path: str) -> None:
    answer = rider.get(f"/api/v1{path}")
    assert answer.status_code == 200
    fits(city, operation, answer)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/coverage/week?week=2026-13-01", "2026-13-01 is not a day"),
        ("/coverage?layer=residents", "such as residents=1"),
        ("/coverage?layer=drones%3D1", "no demand layer drones"),
    ],
)
def test_a_question_that_cannot_be_counted_is_named(rider: FlaskClient, path: str, said: str) -> None:
    answer = rider.get(f"/api/v1{path}")
    assert answer.status_code == 422
    assert said in answer.json["detail"]


def test_stations_are_geojson(city: Flask, rider: FlaskClient) -> None:
    answer = rider.get("/api/v1/stations")
    assert answer.mimetype == "application/geo+json"
    assert fits(city, "stations", answer)["features"]


def test_districts_are_listed(city: Flask, rider: FlaskClient) -> None:
    assert [d["code"] for d in fits(city, "districts", rider.get("/api/v1/districts"))["districts"]] == [HELSINKI]


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({"lon": 24.9}, "#/lat", "is missing"),
        ({**MIDDLE, "lon": 1120.36}, "#/lon", "must be 180 or less"),
        ({**MIDDLE, "lon": "24.9"}, "#/lon", "must be a number"),
        ({**MIDDLE, "colour": "red"}, "#/colour", "is not known here"),
        ({**MIDDLE, "mode": "swim"}, "#/mode", "must be one of: walk, ebike"),
        ({**MIDDLE, "count": 2.5}, "#/count", "must be a whole number"),
        ({**MIDDLE, "count": 0}, "#/count", "must be 1 or more"),
        ({**MIDDLE, "services": "toilet"}, "#/services", "must be a list"),
        ({**MIDDLE, "services": ["sauna"]}, "#/services/0", "must be one of: drinking_water"),
        ({**MIDDLE, "at": "tomorrow"}, "#/at", "must "),
        ([], "#", "must be an object"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_by_place(
    city: Flask, rider: FlaskClient, body: Any, pointer: str, detail: str
) -> None:
    answer = rider.post("/api/v1/nearest", json=body)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    problem = fits(city, "nearest", answer)
    assert problem["status"] == 422
    assert {fault["pointer"] for fault in problem["errors"]} == {pointer}
    assert problem["errors"][0]["detail"].startswith(detail)


@pytest.mark.parametrize("count", ["2.0", "2e0", "20e-1"])
def test_a_whole_number_may_be_written_with_a_point(city: Flask, rider: FlaskClient, count: str) -> None:
    body = f'{{"lon": 24.9384, "lat": 60.1699, "count": {count}}}'
    answer = rider.post("/api/v1/nearest", data=body, content_type="application/json")
    assert answer.status_code == 200
    assert len(fits(city, "nearest", answer)["stations"]) == 2


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b'{"lon": ', "application/json", 400),
        (b'{"lon": 24.9, "lat": 60.1, "count": 2.5}', "application/json", 422),
        (b'{"lon": 24.9, "lat": 60.1, "count": 1e400}', "application/json", 422),
        (b'{"lon": 24.9, "lat": 60.1, "count": 3.0e300}', "application/json", 422),
        (b"\xff\xfe", "application/json", 400),
        (b'{"lon": NaN, "lat": 60.0}', "application/json", 422),
        (b'{"lon": 1e999, "lat": 60.0}', "application/json", 422),
        (b"null", "application/json", 422),
        (b"[" * 60_000, "application/json", 400),
        (b'{"lon": 24.9, "lat": 60.1, "at": "2026-12-31T23:59:60Z"}', "application/json", 422),
        (b'{"lon": 24.9, "lat": 60.1, "mode": "\\ud800"}', "application/json", 400),
        (b'{"lon": 24.9, "lat": 60.1}', "text/plain", 415),
        (b"lon=24.9&lat=60.1", "application/x-www-form-urlencoded", 415),
        (b" " * 70_000, "application/json", 413),
    ],
)
def test_a_body_that_is_no_fit_json_is_a_problem_and_no_fault_of_ours(
    city: Flask, rider: FlaskClient, data: bytes, content_type: str, status: int
) -> None:
    answer = rider.post("/api/v1/nearest", data=data, content_type=content_type)
    assert answer.status_code == status
    assert fits(city, "nearest", answer)["status"] == status


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "type_"),
    [
        ("POST", "/api/v1/nearest", AT_SEA, 422, "/problems/not-attached"),
        ("POST", "/api/v1/nearest?district=nowhere", MIDDLE, 404, "/problems/not-found"),
        ("POST", "/api/v1/route", {"from": MIDDLE, "to": {"station": "none"}}, 404, "/problems/not-found"),
        ("POST", "/api/v1/route", {"from": MIDDLE, "to": {}}, 422, "/problems/invalid-input"),
        ("GET", "/api/v1/nearest?lon=24.9&lat=60.1", None, 405, "about:blank"),
        ("GET", "/api/v1/route", None, 405, "about:blank"),
        ("GET", "/api/v1/coverage?lon=24.9", None, 422, "/problems/invalid-input"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    city: Flask, rider: FlaskClient, method: str, address: str, body: Any, status: int, type_: str
) -> None:
    answer = rider.open(address, method=method, json=body)
    assert answer.status_code == status
    operation = address.removeprefix("/api/v1/").split("?")[0]
    assert fits(city, operation, answer)["type"] == type_


def test_a_wrong_method_names_the_right_one(rider: FlaskClient) -> None:
    assert "POST" in rider.get("/api/v1/nearest").headers["Allow"]


def test_an_unknown_address_below_api_is_a_problem_for_browsers_too(rider: FlaskClient) -> None:
    answer = rider.get("/api/v1/nowhere", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("query", "header", "title", "language"),
    [
        ("", None, "附近没有可走的路", "zh-Hans"),
        ("", "zh-CN,zh;q=0.9", "附近没有可走的路", "zh-Hans"),
        ("", "fr", "附近没有可走的路", "zh-Hans"),
        ("", "en-GB", "No usable street", "en"),
        ("?lang=en", "zh-CN", "No usable street", "en"),
    ],
)
def test_a_problem_speaks_the_language_of_the_caller(
    city: Flask, query: str, header: str | None, title: str, language: str
) -> None:
    headers = {"Accept-Language": header} if header else {}
    answer = city.test_client().post(f"/api/v1/nearest{query}", json=AT_SEA, headers=headers)
    assert title in answer.json["title"]
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_position_is_in_no_log(city: Flask, rider: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for body in (MIDDLE, AT_SEA, {**MIDDLE, "count": 0}, {**MIDDLE, "services": ["toilet"]}):
        rider.post("/api/v1/nearest", json=body)
    rider.post("/api/v1/route", json={"from": MIDDLE, "to": AT_SEA})
    assert "24.93" not in caplog.text
    assert "60.16" not in caplog.text


def test_answers_about_a_position_are_kept_by_no_cache(rider: FlaskClient) -> None:
    assert rider.post("/api/v1/nearest", json=MIDDLE).headers["Cache-Control"] == "no-store"


def test_a_district_without_streets_is_not_ready(app: Flask, client: FlaskClient, engine: Engine) -> None:
    with writing(engine) as session:
        session.add(District(code="x", name="某区", name_en="Some district"))
    answer = client.post("/api/v1/nearest", json=MIDDLE)
    assert answer.status_code == 503
    assert fits(app, "nearest", answer)["type"] == "/problems/not-ready"
    assert int(answer.headers["Retry-After"]) > 0
