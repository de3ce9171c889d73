"""Small files made to take all memory or all time are refused at once, with the limit and what to do."""

import json
import sqlite3
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
import shapely
from affine import Affine

from geo.errors import InputError
from loaders.boundaries import BoundariesContext, parse_boundaries
from loaders.population import PeopleContext, parse_people
from loaders.raster import parse_raster
from loaders.stations import StationsContext, parse_stations
from loaders.tabular import read_sheets
from loaders.totals import TotalsContext
from tests.loaders.districts import EAST, FUYANG, WEST

SQUARE = shapely.union(EAST, WEST)


def workbook(path: Path, sheet: str) -> Path:
    """Write a workbook whose sheet holds what is given between ``<sheetData>`` and its end."""
    book = openpyxl.Workbook()
    book.save(path.with_name("plain.xlsx"))
    with zipfile.ZipFile(path.with_name("plain.xlsx")) as plain, zipfile.ZipFile(path, "w", 8) as made:
        for part in plain.infolist():
            content = plain.read(part)
            if part.filename.endswith("sheet1.xml"):
                head, _, _ = content.partition(b"<sheetData")
                content = head + b"<sheetData>" + sheet.encode() + b"</sheetData></worksheet>"
            made.writestr(part.filename, content)
    return path


def cell(at: str, text: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


HEADER = '<row r="1">' + cell("A1", "站点名称") + cell("B1", "经度") + cell("C1", "纬度") + "</row>"


@pytest.mark.parametrize(
    ("sheet", "says"),
    [
        (HEADER + '<row r="2"/>' * 3_000_000, "too large once unpacked"),
        (
            HEADER + '<row r="1000000000">' + cell("A1000000000", "x") + "</row>",
            "a row 1000000000, and Excel has 1048576",
        ),
        (HEADER + '<row r="2">' + cell("XFD2", "x") + "</row>", "column 16384, at most 1000 are read; delete"),
    ],
    ids=["unpacks-to-36-MB", "row-of-10^9", "cell-in-XFD"],
)
def test_a_workbook_that_unpacks_without_end(tmp_path: Path, sheet: str, says: str) -> None:
    path = workbook(tmp_path / "register.xlsx", sheet)
    assert path.stat().st_size < 200_000
    begun = time.process_time()
    with pytest.raises(InputError, match=says):
        parse_stations(path, StationsContext(outline=SQUARE))
    assert time.process_time() - begun < 5


def test_empty_cells_and_rows_far_away_are_no_data(tmp_path: Path) -> None:
    """Excel formats whole columns and rows; nothing stands in them."""
    sheet = (
        HEADER
        + '<row r="3">'
        + cell("A3", "江滨驿站")
        + '<c r="XFD3" s="0"/></row><row r="1048576"><c r="A1048576"/></row>'
    )
    (found,) = read_sheets(workbook(tmp_path / "register.xlsx", sheet))
    assert found.rows == [(1, ["站点名称", "经度", "纬度"]), (3, ["江滨驿站"])]


def test_merged_cells_without_end(tmp_path: Path) -> None:
    path = workbook(tmp_path / "register.xlsx", HEADER)
    with zipfile.ZipFile(path) as archive:
        parts = {part.filename: archive.read(part) for part in archive.infolist()}
    ranges = b"".join(b'<mergeCell ref="A%d:XFD1048576"/>' % n for n in range(2, 300))
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"</sheetData>", b"</sheetData><mergeCells>" + ranges + b"</mergeCells>")
    with zipfile.ZipFile(path, "w", 8) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    with pytest.raises(InputError, match="too many merged cells"):
        read_sheets(path)


def wide(folder: Path) -> Path:
    (folder / "wide.csv").write_text(
        "站点名称,经度,纬度," + ",".join(f"c{n}" for n in range(1_000_000)) + "\nx,119.9,30\n"
    )
    return folder / "wide.csv"


def unquoted(folder: Path) -> Path:
    (folder / "quote.csv").write_text('站点名称,经度,纬度\n"江滨驿站,119.9,30\n' + "春江驿站,119.9,30\n" * 5000)
    return folder / "quote.csv"


