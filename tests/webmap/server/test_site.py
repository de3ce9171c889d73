"""The application behind the server: how large a body each caller may send where."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from tests.webmap.conftest import LogIn
from webmap.server.site import FlaskSite

SMALL = 64 * 1024


def largest(app: Flask, path: str, client: FlaskClient | None = None) -> int:
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name) if client else None
    headers = {"Cookie": f"{name}={cookie.value}"} if cookie else {}
    return FlaskSite(app).largest_body(EnvironBuilder(path, method="POST", headers=headers).get_environ())


def test_files_are_taken_only_where_files_belong_and_from_who_may_send_them(app: Flask, log_in: LogIn) -> None:
    admin, organiser = log_in("admin"), log_in("organiser")
    load = "/manage/load"
    assert largest(app, load, admin) == app.extensions["fuchun_config"].upload_mb * 2**20 + SMALL
    assert largest(app, load, organiser) == SMALL
    assert largest(app, load) == SMALL
    for path in ("/api/v1/nearest", "/login", "/nowhere"):
        assert largest(app, path, admin) == SMALL


def test_only_nearest_of_a_state_in_memory_is_answered_without_a_thread(app: Flask, sample_place: str) -> None:
    site = FlaskSite(app)

    def is_quick(path: str, method: str = "POST", content_type: str = "application/json") -> bool:
        return site.is_quick(EnvironBuilder(path, method=method, content_type=content_type).get_environ())

    assert not is_quick("/api/v1/nearest"), "its state would have to be read from the store"
    app.extensions["fuchun_live"].state()
    assert is_quick("/api/v1/nearest")
    assert not is_quick("/api/v1/nearest?district=330106")
    assert not is_quick("/api/v1/nearest", method="GET")
    assert not is_quick("/api/v1/nearest", content_type="text/plain")
    assert not is_quick("/api/v1/route")


@pytest.mark.parametrize("path", ["/api/v1/nearest", "/login"])
def test_a_large_body_is_refused_by_the_application_too(client: FlaskClient, path: str) -> None:
    """Where the server lets more through, as under another server."""
    assert client.post(path, data=b"a" * (SMALL + 1), content_type="application/json").status_code == 413
