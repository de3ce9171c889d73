"""What a file holds is told by its name, its geometry or its headers; where it cannot be told, nobody guesses."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.errors import InputError
from loaders.positions import DistrictArea, accepted_position, likely_position
from loaders.recognise import RecogniseContext, recognise
from tests.loaders.districts import EAST, WEST

TABLES = {
    "站点名称,经度,纬度,开放时间": "stations",
    "编号,月份,服务人次": "visits",
    "镇街,人口": "population",
    "经度,纬度,人数": "population",
    "名称,经度,纬度,共建意愿": "candidates",
    "名称,类别,经度,纬度,门票,停留分钟": "tour-places",
    "甲,乙": "",
}


@pytest.mark.parametrize(("header", "what"), TABLES.items())
def test_a_table_is_told_by_its_headers(tmp_path: Path, header: str, what: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"一览表\n{header}\n{','.join('1' for _ in header.split(','))}\n", encoding="utf-8")
    assert recognise(path, RecogniseContext()).what == what


def test_a_layer_is_told_by_its_geometry(tmp_path: Path) -> None:
    def what(file: str, geometry: list[shapely.Geometry], **columns: list[object]) -> str:
        path = tmp_path / file
        gpd.GeoDataFrame(columns, geometry=geometry, crs=4326).to_file(path)
        return recognise(path, RecogniseContext()).what

    assert what("towns.shp", [WEST, EAST], XZQMC=["a", "b"], pop=[1, 2]) == "boundaries"
    assert what("lines.geojson", [shapely.LineString([(0, 0), (1, 1)])], name=["a"]) == "streets"
    assert (
        what("grid.gpkg", [shapely.box(i / 10, 0, i / 10 + 0.1, 0.1) for i in range(301)], people=list(range(301)))
        == "population"
    )
    assert what("points.gpkg", [shapely.Point(0, 0)], people=[1]) == "population"
    assert what("dots.gpkg", [shapely.Point(0, 0)], name=["a"]) == ""


def test_extracts_and_rasters_are_told_by_their_names(tmp_path: Path) -> None:
    for name, what in (("a.osm.pbf", "streets"), ("a.osm.bz2", "streets"), ("a.tif", "population")):
        assert recognise(tmp_path / name, RecogniseContext()).what == what
    with pytest.raises(InputError, match="expected a file ending in"):
        recognise(tmp_path / "a.doc", RecogniseContext())


def test_a_slip_of_the_pen_is_explained_only_where_one_position_fits() -> None:
    area = DistrictArea(WEST)

    def likely(lon: str, lat: str) -> tuple[float, float] | None:
        return likely_position(lon, lat, crs="wgs84", area=area)

    assert likely("1119.55", "30.0") == (119.55, 30.0)
    assert likely("119.55", "300.1") == (119.55, 30.1)
    assert likely("30.0", "119.55") == (119.55, 30.0)
    assert likely("120.9", "30.0") is None, "elsewhere is no slip"
    assert likely("", "30.0") is None
    assert accepted_position("119.5 30.0", area) == (119.5, 30.0)
    assert accepted_position("129.5 30.0", area) is None, "not even where somebody says so"
