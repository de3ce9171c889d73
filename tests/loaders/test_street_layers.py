"""Streets of a bureau: classes of roads are mapped or asked about, and lines meet where they touch."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine

from geo.db.session import writing
from geo.errors import InputError
from geo.network.build import build_network
from loaders.isolated.run import parse_here
from loaders.report import LoadReport
from loaders.storing.streets import load_streets
from loaders.street_layers import StreetLayerContext, parse_class_answers, parse_street_layer
from loaders.streets import StreetFrames
from tests.loaders.districts import WEST, rows, square_district

MAIN = [(119.5, 30.0), (119.51, 30.0), (119.52, 30.0)]
BRANCH = [(119.515, 30.0), (119.515, 30.01)]
"""Begins on the main road between two of its points."""
CROSSING = [(119.505, 29.99), (119.505, 30.01)]
"""Over the main road, without a common point: a bridge, for all that anybody knows."""


def layer(folder: Path, lines: list[list[tuple[float, float]]], name: str = "roads.gpkg", **columns: list[Any]) -> Path:
    frame = gpd.GeoDataFrame(columns, geometry=[shapely.LineString(line) for line in lines], crs=4326)
    path = folder / name
    frame.to_file(path)
    return path


def parse(path: Path, **options: Any) -> StreetFrames:
    return parse_street_layer(path, StreetLayerContext(clip=WEST, **options))


def test_words_of_bureaus_become_classes_and_names(tmp_path: Path) -> None:
    path = layer(tmp_path, [MAIN, BRANCH], 道路等级=["国道", "支路"], 道路名称=["示意大道", None], 单行=["是", "否"])
    edges = parse(path).edges.sort_values("way_id")
    tags = {row.way_id: row.tags for row in edges.itertuples()}
    assert tags == {
        1: {"highway": "primary", "name": "示意大道", "oneway": "yes"},
        2: {"highway": "tertiary"},
    }


def test_an_end_on_a_line_meets_it_and_a_crossing_does_not(tmp_path: Path) -> None:
    path = layer(tmp_path, [MAIN, BRANCH, CROSSING], 等级=["国道", "支路", "支路"])
    frames = parse(path)
    assert sorted(frames.edges["way_id"]) == [1, 1, 2, 3], "the main road is cut where the branch begins, once"
    assert build_network(frames.nodes, frames.edges).n_node == 6
    assert any("1" in str(note.values.get("count")) and "were joined" in str(note) for note in frames.notes)


def test_an_unknown_class_is_asked_about_and_the_answer_holds_for_all(tmp_path: Path) -> None:
    path = layer(tmp_path, [MAIN, BRANCH, CROSSING], 等级=["国道", "专用公路", "专用公路"])
    frames = parse(path)
    assert [each.row for each in frames.rejected] == [2, 3]
    assert frames.detail is not None
    assert [each.said for each in frames.detail.questions] == ["专用公路"]
    answered = parse(path, classes=parse_class_answers(["专用公路=支路"]))
    assert not answered.rejected
    assert {row.tags["highway"] for row in answered.edges.itertuples()} == {"primary", "tertiary"}
    with pytest.raises(InputError, match="does not say what a class of roads means"):
        parse_class_answers(["专用公路=什么"])


def test_without_a_column_of_classes_nothing_is_assumed(tmp_path: Path) -> None:
    path = layer(tmp_path, [MAIN], 编码=["1"])
    with pytest.raises(InputError, match="no column says the class of a road; there are: 编码"):
        parse(path)
    edges = parse(path, classes={"*": "residential"}).edges
    assert [row.tags for row in edges.itertuples()] == [{"highway": "residential"}]
    with pytest.raises(InputError, match="none of its classes of roads is known: 甲"):
        parse(layer(tmp_path, [MAIN], "other.gpkg", 等级=["甲"]))


def load(engine: Engine, path: Path, **options: Any) -> LoadReport:
    with writing(engine) as session:
        return load_streets(session, path, district="330111", parse=parse_here, **options)


def test_a_shapefile_in_gbk_is_stored_and_leaves_the_water(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO water (district_code, name, geom) VALUES ('330111', '富春江', "
            "'SRID=4326;MULTIPOLYGON(((119.5 29.9, 119.6 29.9, 119.6 29.91, 119.5 29.9)))')"
        )
    frame = gpd.GeoDataFrame({"DLDJ": ["县道"], "路名": ["示意路"]}, geometry=[shapely.LineString(MAIN)], crs=4326)
    frame.to_file(tmp_path / "roads.shp", encoding="gbk")
    (tmp_path / "roads.cpg").unlink()
    report = load(engine, tmp_path / "roads.shp")
    assert (report.read, report.stored) == (1, 1)
    assert rows(engine, "SELECT name, tags->>'highway' FROM street_edge") == [("示意路", "secondary")]
    assert rows(engine, "SELECT attribution FROM source WHERE layer = 'streets'") == [None], "not OpenStreetMap's"
    assert rows(engine, "SELECT name FROM water") == ["富春江"]


def test_an_extract_whose_ways_come_first_is_sorted(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    path = tmp_path / "editor.osm"
    path.write_text(
        '<?xml version="1.0"?><osm version="0.6"><way id="1" version="1"><nd ref="1"/><nd ref="2"/>'
        '<tag k="highway" v="primary"/></way><node id="1" version="1" lat="30" lon="119.5"/>'
        '<node id="2" version="1" lat="30" lon="119.6"/></osm>'
    )
    assert load(engine, path).stored == 1
    assert rows(engine, "SELECT round(length_m::numeric, -2) FROM street_edge") == [9600]
