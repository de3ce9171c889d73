"""Rasters: every person is inside, outside or rejected; sums hold in any CRS and nothing is invented."""

from pathlib import Path

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from affine import Affine

from geo.db.layers import read_demand
from geo.db.session import reading, writing
from geo.errors import InputError
from loaders.cells import clip_cells, group_points
from loaders.isolated.run import parse_here
from loaders.population import PopulationOptions
from loaders.raster import parse_raster
from loaders.storing.population import load_population
from tests.loaders.districts import FUYANG, rows, square_district

SQUARE = shapely.box(119.4, 29.8, 120.2, 30.2)
NODATA = -99999.0


def from_origin(west, north, side_x, side_y):
    return Affine(side_x, 0.0, west, 0.0, -side_y, north)


def write_raster(path: Path, values, *, transform, crs="EPSG:4326", nodata=NODATA, **more) -> Path:
    values = np.atleast_3d(np.asarray(values, np.float32).transpose()).transpose()
    with rasterio.open(
        path, "w", driver="GTiff", count=values.shape[0], height=values.shape[1], width=values.shape[2],
        dtype="float32", crs=crs, transform=transform, nodata=nodata, **more,
    ) as file:  # fmt: skip
        file.write(values)
    return path


def degrees(path: Path, values, **more) -> Path:
    """Cells of 0.01° from 119.3° E, 30.3° N."""
    return write_raster(path, values, transform=from_origin(119.3, 30.3, 0.01, 0.01), **more)


def test_the_sum_inside_is_that_of_brute_force_cell_by_cell(tmp_path):
    random = np.random.default_rng(1)
    values = random.integers(0, 40, (60, 100)).astype(np.float64)
    values[random.random((60, 100)) < 0.1] = NODATA
    path = degrees(tmp_path / "pop.tif", values)
    parsed = parse_raster(path, outline=FUYANG)
    clipped = clip_cells(parsed.frame, FUYANG)
    expected = 0.0
    for row in range(60):
        for col in range(100):
            if values[row, col] > 0:
                west, north = 119.3 + col * 0.01, 30.3 - row * 0.01
                cell = shapely.box(west, north - 0.01, west + 0.01, north)
                share = shapely.area(shapely.intersection(cell, FUYANG)) / shapely.area(cell)
                expected += values[row, col] * share
    assert clipped.sums.inside == pytest.approx(expected, rel=1e-6)
    assert clipped.sums.read == pytest.approx(clipped.sums.inside + clipped.sums.outside, rel=1e-12)
    assert clipped.sums.read <= values[values > 0].sum()
    assert parsed.n_nodata > 0


@pytest.mark.parametrize("strip_cells", [4_000_000, 300])
def test_mollweide_keeps_the_sum_and_puts_people_where_they_are(tmp_path, monkeypatch, strip_cells):
    """GHSL is in ESRI:54009: a cell there is no square here. One person per cell must be one per square kilometre."""
    monkeypatch.setattr("loaders.raster.STRIP_CELLS", strip_cells)
    there = pyproj.Transformer.from_crs(4326, "ESRI:54009", always_xy=True)
    x, y = there.transform(119.8, 30.0)
    transform = from_origin(round(x, -3) - 80_000, round(y, -3) + 60_000, 1000, 1000)
    path = write_raster(tmp_path / "ghsl.tif", np.ones((120, 160)), transform=transform, crs="ESRI:54009", nodata=-200)
    parsed = parse_raster(path, outline=SQUARE)
    clipped = clip_cells(parsed.frame, SQUARE)
    # ESRI:54009 is equal in area to a sphere of the ellipsoid's larger radius.
    area_km2 = 6378.137**2 * np.radians(0.8) * (np.sin(np.radians(30.2)) - np.sin(np.radians(29.8)))
    assert clipped.sums.inside == pytest.approx(area_km2, rel=2e-4)
    assert 990 < parsed.side_m < 1300
    middle = shapely.centroid(clipped.cells.geometry.to_numpy())
    assert shapely.covers(SQUARE, middle).all()
    # By quarters, so that a mirrored or shifted grid fails.
    east = clipped.cells["weight"].to_numpy()[shapely.get_x(middle) > 119.8].sum()
    north = clipped.cells["weight"].to_numpy()[shapely.get_y(middle) > 30.0].sum()
    assert east == pytest.approx(area_km2 / 2, rel=0.02)
    assert north == pytest.approx(area_km2 / 2, rel=0.02)


def test_a_turned_raster_lands_where_its_transform_says(tmp_path):
    cos, sin = 0.01 * np.cos(np.radians(30)), 0.01 * np.sin(np.radians(30))
    turned = Affine(cos, sin, 119.8, sin, -cos, 30.0)
    path = write_raster(tmp_path / "turned.tif", [[7.0]], transform=turned)
    parsed = parse_raster(path, outline=SQUARE)
    (cell,) = parsed.frame.geometry
    assert shapely.distance(cell.exterior, shapely.Point(119.8 + cos + sin, 30.0 + sin - cos)) < 1e-9
    assert shapely.area(cell) == pytest.approx(1e-4)


