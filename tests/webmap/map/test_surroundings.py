"""The picture of the streets around a place: what lies there, in metres, and nothing that would be fetched."""

import re
from dataclasses import replace

import pytest

from geo.crs import distance_m
from tests.webmap.valley import LAT, valley_app
from webmap.map.surroundings import HIGH_M, WIDE_M, surroundings_of


@pytest.fixture(scope="module")
def app(make_database, tmp_path_factory, translations):
    with valley_app(make_database, tmp_path_factory.mktemp("surroundings"), status="real") as app:
        yield app


@pytest.fixture(scope="module")
def state(app):
    return app.extensions["fuchun_live"].state()


@pytest.fixture(scope="module")
def config(app):
    return app.extensions["fuchun_config"]


def test_the_road_runs_through_the_middle_and_bears_its_name(state, config):
    found = surroundings_of(state, 119.985, LAT, config=config)
    assert re.fullmatch(r"M-?\d+ 120L\d+ 120", found.paths["major"])
    west, east = map(int, re.findall(r"(-?\d+) 120", found.paths["major"]))
    assert west < 0 < WIDE_M < east
    assert east - west == pytest.approx(distance_m(119.98, LAT, 119.99, LAT), abs=2)
    assert [(each.text, each.turn) for each in found.names] == []  # the mark lies on its middle
    beside = surroundings_of(state, 119.985, LAT + 0.0007, config=config)
    assert [(each.text, each.x, each.turn) for each in beside.names] == [("Road", WIDE_M / 2, 0.0)]
    assert 120 + 60 < beside.names[0].y < HIGH_M


def test_where_no_street_is_near_or_the_ground_is_somebody_elses_there_is_no_picture(state, config):
    assert surroundings_of(state, 119.985, LAT + 0.05, config=config) is None
    foreign = replace(config, basemap_type="raster", basemap_url="https://tiles.example/{z}/{x}/{y}.png")
    assert surroundings_of(state, 119.985, LAT, config=foreign) is None
    assert surroundings_of(replace(state, snapshot=None), 119.985, LAT, config=config) is None


def test_a_stations_page_shows_it_as_a_way_to_the_map(app):
    page = app.test_client().get("/s/S2").text
    picture = re.search(r'<a class="place-map" href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    assert picture
    assert "show=S2" in picture[1]
    assert 'class="street-major"' in picture[2]
    assert "style=" not in picture[2]
