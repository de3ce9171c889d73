"""Files as strangers send them: none reaches another file, and each habit or damage is read or said in one sentence."""

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
import shapely
from affine import Affine
from sqlalchemy import Engine

from geo.crs import from_wgs84
from geo.db.session import writing
from geo.errors import GeoError, InputError
from loaders.boundaries import Boundaries, BoundariesContext, parse_boundaries
from loaders.isolated.run import parse_apart, parse_here
from loaders.population import PeopleContext, parse_people
from loaders.stations import Stations, StationsContext, parse_stations
from loaders.storing.stations import load_stations
from loaders.streets import parse_streets
from loaders.totals import TotalsContext
from tests.loaders.districts import EAST, WEST, rows, square_district

SQUARE = shapely.union(EAST, WEST)
PEOPLE = PeopleContext(
    outline=SQUARE, totals=TotalsContext(towns={"330111115": "新登镇"}, district="330111", district_name="富阳区")
)
CASES = Path(__file__).parents[2].parent / "shared" / "cases"
MOBILES = (
    "138-0013-8000",
    "138—0013—8000",
    "138.0013.8000",
    "（138）0013-8000",
    "(138)00138000",
    "138 0013 8000",
    "138·0013·8000",
    "１３８００１３８０００",
    "1\u200b3800138000",
    "+86 138–0013–8000",
    "0086-13800138000",
    "138/0013/8000",
    "138__0013__8000",
    "一三八零零一三八零零零",
    "138****8000",
    "①③⑧00138000",
)


def read_csv(folder: Path, *lines: str) -> Stations:
    path = folder / "register.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return parse_stations(path, StationsContext(outline=SQUARE))


def read_towns(folder: Path, *features: tuple[dict[str, Any], Any], encoding: str = "utf-8", **more: Any) -> Boundaries:
    path = folder / "towns.geojson"
    members = [{"type": "Feature", "properties": facts, "geometry": shape} for facts, shape in features]
    text = json.dumps({"type": "FeatureCollection", "features": members, **more}, ensure_ascii=False)
    path.write_bytes(text.encode(encoding))
    return parse_boundaries(path, BoundariesContext(district="330111"))


def area(box: shapely.Geometry) -> Any:
    return json.loads(shapely.to_geojson(box))


@pytest.mark.parametrize(
    "trap",
    [
        {"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read SECRET"},
        {
            "type": "FeatureCollection",
            "features": [],
            "crs": {"type": "link", "properties": {"href": "http://127.0.0.1:9/"}},
        },
        {"type": "Topology", "objects": {}},
    ],
    ids=["pipeline", "link", "topology"],
)
def test_a_geojson_that_tells_gdal_to_read_something_else_is_refused(tmp_path: Path, trap: dict[str, Any]) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("name,code\nhunter2,330111001\n")
    path = tmp_path / "towns.geojson"
    path.write_text(json.dumps(trap).replace("SECRET", str(secret)))
    with pytest.raises(InputError) as caught:
        parse_apart("boundaries", path, BoundariesContext(district="330111"))
    assert "hunter2" not in str(caught.value)


COLUMNS = (
    "地址",
    "进入方式",
    "服务联系",
    "共建单位",
    "服务内容",
    "自建/共建",
    "站点类型",
    "开放时间",
    "联系电话",
    "英文名称",
)


def test_no_mobile_number_gets_into_any_column_of_the_store(engine: Engine, tmp_path: Path) -> None:
    """Whatever is shown comes out of the store: what is not in it is in no page, tile, file or picture."""
    square_district(engine)
    lines = [",".join(["编号", "站点名称", "经度", "纬度", *COLUMNS])]
    for number, mobile in enumerate(MOBILES):
        texts = [f'"张师傅 {mobile}"' for _ in COLUMNS]
        lines.append(
            ",".join([f"C{number}", f'"驿站{chr(65 + number)} {mobile}"', f"119.9{number:02d}", "30.0", *texts])
        )
    path = tmp_path / "register.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with writing(engine) as session:
        report = load_stations(session, path, district="330111", parse=parse_here)
    assert report.stored == len(MOBILES)
    stored = rows(engine, "SELECT to_jsonb(place)::text FROM place")
    stored = [*stored, *rows(engine, "SELECT to_jsonb(place_function)::text FROM place_function")]
    for said in [*stored, *(str(note) for note in report.notes)]:
        found = re.findall("0013|8000|00138|１３８|一三八|138", said.replace("330111", ""))
        assert not found, f"{found} in a row of {len(said)} characters: {said[-300:]}"


