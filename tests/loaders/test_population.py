"""Grids and points: real cells on real streets, dirty rows one by one, and every sum kept."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlalchemy.orm import Session

from geo.db.districts import save_district
from geo.db.session import writing
from geo.errors import InputError, MissingDataError, NotReadyError
from loaders.cells import clip_cells
from loaders.dasymetric import Spots, share_out, spread_over
from loaders.isolated.run import parse_here
from loaders.population import PopulationOptions
from loaders.population_cells import parse_grid
from loaders.sample.helsinki import HELSINKI
from loaders.storing.population import load_population
from tests.extracts import HELSINKI as EXTRACT
from tests.extracts import HELSINKI_GRID, needs_helsinki_grid
from tests.loaders.districts import rows, square_district
from tests.loaders.stored_street import store_street

OUTLINE = shapely.box(119.4, 29.8, 120.2, 30.2)


def cell(west, south, people, side=0.01):
    return {"type": "Feature", "properties": {"population": people}, "geometry": shapely.geometry.mapping(
        shapely.box(west, south, west + side, south + side))}  # fmt: skip


def geojson(path: Path, features) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def load(engine, path, district="330111", **options):
    with writing(engine) as session:
        return load_population(session, path, district=district, options=PopulationOptions(**options), parse=parse_here)


def reasons(report):
    return {r.row: str(r) for r in report.rejected}


@needs_helsinki_grid
def test_the_helsinki_grid_keeps_its_people_on_real_streets(helsinki):
    """The outline cuts some cells: each cell keeps the people of its part inside, and they stand on streets in it."""
    engine, _ = helsinki
    grid = gpd.read_file(HELSINKI_GRID)
    outline = shapely.from_wkb(
        bytes.fromhex(rows(engine, "SELECT encode(ST_AsBinary(outline), 'hex') FROM district")[0])
    )
    squares = grid.geometry.to_numpy()
    expected = grid["population"].to_numpy() * (
        shapely.area(shapely.intersection(squares, outline)) / shapely.area(squares)
    )
    with engine.connect() as connection, Session(connection) as session:
        report = load_population(session, HELSINKI_GRID, district=HELSINKI, parse=parse_here)
        stored = session.connection().exec_driver_sql(
            "SELECT ST_X(d.geom), ST_Y(d.geom), d.weight, ST_DWithin(d.geom, district.outline, 1e-9), "
            "(SELECT min(ST_Distance(d.geom::geography, e.geom::geography)) FROM street_edge AS e "
            " WHERE e.geom && ST_Expand(d.geom, 0.001)) FROM demand_point AS d, district"
        )
        lon, lat, weight, is_inside, to_street_m = (np.array(column) for column in zip(*stored.all(), strict=True))
        session.rollback()
    kept = np.array([weight[shapely.intersects_xy(square, lon, lat)].sum() for square in squares])
    assert kept == pytest.approx(expected, abs=1e-6)
    assert weight.sum() == pytest.approx(expected.sum(), rel=1e-9), "no point stands in two cells or in none"
    assert report.read == len(grid)
    assert report.stored == (expected > 0).sum() == 22, "the extract covers a part of the grid"
    assert len(report.rejected) == report.read - report.stored
    cut = (expected > 0) & (expected < grid["population"] - 1e-6)
    assert 0 < cut.sum() < report.stored, "some cells are whole, some are cut"
    assert is_inside.all()
    assert to_street_m.max() < 0.5, "everybody stands on a street"
    assert len(weight) > 20 * report.stored, "a point every 60 m, where all streets of 250 m square are long"
    assert any("inside the district" in str(note) for note in report.notes)


def test_every_dirty_row_is_rejected_for_its_own_reason(engine, tmp_path):
    square_district(engine)
    good = cell(119.5, 30.0, 100)
    texts = [cell(119.6, 30.0, text) for text in ("1,234", "约50", "", None, -1)]
    elsewhere = cell(10.0, 50.0, 7)
    empty = {"type": "Feature", "properties": {"population": 3}, "geometry": None}
    line = {"type": "Feature", "properties": {"population": 3}, "geometry": {
        "type": "LineString", "coordinates": [[119.5, 30], [119.6, 30]]}}  # fmt: skip
    report = load(engine, geojson(tmp_path / "grid.geojson", [good, *texts, elsewhere, empty, line]))
    assert report.read == 9
    assert report.stored == 2
    assert reasons(report) == {
        3: "约50 is not a number of people",
        4: "holds no number of people",
        5: "holds no number of people",
        6: "-1 people cannot be; a negative number often marks a value that is kept secret",
        7: "outside the district",
        8: "has no geometry",
        9: "is a LineString, neither a point nor an area",
    }
    assert rows(engine, "SELECT sum(weight) FROM demand_point") == [1334.0]


def test_a_cell_that_the_outline_cuts_counts_by_its_area_inside(tmp_path):
    cells = gpd.GeoDataFrame(
        {"row": [1, 2], "weight": [100.0, 40.0]},
        geometry=[shapely.box(119.39, 30.0, 119.41, 30.02), shapely.box(120.19, 30.19, 120.21, 30.21)], crs=4326,
    )  # fmt: skip
    clipped = clip_cells(cells, OUTLINE)
    assert clipped.cells["weight"].tolist() == pytest.approx([50.0, 10.0])
    assert (clipped.sums.inside, clipped.sums.outside) == (pytest.approx(60.0), pytest.approx(80.0))
    assert clipped.n_cut == 2
    assert shapely.covers(OUTLINE, clipped.cells.geometry.to_numpy()).all()


def test_large_cells_are_spread_along_streets_and_the_bare_ones_stay_whole(engine, tmp_path):
    square_district(engine)
    store_street(engine, shapely.LineString([(119.502, 30.005), (119.508, 30.005)]))
    path = geojson(tmp_path / "grid.geojson", [cell(119.5, 30.0, 90), cell(119.6, 30.0, 30)])
    report = load(engine, path)
    found = rows(engine, "SELECT ST_X(geom), ST_Y(geom), weight FROM demand_point ORDER BY 1")
    assert len(found) == 11
    assert [round(y, 6) for _, y, _ in found] == [30.005] * 11
    assert sum(weight for _, _, weight in found[:10]) == pytest.approx(90.0)
    assert found[10][2] == 30.0
    assert any("spread along its residential streets; 1 cells hold none" in str(note) for note in report.notes)
    centred = load(engine, path, spread="centre")
    assert rows(engine, "SELECT count(*), sum(weight) FROM demand_point") == [(2, 120.0)]
    assert any("placed at its middle" in str(note) for note in centred.notes)


def test_people_do_not_live_along_a_motorway(engine, tmp_path):
    square_district(engine)
    store_street(engine, shapely.LineString([(119.502, 30.005), (119.508, 30.005)]), highway="motorway")
    with pytest.raises(MissingDataError, match="no streets are loaded to spread people along"):
        load(engine, geojson(tmp_path / "grid.geojson", [cell(119.5, 30.0, 90)]), spread="streets")


def test_homes_share_a_cell_by_floor_space(helsinki, tmp_path):
    """On a real extract: the sum is kept, and no point lies outside the cell."""
    engine, _ = helsinki
    square = cell(24.94, 60.166, 1000.0, side=0.004)
    path = geojson(tmp_path / "grid.geojson", [square])
    with engine.connect() as connection, Session(connection) as session:
        options = PopulationOptions(buildings=EXTRACT)
        load_population(session, path, district=HELSINKI, options=options, parse=parse_here)
        found = session.connection().exec_driver_sql("SELECT ST_X(geom), ST_Y(geom), weight FROM demand_point").all()
        session.rollback()
    lon, lat, weight = np.array(found).T
    assert weight.sum() == pytest.approx(1000.0)
    assert len(weight) > 20
    assert weight.max() > 3 * np.median(weight), "large houses hold more"
    assert shapely.intersects_xy(shapely.box(24.94, 60.166, 24.944, 60.17), lon, lat).all()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_points_in_a_table_of_any_encoding(engine, tmp_path, encoding):
    square_district(engine)
    path = tmp_path / "points.csv"
    path.write_bytes('人口点位表,,\n经度,纬度,人口\n119.5,30,"1,200"\n１１９.6,30,８０人\n119.7,,5\n'.encode(encoding))
    report = load(engine, path, layer="workers")
    assert (report.read, report.stored) == (3, 2)
    assert reasons(report) == {5: "longitude 119.7 or latitude - is not a number"}
    assert rows(engine, "SELECT layer, sum(weight) FROM demand_point GROUP BY 1") == [("workers", 1280.0)]


def test_coordinates_of_another_system_are_brought_here_or_refused(engine, tmp_path):
    square_district(engine)
    path = tmp_path / "points.csv"
    path.write_text("x,y,population\n500000,3320000,10\n", encoding="utf-8")
    with pytest.raises(InputError, match="are not degrees; give the system they are in with --crs"):
        load(engine, path)
    load(engine, path, crs="EPSG:4549")
    ((lon, lat),) = rows(engine, "SELECT ST_X(geom), ST_Y(geom) FROM demand_point")
    assert (lon, lat) == (pytest.approx(120.0, abs=1e-6), pytest.approx(30.0, abs=0.1))


def test_the_column_is_found_named_or_asked_for(tmp_path):
    features = [{"type": "Feature", "properties": {"he": 1, "she": 2}, "geometry": {
        "type": "Point", "coordinates": [119.5, 30]}}]  # fmt: skip
    path = geojson(tmp_path / "grid.geojson", features)
    with pytest.raises(InputError, match="no column of people was found; there are: he, she"):
        parse_grid(path)
    with pytest.raises(InputError, match="there is no column it; there are: he, she"):
        parse_grid(path, column="it")
    assert parse_grid(path, column="she").frame["weight"].tolist() == [2.0]


def test_a_file_elsewhere_or_of_another_kind_changes_nothing(engine, tmp_path):
    square_district(engine)
    report = load(engine, geojson(tmp_path / "far.geojson", [cell(10, 50, 5)]))
    assert (report.stored, str(report.notes[-1])) == (0, "no row can be used; nothing was changed")
    with pytest.raises(InputError, match="expected a file ending in"):
        load(engine, tmp_path / "people.docx")
    with pytest.raises(InputError, match="is not a demand layer; use one of residents, riders, workers"):
        load(engine, tmp_path / "far.geojson", layer="tourists")
    assert rows(engine, "SELECT count(*) FROM source WHERE layer LIKE 'demand%'") == [0]


def test_a_district_without_boundaries_is_told_so(engine, tmp_path):
    with writing(engine) as session:
        save_district(session, "330111", name="x", name_en="x")
    with pytest.raises(NotReadyError, match="has no boundaries yet"):
        load(engine, geojson(tmp_path / "grid.geojson", [cell(119.5, 30.0, 1)]))


def test_spreading_keeps_every_area_s_own_sum():
    """Against a plain loop, with spots on a shared rim, spots of no share and an area without any."""
    random = np.random.default_rng(4)
    areas = np.array([shapely.box(x, 0, x + 1, 1) for x in range(3)] + [shapely.box(9, 9, 10, 10)], dtype=object)
    lon_lat = np.vstack([random.uniform((0, 0), (3, 1), (200, 2)), [[1.0, 0.5], [2.0, 0.5]]])
    share = np.where(random.random(202) < 0.2, 0.0, random.random(202))
    totals = np.array([100.0, 0.0, 33.0, 7.0])
    spread = spread_over(areas, totals, Spots("streets", lon_lat, share))
    assert np.bincount(spread.area, spread.weight, minlength=4) == pytest.approx(totals)
    assert spread.n_middle == 1
    for i in (0, 2):
        inside = shapely.intersects_xy(areas[i], *lon_lat.T) & (share > 0)
        expected = dict(zip(map(tuple, lon_lat[inside]), totals[i] * share[inside] / share[inside].sum(), strict=True))
        here = spread.area == i
        assert dict(zip(map(tuple, spread.lon_lat[here]), spread.weight[here], strict=True)) == pytest.approx(expected)
    whole = spread_over(areas, totals, Spots("streets", lon_lat, share), is_whole=True)
    assert np.bincount(whole.area, whole.weight, minlength=4).tolist() == totals.tolist()
    assert (whole.weight == np.round(whole.weight)).all()


def test_shared_out_numbers_sum_up_exactly():
    random = np.random.default_rng(5)
    for total in (0, 1, 7, 27_163):
        shares = random.random(500)
        whole = share_out(total, shares)
        assert whole.sum() == total
        assert np.abs(whole - total * shares / shares.sum()).max() < 1
