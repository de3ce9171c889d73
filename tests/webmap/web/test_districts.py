"""Several districts on one site: nothing answers 404 because a second one is there, and people choose."""

import re

import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from geo.db.districts import save_district, set_default, set_hidden
from geo.db.layers import SourceFacts, replace_places
from geo.db.session import reading, writing
from geo.db.tables import District, Place
from tests.webmap.commands import fuchun
from tests.webmap.conftest import LogIn, csrf_token, english

WEST, EAST = "990101", "990102"
BORDER = 120.0
PAGES = ("/", "/plan", "/tours", "/benefits", "/activities", "/embed")


def station(code: str, lon: float) -> dict[str, object]:
    function = {"kind": "rest_station", "tier": None, "hours": "24/7", "hours_posted": None, "services": []}
    return {"code": code, "name": f"Station {code}", "lon": lon, "lat": 30.0, "functions": [function]}


@pytest.fixture
def two(engine: Engine) -> Engine:
    """Store two real districts that meet at 120° E; each has a station S1, and one of its own."""
    with writing(engine) as session:
        for code, name, west in ((WEST, "西区", 119.9), (EAST, "东区", BORDER)):
            save_district(session, code, name=name, name_en=name, outline=shapely.box(west, 29.9, west + 0.1, 30.1))
            facts = SourceFacts("stations.csv", 2, 2)
            replace_places(
                session, code, [station("S1", west + 0.05), station("W2" if code == WEST else "E2", west + 0.06)], facts
            )
    return engine


@pytest.fixture
def site(two: Engine, app: Flask) -> FlaskClient:
    return english(app)


def look_again(app: Flask) -> None:
    """Do what each worker does every second."""
    app.extensions["fuchun_live"].refresh()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_no_district_asks_which_one(site: FlaskClient, page: str) -> None:
    answer = site.get(f"{page}?mode=ebike")
    assert answer.status_code == 200
    links = re.findall(r'<a href="([^"]+)" data-code="(\d+)"', answer.text.replace("&amp;", "&"))
    assert links == [(f"{page}?mode=ebike&district={code}", code) for code in (WEST, EAST)]
    assert "Set-Cookie" not in answer.headers


def test_a_code_that_exists_once_leads_to_its_district(site: FlaskClient) -> None:
    answer = site.get("/s/E2?text=large")
    assert (answer.status_code, answer.location) == (302, f"/s/E2?text=large&district={EAST}")
    assert "Station E2" in site.get(answer.location).text
    assert site.get("/s/XX").status_code == 404


def test_a_code_of_both_asks_unless_one_is_the_default(site: FlaskClient, app: Flask, engine: Engine) -> None:
    assert site.get("/s/S1").text.count("data-code=") == 2
    with writing(engine) as session:
        set_default(session, EAST)
    look_again(app)
    page = site.get("/s/S1")
    assert page.status_code == 200
    assert "东区" in page.text
    assert site.get("/s/W2").location == f"/s/W2?district={WEST}"


def test_the_default_of_an_administrator_is_meant(site: FlaskClient, app: Flask, engine: Engine) -> None:
    site.get("/")
    with writing(engine) as session:
        set_default(session, EAST)
    look_again(app)
    page = site.get("/").text
    assert "Station E2" in page
    assert "Station W2" not in page


def test_a_position_chooses_its_district(site: FlaskClient) -> None:
    here = {"lon": BORDER + 0.02, "lat": 30.0}
    assert site.post("/api/v1/districts/at", json=here).json["code"] == EAST
    assert site.post("/api/v1/districts/at", json={"lon": 100.0, "lat": 30.0}).status_code == 404
    # The districts have no streets, so the answer is that of the right one: it is not ready.
    assert site.post("/api/v1/nearest", json=here).status_code == 503
    assert site.post("/api/v1/nearest", json={"lon": 100.0, "lat": 30.0}).json["type"].endswith("several-districts")


