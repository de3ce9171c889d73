"""Staff write benefits, activities and how to become a member: stored as written, or back with one reason."""

import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text

from geo.db import offers as store
from geo.db.session import reading, writing
from tests.webmap.conftest import DISTRICT, LogIn, csrf_token, english

BENEFIT = {
    "title": "医疗互助",
    "source": "通知，2026-01-05",
    "text": "第一行\r\n第二行",
    "link": "",
    "valid_until": "2026-12-31",
    "position": "2",
}
ACTIVITY = {
    "title": "急救培训",
    "place_code": "S01",
    "place_text": "",
    "starts_at": "2026-12-05T14:00",
    "ends_at": "2026-12-05T16:30",
    "seats": "30",
    "link": "https://union.example/a",
    "text": "",
}
FORMS = {"benefits": BENEFIT, "activities": ACTIVITY}


@pytest.fixture
def editor(log_in: LogIn, sample_place: str) -> FlaskClient:
    return log_in("editor")


def listed(engine, what):
    with reading(engine) as session:
        return getattr(store, f"list_{what}")(session, DISTRICT)


def send(client, address, fields, page=None):
    return client.post(address, data={"csrf_token": csrf_token(client, page or address), **fields})


def shown(page: str) -> dict[str, str]:
    """Return what the first form of a page that can be filled in holds."""
    form = next(form for form in re.findall(r"<form class=\"narrow\".*?</form>", page, re.S) if 'name="title"' in form)
    values = dict(re.findall(r'<input id="(\w+)" name="\1"[^>]* value="([^"]*)"', form))
    values |= dict(re.findall(r'<textarea id="(\w+)"[^>]*>([^<]*)</textarea>', form))
    chosen = re.search(r'<option value="([^"]*)" selected', form)
    return values | {"place_code": chosen[1] if chosen else ""}


def test_a_benefit_goes_through_its_whole_life(editor, engine):
    assert send(editor, "/manage/benefits", BENEFIT).status_code == 303
    (stored,) = listed(engine, "benefits")
    assert (stored.title, stored.position, stored.changed_by) == ("医疗互助", 2, "a-editor")
    assert (stored.text, str(stored.valid_until), stored.link) == ("第一行\n第二行", "2026-12-31", None)
    address = f"/manage/benefits/{stored.id}"
    as_shown = shown(editor.get(address).text)
    assert {name: as_shown[name] for name in BENEFIT} == BENEFIT | {"text": "第一行\n第二行"}
    assert send(editor, address, {**BENEFIT, "title": "医疗互助二", "version": "1"}).status_code == 303
    (changed,) = listed(engine, "benefits")
    assert (changed.title, changed.version) == ("医疗互助二", 2)
    assert "医疗互助二" in editor.get("/manage/benefits").text
    assert send(editor, f"{address}/remove", {"version": "2"}, address).status_code == 303
    assert listed(engine, "benefits") == []
    assert editor.get(address).status_code == 404


def test_an_activity_goes_through_its_whole_life(editor, engine):
    assert send(editor, "/manage/activities", ACTIVITY).status_code == 303
    (stored,) = listed(engine, "activities")
    assert stored.starts_at.isoformat() == "2026-12-05T06:00:00+00:00", "as the clock of the district says"
    assert (stored.place_code, stored.place_text, stored.seats) == ("S01", None, 30)
    assert stored.is_sample, "in a sample district"
    address = f"/manage/activities/{stored.id}"
    as_shown = shown(editor.get(address).text)
    assert {name: as_shown[name] for name in ACTIVITY} == ACTIVITY
    cancelled = {**ACTIVITY, "place_code": "", "place_text": "二楼", "is_cancelled": "yes", "version": "1"}
    assert send(editor, address, cancelled).status_code == 303
    (changed,) = listed(engine, "activities")
    assert (changed.place_code, changed.place_text, changed.is_cancelled) == (None, "二楼", True)
    assert "checked" in editor.get(address).text
    assert "cancelled" in editor.get("/manage/activities").text
    assert send(editor, address, {**cancelled, "is_cancelled": "", "version": "2"}).status_code == 303
    assert not listed(engine, "activities")[0].is_cancelled
    assert send(editor, f"{address}/remove", {"version": "3"}, address).status_code == 303
    assert listed(engine, "activities") == []


@pytest.mark.parametrize(
    ("what", "wrong", "says"),
    [
        ("benefits", {"title": ""}, "write a title"),
        ("benefits", {"source": "  "}, "say where this is announced"),
        ("benefits", {"link": "javascript:alert(1)"}, "the link javascript:alert(1) is not a web address"),
        ("benefits", {"valid_until": "31.12.2026"}, "31.12.2026 is not a date"),
        ("benefits", {"position": "first"}, "Order: first is not a whole number"),
        ("benefits", {"position": "９"}, "Order: ９ is not a whole number"),
        ("activities", {"title": " "}, "write a title"),
        ("activities", {"place_code": ""}, "say where it is"),
        ("activities", {"place_text": "二楼"}, "not both"),
        ("activities", {"place_code": "S99"}, "There is no place S99"),
        ("activities", {"starts_at": ""}, "Start: - is not a time"),
        ("activities", {"starts_at": "0001-01-01T00:00"}, "Start: 0001-01-01T00:00 is not a time"),
        ("activities", {"ends_at": "20260-12-05T16:30"}, "End: 20260-12-05T16:30 is not a time"),
        ("activities", {"ends_at": "2026-12-05T14:00"}, "the end must come after the start"),
        ("activities", {"seats": "many"}, "Seats: many is not a whole number"),
        ("activities", {"seats": "0"}, "the number of seats 0"),
        ("activities", {"link": "union.example"}, "the link union.example is not a web address"),
    ],
)
def test_a_fault_is_told_once_and_what_was_written_stays(editor, engine, what, wrong, says):
    written = FORMS[what] | wrong
    answer = send(editor, f"/manage/{what}", written)
    assert answer.status_code == 422
    faults = re.findall(r'<p class="fault" role="alert">(.*?)</p>', answer.text)
    assert len(faults) == 1
    assert says in faults[0]
    kept = shown(answer.text)
    assert {name: kept[name] for name in written if name != "place_code"} == {
        name: value.replace("\r\n", "\n").strip() for name, value in written.items() if name != "place_code"
    }
    assert listed(engine, what) == []


