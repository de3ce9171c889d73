"""Places of an OpenStreetMap extract: nodes and areas with a tag, inside the district, named as stand-ins."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine

from geo.db.districts import save_district
from geo.db.session import writing
from geo.errors import InputError, NotReadyError
from loaders.isolated.run import parse_here
from loaders.osm_places import OsmPlaces, OsmPlacesContext, parse_osm_places
from loaders.report import LoadReport
from loaders.storing.osm_places import load_places_from_osm
from tests.extracts import HELSINKI, LIECHTENSTEIN, LIECHTENSTEIN_TOWNS, needs_liechtenstein
from tests.loaders.districts import rows, square_district

CENTRE = shapely.box(24.90, 60.15, 24.98, 60.19)
OSM = """<?xml version="1.0"?>
<osm version="0.6">
  <node id="1" version="1" lat="30.0" lon="119.9"><tag k="amenity" v="bank"/><tag k="name" v="农业银行"/>
    <tag k="name:en" v="ABC"/><tag k="operator" v="中国农业银行"/><tag k="opening_hours" v="Mo-Fr 09:00-17:00"/>
    <tag k="addr:street" v="江滨西大道"/><tag k="addr:housenumber" v="1"/>
    <tag k="toilets" v="yes"/><tag k="drinking_water" v="no"/><tag k="internet_access" v="wlan"/></node>
  <node id="2" version="1" lat="30.0" lon="119.91"><tag k="amenity" v="bank"/><tag k="brand" v="工商银行"/>
    <tag k="opening_hours" v="whenever"/></node>
  <node id="3" version="1" lat="30.0" lon="119.92"><tag k="amenity" v="bank"/></node>
  <node id="4" version="1" lat="31.0" lon="119.92"><tag k="amenity" v="bank"/><tag k="name" v="远处"/></node>
  <node id="5" version="1" lat="30.0" lon="119.93"><tag k="amenity" v="fuel"/><tag k="name" v="加油站"/></node>
  <node id="11" version="1" lat="30.0" lon="119.94"/>
  <node id="12" version="1" lat="30.0" lon="119.95"/>
  <node id="13" version="1" lat="30.01" lon="119.95"/>
  <node id="14" version="1" lat="30.01" lon="119.94"/>
  <way id="21" version="1"><nd ref="11"/><nd ref="12"/><nd ref="13"/><nd ref="14"/><nd ref="11"/>
    <tag k="amenity" v="bank"/><tag k="name" v="建设银行"/><tag k="building" v="yes"/></way>
  <way id="22" version="1"><nd ref="11"/><nd ref="12"/><nd ref="13"/>
    <tag k="amenity" v="bank"/><tag k="name" v="一条线"/></way>