def test_a_hidden_district_is_for_staff_only(site: FlaskClient, app: Flask, engine: Engine, log_in: LogIn) -> None:
    with writing(engine) as session:
        set_hidden(session, EAST, is_hidden=True)
    look_again(app)
    assert "Station W2" in site.get("/").text, "the only one that is shown"
    assert site.get(f"/?district={EAST}").status_code == 404
    assert site.get(f"/s/E2?district={EAST}").status_code == 404
    assert len(site.get("/api/v1/districts").json["districts"]) == 1
    editor = log_in("editor")
    assert "Station E2" in editor.get(f"/manage/places?district={EAST}").text
    # Its map too: the style and the tiles of staff, which nobody on the way keeps.
    address = f"/manage/map/{EAST}/style.json"
    assert site.get(f"/map/{EAST}/style.json").status_code == 404
    assert site.get(address).status_code == 302
    style = editor.get(address)
    assert style.headers["Cache-Control"] == "no-store"
    (tiles,) = style.json["sources"]["district"]["tiles"]
    assert tiles.startswith(f"/manage/tiles/{EAST}/")
    tile = tiles.replace("{z}/{x}/{y}", "9/426/211")
    drawn = editor.get(tile)
    assert drawn.status_code in (200, 204)
    assert drawn.headers["Cache-Control"] == "no-store"
    assert site.get(tile).status_code == 302
    assert site.get(tile.removeprefix("/manage")).status_code == 404
    assert address in editor.get(f"/manage/?district={EAST}").text, "the workbench draws it"


def test_staff_choose_too_and_stay_there(site: FlaskClient, log_in: LogIn) -> None:
    editor = log_in("editor")
    assert editor.get("/manage/").text.count("data-code=") == 2
    assert "Station E2" in editor.get(f"/manage/places?district={EAST}").text


def test_an_administrator_renames_hides_and_chooses(two: Engine, app: Flask, log_in: LogIn) -> None:
    admin = log_in("admin")
    token = csrf_token(admin, "/manage/districts")
    (version,) = re.findall(r'name="version" value="(\w+)"', admin.get(f"/manage/districts?chosen={EAST}").text)
    renamed = {"csrf_token": token, "version": version, "name": "新东区", "name_en": "New East"}
    assert admin.post(f"/manage/districts/{EAST}", data=renamed).status_code == 303
    late = admin.post(f"/manage/districts/{EAST}", data=renamed | {"name": "别名"})
    assert (late.status_code, "has been changed since" in late.text) == (409, True)
    assert 'value="别名"' in late.text, "what was written stays"
    admin.post("/manage/districts/default", data={"csrf_token": token, "code": EAST})
    refused = admin.post("/manage/districts/default", data={"csrf_token": token, "code": "nowhere"})
    assert refused.status_code == 404
    admin.post(f"/manage/districts/{WEST}/shown", data={"csrf_token": token, "hidden": "yes"})
    last = admin.post(f"/manage/districts/{EAST}/shown", data={"csrf_token": token, "hidden": "yes"})
    assert last.status_code == 422
    assert "only district that is shown" in last.text
    with reading(two) as session:
        found = {each.code: each for each in session.scalars(select(District))}
        assert (found[EAST].name, found[EAST].is_default, found[EAST].is_hidden) == ("新东区", True, False)
        assert found[WEST].is_hidden
    assert log_in("planner").get("/manage/districts").status_code == 403


def test_deleting_on_the_page_asks_for_the_name(two: Engine, log_in: LogIn) -> None:
    admin = log_in("admin")
    page = f"/manage/districts/{EAST}/delete"
    assert "places: 2" in admin.get(page).text
    form = {"csrf_token": csrf_token(admin, page), "name": "something else"}
    assert admin.post(page, data=form).status_code == 409
    assert admin.post(page, data=form | {"name": "东区"}).location.startswith("/manage/jobs/")


def test_the_command_lists_and_deletes_after_a_backup(two, tmp_path):
    listed = fuchun(two, tmp_path, "districts", "list")
    assert listed.returncode == 0, listed.stderr
    assert re.search(r"990102\s+东区 .*places 2", listed.stdout)
    done = fuchun(two, tmp_path, "districts", "delete", EAST, "--yes", "--backup", tmp_path / "kept")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "kept").glob("*.fuchun"))) == 1
    with reading(two) as session:
        assert session.scalars(select(District.code)).all() == [WEST]
        assert set(session.scalars(select(Place.code))) == {"S1", "W2"}