def test_habits_of_registers(tmp_path: Path) -> None:
    closed = read_csv(
        tmp_path, "站点名称,经度,纬度,运营情况说明", "江滨驿站,119.955,30.049,停用", "春江驿站,119.965,30.039,正常"
    )
    assert [place["status"] for place in closed.places] == ["closed", "active"]
    asked = read_csv(
        tmp_path, "站点名称,经度,纬度,是否停用", "江滨驿站,119.955,30.049,是", "春江驿站,119.965,30.039,否"
    )
    assert [place["status"] for place in asked.places] == ["closed", "active"]
    (by_angle,) = read_csv(tmp_path, "站点名称,坐标", 'A驿站,"北纬30°02′56″，东经119°57′18″"').places
    assert (by_angle["lon"], by_angle["lat"]) == pytest.approx((119.955, 30.048889))
    (by_bars,) = read_csv(tmp_path, "name|lon|lat|services", "A|119.955|30.049|water, wifi").places
    assert by_bars["functions"][0]["services"] == ["drinking_water", "wifi"]
    cleaned = read_csv(tmp_path, "\u200b站点名称,经度,纬度", "东洲\x07驿\u202e站\ufeff,\u200b119.955,'30.049")
    assert [place["name"] for place in cleaned.places] == ["东洲驿站"]
    assert any("invisible characters" in str(note) for note in cleaned.notes)


def test_habits_of_workbooks(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "富春街道"
    for row in (
        ["台账"],
        ["站点名称", "位置", None, "状态"],
        [None, "经度", "纬度", None],
        ["江滨驿站", 119.955, 30.049, "停用"],
        ["春江驿站", 119.965, 30.039, None],
    ):
        first.append(row)
    for merged in ("A1:D1", "B2:C2", "D4:D5"):
        first.merge_cells(merged)
    second = book.create_sheet("东洲街道")
    second.append(["站点名称", "经度", "纬度"])
    second.append(["东洲驿站", 119.975, 30.05])
    hidden = book.create_sheet("旧版")
    hidden.sheet_state = "hidden"
    hidden.append(["站点名称", "经度", "纬度", "状态", "地址"])
    hidden.append(["旧驿站", 119.9, 30.0, "启用", "x"])
    book.save(tmp_path / "register.xlsx")
    found = parse_stations(tmp_path / "register.xlsx", StationsContext(outline=SQUARE))
    assert [(place["name"], place["status"], place["row"]) for place in found.places] == [
        ("江滨驿站", "closed", "富春街道 4"),
        ("春江驿站", "closed", "富春街道 5"),
        ("东洲驿站", "active", "东洲街道 2"),
    ]
    said = [str(note) for note in found.notes]
    assert "sheets read: 富春街道, 东洲街道" in said
    assert "hidden sheets were left out: 旧版" in said


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t", "，", "；"])
def test_registers_by_encoding_and_separator(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "register.csv"
    lines = ("站点名称,经度,纬度,状态", "江滨驿站,119.955,30.049,停用", "春江驿站,119.965,30.039,正常")
    path.write_bytes("\n".join((*lines, "")).replace(",", delimiter).encode(encoding))
    found = parse_stations(path, StationsContext(outline=SQUARE)).places
    assert [(place["name"], place["lon"], place["status"]) for place in found] == [
        ("江滨驿站", 119.955, "closed"),
        ("春江驿站", 119.965, "active"),
    ]


@pytest.mark.parametrize("lon", ["119-57-18", "1.19955E+02", "119，955", "119.955，", "１１９。９５５"])
def test_longitudes_as_people_type_them(tmp_path: Path, lon: str) -> None:
    (place,) = read_csv(tmp_path, "站点名称,经度,纬度", f'A驿站,"{lon}",30.049').places
    assert place["lon"] == pytest.approx(119.955)


@pytest.mark.parametrize(
    ("headers", "cells", "hours"),
    [
        ("开放时间（起）,开放时间（止）", "8:00,18:00", "Mo-Su 08:00-18:00"),
        ("开门,关门", "8点,22点", "Mo-Su 08:00-22:00"),
        ("营业开始,营业结束", "0.375,0.75", "Mo-Su 09:00-18:00"),
        ("开馆时间,闭馆时间", "08:30:00,17:30:00", "Mo-Su 08:30-17:30"),
        ("开门时间,关门时间", "24小时,", "24/7"),
        ("闭馆时间,备注", "18:00,x", None),
    ],
)
def test_opening_and_closing_in_two_columns(tmp_path: Path, headers: str, cells: str, hours: str | None) -> None:
    (place,) = read_csv(tmp_path, f"站点名称,经度,纬度,{headers}", f"A驿站,119.955,30.049,{cells}").places
    assert place["functions"][0]["hours"] == hours


@pytest.mark.parametrize(
    ("header", "word", "status"),
    [
        ("启用状态", "否", "closed"),
        ("运营状态", "是", "active"),
        ("是否停用", "1", "closed"),
        ("运行情况", "停运", "closed"),
        ("站点情况", "撤并", "closed"),
    ],
)
def test_more_words_for_a_closed_station(tmp_path: Path, header: str, word: str, status: str) -> None:
    (place,) = read_csv(tmp_path, f"站点名称,经度,纬度,{header}", f"A驿站,119.955,30.049,{word}").places
    assert place["status"] == status


@pytest.mark.parametrize("word", ["-", "/", "1", "0", "无"])
def test_what_is_no_word_for_a_state_is_asked_about(tmp_path: Path, word: str) -> None:
    found = read_csv(tmp_path, "站点名称,经度,纬度,营业状态", f"A驿站,119.955,30.049,{word}")
    assert not found.places
    assert "is it in service?" in str(found.rejected[0])


def test_three_rows_of_headers_and_hidden_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["站点名称", "位置", None, None, "状态"],
        [None, "坐标", None, "地址", None],
        [None, "经度", "纬度", None, None],
        ["江滨驿站", 119.955, 30.049, "江滨路1号", "启用"],
        ["春江驿站", 119.965, 30.039, "春江路2号", "停用"],
    ):
        sheet.append(row)
    sheet.merge_cells("B1:D1")
    sheet.merge_cells("B2:C2")
    sheet.row_dimensions[5].hidden = True
    book.save(tmp_path / "register.xlsx")
    found = parse_stations(tmp_path / "register.xlsx", StationsContext(outline=SQUARE))
    assert [(place["address"], place["lon"], place["status"]) for place in found.places] == [
        ("江滨路1号", 119.955, "active"),
        ("春江路2号", 119.965, "closed"),
    ]
    assert "1 hidden rows were read too; delete those that are void" in [str(note) for note in found.notes]


def test_a_workbook_with_the_name_of_a_text_is_said_to_be_no_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "book.xlsx")
    path = (tmp_path / "book.xlsx").rename(tmp_path / "register.csv")
    with pytest.raises(InputError, match="is not a table, whatever its name says"):
        parse_stations(path, StationsContext(outline=SQUARE))


