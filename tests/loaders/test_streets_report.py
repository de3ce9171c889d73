"""What a load of streets reports: what went wrong with the district's own ways, and of all others a number."""

import bz2
import gzip

import pytest
import shapely

from geo.db.districts import save_district
from geo.db.session import writing
from loaders.extract_names import SUFFIXES
from loaders.isolated.run import parse_here
from loaders.storing.streets import load_streets
from loaders.streets import StreetsContext, parse_streets
from webmap.logic.loading import LOADS

OUTLINE = shapely.box(119.99, 29.99, 120.01, 30.01)
NODES = {
    1: (120.0, 30.0),
    2: (120.004, 30.0),
    3: (120.002, 30.002),
    4: (120.0035, 30.002),
    11: (121.0, 30.0),
    12: (121.004, 30.0),
}
WAYS = {100: (1, 2), 101: (3, 4), 200: (11, 12), 201: (12, 11), 300: (1, 99)}
"""A road, a lane of 145 m that nothing joins to it, two streets 96 km to the east, and one whose end the file lacks."""

HOURS = {
    100: '<tag k="motor_vehicle:forward:conditional" v="no @ (07:00-09:00)"/>',
    101: '<tag k="parking:lane:conditional" v="no_parking @ (Mo-Fr)"/>',
    200: '<tag k="access:conditional" v="no @ (22:00-06:00)"/>',
}


GATES = {
    2: '<tag k="barrier" v="gate"/><tag k="access:conditional" v="no @ (22:00-06:00)"/>',
    3: '<tag k="barrier" v="gate"/><tag k="opening_hours" v="06:00-22:00"/>',
    4: '<tag k="barrier" v="gate"/><tag k="access" v="private"/>',
    11: '<tag k="barrier" v="gate"/><tag k="opening_hours" v="06:00-22:00"/>',
}
"""Two gates of the district that have hours, one that has none, and one far away."""


@pytest.fixture
def file(tmp_path):
    parts = [
        f'<node id="{i}" version="1" lon="{lon}" lat="{lat}">{GATES.get(i, "")}</node>'
        for i, (lon, lat) in NODES.items()
    ]
    for way, ends in WAYS.items():
        refs = "".join(f'<nd ref="{end}"/>' for end in ends)
        rule = HOURS.get(way, "")
        parts.append(f'<way id="{way}" version="1">{refs}<tag k="highway" v="residential"/>{rule}</way>')
    path = tmp_path / "streets.osm"
    path.write_text(f'<?xml version="1.0"?><osm version="0.6" generator="test">{"".join(parts)}</osm>')
    return path


@pytest.fixture
def report(engine, file):
    with writing(engine) as session:
        save_district(session, "S", name="S", name_en="S", status="real", outline=OUTLINE)
        return load_streets(session, file, district="S", is_dry_run=True, parse=parse_here)


def test_streets_outside_the_district_are_one_number_and_not_rows_that_were_not_stored(report):
    assert (report.read, report.stored, len(report.rejected)) == (3, 2, 1)
    notes = [str(note) for note in report.notes]
    assert "2 ways of the file lie outside the district and its margin and are not needed" in notes
    assert not any("200" in str(line) for line in report.rejected)


def test_rules_for_some_hours_are_counted_of_the_district_alone(report):
    notes = [str(note) for note in report.notes]
    assert "1 streets have rules for some hours or cases only, which are not read: the others hold always" in notes
    assert any(note.startswith("2 gates and barriers open at some hours or in some cases only") for note in notes)


def test_a_way_is_named_by_its_number_and_not_as_a_row_of_a_table(report):
    (line,) = report.rejected
    assert line.row is None
    assert str(line).startswith("way 300: fewer than two points")
    assert line.localized({line.reason: "道路 {way}：少于两个点"}.__getitem__) == "道路 300：少于两个点"


def test_streets_that_nothing_joins_are_told_with_their_length_and_place(report):
    said = [str(note) for note in report.notes if str(note).startswith("walk: ")]
    assert said == [
        "walk: 1 short groups of streets (0.1 km) are cut off from the others, the longest at 120.00200, 30.00200; "
        "people there start from the others if one is near"
    ]


@pytest.mark.parametrize(("suffix", "compress"), [(".osm.gz", gzip.compress), (".osm.bz2", bz2.compress)])
def test_a_compressed_extract_gives_the_same_streets(file, suffix, compress):
    packed = file.with_name(f"streets{suffix}")
    packed.write_bytes(compress(file.read_bytes()))
    plain, again = parse_streets(file), parse_streets(packed)
    assert len(plain.edges) > 0
    assert again.edges["way_id"].tolist() == plain.edges["way_id"].tolist()
    assert set(SUFFIXES) <= set(LOADS["streets"].suffixes), "the browser takes what the command line takes"


def test_an_unsorted_extract_is_sorted(file):
    text, plain = file.read_text(), parse_streets(file)
    first_way, first_node = text.index("<way"), text.index("<node")
    unsorted = text[:first_node] + text[first_way : text.index("</osm>")] + text[first_node:first_way] + "</osm>"
    file.write_text(unsorted)
    again = parse_streets(file)
    assert len(again.edges) == len(plain.edges) > 0
    assert again.edges["way_id"].tolist() == plain.edges["way_id"].tolist()


def test_an_extract_of_a_part_says_how_much_of_the_district_it_reaches(report, file):
    assert any("the extract covers 5% of the district only" in str(note) for note in report.notes)
    inside = StreetsContext(clip=shapely.box(120.0005, 30.0001, 120.003, 30.0019))
    assert parse_streets(file, inside).covered == pytest.approx(1.0)
