"""Planning pages of a real district belong to staff, unless an administrator publishes them; a sample's are open."""

from collections.abc import Iterator

import pytest
from flask import Flask

from geo.db.districts import publish_plan, set_hidden
from geo.db.session import writing
from tests.conftest import DatabaseMaker
from tests.webmap.conftest import csrf_token, english, staff_client
from tests.webmap.valley import CODE, valley_app

PAGES = ("/plan", "/plan/answer", "/plan/details", "/plan/gaps")
LAYERS = ("squares", "cut-off", "gaps", "week", "closure", "standards")


@pytest.fixture
def valley(make_database: DatabaseMaker, tmp_path, translations: None) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path, status="real") as app:
        yield app


def publish(app: Flask, *, is_public: bool) -> None:
    with writing(app.extensions["fuchun_engine"]) as session:
        publish_plan(session, CODE, is_public=is_public)
    app.extensions["fuchun_live"].refresh()


def test_staff_read_what_strangers_are_led_to_the_login_for(valley: Flask) -> None:
    stranger, reader = english(valley), staff_client(valley, "viewer")
    assert 'href="/plan"' in stranger.get("/").text
    # Who has a session gets a page with the token of its forms, which must not be compressed.
    packed = {"Accept-Encoding": "gzip"}
    kept = valley.test_client().get("/plan", headers=packed), reader.get("/plan", headers=packed)
    assert [answer.content_encoding for answer in kept] == ["gzip", None]
    publish(valley, is_public=False)
    for page in PAGES:
        answer = stranger.get(page + "?minutes=10")
        assert (answer.status_code, answer.location) == (302, f"/login?next={page}?minutes%3D10"), page
        assert reader.get(page).status_code == 200, page
    for layer in LAYERS:
        assert stranger.get(f"/api/v1/coverage/{layer}").status_code == 401, layer
        assert reader.get(f"/api/v1/coverage/{layer}").status_code == 200, layer
    assert stranger.get("/api/v1/coverage").status_code == 200, "totals by town stay open"
    assert 'href="/plan"' not in stranger.get("/").text
    for page in ("/plan", "/plan/gaps", "/plan/sites", "/plan/sites/saved"):
        assert 'class="staff-nav"' in reader.get(page).text, page
    publish(valley, is_public=True)
    answer = stranger.get("/plan")
    assert answer.status_code == 200
    assert "staff-nav" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_the_pages_of_a_hidden_district_are_not_there(valley: Flask) -> None:
    with writing(valley.extensions["fuchun_engine"]) as session:
        from geo.db.districts import save_district

        save_district(session, "990002", name="他区", name_en="Other")
        set_hidden(session, CODE, is_hidden=True)
    valley.extensions["fuchun_live"].refresh()
    assert english(valley).get(f"/plan?district={CODE}").status_code == 404
    assert staff_client(valley, "viewer").get(f"/plan?district={CODE}").status_code == 200


def test_an_administrator_publishes_and_takes_back(valley: Flask) -> None:
    admin = staff_client(valley, "admin")
    form = {"csrf_token": csrf_token(admin, "/manage/districts"), "public": "no"}
    assert admin.post(f"/manage/districts/{CODE}/plan", data=form).status_code == 303
    valley.extensions["fuchun_live"].refresh()
    assert english(valley).get("/plan").status_code == 302
    assert admin.post(f"/manage/districts/{CODE}/plan", data=form | {"public": "yes"}).status_code == 303
    valley.extensions["fuchun_live"].refresh()
    assert english(valley).get("/plan").status_code == 200


def test_a_reader_opens_saved_plans_and_calculates_none(valley: Flask) -> None:
    reader = staff_client(valley, "viewer")
    page = reader.get("/plan/sites").text
    assert "Planners calculate; here you read the saved plans." in page
    assert reader.get("/plan/sites/candidates").status_code == 200
    token = {"csrf_token": csrf_token(reader, "/plan/sites")}
    for address in ("/plan/sites", "/plan/sites/saved", "/plan/sites/candidates"):
        assert reader.post(address, data=token).status_code == 403, address
