"""Extracts as editors save them: new objects numbered from -1 down, in any order, deleted ones marked only."""

from pathlib import Path

import pytest
import shapely

from loaders.buildings import parse_homes
from loaders.osm_places import OsmPlacesContext, parse_osm_places
from loaders.streets import parse_streets

SQUARE = shapely.box(119.99, 29.99, 120.02, 30.02)
NODES = {1: (120.0, 30.0), 2: (120.005, 30.0), 3: (120.005, 30.004), 4: (120.0, 30.004)}


def node(number: int, at: int, more: str = "") -> str:
    lon, lat = NODES[at]
    return f'<node id="{number}" version="1" lat="{lat}" lon="{lon}"{more}/>'


def way(number: int, refs: list[int], key: str, value: str, more: str = "") -> str:
    members = "".join(f'<nd ref="{ref}"/>' for ref in refs)
    return f'<way id="{number}" version="1"{more}>{members}<tag k="{key}" v="{value}"/></way>'


def write(folder: Path, *elements: str, suffix: str = ".osm") -> Path:
    path = folder / f"edited{suffix}"
    path.write_text("\n".join(('<osm version="0.6" generator="editor">', *elements, "</osm>")), encoding="utf-8")
    return path


def lengths(path: Path) -> list[int]:
    return sorted(round(length) for length in parse_streets(path).edges["length_m"])


def test_a_street_that_is_drawn_on_to_others_is_joined_to_them(tmp_path):
    old = [node(1, 1), node(2, 2), way(7, [1, 2], "highway", "residential")]
    new = [node(-1, 3), way(-2, [2, -1], "highway", "residential")]
    (tmp_path / "plain").mkdir()
    plain = write(
        tmp_path / "plain", node(1, 1), node(2, 2), node(3, 3), way(7, [1, 2], "highway", "residential"),
        way(8, [2, 3], "highway", "residential"),
    )  # fmt: skip
    expected = lengths(plain)
    assert len(expected) == 2
    for elements in ([*old, *new], [*new, *old], [*reversed(old), *reversed(new)]):
        frames = parse_streets(write(tmp_path, *elements))
        assert sorted(round(length) for length in frames.edges["length_m"]) == expected
        assert len(frames.nodes) == 3
        assert (frames.nodes["node_id"] > 0).all()


def test_ways_need_not_ascend(tmp_path):
    corners = [node(number, number) for number in NODES]
    streets = [way(number, [number - 4, number - 3], "highway", "residential") for number in (7, 5, 6)]
    assert len(lengths(write(tmp_path, *corners, *streets))) == 3


@pytest.mark.parametrize("mark", [' action="delete"', " action='delete'", ' visible="false"'])
def test_what_was_deleted_is_gone(tmp_path, mark):
    corners = [node(number, number) for number in NODES]
    kept = way(5, [1, 2], "highway", "residential")
    assert len(lengths(write(tmp_path, *corners, kept, way(6, [2, 3], "highway", "residential")))) == 2
    assert len(lengths(write(tmp_path, *corners, kept, way(6, [2, 3], "highway", "residential", mark)))) == 1


def test_turn_restrictions_follow_new_numbers(tmp_path):
    corners = [node(-number, number) for number in NODES]
    streets = [way(-number, [-number, -number - 1], "highway", "residential") for number in (1, 2, 3)]
    ban = (
        '<relation id="-1"><member type="way" ref="-1" role="from"/><member type="node" ref="-2" role="via"/>'
        '<member type="way" ref="-2" role="to"/><tag k="type" v="restriction"/>'
        '<tag k="restriction" v="no_left_turn"/></relation>'
    )
    assert parse_streets(write(tmp_path, ban, *streets, *corners)).n_turn == 1


@pytest.mark.parametrize("numbers", [[1, 2, 3, 4], [-1, -2, -3, -4]], ids=["ascending", "new"])
def test_areas_of_editors_are_read(tmp_path, numbers):
    corners = [node(number, at) for at, number in enumerate(numbers, start=1)]
    ring = [*numbers, numbers[0]]
    sign = 1 if numbers[0] > 0 else -1
    house = way(9 * sign, ring, "building", "yes")
    bank = way(8 * sign, ring, "amenity", "bank")
    path = write(tmp_path, house, bank, *corners)
    assert len(parse_homes(path)) == 1
    context = OsmPlacesContext(outline=SQUARE, tag="amenity=bank", kind="rest_station")
    assert len(parse_osm_places(path, context).places) == 1
