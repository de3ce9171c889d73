"""The season over HTTP: batches, a collision and its ways out, units by a link, bookings, money, the set read back."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import gpxpy
import icalendar
import numpy as np
import pyogrio
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook

from geo.crs import wgs84_to_gcj02
from geo.db.departures import list_departures, list_units
from geo.db.session import reading, writing
from tests.conftest import DatabaseMaker
from tests.webmap.conftest import csrf_token, english
from tests.webmap.page_words import words
from tests.webmap.season_valley import store_season_places
from tests.webmap.tour_valley import organiser_client
from tests.webmap.valley import CODE, valley_app

SATURDAY = date(2031, 5, 17)
BATCHES = "/tours/T1/batches"
SITE = {"Sec-Fetch-Site": "same-origin"}
LIAISON = re.compile(r'https?://[^/]+(/tours/answer/[^"\s]+)')


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("season")) as app:
        store_season_places(app)
        yield app


@pytest.fixture(scope="module")
def organiser(valley: Flask) -> FlaskClient:
    return organiser_client(valley)


@pytest.fixture(autouse=True)
def empty(valley: Flask) -> None:
    with writing(valley.extensions["fuchun_engine"]) as session:
        session.connection().exec_driver_sql("DELETE FROM departure")


def send(client: FlaskClient, address: str, **fields: object):
    return client.post(address, data={"csrf_token": csrf_token(client, "/tours/season"), **fields})


def add(client: FlaskClient, day: date = SATURDAY, people: int = 38) -> None:
    assert send(client, BATCHES, first_day=day.isoformat(), people=people).status_code == 303


def stored(valley: Flask):
    with reading(valley.extensions["fuchun_engine"]) as session:
        found = list(list_departures(session, CODE))
        session.expunge_all()
    return sorted(found, key=lambda it: it.id)


def address(it) -> str:
    return f"{BATCHES}/{it.id}"


def way(client: FlaskClient, it, what: str):
    return send(client, address(it) + "/way", do=what, version=it.row_version)


def test_an_empty_season_offers_its_first_batch_and_nobody_else_sees_it(valley: Flask, organiser: FlaskClient):
    page = words(organiser.get(BATCHES).text)
    assert "This tour has no batches yet." in page
    assert "Add the first batch" in page
    for path in (BATCHES, "/tours/season", "/tours/chain"):
        assert valley.test_client().get(path).status_code == 302
    assert send(organiser, BATCHES, first_day="soon", people=38).status_code == 422
    assert organiser.get("/tours/none/batches").status_code == 404


def test_a_collision_is_seen_and_each_way_out_solves_it(valley: Flask, organiser: FlaskClient):
    add(organiser)
    assert "rooms missing" not in words(organiser.get(BATCHES).text)
    for what, button in (
        ("move", "Move to 5/18"), ("hotel", "Change to Other inn"), ("split", "Split in two, the second on"),
    ):  # fmt: skip
        add(organiser, people=24)
        page = words(organiser.get(BATCHES).text)
        assert "sleeps at Inn on 5/17 like batch 1; 9 rooms missing" in page
        first, second = stored(valley)
        if what == "split":
            # Half of it still lacks rooms: the button is not there, and asking for it all the same is refused.
            assert button not in page
            assert way(organiser, second, what).status_code == 409
        else:
            assert button in page
            assert way(organiser, second, what).status_code == 303
            assert "rooms missing" not in words(organiser.get(BATCHES).text)
            assert way(organiser, second, what).status_code == 409
        with writing(valley.extensions["fuchun_engine"]) as session:
            session.connection().exec_driver_sql(f"DELETE FROM departure WHERE id > {first.id}")


def test_a_batch_is_split_with_its_units(valley: Flask, organiser: FlaskClient):
    add(organiser, people=50)
    (it,) = stored(valley)
    send(organiser, address(it) + "/units", units="Unit A 20\nUnit B,10\nUnit C 20")
    assert "Inn lacks 3 rooms on 5/17" in words(organiser.get(BATCHES).text)
    assert way(organiser, it, "split").status_code == 303
    first, second = stored(valley)
    assert (first.head_count, second.head_count, second.first_day) == (25, 25, SATURDAY + timedelta(days=1))
    with reading(valley.extensions["fuchun_engine"]) as session:
        units = list_units(session, [first.id, second.id])
        assert {key: [unit.name for unit in found] for key, found in units.items()} == {
            first.id: ["Unit A", "Unit B"], second.id: ["Unit C"],
        }  # fmt: skip
    assert "lacks" not in words(organiser.get(BATCHES).text)


def test_units_answer_by_their_link_in_numbers(valley: Flask, organiser: FlaskClient):
    add(organiser)
    (it,) = stored(valley)
    send(organiser, address(it) + "/units", units="Unit A 12\nUnit B\t10\nUnit C")
    page = organiser.get(address(it)).text
    assert "3 units have not answered: text to send" in words(page)
    reminder = re.search(r'<textarea id="reminder"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1]
    links = dict(re.findall(r"^(Unit \w): https?://[^/]+(/tours/answer/\S+)$", reminder, re.MULTILINE))
    assert set(links) == {"Unit A", "Unit B", "Unit C"}
    liaison = english(valley)
    shown = liaison.get(links["Unit A"])
    assert "quota 12" in words(shown.text)
    assert "places left in the batch: 42" in words(shown.text)
    assert "Set-Cookie" not in shown.headers
    numbers = {"men": 4, "women": 3, "couples": 2, "diets": 1, "impaired": 0, "platform_workers": 5}
    assert liaison.post(links["Unit A"], data=numbers).status_code == 403
    assert liaison.post(links["Unit A"], data=numbers, headers=SITE).status_code == 303
    too_many = liaison.post(links["Unit A"], data=numbers | {"men": 6}, headers=SITE)
    assert too_many.status_code == 409
    assert "1 more than the quota of 12" in words(too_many.text)
    with reading(valley.extensions["fuchun_engine"]) as session:
        unit = list_units(session, [it.id])[it.id][0]
    quota = {"do": "quota", "quota": 13, "version": unit.row_version}
    assert send(organiser, f"{address(it)}/units/{unit.id}", **quota).status_code == 303
    assert send(organiser, f"{address(it)}/units/{unit.id}", **quota).status_code == 409
    assert liaison.post(links["Unit A"], data=numbers | {"men": 6}, headers=SITE).status_code == 303
    assert liaison.post(links["Unit A"], data=numbers, headers=SITE).status_code == 303
    assert liaison.post(links["Unit B"], data={"women": 10}, headers=SITE).status_code == 303
    page = words(organiser.get(BATCHES).text)
    assert "registered 21 / seats 42" in page
    assert "1 units have not answered" in page
    with writing(valley.extensions["fuchun_engine"]) as session:
        assert [unit.name for unit in list_units(session, [it.id])[it.id] if unit.answered_at is None] == ["Unit C"]
        session.connection().exec_driver_sql("UPDATE share_link SET ends_at = now() - interval '1 s'")
    assert liaison.get(links["Unit C"]).status_code == 404


def test_bookings_and_money_against_the_limit(valley: Flask, organiser: FlaskClient):
    add(organiser)
    (it,) = stored(valley)
    book = address(it) + "/bookings"
    inn = {"day": 1, "stop": 3, "version": 0, "state": "held", "planned": "4,180.50", "contact": "desk", "number": "R7"}
    assert send(organiser, book, **inn).status_code == 303
    assert send(organiser, book, **inn).status_code == 409
    assert send(organiser, book, **inn | {"version": 1, "planned": "x"}).status_code == 422
    assert send(organiser, book, **inn | {"stop": 9}).status_code == 404
    page = words(organiser.get(address(it)).text)
    assert "planned 55 yuan a head and day" in page
    file = organiser.get(address(it) + "/money.xlsx")
    rows = list(load_workbook(BytesIO(file.data))["Stops"].iter_rows(values_only=True))
    assert ("Inn", 4180.5) in [(row[1], row[6]) for row in rows]
    form, sent = Workbook(), BytesIO()
    form.active.append(["{{tour}} {{batch}}", "{{people}}", "{{nothing}}"])
    form.active.append(["{{stops.name}}", "{{stops.planned}}"])
    form.save(sent)
    sent.seek(0)
    filled = send(organiser, address(it) + "/form", form=(sent, "own.xlsx"))
    rows = list(load_workbook(BytesIO(filled.data)).active.iter_rows(values_only=True))
    assert rows[0] == ("Along the road 1", 38, "{{nothing}}")
    assert ("Inn", 4180.5, None) in rows


def test_the_set_is_read_back_with_nothing_lost(valley: Flask, organiser: FlaskClient, tmp_path: Path):
    add(organiser)
    (it,) = stored(valley)
    archive = zipfile.ZipFile(BytesIO(organiser.get(address(it) + "/set.zip").data))
    files = {Path(name).suffix: archive.read(name) for name in archive.namelist()}
    papers = [name for name in archive.namelist() if name.endswith(".pdf")]
    assert papers == ["Notice of departure.pdf", "Itinerary.pdf", "Driver's sheet.pdf", "Orders of rooms and meals.pdf"]
    assert all(archive.read(name).startswith(b"%PDF") for name in papers)
    stops = [(stop["name"], stop["lon"], stop["lat"]) for day in it.timetable for stop in day["stops"]]

    # ICS: every stop with its time in the district's zone.
    events = list(icalendar.Calendar.from_ical(files[".ics"]).walk("VEVENT"))
    assert [str(event["location"]).split(" · ")[0] for event in events] == [name for name, _, _ in stops]
    bridge = events[1]
    zone = ZoneInfo("Asia/Shanghai")
    assert bridge["dtstart"].params["TZID"] == "Asia/Shanghai"
    begins, ends = (bridge[name].dt.astimezone(zone) for name in ("dtstart", "dtend"))
    assert (begins.isoformat(), ends - begins) == ("2031-05-17T08:33:00+08:00", timedelta(minutes=90))

    # KML, GeoJSON and the GPX of each day by GDAL.
    kml, geojson = tmp_path / "tour.kml", tmp_path / "tour.geojson"
    kml.write_bytes(files[".kml"])
    geojson.write_bytes(files[".geojson"])
    layers = [name for name, _ in pyogrio.list_layers(kml)]
    found = [row for layer in layers for row in pyogrio.read_dataframe(kml, layer=layer).itertuples()]
    points = [row for row in found if row.geometry.geom_type == "Point"]
    assert [(row.Name.split(" ", 1)[1], row.geometry.x, row.geometry.y) for row in points] == stops
    shapes = pyogrio.read_dataframe(geojson)
    assert shapes[shapes["role"] == "stop"]["name"].tolist() == [name for name, _, _ in stops]
    seen = []
    for number, name in enumerate(("Day 1.gpx", "Day 2.gpx"), 1):
        gpx = tmp_path / name
        gpx.write_bytes(archive.read(name))
        parsed = gpxpy.parse(gpx.read_text(encoding="utf-8"))
        found = [(each.name, each.longitude, each.latitude) for each in parsed.waypoints]
        rows = pyogrio.read_dataframe(gpx, layer="waypoints").itertuples()
        assert found == [(row.name, row.geometry.x, row.geometry.y) for row in rows]
        seen += [(stop.split(" ", 1)[1], lon, lat) for stop, lon, lat in found]
        lines = shapes[(shapes["role"] == "leg") & (shapes["day"] == number)].geometry
        tracks = pyogrio.read_dataframe(gpx, layer="tracks")
        assert shapely.length(tracks.geometry.values).sum() == pytest.approx(
            shapely.length(lines.values).sum(), abs=1e-5
        )
    assert seen == stops


def test_links_to_amap_hold_every_stop_in_its_coordinates(valley: Flask, organiser: FlaskClient):
    add(organiser)
    (it,) = stored(valley)
    page = organiser.get(address(it) + "/set").text
    links = [
        parse_qs(urlsplit(link.replace("&amp;", "&")).query)
        for link in re.findall(r'href="(https://uri.amap[^"]+)"', page)
    ]
    ends = [end for link in links for end in (link["from"][0], link["to"][0])]
    for day in it.timetable:
        for stop in day["stops"]:
            found = next(end.split(",") for end in ends if end.split(",")[2] == stop["name"])
            expected = [float(each) for each in wgs84_to_gcj02(stop["lon"], stop["lat"])]
            assert np.allclose([float(each) for each in found[:2]], expected, atol=2e-6)
    assert all(link["mode"] == ["car"] for link in links)


DETAILS = {
    "state": "published", "first_day": SATURDAY.isoformat(), "head_count": 38, "coaches": 1, "coach_seats": 45,
    "drivers": 1, "guides": 1, "leaders": 1,
}  # fmt: skip


def test_a_cancelled_batch_says_why_takes_nothing_more_and_is_in_nobodys_way(valley: Flask, organiser: FlaskClient):
    add(organiser)
    add(organiser)
    first, _ = stored(valley)
    assert "rooms missing" in words(organiser.get(BATCHES).text)
    send(organiser, address(first) + "/units", units="Unit A 38")
    send(organiser, address(first) + "/links")
    page = organiser.get(address(first)).text
    liaison_path = re.search(LIAISON, page)[1]
    shown = re.search(r'id="link-participants" readonly value="https?://[^/]+([^"]+)"', page)[1]
    gone = DETAILS | {"version": first.row_version, "state": "cancelled"}
    assert send(organiser, address(first), **gone).status_code == 422
    assert send(organiser, address(first), **gone, notice="Flooded road").status_code == 303
    visitor = english(valley)
    assert "This departure is cancelled. Flooded road" in words(visitor.get(shown).text)
    assert visitor.post(liaison_path, data={"men": 3}, headers=SITE).status_code == 409
    page = words(organiser.get(BATCHES).text)
    assert "Flooded road" in page
    assert "rooms missing" not in page
    events = icalendar.Calendar.from_ical(organiser.get(address(first) + "/tour.ics").data).walk("VEVENT")
    assert {str(event["status"]) for event in events} == {"CANCELLED"}
    assert "Cancelled: Flooded road" in words(organiser.get(address(first) + "/set").text)


def test_too_few_to_leave_is_said_once_all_have_answered(valley: Flask, organiser: FlaskClient):
    add(organiser)
    (it,) = stored(valley)
    assert send(organiser, address(it), **DETAILS, version=it.row_version, min_people=20).status_code == 303
    send(organiser, address(it) + "/units", units="Unit A 38")
    liaison_path = re.search(LIAISON, organiser.get(address(it)).text)[1]
    assert "are needed to leave" not in words(organiser.get(BATCHES).text)
    assert english(valley).post(liaison_path, data={"men": 12}, headers=SITE).status_code == 303
    assert "All units have answered: 12 people, 20 are needed to leave" in words(organiser.get(BATCHES).text)


def test_papers_say_what_each_reader_needs(valley: Flask, organiser: FlaskClient):
    add(organiser)
    (it,) = stored(valley)
    details = DETAILS | {
        "version": it.row_version, "leader_name": "Li", "leader_phone": "0571-1", "meeting": "Gate 2 at 8:20",
        "bring": "Umbrella", "rain_plan": "Museum",
    }  # fmt: skip
    assert send(organiser, address(it), **details).status_code == 303
    assert send(organiser, address(it), **details).status_code == 409
    send(organiser, address(it) + "/units", units="Unit A 38")
    send(organiser, address(it) + "/links")
    page = organiser.get(address(it) + "/set").text
    papers = {code: words(text) for code, text in re.findall(r'id="paper-(\w+)">(.*?)</article>', page, re.DOTALL)}
    assert all(
        text in papers["notice"] for text in ("Gate 2 at 8:20", "Umbrella", "Leader: Li 0571-1", "120 ambulance", "/b/")
    )
    assert "Toilet house（toilet）" in papers["itinerary"]
    assert "08:33–10:03 2 Bridge" in papers["itinerary"]
    assert "Museum" in papers["itinerary"]
    assert "driving 6 min, standing 1 h 30 min" in papers["coach"]
    assert "Unit A" not in papers["coach"]
    assert "19 for two, 0 for couples, 3 for one" in papers["orders"]
    # Two men who accompany them share a room.
    version = stored(valley)[0].row_version
    assert (
        send(organiser, address(it), **details | {"version": version, "staff_men": 3, "staff_women": 1}).status_code
        == 422
    )
    assert send(organiser, address(it), **details | {"version": version, "staff_men": 2}).status_code == 303
    page = words(organiser.get(address(it) + "/set").text)
    assert "20 for two, 0 for couples, 1 for one" in page


def test_last_years_season_is_copied_once(valley: Flask, organiser: FlaskClient):
    last = date(date.today().year - 1, 5, 20)
    add(organiser, last)
    (it,) = stored(valley)
    send(organiser, address(it) + "/units", units="Unit A 12")
    assert f"Copy the batches of {last.year}" in words(organiser.get(BATCHES).text)
    assert send(organiser, BATCHES + "/copy", year=last.year).status_code == 303
    _, copy = stored(valley)
    assert copy.first_day == last + timedelta(days=364)
    assert copy.first_day.weekday() == last.weekday()
    with reading(valley.extensions["fuchun_engine"]) as session:
        assert [(unit.name, unit.quota) for unit in list_units(session, [copy.id])[copy.id]] == [("Unit A", 12)]
    assert send(organiser, BATCHES + "/copy", year=last.year).status_code == 409


def test_feedback_by_the_same_link_adds_up_on_the_tours_page(valley: Flask, organiser: FlaskClient):
    add(organiser, date.today() - timedelta(days=3))
    (it,) = stored(valley)
    send(organiser, address(it) + "/links")
    key = re.search(r'id="link-participants" readonly value="[^"]+/b/([^"]+)"', organiser.get(address(it)).text)[1]
    path, visitor = f"/tours/feedback/{key}", english(valley)
    assert f'href="{path}"' in visitor.get(f"/b/{key}").text
    assert visitor.get(path).status_code == 200
    assert visitor.post(path, data={"rating": 4, "pace": "tight", "text": "Good"}, headers=SITE).status_code == 303
    assert visitor.post(path, data={"rating": 9}, headers=SITE).status_code == 422
    assert visitor.post(path, data={"rating": 5}, headers=SITE).status_code == 303
    assert "2 participants: 4.5 of 5" in words(visitor.get("/tours/T1").text)
    assert "Good" in words(organiser.get(BATCHES).text)
    assert "Good" not in visitor.get("/tours/T1").text
