"""The tours: times along the streets, what is not known said so, and files that other programs read."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pyogrio
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import DatabaseMaker
from tests.webmap.conftest import english
from tests.webmap.page_words import words
from tests.webmap.valley import LAT, valley_app
from webmap.words.numbers import clock, distance, duration


@pytest.fixture(scope="module")
def valley(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
) -> Iterator[Flask]:
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app:
        yield app


@pytest.fixture
def organiser(valley: Flask) -> FlaskClient:
    return english(valley)


def day(text: str, number: int) -> str:
    found = re.search(rf'<article class="day" id="day-{number}".*?</article>', text, re.DOTALL)
    assert found
    return words(found[0])


def test_list_names_tours_with_days_and_stops_in_order(organiser: FlaskClient):
    text = words(organiser.get("/tours").text)
    assert "Along the road" in text
    assert "Day 1 Hall → Bridge → Inn" in text
    assert "2 legs are not known and missing in the sums" in text


def test_day_tells_when_the_coach_is_where(organiser: FlaskClient):
    text = day(organiser.get("/tours/T1").text, 1)
    # 1.93 km of primary road at 50 km/h are 2.3 minutes: with the margin of the morning peak 3.2, later 2.7.
    assert "08:30 1 Hall" in text
    assert "drive 4 min · 1.9 km 08:34–10:04 2 Bridge sight · stay 1 h 30 min Mind the step." in text
    assert "drive 3 min · 1.9 km 10:07 3 Inn" in text
    assert "End 10:07 Driving 7 min Distance 3.9 km" in text


def test_unknown_way_is_said_and_no_time_is_made_up_after_it(organiser: FlaskClient):
    text = day(organiser.get("/tours/T1").text, 2)
    assert "09:00 1 Inn" in text
    assert text.count("The route is not known: no street for coaches within 500 m of Hamlet") == 2
    assert text.count("time open") == 2
    assert "End — Driving — Distance —" in text
    assert "2 legs are not known" in text


def test_page_says_how_times_are_reckoned_and_from_which_streets(organiser: FlaskClient):
    text = words(organiser.get("/tours/T1").text)
    assert "with a margin by class of road and time of day" in text
    assert "streets.osm.pbf · © OpenStreetMap contributors · as of 2026-05" in text


def test_gpx_opens_in_gdal_with_stops_and_ways(organiser: FlaskClient, tmp_path: Path):
    answer = organiser.get("/tours/T1/tour.gpx")
    assert answer.mimetype == "application/gpx+xml"
    assert "[Sample] Along the road.gpx" in unquote(answer.headers["Content-Disposition"])
    path = tmp_path / "tour.gpx"
    path.write_bytes(answer.data)
    stops = pyogrio.read_dataframe(path, layer="waypoints")
    assert stops["name"].tolist() == ["1-1 Hall", "1-2 Bridge", "1-3 Inn", "2-1 Inn", "2-2 Hamlet", "2-3 Hall"]
    assert stops["desc"].tolist()[:2] == ["08:30", "08:34 to 10:04 · Mind the step."]
    ways = pyogrio.read_dataframe(path, layer="tracks")
    # Day 2 has no known way, and no straight line stands in for it.
    assert ways["name"].tolist() == ["[Sample] Along the road, day 1"]
    points = np.array(ways.geometry[0].geoms[0].coords)
    np.testing.assert_allclose(points[:, 1], LAT)
    assert np.all(np.diff(points[:, 0]) >= 0)
    np.testing.assert_allclose(points[[0, -1], 0], [119.98, 120.02], atol=1e-6)


def test_map_gets_stops_of_every_day_and_only_known_ways(organiser: FlaskClient):
    answer = organiser.get("/tours/T1/tour.geojson")
    assert answer.mimetype == "application/geo+json"
    assert answer.json["sample"] is True
    role = {(f["properties"]["day"], f["properties"]["role"]) for f in answer.json["features"]}
    assert {(1, "stop"), (2, "stop"), (1, "leg")} <= role
    assert (2, "leg") not in role


def test_days_are_worked_out_once_a_state(valley: Flask):
    state = valley.extensions["fuchun_live"].state()
    held = valley.extensions["fuchun_itineraries"]
    assert held.get(state, "T1") is held.get(state, "T1")
    assert held.every(state)[0] is held.get(state, "T1")


@pytest.mark.parametrize("address", ["/tours/none", "/tours/none/tour.gpx", "/tours/none/tour.geojson"])
def test_tour_that_is_not_there_is_not_found(organiser: FlaskClient, address: str):
    answer = organiser.get(address)
    assert answer.status_code == 404
    assert "none" in answer.text


def test_chinese_sheet_speaks_to_the_driver(valley: Flask):
    text = day(valley.test_client().get("/tours/T1").text, 1)
    for part in ("第 1 天", "示意数据", "出发 08:30", "车辆", "司机", "行车 4 分钟 · 1.9 公里", "停留 1 小时 30 分钟"):
        assert part in text


def test_quantities_in_words(valley: Flask):
    with valley.test_request_context(headers={"Accept-Language": "en"}):
        assert [clock(m) for m in (None, 0, 605, 1470)] == ["—", "00:00", "10:05", "00:30 the next day"]
        assert [duration(m) for m in (0, 59, 60, 135)] == ["0 min", "59 min", "1 h", "2 h 15 min"]
        assert [distance(m) for m in (44.0, 994.0, 1000.0, 18_250.0)] == ["40 m", "990 m", "1.0 km", "18.2 km"]