@pytest.mark.parametrize("what", FORMS)
def test_a_stale_form_comes_back_with_both_sides_and_can_then_be_saved(editor, engine, what):
    send(editor, f"/manage/{what}", FORMS[what])
    (stored,) = listed(engine, what)
    with writing(engine) as session:
        table = {"benefits": "benefit", "activities": "activity"}[what]
        session.execute(text(f"UPDATE {table} SET link = 'https://other.example'"))
    address = f"/manage/{what}/{stored.id}"
    written = {**FORMS[what], "title": "mine", "version": "1"}
    refused = send(editor, address, written)
    assert refused.status_code == 409
    assert "has been changed since you opened it; nothing was saved" in refused.text
    differing = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', refused.text)
    assert ("Title", FORMS[what]["title"], "mine") in differing
    assert ("Link", "https://other.example", FORMS[what]["link"] or "nothing") in differing
    assert len(differing) == 2
    assert shown(refused.text)["title"] == "mine"
    assert listed(engine, what)[0].title == FORMS[what]["title"]
    stale = send(editor, f"{address}/remove", {"version": "1"}, address)
    assert (stale.status_code, len(listed(engine, what))) == (409, 1)
    version = re.search(r'name="version" value="(\d+)"', refused.text)[1]
    assert send(editor, address, {**written, "version": version}).status_code == 303
    assert listed(engine, what)[0].title == "mine"


def test_a_place_that_has_left_the_list_stays_in_the_form_and_is_told(editor, engine):
    send(editor, "/manage/activities", ACTIVITY)
    with writing(engine) as session:
        session.execute(text("DELETE FROM place"))
    (stored,) = listed(engine, "activities")
    address = f"/manage/activities/{stored.id}"
    assert "S01 (no longer listed)" in editor.get("/manage/activities").text
    assert shown(editor.get(address).text)["place_code"] == "S01"
    assert "There is no place S01" in send(editor, address, {**ACTIVITY, "version": "1"}).text


def picture() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Some phone"
    out = BytesIO()
    Image.new("RGB", (300, 200), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


def send_membership(client, **fields):
    token = {"csrf_token": csrf_token(client, "/manage/membership")}
    return client.post("/manage/membership", data={**token, **fields}, content_type="multipart/form-data")


def test_a_membership_picture_is_drawn_anew_shown_and_taken_away(app, editor, engine):
    public = english(app)
    live = app.extensions["fuchun_live"]
    sent = (BytesIO(picture()), "code.jpg")
    assert send_membership(editor, version="0", link="", note="扫码入会", picture=sent).status_code == 303
    live.refresh()
    assert "扫码入会" in public.get("/benefits").text
    image = public.get("/benefits/membership.jpg").data
    assert Image.open(BytesIO(image)).size == (300, 200)
    assert b"Some phone" not in image
    page = editor.get("/manage/membership").text
    address = re.search(r'src="([^"]*membership\.jpg[^"]*)"', page)[1].replace("&amp;", "&")
    assert public.get(address).status_code == 200
    assert send_membership(editor, version="1", link="", note="").status_code == 303
    assert public.get("/benefits/membership.jpg").data == image, "kept while nobody takes it away"
    assert send_membership(editor, version="2", link="", note="", remove="yes").status_code == 303
    live.refresh()
    assert public.get("/benefits/membership.jpg").status_code == 404
    assert "Become a member" not in public.get("/benefits").text


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"link": "javascript:x"}, 422, "is not a web address"),
        ({"picture": (BytesIO(b"<svg/>"), "code.svg")}, 422, "The file is not a picture"),
        ({"note": "x" * 501}, 422, "501 characters"),
        ({"version": "3"}, 409, "nothing was saved"),
    ],
)
def test_a_membership_that_cannot_be_kept_is_refused_and_stays_in_the_form(editor, engine, fields, status, says):
    answer = send_membership(editor, **{"version": "0", "link": "https://u.example", "note": "written"} | fields)
    assert answer.status_code == status
    assert says in answer.text
    if "note" not in fields:
        assert ">written</textarea>" in answer.text
    with reading(engine) as session:
        assert store.read_membership(session, DISTRICT) is None


@pytest.mark.parametrize("page", ["/manage/benefits", "/manage/activities", "/manage/membership"])
def test_only_editors_come_here_and_no_write_goes_without_its_token(app, log_in, sample_place, engine, page):
    assert english(app).get(page).status_code == 302
    assert log_in("planner").get(page).status_code == 403
    client = log_in("editor")
    assert client.get(page).status_code == 200
    refused = client.post(page, data=FORMS.get(page.rpartition("/")[2], {"note": "x", "version": "0"}))
    assert refused.status_code == 400
    with reading(engine) as session:
        assert store.read_offers(session, DISTRICT) == store.Offers()
