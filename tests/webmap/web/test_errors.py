"""From an error to what its reader gets."""

import logging

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from markupsafe import escape
from psycopg.errors import DiskFull
from sqlalchemy.exc import OperationalError

from geo import errors as geo_errors
from geo.db.versioned import StaleError
from geo.errors import ConflictError, GeoError, InputError, NotReadyError, UnreachableError
from tests.webmap.conftest import english
from webmap.web.access import public
from webmap.web.errors import KINDS, kind_of


def test_every_error_class_has_its_own_line_in_the_table() -> None:
    classes = {c for c in vars(geo_errors).values() if isinstance(c, type) and issubclass(c, GeoError)}
    # Missing data is data that is not ready, to whoever asks; only pages tell where it is loaded.
    assert classes - {geo_errors.MissingDataError} == set(KINDS)
    assert kind_of(geo_errors.MissingDataError("x", what="streets")) is KINDS[geo_errors.NotReadyError]
    assert len({kind.name for kind in KINDS.values()}) == len(KINDS)


def test_a_subclass_appears_as_its_base() -> None:
    assert kind_of(StaleError("x")) is KINDS[ConflictError]


@pytest.fixture
def failing(app: Flask) -> Flask:
    """An application whose ``/fail/<name>`` raises."""
    causes: dict[str, BaseException] = {
        "input": InputError("{file}, row {row}: out of range", file="a.csv", row=37),
        "unreachable": UnreachableError("no way leads there by the streets that this way of travel may use"),
        "not-ready": NotReadyError("the street network is being prepared; try again in a few seconds"),
        "store": OperationalError("SELECT 1", {"lon": 119.95}, Exception("server closed the connection")),
        "full": OperationalError("INSERT", {"lon": 119.95}, DiskFull('could not extend file "base/1": secret')),
        "full-here": OSError(28, "No space left on device", "/var/secret"),
        "bug": RuntimeError("a secret of the server"),
    }

    @app.get("/fail/<name>")
    @public
    def fail(name: str) -> str:
        if name == "teapot":
            abort(418)
        raise causes[name]

    app.testing = False
    return app


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("input", 422, "a.csv, row 37: out of range"),
        ("unreachable", 422, "no way leads there by the streets that this way of travel may use"),
        ("not-ready", 503, "the street network is being prepared"),
        ("store", 503, "Please try again in a few seconds."),
        ("full", 503, "no space left on the server's disk, so nothing was changed; the administrator frees some"),
        ("full-here", 503, "no space left on the server's disk, so nothing was changed"),
        ("bug", 500, "The fault is ours and has been noted."),
        ("teapot", 418, "teapot"),
    ],
)
def test_people_get_a_page_and_programs_a_problem(failing: Flask, name: str, status: int, says: str) -> None:
    page = english(failing).get(f"/fail/{name}", headers={"Accept": "text/html,*/*;q=0.8"})
    problem = english(failing).get(f"/fail/{name}", headers={"Accept": "application/json"})
    assert page.status_code == problem.status_code == status
    assert (page.mimetype, problem.mimetype) == ("text/html", "application/problem+json")
    assert escape(says) in page.text
    assert says in problem.json["detail"]
    assert problem.json["status"] == status
    assert "secret" not in page.text + problem.text
    assert ("Retry-After" in page.headers) == (status == 503)
    assert ('http-equiv="refresh"' in page.text) == (status == 503)


def test_an_error_is_said_in_the_readers_language(failing: Flask) -> None:
    page = failing.test_client().get("/fail/not-ready").text
    assert "路网正在准备" in page
    assert '<html lang="zh-Hans">' in page


def test_what_the_database_refuses_leaves_no_values_in_the_log(
    failing: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    english(failing).get("/fail/store")
    assert "119.95" not in caplog.text


@pytest.mark.parametrize("address", ["/nowhere", "/manage/nowhere", "/static/none.css"])
def test_an_unknown_address_is_a_friendly_page(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text