def test_people_in_ten_thousands(tmp_path: Path) -> None:
    path = tmp_path / "towns.csv"
    path.write_text("镇街,人口（万人）\n新登镇,12.35\n", encoding="utf-8")
    totals = parse_people(path, PEOPLE).totals
    assert totals is not None
    assert [total.people for total in totals.totals] == [123_500.0]


def test_damaged_areas_are_said_by_row(tmp_path: Path) -> None:
    ring = [[119.9, 30.0], [119.95, 30.0], [119.95, 30.05]]
    good = ({"name": "乙镇", "code": "330111100"}, area(EAST))
    cases: list[tuple[Any, Any, str]] = [
        ("甲", {"type": "Polygon", "coordinates": [[*ring, [119.9, 30.05]]]}, "a ring is not closed: it begins at"),
        ("甲", {"type": "Polygon", "coordinates": [ring[:1]]}, "a ring has 1 positions and needs four"),
        (
            "甲",
            {"type": "Polygon", "coordinates": [[*ring, [float("nan"), 30.0], ring[0]]]},
            "nan, 30.0 is not a position",
        ),
        (["甲", "乙"], area(WEST), "is a list, not a name or a code"),
        ("甲", {"type": "Curve"}, "of no known type"),
        ("甲" * 300, area(WEST), "the name has 300 characters"),
    ]
    for name, shape, says in cases:
        found = read_towns(tmp_path, ({"name": name, "code": "330111001"}, shape), good)
        assert found.regions["name"].tolist() == ["乙镇"]
        assert [(each.row, says in str(each)) for each in found.rejected] == [(1, True)], str(found.rejected[0])