</osm>
"""


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "small.osm"
    path.write_text(OSM, encoding="utf-8")
    return path


def parse(path: Path, **options: Any) -> OsmPlaces:
    usual = {"outline": shapely.box(119.4, 29.8, 120.2, 30.2), "tag": "amenity=bank", "kind": "rest_station"}
    return parse_osm_places(path, OsmPlacesContext(**usual | options))


def load(engine: Engine, path: Path, **options: Any) -> LoadReport:
    with writing(engine) as session:
        return load_places_from_osm(session, path, **{"district": "330111"} | options, parse=parse_here)


def test_nodes_and_closed_ways_become_places_and_the_rest_is_refused(extract: Path) -> None:
    parsed = parse(extract)
    assert {place["code"]: place["name"] for place in parsed.places} == {
        "osm-n1": "农业银行",
        "osm-n2": "工商银行",
        "osm-n3": "bank n3",
        "osm-w21": "建设银行",
    }
    assert {rejection.row: str(rejection) for rejection in parsed.rejected} == {
        "osm-n4": "outside the district",
        "osm-w22": "is a line or an area that the extract holds only in part",
    }
    assert parsed.n_read == len(parsed.places) + len(parsed.rejected)


def test_an_area_stands_at_a_point_within_it(extract: Path) -> None:
    (place,) = [place for place in parse(extract).places if place["code"] == "osm-w21"]
    assert 119.94 < place["lon"] < 119.95
    assert 30.0 < place["lat"] < 30.01


def test_a_place_says_only_what_its_tags_say(extract: Path) -> None:
    bank, unread, *_ = parse(extract).places
    assert (bank["name_en"], bank["host"], bank["address"]) == ("ABC", "中国农业银行", "江滨西大道 1")
    assert bank["functions"] == [
        {
            "kind": "rest_station",
            "tier": None,
            "hours": "Mo-Fr 09:00-17:00",
            "hours_posted": "Mo-Fr 09:00-17:00",
            "services": ["toilet", "wifi"],
        }
    ]
    assert (unread["functions"][0]["hours"], unread["functions"][0]["hours_posted"]) == (None, "whenever")


def test_a_load_says_that_banks_are_not_stations(engine: Engine, extract: Path) -> None:
    square_district(engine)
    report = load(engine, extract)
    said = "amenity=bank of OpenStreetMap stands in for stations; these are not stations of a union"
    assert [str(note) for note in report.notes] == [
        "2 places have no name in OpenStreetMap; they go by brand, operator or id",
        "1 opening hours of OpenStreetMap could not be read and count as unknown",
        said,
    ]
    assert rows(engine, "SELECT note, licence, attribution FROM source WHERE layer = 'places'") == [
        (said, "ODbL 1.0", "© OpenStreetMap contributors")
    ]
    assert (report.read, report.stored) == (6, 4)


def test_tags_add_up_with_keep_and_loading_again_changes_nothing(engine: Engine, extract: Path) -> None:
    square_district(engine)
    query = "SELECT p.code, name, region_code, kind FROM place p JOIN place_function f ON f.place_id = p.id ORDER BY 1"
    load(engine, extract)
    load(engine, extract, tag="amenity=fuel", kind="landmark", keep=True)
    before = rows(engine, query)
    assert [row[0] for row in before] == ["osm-n1", "osm-n2", "osm-n3", "osm-n5", "osm-w21"]
    assert {row[3] for row in before} == {"rest_station", "landmark"}
    load(engine, extract, tag="amenity=fuel", kind="landmark", keep=True)
    assert rows(engine, query) == before
    assert rows(engine, "SELECT note FROM source WHERE layer = 'places' ORDER BY 1")[1:] == ["amenity=fuel"]
    assert rows(engine, "SELECT count(*) FROM source WHERE layer = 'places'") == [2]


def test_stand_ins_retire_the_sample(engine: Engine, extract: Path) -> None:
    square_district(engine, status="sample")
    notes = [str(note) for note in load(engine, extract, is_dry_run=True).notes]
    assert "the sample data of district 330111 gives way to this file" in notes
    assert rows(engine, "SELECT status FROM district") == ["sample"]
    load(engine, extract)
    assert rows(engine, "SELECT status FROM district") == ["real"]


def test_a_tag_that_is_nowhere_changes_nothing(engine: Engine, extract: Path) -> None:
    square_district(engine)
    load(engine, extract)
    report = load(engine, extract, tag="amenity=pub")
    assert (report.read, report.stored) == (0, 0)
    assert rows(engine, "SELECT count(*) FROM place") == [4]


def test_wrong_tags_kinds_files_and_districts_are_refused(engine: Engine, extract: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="bank is not a tag; write key=value"):
        parse(extract, tag="bank")
    with pytest.raises(InputError, match="pub is not a kind of place"):
        parse(extract, kind="pub")
    (tmp_path / "bad.osm.pbf").write_bytes(b"no extract")
    with pytest.raises(InputError, match="not a readable OpenStreetMap extract"):
        parse(tmp_path / "bad.osm.pbf")
    with pytest.raises(NotReadyError, match="has no boundaries yet"):
        load(engine, extract)


def test_the_banks_of_helsinki_stand_in_for_stations(engine: Engine) -> None:
    with writing(engine) as session:
        save_district(session, "helsinki", name="赫尔辛基", name_en="Helsinki", outline=shapely.MultiPolygon([CENTRE]))
    report = load(engine, HELSINKI, district="helsinki")
    assert report.stored == rows(engine, "SELECT count(*) FROM place")[0] >= 15
    assert report.read == 17
    assert rows(engine, "SELECT count(*) FROM place_function WHERE hours IS NOT NULL")[0] >= 5
    assert rows(engine, "SELECT count(*) FROM place WHERE name = '' OR name ~ '^bank'") == [0]


@needs_liechtenstein
def test_the_banks_and_filling_stations_of_liechtenstein_are_all_found() -> None:
    outline = gpd.read_file(LIECHTENSTEIN_TOWNS).union_all()
    found = [len(parse(LIECHTENSTEIN, outline=outline, tag=f"amenity={kind}").places) for kind in ("bank", "fuel")]
    assert found == [4, 15]
