"""Town boundaries: any common file, encoding and CRS gives the same towns, and a wrong file changes nothing."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlalchemy import Engine

from geo.crs import from_wgs84
from geo.db.layers import SourceFacts, replace_demand, replace_places
from geo.db.session import writing
from geo.errors import InputError
from loaders.boundaries import Boundaries, BoundariesContext, parse_boundaries
from loaders.isolated.run import parse_here
from loaders.report import LoadReport
from loaders.storing.boundaries import load_boundaries
from tests.extracts import LIECHTENSTEIN_TOWNS, needs_liechtenstein
from tests.loaders.districts import EAST, WEST, rows, square_district

NAMES = {"330111001": "富春街道", "330111115": "新登镇", "330111205": "湖源乡"}
AREAS = [EAST, WEST, shapely.box(119.4, 29.6, 120.2, 29.8)]


def towns(**columns: Any) -> gpd.GeoDataFrame:
    """Return three towns, their codes and names in columns 代码 and 名称, EPSG:4490, and more columns."""
    return gpd.GeoDataFrame({"代码": list(NAMES), "名称": list(NAMES.values())} | columns, geometry=AREAS, crs=4490)


def shapefile(folder: Path, *, encoding: str, language_id: int, stem: str = "towns") -> Path:
    """Write a Shapefile without .cpg whose .dbf states a language, right or wrong."""
    path = folder / f"{stem}.shp"
    towns().to_file(path, encoding=encoding)
    path.with_suffix(".cpg").unlink()
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = language_id
    path.with_suffix(".dbf").write_bytes(bytes(table))
    return path


def geojson(folder: Path, *features: tuple[dict[str, Any], shapely.Geometry | None]) -> Path:
    path = folder / "towns.geojson"
    shapes = [
        {"type": "Feature", "properties": facts, "geometry": shape and json.loads(shapely.to_geojson(shape))}
        for facts, shape in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": shapes}), encoding="utf-8")
    return path


def parse(path: Path, **options: Any) -> Boundaries:
    return parse_boundaries(path, BoundariesContext(**{"district": "330111"} | options))


def load(engine: Engine, path: Path, **options: Any) -> LoadReport:
    with writing(engine) as session:
        return load_boundaries(session, path, **{"district": "330111"} | options, parse=parse_here)


def assert_the_three_towns(parsed: Boundaries, *, tolerance: float = 1e-9) -> None:
    assert dict(zip(parsed.regions["code"], parsed.regions["name"], strict=True)) == NAMES
    assert list(parsed.regions["kind"]) == ["街道", "镇", "乡"]
    assert parsed.regions.crs == "EPSG:4326"
    found = shapely.get_coordinates(shapely.normalize(parsed.regions.geometry.to_numpy()))
    wanted = shapely.get_coordinates(shapely.normalize(np.array(AREAS)))
    np.testing.assert_allclose(found, wanted, atol=tolerance)
    assert parsed.n_read == 3


def write_geojson(folder: Path) -> Path:
    towns().to_crs(4326).to_file(folder / "towns.geojson", driver="GeoJSON")
    return folder / "towns.geojson"


def write_geopackage(folder: Path) -> Path:
    towns().to_file(folder / "towns.gpkg", layer="乡镇", driver="GPKG")
    seats = gpd.GeoDataFrame({"name": ["富春街道"]}, geometry=[shapely.Point(119.95, 30.05)], crs=4490)
    seats.to_file(folder / "towns.gpkg", layer="seats", driver="GPKG")
    return folder / "towns.gpkg"


def write_zip(folder: Path) -> Path:
    source = shapefile(folder, encoding="GBK", language_id=0x4D)
    with zipfile.ZipFile(folder / "towns.zip", "w") as archive:
        for part in (".shp", ".shx", ".dbf", ".prj"):
            # A name as Chinese Windows packs it: GBK bytes that the archive does not declare.
            name = f"富阳区/乡镇界{part}".encode("gbk").decode("cp437")
            archive.write(source.with_suffix(part), name)
        archive.writestr("__MACOSX/._towns.shp", b"")
    return folder / "towns.zip"


@pytest.mark.parametrize(
    "write",
    [
        write_geojson,
        write_geopackage,
        write_zip,
        lambda folder: shapefile(folder, encoding="GBK", language_id=0x4D),
        lambda folder: shapefile(folder, encoding="GBK", language_id=0),
        lambda folder: shapefile(folder, encoding="UTF-8", language_id=0x4D),
        lambda folder: shapefile(folder, encoding="UTF-8", language_id=0),
    ],
    ids=["geojson", "geopackage", "zip", "gbk-declared", "gbk-silent", "utf8-falsely-declared", "utf8-silent"],
)
def test_every_kind_of_file_and_encoding_gives_the_same_towns(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    assert_the_three_towns(parse(write(tmp_path)))


def test_a_false_cpg_is_not_believed(tmp_path: Path) -> None:
    path = shapefile(tmp_path, encoding="GBK", language_id=0)
    path.with_suffix(".cpg").write_text("UTF-8")
    assert_the_three_towns(parse(path))


@pytest.mark.parametrize(
    ("code", "tolerance"),
    [("EPSG:4549", 1e-8), ("EPSG:32650", 1e-8), ("EPSG:3857", 1e-8), ("EPSG:4528", 1e-8)],
)
def test_a_projected_file_comes_home(tmp_path: Path, code: str, tolerance: float) -> None:
    towns().to_crs(code).to_file(tmp_path / "towns.gpkg", driver="GPKG")
    assert_the_three_towns(parse(tmp_path / "towns.gpkg"), tolerance=tolerance)


def test_a_file_without_crs_asks_for_one_and_takes_it(tmp_path: Path) -> None:
    path = tmp_path / "towns.shp"
    towns().to_crs(4549).to_file(path, encoding="UTF-8")
    path.with_suffix(".prj").unlink()
    with pytest.raises(InputError, match=r"does not say which coordinate system .* --crs EPSG:4549"):
        parse(path)
    with pytest.raises(InputError, match=r"such as .*, are not degrees"):
        parse(path, crs="cgcs2000")
    with pytest.raises(InputError, match="utm is not known; give wgs84, gcj02"):
        parse(path, crs="utm")
    assert_the_three_towns(parse(path, crs="EPSG:4549"), tolerance=1e-8)


def test_gcj02_in_a_file_that_declares_wgs84_is_undone_when_said(tmp_path: Path) -> None:
    shifted = towns().to_crs(4326)
    moved = shapely.transform(
        shifted.geometry.to_numpy(), lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], crs="gcj02"))
    )
    shifted.set_geometry(moved).to_file(tmp_path / "towns.geojson", driver="GeoJSON")
    parsed = parse(tmp_path / "towns.geojson", crs="gcj02")
    assert_the_three_towns(parsed, tolerance=1e-7)  # the driver writes seven decimals
    assert parsed.crs == "gcj02"


def test_degrees_that_are_none_are_refused(tmp_path: Path) -> None:
    path = geojson(tmp_path, ({"code": "1", "name": "甲镇"}, shapely.box(500000, 3300000, 510000, 3310000)))
    with pytest.raises(InputError, match=r"are not degrees; give the system they are in with --crs"):
        parse(path)


def test_an_old_datum_is_read_with_a_warning(tmp_path: Path) -> None:
    towns().set_crs(4610, allow_override=True).to_file(tmp_path / "towns.gpkg", driver="GPKG")
    notes = [str(note) for note in parse(tmp_path / "towns.gpkg").notes]
    assert notes == [
        "Xian 1980 is brought to WGS84 without local parameters: positions may be off by some tens of metres"
    ]


@pytest.mark.parametrize(
    ("code_column", "name_column"),
    [
        ("code", "name"),
        ("区划代码", "乡镇名称"),
        ("adcode", "NAME"),
        ("XZQDM", "XZQMC"),
        ("osm_id", "名称"),
        ("ref", "乡镇"),
    ],
)
def test_columns_are_found_by_their_common_names(tmp_path: Path, code_column: str, name_column: str) -> None:
    frame = towns().rename(columns={"代码": code_column, "名称": name_column}).to_crs(4326)
    frame["县名称"] = "富阳区"
    frame.to_file(tmp_path / "towns.geojson", driver="GeoJSON")
    assert_the_three_towns(parse(tmp_path / "towns.geojson"))


def test_columns_may_be_named_and_a_wrong_name_lists_those_there_are(tmp_path: Path) -> None:
    frame = towns().rename(columns={"代码": "bh", "名称": "mingcheng"}).to_crs(4326)
    frame.to_file(tmp_path / "towns.geojson", driver="GeoJSON")
    with pytest.raises(InputError, match=r"no column of names was found; there are: bh, mingcheng\. .*--name-field"):
        parse(tmp_path / "towns.geojson")
    with pytest.raises(InputError, match="there is no column dm; there are: bh, mingcheng"):
        parse(tmp_path / "towns.geojson", name_field="mingcheng", code_field="dm")
    assert_the_three_towns(parse(tmp_path / "towns.geojson", name_field="mingcheng", code_field="bh"))


def test_codes_lose_what_tables_add_to_them(tmp_path: Path) -> None:
    path = geojson(
        tmp_path,
        ({"code": 330111001000, "name": "富春街道 "}, EAST),
        ({"code": 330111115.0, "name": "新 登镇"}, WEST),
        ({"code": " 330111205", "name": "湖源乡"}, AREAS[2]),
    )
    assert_the_three_towns(parse(path))


def test_without_codes_the_names_stand_as_codes(tmp_path: Path) -> None:
    parsed = parse(geojson(tmp_path, ({"name": "Vaduz"}, EAST), ({"name": "Schaan"}, WEST)), district="LI")
    assert list(parsed.regions["code"]) == ["Vaduz", "Schaan"]
    assert list(parsed.regions["kind"]) == [None, None]
    assert [str(note) for note in parsed.notes] == ["the file has no column of codes; the names are used as codes"]


def test_every_row_that_is_no_town_is_refused_with_its_reason(tmp_path: Path) -> None:
    parsed = parse(
        geojson(
            tmp_path,
            ({"code": "330111001", "name": "富春街道"}, EAST),
            ({"code": "330111002", "name": " "}, WEST),
            ({"code": "", "name": "无码镇"}, WEST),
            ({"code": "330111003", "name": "无形镇"}, None),
            ({"code": "330111004", "name": "线镇"}, shapely.LineString([(119.5, 30), (119.6, 30)])),
            ({"code": "330111005", "name": "碎片镇"}, shapely.box(119.5, 30, 119.5005, 30.0005)),
            ({"code": "330111001", "name": "富春街道飞地"}, shapely.box(119.5, 30, 119.6, 30.1)),
            ({"code": "330182100", "name": "建德镇"}, shapely.box(119.5, 30, 119.6, 30.1)),
        )
    )
    assert list(parsed.regions["name"]) == ["富春街道"]
    assert [(r.row, str(r)) for r in parsed.rejected] == [
        (2, "has no name"),
        (3, "has no code"),
        (4, "无形镇 has no geometry"),
        (5, "线镇 is a LineString, not an area"),
        (6, "碎片镇: 2674 m² is too small for a town"),
        (7, "富春街道飞地: code 330111001 is already in row 1; merge the parts of a town into one feature"),
        (8, "建德镇: code 330182100 does not begin with 330111; it belongs to another district"),
    ]


def test_codes_of_before_a_reorganisation_are_kept_with_a_note(tmp_path: Path) -> None:
    parsed = parse(geojson(tmp_path, ({"code": "330183001", "name": "富春街道"}, EAST)))
    assert len(parsed.regions) == 1
    assert "no code begins with 330111, the first is 330183001" in str(parsed.notes[0])


def test_invalid_rings_are_mended_and_heights_dropped(tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(119.8, 30, 5), (120, 30.2, 5), (120, 30, 5), (119.8, 30.2, 5)])
    parsed = parse(geojson(tmp_path, ({"code": "330111001", "name": "富春街道"}, bow_tie)))
    (shape,) = parsed.regions.geometry
    assert shape.is_valid
    assert not shape.has_z
    assert shape.area == pytest.approx(0.02)
    (note,) = parsed.notes
    assert str(note) == "boundaries cross themselves and were repaired; look at their areas: 富春街道"


def test_the_row_of_the_whole_district_is_no_town(tmp_path: Path) -> None:
    path = geojson(
        tmp_path,
        ({"code": "330111", "name": "富阳区"}, shapely.union(WEST, EAST)),
        ({"code": "330111115", "name": "新登镇"}, WEST),
        ({"code": "330111001", "name": "富春街道"}, EAST),
    )
    parsed = parse(path)
    assert parsed.regions["name"].tolist() == ["新登镇", "富春街道"]
    assert [(each.row, str(each)) for each in parsed.rejected] == [
        (1, "富阳区 is the district itself, not a town of it")
    ]
    assert not parsed.notes


def test_the_outline_is_the_union_without_the_gaps_of_drawing(tmp_path: Path) -> None:
    gap, lake = shapely.box(119.7995, 30.0, 119.8, 30.0005), shapely.box(119.5, 30.0, 119.6, 30.1)
    path = geojson(
        tmp_path,
        ({"code": "330111115", "name": "新登镇"}, WEST.difference(gap).difference(lake)),
        ({"code": "330111001", "name": "富春街道"}, EAST),
    )
    assert parse(path).outline.equals(shapely.union(WEST, EAST).difference(lake))


def test_towns_that_overlap_are_noted(tmp_path: Path) -> None:
    path = geojson(
        tmp_path,
        ({"code": "330111115", "name": "新登镇"}, WEST),
        ({"code": "330111001", "name": "富春街道"}, shapely.box(119.79, 29.8, 120.2, 30.2)),
    )
    (note,) = parse(path).notes
    assert str(note) == "新登镇 and 富春街道 overlap by 42.78 km²"


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        parse(tmp_path / "no.geojson")
    bad = tmp_path / "bad.gpkg"
    bad.write_bytes(b"no database")
    with pytest.raises(InputError, match=r"bad\.gpkg: is not a \.gpkg file"):
        parse(bad)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"no archive")
    with pytest.raises(InputError, match=r"bad\.zip: is not a complete archive"):
        parse(bad)
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(InputError, match="holds 0 Shapefiles"):
        parse(tmp_path / "empty.zip")
    towns().to_file(tmp_path / "two.gpkg", layer="a", driver="GPKG")
    towns().to_file(tmp_path / "two.gpkg", layer="b", driver="GPKG")
    with pytest.raises(InputError, match=r"holds 2 layers that may be meant \(a, b\)"):
        parse(tmp_path / "two.gpkg")


def test_a_load_makes_the_district_with_outline_zone_and_calendar(engine: Engine, tmp_path: Path) -> None:
    report = load(engine, write_geojson(tmp_path), name="富阳区", name_en="Fuyang")
    assert (report.layer, report.read, report.stored, list(report.rejected)) == ("regions", 3, 3, [])
    assert rows(engine, "SELECT code, name, name_en, status, timezone, calendar FROM district") == [
        ("330111", "富阳区", "Fuyang", "real", "Asia/Shanghai", "cn")
    ]
    assert dict(rows(engine, "SELECT code, name FROM region")) == NAMES
    union = "SELECT ST_Equals(outline, (SELECT ST_Union(geom) FROM region)) FROM district"
    assert rows(engine, union) == [True]
    assert rows(
        engine, "SELECT layer, file_name, crs, rows_read, is_schematic FROM source WHERE layer = 'regions'"
    ) == [("regions", "towns.geojson", "WGS 84", 3, False)]


def test_a_new_district_without_a_name_goes_by_its_code_and_says_so(engine: Engine, tmp_path: Path) -> None:
    report = load(engine, write_geojson(tmp_path), timezone="Europe/Vaduz")
    assert rows(engine, "SELECT name, name_en, calendar FROM district") == [("330111", "330111", None)]
    assert "district 330111 is new and goes by its code; name it with --name" in [str(n) for n in report.notes]


def test_without_any_district_a_load_says_how_to_name_one(engine: Engine, tmp_path: Path) -> None:
    path = write_geojson(tmp_path)
    with pytest.raises(InputError, match="--district CODE, such as --district 330111"):
        load(engine, path, district=None)
    with pytest.raises(InputError, match="may hold only letters, digits"):
        load(engine, path, district="富阳/区")
    with pytest.raises(InputError, match="Asia/Fuyang is not known"):
        load(engine, path, timezone="Asia/Fuyang")
    load(engine, path)
    assert load(engine, path, district=None).stored == 3


def test_loading_twice_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    state = "SELECT code, name, kind, ST_AsEWKT(geom) FROM region ORDER BY code"
    whole = "SELECT code, name, status, ST_AsEWKT(outline) FROM district"
    load(engine, write_geojson(tmp_path), name="富阳区")
    before = rows(engine, state), rows(engine, whole)
    load(engine, write_geojson(tmp_path))
    assert (rows(engine, state), rows(engine, whole)) == before
    assert rows(engine, "SELECT count(*) FROM source WHERE layer = 'regions'") == [1]


def test_a_dry_run_stores_nothing(engine: Engine, tmp_path: Path) -> None:
    assert load(engine, write_geojson(tmp_path), is_dry_run=True).stored == 3
    assert rows(engine, "SELECT count(*) FROM district") == [0]


def test_a_file_of_another_place_is_refused_and_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    path = geojson(tmp_path, ({"code": "1", "name": "别处镇"}, shapely.box(121.0, 29.8, 121.4, 30.2)))
    with pytest.raises(InputError, match=r"only 0% of its area lies within district 330111 .*--district CODE"):
        load(engine, path)
    assert rows(engine, "SELECT name FROM region ORDER BY name") == ["富春街道", "新登镇"]


def test_a_file_without_a_town_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    report = load(engine, geojson(tmp_path, ({"code": "330111001", "name": "富春街道"}, None)))
    assert (report.read, report.stored) == (1, 0)
    assert str(report.notes[-1]) == "no row can be used; nothing was changed"
    assert rows(engine, "SELECT count(*) FROM region") == [2]


def test_a_missing_town_is_noticed_by_the_outline_known_before(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    report = load(engine, geojson(tmp_path, ({"code": "330111001", "name": "富春街道"}, EAST)))
    assert "the towns cover 50% of the district as it was known; is a town missing?" in [str(n) for n in report.notes]


def test_real_boundaries_retire_the_sample_and_replace_the_schematic_ones(engine: Engine, tmp_path: Path) -> None:
    square_district(engine, status="sample", is_schematic=True)
    place = {"code": "S1", "name": "示意站01", "lon": 119.9, "lat": 30.0, "functions": [{"kind": "rest_station"}]}
    with writing(engine) as session:
        replace_places(session, "330111", [place], SourceFacts("sample", 1, 1, is_sample=True))
    path = geojson(
        tmp_path,
        *[({"code": code, "name": name}, area) for (code, name), area in zip(NAMES.items(), AREAS, strict=True)],
    )
    report = load(engine, path)
    assert "the sample data of district 330111 gives way to this file" in [str(note) for note in report.notes]
    assert rows(engine, "SELECT status FROM district") == ["real"]
    assert rows(engine, "SELECT count(*) FROM place") == [0]
    assert rows(engine, "SELECT is_schematic FROM source WHERE layer = 'regions'") == [False]


def test_what_stood_in_the_earlier_towns_is_found_in_the_new_ones(engine: Engine, tmp_path: Path) -> None:
    square_district(engine)
    place = {"code": "A1", "name": "驿站", "lon": 119.7, "lat": 30.0, "functions": [{"kind": "rest_station"}]}
    demand = gpd.GeoDataFrame({"weight": [5.0]}, geometry=[shapely.Point(119.7, 30.0)], crs=4326)
    with writing(engine) as session:
        replace_places(session, "330111", [place], SourceFacts("a", 1, 1))
        replace_demand(session, "330111", demand, SourceFacts("b", 1, 1))
    both = "SELECT region_code FROM place UNION ALL SELECT region_code FROM demand_point"
    assert rows(engine, both) == ["330111115", "330111115"]
    load(engine, geojson(tmp_path, ({"code": "330111116", "name": "胥口镇"}, shapely.union(WEST, EAST))))
    assert rows(engine, both) == ["330111116", "330111116"]


@needs_liechtenstein
def test_a_real_country_is_loaded_whole(engine: Engine) -> None:
    report = load(engine, LIECHTENSTEIN_TOWNS, district="LI", name="Liechtenstein", timezone="Europe/Vaduz")
    assert (report.read, report.stored) == (11, 11)
    ((area_km2, covered),) = rows(
        engine,
        "SELECT ST_Area(outline::geography) / 1e6, ST_Area(outline::geography) / "
        "(SELECT sum(ST_Area(geom::geography)) FROM region) FROM district",
    )
    assert area_km2 == pytest.approx(160.5, rel=0.01)
    assert covered == pytest.approx(1.0, abs=0.001)
