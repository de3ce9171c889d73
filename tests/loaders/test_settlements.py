"""Villages and quarters by name, from an extract and for the sample."""

import shapely

from geo.db.session import reading
from geo.db.settlements import read_settlements
from loaders.sample.helsinki import HELSINKI
from loaders.settlements import KINDS, parse_settlements
from tests.extracts import LIECHTENSTEIN, needs_liechtenstein
from tests.webmap import answers
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.live_districts import LiveDistricts

OSM = """<osm version="0.6">
  <node id="1" lat="30.0" lon="120.0">
    <tag k="place" v="village"/><tag k="name" v="Old"/><tag k="name:zh" v="旧村"/></node>
  <node id="2" lat="30.0" lon="120.1"><tag k="place" v="hamlet"/><tag k="name" v="小村"/></node>
  <node id="3" lat="30.0" lon="120.0"><tag k="place" v="village"/></node>
  <node id="4" lat="30.0" lon="120.0"><tag k="place" v="town"/><tag k="name" v="镇"/></node>
  <node id="5" lat="30.0" lon="120.0"><tag k="name" v="店"/></node>
  <node id="6" lat="31.0" lon="120.0"><tag k="place" v="village"/><tag k="name" v="远村"/></node>
</osm>"""


def test_named_villages_within_the_district_are_read(tmp_path):
    path = tmp_path / "x.osm"
    path.write_text(OSM, encoding="utf-8")
    found = parse_settlements(path, clip=shapely.box(119.9, 29.9, 120.2, 30.1))
    assert list(zip(found["name"], found["kind"], strict=True)) == [("旧村", "village"), ("小村", "hamlet")]
    assert len(parse_settlements(path)) == 3


def test_an_extract_without_any_is_no_fault(tmp_path):
    path = tmp_path / "x.osm"
    path.write_text('<osm version="0.6"><node id="1" lat="30.0" lon="120.0"/></osm>', encoding="utf-8")
    assert parse_settlements(path, clip=shapely.box(119, 29, 121, 31)).empty


@needs_liechtenstein
def test_a_real_country_has_villages_and_hamlets():
    found = parse_settlements(LIECHTENSTEIN)
    assert len(found) > 10
    assert set(found["kind"]) <= set(KINDS)


def test_gaps_bear_the_names_of_the_quarters_loaded_with_the_streets(helsinki):
    engine, _ = helsinki
    with reading(engine) as session:
        quarters = read_settlements(session, HELSINKI)
    assert set(quarters["town"]) == {"centre"}
    gaps = answers.gaps(LiveDistricts(*helsinki).state(HELSINKI), CoverageQuestion(minutes=2))["gaps"]
    named = {gap["name"] for gap in gaps if gap["kind"] == "settlement"}
    assert named
    assert named <= set(quarters["name"])
