"""The usual request, answered in front of Flask: what the view answers to the byte, where nothing is unusual."""

import json
import random
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.conftest import DatabaseMaker
from tests.webmap.valley import valley_app
from webmap.api.usual_nearest import PATH, UsualNearest

NOON = "2026-11-25T12:00:00+08:00"


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("usual"), status="real") as app:
        yield app
        app.extensions["fuchun_live"].stop()


@pytest.fixture
def usual(valley: Flask) -> UsualNearest:
    assert isinstance(valley.wsgi_app, UsualNearest)
    return valley.wsgi_app


def environ(body: bytes, path: str = PATH, method: str = "POST", **headers: str) -> dict[str, Any]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    given.setdefault("Content-Type", "application/json")
    return EnvironBuilder(path, method=method, headers=given, input_stream=BytesIO(body)).get_environ() | {
        "CONTENT_LENGTH": str(len(body))
    }


def answered(app: Any, asked: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    pieces, status, headers = run_wsgi_app(app, asked, buffered=True)
    return status, sorted(headers), b"".join(pieces)


def asked_of(valley: Flask, **more: object) -> dict[str, object]:
    place = valley.extensions["fuchun_live"].state().with_function("rest_station")[0]
    return {"lon": place.lon, "lat": place.lat, "at": NOON, **more}


def never(*_: object) -> None:
    raise AssertionError("the application was asked")


def test_answers_are_those_of_the_view_to_the_byte(
    valley: Flask, usual: UsualNearest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("webmap.api.usual_nearest", "webmap.web.compression"):
        monkeypatch.setattr(f"{module}.MIN_BYTES", 300)  # so few stations never fill a packet
    places = valley.extensions["fuchun_live"].state().with_function("rest_station")
    chance = random.Random(4)
    full = usual._next
    n_usual = n_packed = 0
    for _ in range(150):
        near = chance.choice(places)
        body: dict[str, object] = {
            "lon": near.lon + chance.uniform(-0.004, 0.004),
            "lat": near.lat + chance.uniform(-0.003, 0.003),
            "at": NOON,
            "mode": chance.choice(["walk", "ebike"]),
            "count": chance.choice([1, 3, 20, 2.0]),
            "services": chance.choice([[], ["drinking_water"], ["phone_charging", "toilet"]]),
            "always": chance.random() < 0.2,
        }
        for name in chance.sample(list(body)[3:], 2):
            del body[name]
        data = json.dumps(body, ensure_ascii=chance.random() < 0.5).encode()
        headers = {
            "Accept_Encoding": chance.choice(["", "gzip", "br, gzip;q=0.5", "gzip;q=0"]),
            "Origin": "https://x.cn",
        }
        expected = answered(full, environ(data, **headers))
        assert answered(usual, environ(data, **headers)) == expected
        if expected[0] == "200 OK":
            n_usual += 1
            n_packed += ("Content-Encoding", "gzip") in expected[1]
            with monkeypatch.context() as alone:
                alone.setattr(usual, "_next", never)
                answered(usual, environ(data, **headers))
    assert n_usual > 30
    assert n_packed > 3


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (b"", {}),
        (b"{", {}),
        (b"[1]", {}),
        (b'{"lon": 119.9}', {}),
        (b'{"lon": NaN, "lat": 30.0}', {}),
        (b'{"lon": 1e999, "lat": 30.0}', {}),
        (b'{"lon": 0.0, "lat": 0.0}', {}),
        (b'{"lon": 119.9, "lat": 30.0, "kind": "bridge", "mode": "coach"}', {}),
        (b'{"lon": "\xff"}', {}),
        ('{"lon": 0.5, "lat": 0.5}'.encode("utf-16"), {}),
        (b"[" * 60_000, {}),
        (b" " * 70_000, {}),
        (b"{}", {"Host": "evil.example"}),
        (b"{}", {"Content_Type": "text/plain"}),
        (b"{}", {"path": PATH + "?lang=en"}),
        (b"{}", {"path": PATH + "?district=nowhere"}),
        (b"{}", {"method": "PUT"}),
    ],
    ids=range(17),
)
def test_what_is_unusual_is_answered_by_the_application(usual: UsualNearest, body: bytes, more: dict[str, str]) -> None:
    for accept in ("zh", "en"):
        given = {**more, "Accept_Language": accept}
        expected = answered(usual._next, environ(body, **given))
        assert expected[0] != "200 OK"
        assert answered(usual, environ(body, **given)) == expected


def test_another_sites_name_and_a_body_of_unknown_length_go_to_the_application(
    valley: Flask, usual: UsualNearest, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def see(asked: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(asked.get("HTTP_HOST", ""))
        start_response("204 No Content", [])
        return []

    body = json.dumps(asked_of(valley)).encode()
    monkeypatch.setattr(usual, "_next", see)
    answered(usual, environ(body))
    assert seen == []
    answered(usual, environ(body, Host="evil.example"))
    assert seen == ["evil.example"]
    for length in (None, "-1", "70000", "x"):
        asked = environ(body)
        del asked["CONTENT_LENGTH"]
        answered(usual, asked | ({"CONTENT_LENGTH": length} if length else {}))
    assert len(seen) == 5


def test_a_fault_in_the_answer_is_said_by_the_application(
    valley: Flask, usual: UsualNearest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    body = json.dumps(asked_of(valley)).encode()
    monkeypatch.setattr("webmap.api.usual_nearest.find_stations", fail)
    assert answered(usual, environ(body))[0] == "200 OK", "by the view, which reads the body again"


def test_the_notice_of_a_store_that_is_away_is_the_views(valley: Flask, usual: UsualNearest) -> None:
    live = valley.extensions["fuchun_live"]
    body = json.dumps(asked_of(valley)).encode()
    live.is_store_away = True
    try:
        assert "notice" in json.loads(answered(usual, environ(body))[2])
    finally:
        live.is_store_away = False
    assert "notice" not in json.loads(answered(usual, environ(body))[2])
