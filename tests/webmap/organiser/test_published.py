"""The page of a published tour: story, season, price, photos, a calendar; and a new plan that begins with one."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from PIL import Image

from geo.db.session import reading
from geo.db.tour_places import read_tour_places
from geo.db.tour_plans import get_plan, plan_mark
from geo.db.tour_tables import TourPlan
from tests.conftest import DatabaseMaker
from tests.webmap.conftest import csrf_token, english
from tests.webmap.page_words import words
from tests.webmap.tour_valley import organiser_client, post, store_tour_places, work_off
from tests.webmap.valley import CODE, valley_app
from webmap.logic.tours.content import check_plan, content_of
from webmap.logic.tours.problem_store import problem_of

FIVE = {
    "days": "2", "people": "40", "first": "2026-05-16", "start": "HALL", "name": "Spring tour",
    "wish-S1": "required", "wish-S2": "wished", "wish-S4": "wished",
}  # fmt: skip


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("published")) as app:
        store_tour_places(app.extensions["fuchun_engine"])
        yield app


@pytest.fixture(scope="module")
def organiser(valley: Flask) -> FlaskClient:
    return organiser_client(valley)


def plan(valley: Flask, path: str) -> TourPlan:
    with reading(valley.extensions["fuchun_engine"]) as session:
        found = get_plan(session, CODE, int(path.rpartition("/")[2]))
        session.expunge_all()
    return found


def seen(valley: Flask, path: str) -> dict[str, object]:
    """Return what a page of the plan as it is now sends along."""
    now = plan(valley, path)
    return {"version": now.row_version, "seen": plan_mark(now)}


@pytest.fixture(scope="module")
def address(valley: Flask, organiser: FlaskClient, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make a plan, publish it, and return the address of its tour."""
    path = urlsplit(post(organiser, "/tours/build", FIVE).location).path
    work_off(valley, plan(valley, path).job_id, tmp_path_factory.mktemp("job"))
    answer = post(organiser, path + "/publish", {**seen(valley, path), "name": "Two valley days"})
    assert answer.status_code == 303
    return urlsplit(answer.location).path


def test_one_press_fills_season_price_and_what_is_missing_in_it(valley: Flask, address: str):
    text = words(english(valley).get(address).text)
    assert "2 days spring about" in text
    # The bridge has no price, and its visit is planned.
    assert "without 1 prices that are not entered" in text
    assert "night at 示意" in text


def test_times_are_those_of_the_plan(valley: Flask, address: str):
    stored = plan(valley, "/" + address.rpartition("-")[2])
    content = content_of(stored.content)
    planned = check_plan(problem_of(stored.facts["problem"]), content.plan).days
    state = valley.extensions["fuchun_live"].state()
    itinerary = valley.extensions["fuchun_itineraries"].get(state, address.rpartition("/")[2])
    for day, timed in zip(planned, itinerary.days, strict=True):
        assert [visit.arrives_min for visit in timed.visits[1:-1]] == [stop.arrive for stop in day.stops]


def test_story_and_photos_are_shown_and_stay_when_it_is_published_again(
    valley: Flask, organiser: FlaskClient, address: str
):
    form = organiser.get(address + "/page").text
    assert 'name="version" value="1"' in form
    # A season is stored by its code and read in words.
    assert 'value="spring"' in form
    sent = {"version": "1", "story": "Tea and water.", "season": "April", "price": "880"}
    assert post(organiser, address + "/page", sent).status_code == 303
    assert post(organiser, address + "/page", sent).status_code == 409
    assert post(organiser, address + "/page", {**sent, "version": "2", "story": "Ring 13800138000"}).status_code == 422
    picture = BytesIO()
    Image.new("RGB", (900, 600), "green").save(picture, "PNG")
    picture.seek(0)
    data = {"csrf_token": csrf_token(organiser, "/tours/build"), "photo": (picture, "p.png"), "caption": "The mill"}
    assert organiser.post(address + "/photos", data=data).status_code == 303
    public = english(valley)
    text = words(public.get(address).text)
    for part in ("Tea and water.", "April", "about 880 yuan a head", "The mill"):
        assert part in text
    assert "not entered" not in text
    source = public.get(address).text.partition('<img src="')[2].partition('"')[0].replace("&amp;", "&")
    answer = public.get(source)
    assert answer.mimetype == "image/jpeg"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "The mill" in public.get("/tours").text

    number = address.rpartition("-")[2]
    post(
        organiser,
        f"/tours/build/{number}/publish",
        {**seen(valley, f"/{number}"), "name": "Two valley days"},
    )
    text = words(public.get(address).text)
    assert "Tea and water." in text
    # The price is the plan's again.
    assert "without 1 prices" in text


def test_calendar_has_a_day_for_each_day_from_the_first(valley: Flask, address: str):
    public = english(valley)
    answer = public.get(address + "/tour.ics?first=2026-10-10")
    assert answer.mimetype == "text/calendar"
    events = list(Calendar.from_ical(answer.data).walk("VEVENT"))
    assert [event["DTSTART"].dt.date() for event in events] == [date(2026, 10, 10), date(2026, 10, 11)]
    assert all(event["DTEND"].dt > event["DTSTART"].dt for event in events)
    assert "示意" in events[0]["DESCRIPTION"]
    # The plan's own days without a date, and no date that is none.
    first = next(iter(Calendar.from_ical(public.get(address + "/tour.ics").data).walk("VEVENT")))
    assert first["DTSTART"].dt.date() == date(2026, 5, 16)
    assert public.get(address + "/tour.ics?first=soon").status_code == 422


def test_a_plan_begins_with_a_published_tour_and_its_plan_a_year_later(
    valley: Flask, organiser: FlaskClient, address: str
):
    code = address.rpartition("/")[2]
    answer = post(organiser, "/tours/build/from", {"from": f"tour-{code}"})
    wish = plan(valley, urlsplit(answer.location).path).wish
    assert set(wish["wishes"]) == {"S1", "S2", "S4"}
    first = date.fromisoformat(wish["first"])
    assert first > date(2026, 5, 16)
    assert first.weekday() == date(2026, 5, 16).weekday()
    again = post(organiser, "/tours/build/from", {"from": f"plan-{code.rpartition('-')[2]}"})
    assert plan(valley, urlsplit(again.location).path).wish == wish


def test_a_tour_that_no_plan_made_brings_its_places_and_nothing_invented(valley: Flask, organiser: FlaskClient):
    answer = post(organiser, "/tours/build/from", {"from": "tour-T1"})
    wish = plan(valley, urlsplit(answer.location).path).wish
    with reading(valley.extensions["fuchun_engine"]) as session:
        places = {place.code: place for place in read_tour_places(session, CODE)}
    bridge = next(place for place in places.values() if place.name == "Bridge")
    assert bridge.code in wish["wishes"]
    assert (bridge.visit_min, bridge.hours, bridge.price) == (90, None, None)
    n = len(places)
    post(organiser, "/tours/build/from", {"from": "tour-T1"})
    with reading(valley.extensions["fuchun_engine"]) as session:
        assert len(read_tour_places(session, CODE)) == n
    assert post(organiser, "/tours/build/from", {"from": "tour-none"}).status_code == 422