def test_habits_of_layers_of_towns(tmp_path: Path) -> None:
    left, right = shapely.box(119.4, 29.8, 119.41, 29.81), shapely.box(119.5, 29.8, 119.8, 30.2)
    parts = read_towns(
        tmp_path,
        ({"name": "甲镇", "code": "330111001"}, area(left)),
        ({"name": "甲镇", "code": "330111001"}, area(right)),
        ({"name": "乙镇", "code": "330111002"}, area(EAST)),
    )
    assert parts.regions["name"].tolist() == ["甲镇", "乙镇"]
    assert shapely.area(parts.regions.geometry.iloc[0]) == pytest.approx(shapely.area(left) + shapely.area(right))
    empty = read_towns(tmp_path, ({"name": "甲镇", "code": None}, area(EAST)))
    assert empty.regions["code"].tolist() == ["甲镇"]
    gbk = read_towns(tmp_path, ({"name": "富春街道", "code": "330111001"}, area(EAST)), encoding="gb18030")
    assert gbk.regions["name"].tolist() == ["富春街道"]
    moved = shapely.transform(EAST, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], crs="gcj02")))
    crs = {"type": "name", "properties": {"name": "GCJ-02"}}
    found = read_towns(tmp_path, ({"name": "富春街道", "code": "330111001"}, area(moved)), crs=crs)
    assert shapely.hausdorff_distance(found.regions.geometry.iloc[0], EAST) < 1e-6


def shapefile(folder: Path, name: str, *, encoding: str, cpg: str | None, width: int) -> Path:
    path = folder / "towns.shp"
    gpd.GeoDataFrame({"code": ["330111001"], "name": ["x" * width]}, geometry=[EAST], crs=4490).to_file(path)
    table = path.with_suffix(".dbf").read_bytes()
    text = name.encode(encoding)[:width].ljust(width)
    path.with_suffix(".dbf").write_bytes(table.replace(b"x" * width, text))
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg:
        path.with_suffix(".cpg").write_text(cpg)
    return path


@pytest.mark.parametrize(
    ("encoding", "cpg", "width", "name", "is_cut"),
    [
        ("gbk", "ANSI 936", 20, "富春街道", False),
        ("gbk", "ISO-8859-1", 20, "富春街道", False),
        ("utf-8", None, 13, "富春街道", True),
        ("gbk", None, 7, "富春街", True),
        ("cp1252", "1252", 20, "Grünlihof", False),
    ],
)
def test_texts_of_shapefiles_by_their_content(
    tmp_path: Path, encoding: str, cpg: str | None, width: int, name: str, is_cut: bool
) -> None:
    whole = "富春街道办" if name.startswith("富") else name
    path = shapefile(tmp_path, whole if is_cut else name, encoding=encoding, cpg=cpg, width=width)
    found = parse_boundaries(path, BoundariesContext(district="330111"))
    assert found.regions["name"].tolist() == [name]
    assert any("are cut off in the .dbf" in str(note) for note in found.notes) == is_cut


def raster(path: Path, values: Any, **more: Any) -> Path:
    values = np.asarray(values)
    options = {"crs": "EPSG:4326", "transform": Affine(0.05, 0, 119.35, 0, -0.05, 30.25)} | more
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype=values.dtype, **options
    ) as file:  # fmt: skip
        file.write(values, 1)
    return path


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda v: np.where(v % 7 == 0, np.float32(3.4028235e38), np.float32(10)),
            "hold 3.402823466e+38, which cannot be people",
        ),
        (lambda v: np.where(v % 7 == 0, 2**32 - 1, 10).astype(np.uint32), "hold 4294967295, which cannot be people"),
        (lambda v: np.full_like(v, 10, np.float32)[:, :9], "covers only"),
        (lambda v: np.where(v % 7 == 0, 99999, 10).astype(np.float32), "hold 99999, which cannot be people"),
        (lambda v: np.where(v % 7 == 0, 65535, 10).astype(np.uint16), "hold 65535, which cannot be people"),
        (lambda v: np.where(v % 7 == 0, 1e20, 10).astype(np.float32), "which cannot be people"),
    ],
    ids=["fltmax", "u32", "half", "nines", "u16", "1e20"],
)
def test_rasters_that_would_count_wrongly_are_refused(tmp_path: Path, make: Callable[[Any], Any], says: str) -> None:
    cells = np.arange(10 * 18).reshape(10, 18)
    with pytest.raises(InputError, match=says.replace("+", r"\+")):
        parse_people(raster(tmp_path / "pop.tif", make(cells)), PEOPLE)