def test_nodata_zero_and_negative_cells_hold_nobody(tmp_path):
    values = np.zeros((3, 3))
    values[0] = [NODATA, np.nan, np.inf]
    values[1] = [5.0, -3.0, 0.0]
    path = write_raster(tmp_path / "pop.tif", values, transform=from_origin(119.8, 30.0, 0.01, 0.01))
    parsed = parse_raster(path, outline=SQUARE)
    assert parsed.frame["weight"].tolist() == [5.0]
    assert parsed.n_nodata == 3
    assert [str(r) for r in parsed.rejected] == ["-3 people cannot be; is it the raster's mark of no data?"]
    assert parsed.rejected[0].row == "1,1"
    assert parsed.n_read == 2


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: degrees(p, [[1.0]], crs=None), "does not say which coordinate system"),
        (lambda p: write_raster(p, [[1.0]], transform=from_origin(24, 60, 0.01, 0.01)), "does not cover the district"),
        (lambda p: degrees(p, [[1.0]], crs="EPSG:3857"), "does not cover the district"),
        (lambda p: degrees(p, [[[1.0]], [[2.0]]]), "holds 2 bands; choose one by its number"),
        (lambda p: p.write_text("no raster"), "the file is damaged"),
    ],
)
def test_a_raster_that_cannot_be_used_is_one_clear_error(tmp_path, make, says):
    path = tmp_path / "pop.tif"
    make(path)
    with pytest.raises(InputError, match=says):
        parse_raster(path, outline=SQUARE)


def test_the_declared_crs_can_be_overruled_and_a_band_chosen(tmp_path):
    path = write_raster(
        tmp_path / "pop.tif", [[[1.0]], [[2.0]]], transform=from_origin(119.8, 30.0, 0.01, 0.01), crs="EPSG:3857"
    )
    parsed = parse_raster(path, outline=SQUARE, crs="EPSG:4326", band="2")
    assert parsed.frame["weight"].tolist() == [2.0]
    with pytest.raises(InputError, match="EPSG:9 is not known"):
        parse_raster(path, outline=SQUARE, crs="EPSG:9", band="2")


def test_grouping_keeps_the_sum_and_every_person_within_a_square():
    random = np.random.default_rng(2)
    at = np.column_stack([random.uniform(119.8, 119.9, 500), random.uniform(30.0, 30.1, 500)])
    weight = random.uniform(0, 9, 500)
    points, sums = group_points(at, weight, cell_m=1000.0)
    assert sums.sum() == pytest.approx(weight.sum(), rel=1e-12)
    assert len(sums) < 160
    assert np.average(points, axis=0, weights=sums) == pytest.approx(np.average(at, axis=0, weights=weight))


def test_a_load_is_recorded_with_its_sums_and_twice_changes_nothing(engine, tmp_path):
    square_district(engine)
    random = np.random.default_rng(3)
    path = degrees(tmp_path / "pop.tif", random.integers(1, 9, (60, 100)))
    reports, stored = [], []
    for _ in range(2):
        with writing(engine) as session:
            reports.append(
                load_population(
                    session, path, district="330111", options=PopulationOptions(licence="CC0"), parse=parse_here
                )
            )
        with reading(engine) as session:
            stored.append(read_demand(session, "330111").drop(columns="id"))
    assert stored[0].equals(stored[1])
    assert reports[0] == reports[1]
    (source,) = rows(engine, "SELECT sums, unit, crs, licence, rows_read, rows_stored, is_proxy FROM source "
                             "WHERE layer = 'demand:residents'")  # fmt: skip
    sums = source[0]
    assert sums["inside"] == pytest.approx(stored[0]["weight"].sum(), abs=1e-3)
    assert sums["inside"] + sums["outside"] == pytest.approx(sums["read"], abs=2e-3)
    assert sums["points"] == len(stored[0])
    assert source[1:] == ("people", "WGS 84", "CC0", reports[0].read, reports[0].stored, False)


def test_an_interrupted_load_leaves_the_old_layer(engine, tmp_path):
    square_district(engine)
    path = degrees(tmp_path / "old.tif", np.ones((60, 100)))
    with writing(engine) as session:
        load_population(session, path, district="330111", parse=parse_here)
    before = rows(engine, "SELECT id, weight FROM demand_point ORDER BY id")
    newer = degrees(tmp_path / "new.tif", np.full((60, 100), 5.0))

    def stop(stage, **values):
        if stage == "storing people":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), writing(engine) as session:
        load_population(session, newer, district="330111", progress=stop, parse=parse_here)
    assert rows(engine, "SELECT id, weight FROM demand_point ORDER BY id") == before
    assert rows(engine, "SELECT file_name FROM source WHERE layer LIKE 'demand%'") == ["old.tif"]


def test_a_fine_raster_is_summed_up_to_hundred_metres(engine, tmp_path):
    square_district(engine)
    values = np.zeros((1050, 2050))
    values[500:550, 1000:1050] = 1.0
    path = write_raster(tmp_path / "fine.tif", values, transform=from_origin(119.39, 30.21, 0.0004, 0.0004), nodata=-1)
    with writing(engine) as session:
        report = load_population(session, path, district="330111", parse=parse_here)
    (count, total) = rows(engine, "SELECT count(*), sum(weight) FROM demand_point")[0]
    assert (report.stored, total) == (2500, pytest.approx(2500.0))
    assert count < 600
    assert "people are summed up in squares of 100 m" in [str(note) for note in report.notes]


def test_a_raster_of_nobody_changes_nothing_and_says_so(engine, tmp_path):
    square_district(engine)
    path = degrees(tmp_path / "none.tif", np.zeros((60, 100)))
    with writing(engine) as session:
        report = load_population(session, path, district="330111", parse=parse_here)
    assert (report.read, report.stored) == (0, 0)
    assert [str(note) for note in report.notes][-1] == "no row can be used; nothing was changed"
