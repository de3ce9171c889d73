"""The comparison with Valhalla: its copies of extracts change one thing each, and it can tell right from wrong."""

from dataclasses import replace

import osmium
import pytest

from benchmarks.valhalla import FOLDER, Way, decode_line, fetch_valhalla
from benchmarks.valhalla_equal import compare_equal
from benchmarks.valhalla_extract import Edit, copy_extract
from benchmarks.valhalla_pairs import CLASSES, STEPS, class_of, one_pace
from benchmarks.valhalla_table import UNEXPLAINED, Comparison, as_table, write_tables
from tests.extracts import HELSINKI
from tests.geo.network.drawing import Town

has_valhalla = any(FOLDER.glob("valhalla-*/valhalla/bin/valhalla_service"))

TOWN = """<osm version="0.6">
  <node id="1" version="1" lat="30.0000" lon="120.0000"/>
  <node id="2" version="1" lat="30.0000" lon="120.0010"><tag k="barrier" v="gate"/><tag k="access" v="private"/></node>
  <node id="3" version="1" lat="30.0000" lon="120.0020"/>
  <node id="4" version="1" lat="30.0010" lon="120.0020"/>
  <node id="5" version="1" lat="30.0010" lon="120.0010"/>
  <way id="10" version="1"><nd ref="1"/><nd ref="2"/><nd ref="99"/><nd ref="3"/><nd ref="4"/>
    <tag k="highway" v="residential"/></way>
  <way id="11" version="1"><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="5"/><nd ref="2"/>
    <tag k="highway" v="pedestrian"/><tag k="area" v="yes"/></way>
  <way id="12" version="1"><nd ref="4"/><nd ref="5"/>
    <tag k="highway" v="footway"/><tag k="tunnel" v="building_passage"/><tag k="foot" v="private"/></way>
  <relation id="20" version="1"><member type="way" ref="11" role="outer"/>
    <tag k="type" v="multipolygon"/><tag k="highway" v="pedestrian"/></relation>
</osm>"""


@pytest.fixture
def copied(tmp_path):
    source = tmp_path / "town.osm"
    source.write_text(TOWN)

    def copy(edit):
        target = tmp_path / "copy.osm.pbf"
        copy_extract(source, target, edit)
        ways, nodes, relations = {}, {}, []
        for item in osmium.FileProcessor(str(target)):
            tags = {tag.k: tag.v for tag in item.tags}
            if item.is_way():
                ways[item.id] = ([node.ref for node in item.nodes], tags)
            elif item.is_node():
                nodes[item.id] = tags
            else:
                relations.append(item.id)
        return nodes, ways, relations

    return copy


def test_a_copy_without_an_edit_is_the_extract(copied):
    nodes, ways, relations = copied(Edit())
    assert list(nodes) == [1, 2, 3, 4, 5]
    assert {way: refs for way, (refs, _) in ways.items()} == {10: [1, 2, 99, 3, 4], 11: [2, 3, 4, 5, 2], 12: [4, 5]}
    assert relations == [20]


def test_a_street_cut_by_the_edge_becomes_the_runs_that_the_extract_holds(copied):
    _, ways, _ = copied(Edit(ends_cut_streets=True))
    assert ways[10] == ([1, 2], {"highway": "residential"})
    assert ways[13] == ([3, 4], {"highway": "residential"})


def test_squares_are_left_out_whether_a_way_or_a_relation_says_so(copied):
    _, ways, relations = copied(Edit(drops_squares=True))
    assert list(ways) == [10, 12]
    assert relations == []


def test_passages_and_private_ways_change_their_tags_only(copied):
    _, ways, _ = copied(Edit(levels_passages=True))
    assert ways[12] == ([4, 5], {"highway": "footway", "foot": "private"})
    nodes, ways, _ = copied(Edit(opens_private=True))
    assert nodes[2] == {"barrier": "gate", "access": "yes"}
    assert ways[12][1] == {"highway": "footway", "tunnel": "building_passage", "foot": "yes"}


def test_a_pair_is_classed_by_the_first_removal_after_which_the_two_agree():
    def way(metres):
        return Way(metres, metres, (0.0, 0.0))

    ours = [1030.0, 1030.0, 1010.0, 1010.0, 1010.0, 900.0, 900.0]
    assert class_of([([metres], [way(1000.0)]) for metres in ours], 0) == STEPS[2].name
    assert class_of([([1020.0], [way(1000.0)])] * len(STEPS), 0) is None
    assert class_of([([1021.0], [way(1000.0)])] * len(STEPS), 0) == UNEXPLAINED
    # No way at all on either side is a difference, never an agreement.
    assert class_of([([1000.0], [None])] * len(STEPS), 0) == UNEXPLAINED
    assert class_of([([float("nan")], [way(1000.0)])] * len(STEPS), 0) == UNEXPLAINED


def test_tables_stand_on_the_page_in_both_languages_and_every_class_has_its_chinese(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("甲\n<!-- distances: zh -->\nold\n<!-- end -->\n乙\n<!-- distances: en -->\nold\n<!-- end -->\n")
    classes = {name: 10 + i for i, name in enumerate(CLASSES)}
    one = Comparison("Helsinki", "walk", 1000, 7, 900.4, 0.7, 0.964, classes, 3, 0)
    write_tables([one], classes=CLASSES, version="Valhalla 3", page=page)
    text = page.read_text()
    assert "old" not in text
    chinese, english = text.split("乙")
    assert not any(name in chinese for name in CLASSES)
    assert "| **70.0%** |" in chinese
    assert "随机种子 7" in chinese
    assert [line for line in english.splitlines() if "unexplained" in line] == [
        f"| farther apart: unexplained | {classes['unexplained']} |"
    ]
    # A class that no pair has takes no row.
    assert "unexplained" not in as_table([replace(one, classes={})], lang="en", classes=CLASSES)


def test_lines_are_decoded_with_six_digits():
    assert decode_line("") == []
    assert decode_line("_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI") == [(-120.2, 38.5), (-120.95, 40.7), (-126.453, 43.252)]


def test_at_one_pace_the_quickest_way_is_the_shortest():
    # 110 m of stairs at half the pace, or 190 m of street.
    town = Town("""
        +----------+
        |          |
        AssssssssssB
    """)
    ends = town.at("A"), town.at("B")
    assert town.network.route(*ends, mode="walk").distance_m == pytest.approx(190, rel=1e-2)
    assert one_pace(town.network, mode="walk").route(*ends, mode="walk").distance_m == pytest.approx(110, rel=1e-2)


def test_at_one_pace_long_stairs_are_taken_too():
    # In time the stairs' middle is farther from the end than the street is long: no bound in time may hold here.
    town = Town("""
        +------------------------------+
        |                              |
        AsssssssssssssssXssssssssssssssB
                        |
                        C
    """)
    network = one_pace(town.network, mode="walk")
    assert network.route(town.at("A"), town.at("B"), mode="walk").distance_m == pytest.approx(310, rel=1e-2)


@pytest.mark.skipif(not has_valhalla, reason="Valhalla is not fetched; run: python -m benchmarks.valhalla_equal")
def test_in_helsinki_walking_distances_agree_with_valhalla_under_equal_rules():
    found = compare_equal(fetch_valhalla(), HELSINKI, mode="walk", n_pair=60, seed=2)
    assert found.agree >= 0.98