def test_a_raster_in_axes_of_its_own_asks_for_its_system(tmp_path: Path) -> None:
    local = 'LOCAL_CS["x",UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]'
    path = raster(tmp_path / "pop.tif", np.full((10, 18), 10, np.float32), crs=local)
    with pytest.raises(InputError, match="does not say which coordinate system it is in; give it with --crs"):
        parse_people(path, PEOPLE)


def test_a_raster_whose_cells_have_no_size_is_refused(tmp_path: Path) -> None:
    flat = Affine(0.05, 0, 119.35, 0, 0, 30.25)
    path = raster(tmp_path / "pop.tif", np.full((10, 18), 10, np.float32), transform=flat)
    with pytest.raises(InputError, match="its cells have no size"):
        parse_people(path, PEOPLE)


def test_systems_that_are_named_but_none_of_the_library(tmp_path: Path) -> None:
    degrees = 'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
    shifted = f'GEOGCS["GCJ-02",DATUM["GCJ_02",SPHEROID["Krasovsky",6378245,298.3]],{degrees}'
    path = raster(tmp_path / "pop.tif", np.full((10, 18), 10, np.float32), crs=shifted)
    with pytest.raises(InputError, match="is in GCJ-02, from which rasters cannot be converted"):
        parse_people(path, PEOPLE)
    towns = gpd.GeoDataFrame({"code": ["330111115"], "name": ["新登镇"]}, geometry=[WEST], crs=shifted)
    towns.to_file(tmp_path / "towns.gpkg", driver="GPKG")
    found = parse_boundaries(tmp_path / "towns.gpkg", BoundariesContext(district="330111"))
    assert found.crs == "gcj02"
    # Some 500 m to the west, as points in GCJ-02 are.
    assert found.regions.total_bounds[0] == pytest.approx(WEST.bounds[0] - 0.005, abs=0.001)
    towns.set_crs(4326, allow_override=True).to_file(tmp_path / "none.gpkg", driver="GPKG")
    with sqlite3.connect(tmp_path / "none.gpkg") as store:
        for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f'DROP TRIGGER "{name}"')
        store.execute("UPDATE gpkg_geometry_columns SET srs_id = 0")
        store.execute("UPDATE gpkg_contents SET srs_id = 0")
    store.close()
    with pytest.raises(InputError, match="does not say which coordinate system it is in"):
        parse_boundaries(tmp_path / "none.gpkg", BoundariesContext(district="330111"))


def test_latitude_before_longitude_is_said(tmp_path: Path) -> None:
    there = shapely.transform(WEST, lambda xy: xy[:, ::-1])
    with pytest.raises(InputError, match="have latitude before longitude; swap them"):
        read_towns(tmp_path, ({"code": "330111115", "name": "新登镇"}, area(there)))


def test_an_extract_without_one_located_node_is_one_sentence(tmp_path: Path) -> None:
    for number, sign in ((0, ""), (1, "-")):
        path = tmp_path / f"{number}.osm"
        path.write_text(
            f'<osm version="0.6"><way id="{sign}1" version="1"><nd ref="{sign}1"/><nd ref="{sign}2"/>'
            '<tag k="highway" v="residential"/></way></osm>'
        )
        with pytest.raises(InputError, match=r"no street has a position|not a readable OpenStreetMap extract"):
            parse_streets(path)


@pytest.mark.skipif(not CASES.is_dir(), reason="the wrong inputs of ../shared/cases are not here")
def test_every_wrong_input_is_read_or_refused_in_one_sentence() -> None:
    for path in sorted([*CASES.glob("boundaries/*"), *CASES.glob("registers/*"), *CASES.glob("rasters/*")]):
        said = path.name
        try:
            if path.suffix in (".geojson", ".gpkg", ".shp"):
                parse_boundaries(path, BoundariesContext(district="330111"))
            elif path.suffix == ".tif" or "unit" in path.name:
                parse_people(path, PEOPLE)
            elif path.suffix in (".csv", ".xlsx"):
                parse_stations(path, StationsContext(outline=SQUARE))
        except GeoError as error:
            said = str(error)
        assert path.name in said
        assert "\n" not in said
