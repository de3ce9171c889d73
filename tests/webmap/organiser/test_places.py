"""The page of places of tours: enter, change, delete, import; what is not entered is said to be unknown."""

from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.db.session import reading
from geo.db.tour_places import read_tour_places
from geo.tours.register import Rooms, TourPlace
from tests.conftest import DatabaseMaker
from tests.webmap.conftest import csrf_token
from tests.webmap.page_words import words
from tests.webmap.tour_valley import organiser_client, post
from tests.webmap.valley import CODE, LAT, valley_app

MUSEUM = {
    "name": "示意博物馆", "kind": "sight", "lon": "119.99", "lat": str(LAT), "hours": "周二至周日 9:00-16:30",
    "special": "2026-10-12 闭馆\n2026-10-01至2026-10-07 08:00-18:00", "visit_min": "75", "price": "12.5",
    "is_outdoor": "否", "score": "4.5", "tags": "文化、室内", "contact": "0571-63330001",
}  # fmt: skip


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("places")) as app:
        yield app


@pytest.fixture(scope="module")
def organiser(valley: Flask) -> FlaskClient:
    return organiser_client(valley)


def places(valley: Flask) -> dict[str, TourPlace]:
    with reading(valley.extensions["fuchun_engine"]) as session:
        return {place.name: place for place in read_tour_places(session, CODE)}


def test_a_place_is_entered_changed_and_deleted(valley: Flask, organiser: FlaskClient):
    address = urlsplit(post(organiser, "/tours/places", MUSEUM).location).path
    place = places(valley)["示意博物馆"]
    assert (place.visit_min, place.price, place.is_outdoor, place.tags) == (75, 1250, False, ["文化", "室内"])
    assert place.hours == "Tu-Su 09:00-16:30; 2026 Oct 12 off; 2026 Oct 01-07 08:00-18:00"
    form = organiser.get(address).text
    assert 'value="周二至周日 9:00-16:30"' in form
    assert "2026-10-12 闭馆" in form

    changed = {**MUSEUM, "version": "1", "price": "", "special": ""}
    assert post(organiser, address, changed).status_code == 303
    place = places(valley)["示意博物馆"]
    assert (place.price, place.hours) == (None, "Tu-Su 09:00-16:30")
    assert "price not entered" in words(organiser.get("/tours/places").text)
    # Somebody else's change is not written over, and what was written is not lost.
    stale = post(organiser, address, {**changed, "note": "Ask at the gate"})
    assert stale.status_code == 409
    assert "Ask at the gate" in stale.text
    assert 'name="version" value="2"' in stale.text

    assert post(organiser, address + "/delete", {"version": "1"}).status_code == 409
    assert post(organiser, address + "/delete", {"version": "2"}).status_code == 303
    assert "示意博物馆" not in places(valley)


def test_a_hotel_has_rooms_by_kind(valley: Flask, organiser: FlaskClient):
    fields = {
        "name": "示意酒店", "kind": "hotel", "lon": "120.0", "lat": str(LAT), "single_supplement": "80",
        "room-1-name": "标间", "room-1-beds": "2", "room-1-count": "20", "room-1-price": "280",
        "room-3-name": "单间", "room-3-beds": "1", "room-3-count": "6",
    }  # fmt: skip
    address = urlsplit(post(organiser, "/tours/places", fields).location).path
    hotel = places(valley)["示意酒店"]
    assert hotel.rooms == [Rooms("标间", 2, 20, 28000), Rooms("单间", 1, 6, None)]
    assert hotel.single_supplement == 8000
    assert 'name="room-2-name" value="单间"' in organiser.get(address).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"kind": "volcano"}, {"lon": "0"}, {"lat": ""}, {"hours": "whenever"}, {"price": "cheap"},
        {"special": "tomorrow"}, {"contact": "13800138000"}, {"score": "9"}, {"room-1-beds": "many"},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_what_was_written(valley: Flask, organiser: FlaskClient, wrong: dict):
    answer = post(organiser, "/tours/places", {**MUSEUM, "name": "示意错处", **wrong})
    assert answer.status_code == 422
    assert "119.99" in answer.text or "lon" in wrong
    assert "示意错处" not in places(valley)


def test_a_table_is_imported_and_rows_that_cannot_be_read_are_named(valley: Flask, organiser: FlaskClient):
    table = f"名称,类别,经度,纬度,门票\n示意茶馆,景点,119.985,{LAT},30\n示意火山,火山,119.985,{LAT},\n"
    data = {"csrf_token": csrf_token(organiser, "/tours/build"), "file": (BytesIO(table.encode()), "places.csv")}
    assert organiser.post("/tours/places/import", data=data).status_code == 303
    text = words(organiser.get("/tours/places").text)
    assert "1 of 2 places were imported." in text
    assert "火山 is not known" in text
    known = places(valley)
    assert known["示意茶馆"].price == 3000
    # What is not in the table stays.
    assert "示意酒店" in known
