"""Files as strangers send them: none reaches another file, and each habit or damage is read or said in one sentence."""

import json
import re
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
            "nan, 30.0 is no position",
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
    ],
    ids=["fltmax", "u32", "half"],
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
