"""The pages of staff: what they show, what they save, and what a refused save gives back."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.datastructures import MultiDict

from geo.db.places import get_place
from geo.db.session import reading, writing
from geo.db.tables import Place
from tests.webmap.conftest import DISTRICT, LogIn, csrf_token
from webmap.manage.place_form import differences, read_change

Form = dict[str, str | list[str]]


@pytest.fixture
def editor(log_in: LogIn, sample_place: str) -> FlaskClient:
    return log_in("editor")


def form_of(client: FlaskClient, address: str) -> Form:
    """Return the fields of the form of a place as a browser would send them."""
    page = client.get(address).text
    version = re.search(r'name="version" value="([^"]+)"', page)
    assert version
    return {
        "csrf_token": csrf_token(client, address),
        "version": version[1],
        "status": "active",
        "how_to_get_in": "bell",
        "service_contact": "",
        "function": re.findall(r'name="function" value="([^"]+)"', page),
        "rest_station.hours": "Mo-Fr 08:00-17:00",
        "rest_station.services": ["toilet"],
        "nursing_room.hours": "",
    }


def stored(engine: Engine) -> Place:
    with reading(engine) as session:
        place = get_place(session, DISTRICT, "S01")
        session.expunge_all()
    return place


def test_the_list_shows_places_with_their_marks(editor: FlaskClient) -> None:
    page = editor.get("/manage/places").text
    assert "示意站01" in page
    assert "Mo-Fr 08:00-17:00" in page
    assert "toilet" in page
    assert "hours unknown" in page, "of the function without hours"
    assert page.count('class="badge"') >= 1
    assert "This is sample data" in page


def test_a_saved_form_is_stored_and_confirmed(editor: FlaskClient, engine: Engine) -> None:
    form = form_of(editor, "/manage/places/S01") | {
        "status": "closed",
        "service_contact": "某单位，0571-00000000",
        "rest_station.hours": "24/7",
        "rest_station.services": ["wifi", "toilet"],
        "nursing_room.hours": "Mo-Su 09:00-12:00",
        "confirm": "yes",
    }
    answer = editor.post("/manage/places/S01", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/manage/places")
    assert "Saved." in editor.get("/manage/places").text
    place = stored(engine)
    functions = {f.kind: f for f in place.functions}
    assert (place.status, place.service_contact) == ("closed", "某单位，0571-00000000")
    assert functions["rest_station"].hours == "24/7"
    assert set(functions["rest_station"].services) == {"wifi", "toilet"}
    assert functions["nursing_room"].hours == "Mo-Su 09:00-12:00"
    assert place.confirmed_at is not None


def special(first: str, last: str, hours: str, note: str = "") -> Form:
    """Return the fields of one special day and of an empty row after it."""
    values = {"first": first, "last": last, "hours": hours, "note": note}
    return {f"rest_station.special.{name}": [value, ""] for name, value in values.items()}


def test_special_days_are_entered_beside_the_week_and_shown_again(editor: FlaskClient, engine: Engine) -> None:
    address = "/manage/places/S01"
    days = special("2026-10-01", "2026-10-07", "9:00-16:00", "国庆")
    assert editor.post(address, data=form_of(editor, address) | days).status_code == 302
    page = editor.get(address).text
    for field, value in (("first", "2026-10-01"), ("last", "2026-10-07"), ("hours", "09:00-16:00"), ("note", "国庆")):
        assert re.search(rf'name="rest_station.special.{field}" value="{value}"', page)
    with reading(engine) as session:
        (day,) = session.execute(text("SELECT first_day, last_day, hours FROM special_day")).all()
    assert tuple(str(value) for value in day) == ("2026-10-01", "2026-10-07", "09:00-16:00")


def test_a_special_day_that_cannot_be_keeps_what_was_written(editor: FlaskClient, engine: Engine) -> None:
    address = "/manage/places/S01"
    refused = editor.post(address, data=form_of(editor, address) | special("2026-10-07", "2026-10-01", "8-5"))
    assert refused.status_code == 422
    assert "before it begins" in refused.text
    assert 'value="8-5"' in refused.text
    with reading(engine) as session:
        assert session.execute(text("SELECT count(*) FROM special_day")).scalar_one() == 0


def test_a_place_is_closed_temporarily_with_its_end(editor: FlaskClient, engine: Engine) -> None:
    address = "/manage/places/S01"
    token = csrf_token(editor, address)
    closure = {"csrf_token": token, "last": "2099-01-01", "note": "renovation"}
    too_long = editor.post(f"{address}/closure", data=closure)
    assert too_long.status_code == 422
    assert "at most 400 days" in too_long.text
    last = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d}"
    assert editor.post(f"{address}/closure", data=closure | {"last": last}).status_code == 302
    with reading(engine) as session:
        rows = session.execute(text("SELECT last_day, hours, note FROM special_day")).all()
    assert {(str(row[0]), *row[1:]) for row in rows} == {(last, None, "renovation")}
    assert len(rows) == 2, "of each function"


def test_sending_the_form_as_it_came_changes_nothing(editor: FlaskClient, engine: Engine) -> None:
    before = stored(engine)
    assert editor.post("/manage/places/S01", data=form_of(editor, "/manage/places/S01")).status_code == 302
    after = stored(engine)
    assert after.row_version == before.row_version
    assert [f.row_version for f in after.functions] == [f.row_version for f in before.functions]
    assert after.confirmed_at is None


def test_a_stale_form_comes_back_with_both_sides_and_can_then_be_saved(editor: FlaskClient, engine: Engine) -> None:
    form = form_of(editor, "/manage/places/S01") | {"how_to_get_in": "ask at the desk", "confirm": "yes"}
    with writing(engine) as session:
        session.execute(text("UPDATE place_function SET hours = '24/7' WHERE kind = 'rest_station'"))
    refused = editor.post("/manage/places/S01", data=form)
    assert refused.status_code == 409
    assert "has been changed since you opened it; nothing was saved" in refused.text
    rows = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</th>\s*<td>(.*?)</td>\s*<td>(.*?)</td>", refused.text, re.S)
    assert rows == [
        ("How to get in", "bell", "ask at the desk"),
        ("rest station · Hours", "24/7", "Mo-Fr 08:00-17:00"),
    ]
    assert ">ask at the desk</textarea>" in refused.text, "what the person wrote is kept"
    assert re.search(r'name="confirm" value="yes" checked', refused.text)
    assert stored(engine).how_to_get_in == "bell"
    version = re.search(r'name="version" value="([^"]+)"', refused.text)
    assert version
    assert editor.post("/manage/places/S01", data=form | {"version": version[1]}).status_code == 302
    assert stored(engine).how_to_get_in == "ask at the desk"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"rest_station.hours": "eight to <b>five"}, "eight to &lt;b&gt;five"),
        ({"status": "burnt"}, "burnt is not a status of a place"),
        ({"how_to_get_in": "x" * 600}, "600 characters"),
    ],
)
def test_a_form_that_cannot_be_saved_keeps_what_was_written(
    editor: FlaskClient, engine: Engine, wrong: Form, says: str
) -> None:
    form = form_of(editor, "/manage/places/S01") | {"service_contact": "office 1"} | wrong
    refused = editor.post("/manage/places/S01", data=form)
    assert refused.status_code == 422
    assert says in refused.text
    assert ">office 1</textarea>" in refused.text
    assert stored(engine).service_contact is None
    form["version"] = re.findall(r'name="version" value="([^"]+)"', refused.text)[0]
    corrected = form | {"rest_station.hours": "24/7", "status": "active", "how_to_get_in": "bell"}
    assert editor.post("/manage/places/S01", data=corrected).status_code == 302


def test_a_sent_form_cannot_touch_another_place_or_district(editor: FlaskClient) -> None:
    form = form_of(editor, "/manage/places/S01")
    assert editor.post("/manage/places/S99", data=form).status_code == 404
    assert editor.post("/manage/places/S01?district=none", data=form).status_code == 404
    assert editor.get("/manage/places/%00").status_code == 404


def test_an_empty_form_is_refused_and_changes_nothing(editor: FlaskClient, engine: Engine) -> None:
    token = csrf_token(editor, "/manage/places/S01")
    assert editor.post("/manage/places/S01", data={"csrf_token": token}).status_code == 409
    assert stored(engine).status == "active"


def test_sources_are_shown_with_what_is_known_of_them(editor: FlaskClient) -> None:
    page = editor.get("/manage/sources").text
    for fact in ("stations.csv", "CC0", "21 · 20 · 1", "100 m", "abababababab", "not stated"):
        assert fact in page


def test_staff_pages_speak_chinese_and_keep_a_language_that_was_asked_for(editor: FlaskClient) -> None:
    editor.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    assert "点位" in editor.get("/manage/places").text
    english = editor.get("/manage/places?lang=en").text
    assert 'href="/manage/places/S01?lang=en"' in english


def test_staff_pages_work_on_a_store_without_a_district(log_in: LogIn) -> None:
    answer = log_in("editor").get("/manage/places")
    assert answer.status_code == 404
    assert "no district is loaded yet" in answer.text


def test_differences_of_equal_changes_are_none(editor: FlaskClient) -> None:
    form = MultiDict({"status": "active", "function": "sight", "sight.services": "wifi"})
    change = read_change(form, now=datetime.now(UTC))
    assert differences(change, change) == []
