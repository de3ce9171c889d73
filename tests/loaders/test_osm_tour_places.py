"""Places of tours from OpenStreetMap: its facts and nothing else, added to what somebody has entered."""

from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from sqlalchemy import Engine

from geo.db.session import reading, writing
from geo.db.tour_places import get_tour_place, read_tour_places, save_tour_place
from loaders.isolated.run import parse_here
from loaders.osm_tour_places import OsmTourPlacesContext, parse_osm_tour_places
from loaders.storing.tour_places import load_tour_places
from tests.loaders.districts import square_district

OSM = """<?xml version="1.0"?>
<osm version="0.6">
  <node id="1" version="1" lat="30.0" lon="119.9"><tag k="tourism" v="museum"/><tag k="name" v="示意馆"/>
    <tag k="name:en" v="Museum"/><tag k="opening_hours" v="Tu-Su 09:00-17:00"/><tag k="fee" v="no"/>
    <tag k="phone" v="0571-63330001"/></node>
  <node id="2" version="1" lat="30.0" lon="119.91"><tag k="tourism" v="hotel"/><tag k="name" v="示意酒店"/>
    <tag k="stars" v="4"/><tag k="phone" v="13800138000"/></node>
  <node id="3" version="1" lat="30.0" lon="119.92"><tag k="amenity" v="toilets"/></node>
  <node id="4" version="1" lat="31.0" lon="119.92"><tag k="tourism" v="museum"/><tag k="name" v="远处"/></node>
  <node id="5" version="1" lat="30.0" lon="119.93"><tag k="amenity" v="parking"/><tag k="name" v="停车"/></node>
  <node id="6" version="1" lat="30.0" lon="119.93"><tag k="amenity" v="parking"/><tag k="bus" v="designated"/></node>
  <node id="7" version="1" lat="30.0" lon="119.94"><tag k="tourism" v="attraction"/></node>
  <node id="8" version="1" lat="30.0" lon="119.94"><tag k="tourism" v="zoo"/><tag k="name" v="关"/>
    <tag k="access" v="private"/></node>
  <node id="11" version="1" lat="30.0" lon="119.94"/>
  <node id="12" version="1" lat="30.0" lon="119.95"/>
  <node id="13" version="1" lat="30.01" lon="119.95"/>
  <way id="21" version="1"><nd ref="11"/><nd ref="12"/><nd ref="13"/><nd ref="11"/>
    <tag k="historic" v="castle"/><tag k="name" v="示意城堡"/><tag k="opening_hours" v="whenever"/></way>
</osm>
"""


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "small.osm"
    path.write_text(OSM, encoding="utf-8")
    return path


def test_only_what_the_map_says_is_taken(extract: Path) -> None:
    parsed = parse_osm_tour_places(extract, OsmTourPlacesContext(outline=shapely.box(119.4, 29.8, 120.2, 30.2)))
    places = {place.code: place for place in parsed.places}
    assert {code: place.kind for code, place in places.items()} == {
        "osm-n1": "sight", "osm-n2": "hotel", "osm-n3": "toilet", "osm-n6": "parking", "osm-w21": "sight",
    }  # fmt: skip
    museum, hotel, castle = places["osm-n1"], places["osm-n2"], places["osm-w21"]
    assert (museum.hours, museum.price, museum.is_outdoor) == ("Tu-Su 09:00-17:00", 0, False)
    assert (museum.visit_min, museum.capacity, museum.score) == (None, None, None)
    assert (museum.aliases, museum.contact) == (["Museum"], "0571-63330001")
    assert (hotel.rooms, hotel.price, hotel.contact, hotel.tags) == ([], None, None, ["4★"])
    assert (castle.hours, castle.hours_posted, castle.price) == (None, "whenever", None)
    assert places["osm-n3"].name == "公厕 n3"
    assert {(each.row, each.reason) for each in parsed.rejected} == {
        ("osm-n4", "outside the district"), ("osm-n7", "has no name"),
    }  # fmt: skip
    assert parsed.n_read == len(parsed.places) + len(parsed.rejected)


def test_a_second_load_keeps_what_somebody_has_entered(engine: Engine, extract: Path) -> None:
    square_district(engine)
    with writing(engine) as session:
        report = load_tour_places(session, extract, district="330111", parse=parse_here)
        assert report.stored == 5
        stored = get_tour_place(session, "330111", "osm-n1")
        entered = replace(stored.place, visit_min=80, price=3000)
        save_tour_place(session, "330111", entered, version=stored.version, by="somebody")
    with writing(engine) as session:
        again = load_tour_places(session, extract, district="330111", parse=parse_here)
        assert "are there already" in again.notes[-1].reason
    with reading(engine) as session:
        places = {place.code: place for place in read_tour_places(session, "330111")}
    assert len(places) == 5
    assert (places["osm-n1"].visit_min, places["osm-n1"].price) == (80, 3000)