def long_code(folder: Path) -> Path:
    (folder / "code.csv").write_text("编号,站点名称,经度,纬度\n" + "9" * 300_000 + ",江滨驿站,119.9,30\n")
    return folder / "code.csv"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (wide, "row 1: there are 1000003 columns, at most 1000 are read"),
        (unquoted, "is a quotation mark missing"),
        (long_code, "row 2: a cell holds 300000 characters, at most 32767 are read"),
    ],
)
def test_a_table_wider_or_longer_than_any(tmp_path: Path, make: Callable[[Path], Path], says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_stations(make(tmp_path), StationsContext(outline=SQUARE))


def test_a_raster_packed_in_one_piece(tmp_path: Path) -> None:
    """A window of such a file is read by unpacking all of it."""
    path = tmp_path / "pop.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=30_000, height=30_000, count=1, dtype="float32", crs="EPSG:4326", tiled=True,
        transform=Affine(0.0001, 0, 119, 0, -0.0001, 31), blockxsize=16384, blockysize=16384, compress="deflate",
        SPARSE_OK="TRUE",
    ):  # fmt: skip
        pass
    assert path.stat().st_size < 42_000
    with pytest.raises(InputError, match=r"pieces of 1073 MB, at most 256 MB are read; save it in QGIS .* TILED=YES"):
        parse_raster(path, outline=SQUARE)


def test_a_raster_finer_than_is_stored_offers_coarser_squares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loaders.raster.MAX_POINTS", 500)
    path = tmp_path / "pop.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=90, height=50, count=1, dtype="float32", crs="EPSG:4326",
        transform=Affine(0.01, 0, 119.35, 0, -0.01, 30.25),
    ) as file:  # fmt: skip
        file.write(np.full((1, 50, 90), 3.0, np.float32))
    with pytest.raises(
        InputError, match=r"some \d+ cells .* at most 500 are stored; .* such as --cell (\d+)"
    ) as caught:
        parse_raster(path, outline=SQUARE)
    side = float(str(caught.value).rpartition("--cell ")[2])
    coarse = parse_raster(path, outline=SQUARE, cell_m=side)
    assert coarse.clipped is not None
    assert len(coarse.clipped.cells) <= 500
    # By brute force: every cell is 0.01° wide, the square 0.8° by 0.4°.
    assert coarse.clipped.sums.inside == pytest.approx(3.0 * 80 * 40)


def test_a_view_of_a_geopackage_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "towns.gpkg"
    gpd.GeoDataFrame({"name": ["新登镇"]}, geometry=[WEST], crs=4326).to_file(path, layer="towns", driver="GPKG")
    with sqlite3.connect(path) as package:
        package.execute(
            "CREATE VIEW endless AS WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM n) "
            "SELECT n.fid, t.geom, t.name FROM n, towns t"
        )
        package.execute("DELETE FROM gpkg_contents")
        package.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "VALUES ('endless', 'features', 'e', 4326)"
        )
        package.execute("UPDATE gpkg_geometry_columns SET table_name = 'endless'")
    package.close()
    with pytest.raises(InputError, match="the layer endless is a view, which is not read; export it"):
        parse_boundaries(path, BoundariesContext(district="330111"))


def test_a_zigzag_is_not_mended(tmp_path: Path) -> None:
    x = np.linspace(119.4, 120.2, 25_000)
    y = np.where(np.arange(25_000) % 2, 29.8, 30.2)
    ring = [*zip(x.tolist(), y.tolist(), strict=True), (120.2, 29.7), (119.4, 29.7), (119.4, 29.8)]
    rising = [*ring[:-3][::-1], *[(a, 60.0 - b) for a, b in ring[:-3]]]
    rising.append(rising[0])
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [shape]}}
        for name, shape in (
            ("锯齿镇", rising),
            ("新登镇", [[119.4, 29.8], [119.8, 29.8], [119.8, 30.2], [119.4, 29.8]]),
        )
    ]
    path = tmp_path / "towns.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    begun = time.process_time()
    parsed = parse_boundaries(path, BoundariesContext(district="330111"))
    assert time.process_time() - begun < 10
    assert parsed.regions["name"].tolist() == ["新登镇"]
    assert "its boundary crosses itself and has 50001 positions; repair it in QGIS" in str(parsed.rejected[0])


def test_many_points_are_read_in_no_time(tmp_path: Path) -> None:
    """300,000 valid points took a minute: a tenth of them takes well under a tenth of that."""
    random = np.random.default_rng(1)
    west, south, east, north = shapely.bounds(FUYANG)
    lon, lat = random.uniform(west, east, 30_000), random.uniform(south, north, 30_000)
    path = tmp_path / "points.csv"
    lines = [f"{x:.6f},{y:.6f},3" for x, y in zip(lon, lat, strict=True)]
    path.write_text("经度,纬度,人口\n" + "\n".join(lines))
    totals = TotalsContext(towns={}, district="330111", district_name="富阳区")
    begun = time.process_time()
    found = parse_people(path, PeopleContext(outline=FUYANG, totals=totals)).cells
    assert time.process_time() - begun < 3
    assert found is not None
    inside = int(shapely.contains_xy(FUYANG, lon.round(6), lat.round(6)).sum())
    assert found.clipped.sums.inside == pytest.approx(3 * inside, abs=3)
    assert found.n_read - len(found.rejected) == pytest.approx(inside, abs=1)
