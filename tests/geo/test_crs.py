"""Coordinates go to GCJ-02 and BD-09 as other implementations take them, and come back exactly."""

import csv
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from shapely.geometry import Point

from geo.crs import (
    CRS_NAMES,
    LocalPlane,
    bd09_to_gcj02,
    bd09_to_wgs84,
    distance_m,
    from_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    line_length_m,
    to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from geo.errors import InputError
from tests.geo.coord_convert import COORD_CONVERT

# GCJ-02 of the same points by eviltransform 0.1.1, which takes WGS84's equator for Krasovsky's: 1 cm apart.
EVILTRANSFORM = np.array(
    [
        [119.95956184724548, 30.046410305094625],
        [119.63476338648437, 30.009364962379124],
        [120.15969483861713, 30.271671351543596],
        [116.40324348426597, 39.90940337767001],
        [87.61984854757789, 43.79422389208456],
        [110.33537046681377, 20.02895333248593],
    ]
)
# Union rest stations in a county of Jiangxi: GCJ-02 as the map app has it, WGS84 as their publisher computed it.
JIANGXI = np.array(
    [
        [116.261786, 29.275105, 116.25682307, 29.27783515],
        [116.401876, 29.477282, 116.39670911, 29.47970952],
        [116.438345, 29.42166, 116.43320817, 29.42413572],
    ]
)
# For three of its rows the publisher's own note says that a converter made WGS84; they carry the naive inverse's error.
NAIVE_INVERSE_M = 2.6

CHINA = (st.floats(73.5, 135.0), st.floats(18.0, 53.5))


def test_gcj02_and_bd09_agree_with_another_implementation() -> None:
    lon, lat = COORD_CONVERT[:, 0], COORD_CONVERT[:, 1]
    assert_allclose(np.column_stack(wgs84_to_gcj02(lon, lat)), COORD_CONVERT[:, 2:4], rtol=0, atol=1e-11)
    assert_allclose(np.column_stack(wgs84_to_bd09(lon, lat)), COORD_CONVERT[:, 4:6], rtol=0, atol=1e-11)


def test_gcj02_agrees_within_two_centimetres_with_an_implementation_on_another_ellipsoid() -> None:
    ours = wgs84_to_gcj02(COORD_CONVERT[:, 0], COORD_CONVERT[:, 1])
    assert distance_m(*ours, EVILTRANSFORM[:, 0], EVILTRANSFORM[:, 1]).max() < 0.02


def test_the_shift_here_is_half_a_kilometre_and_over_a_kilometre() -> None:
    here = (119.955, 30.049)
    assert distance_m(*here, *wgs84_to_gcj02(*here)) == pytest.approx(525, abs=5)
    assert distance_m(*here, *wgs84_to_bd09(*here)) == pytest.approx(1127, abs=10)


@given(*CHINA)
def test_every_way_back_is_exact_to_a_tenth_of_a_millimetre(lon: float, lat: float) -> None:
    assert distance_m(lon, lat, *gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))) < 1e-4
    assert distance_m(lon, lat, *bd09_to_gcj02(*gcj02_to_bd09(lon, lat))) < 1e-4
    assert distance_m(lon, lat, *bd09_to_wgs84(*wgs84_to_bd09(lon, lat))) < 1e-4


def test_published_stations_come_back_to_their_published_wgs84() -> None:
    wgs84 = gcj02_to_wgs84(JIANGXI[:, 0], JIANGXI[:, 1])
    assert distance_m(*wgs84, JIANGXI[:, 2], JIANGXI[:, 3]).max() < 0.01


def test_all_published_stations_come_back_to_their_published_wgs84() -> None:
    path = Path(__file__).resolve().parents[3] / "shared" / "data" / "duchang_union_stations.csv"
    if not path.exists():
        pytest.skip("duchang_union_stations.csv is absent; three of its rows are proven above")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    gcj = np.array([[float(row["gcj_lon"]), float(row["gcj_lat"])] for row in rows])
    wgs = np.array([[float(row["wgs_lon"]), float(row["wgs_lat"])] for row in rows])
    away = distance_m(*gcj02_to_wgs84(*gcj.T), *wgs.T)
    assert (away < 0.01).sum() >= 22
    assert away.max() < NAIVE_INVERSE_M


def test_outside_china_gcj02_is_wgs84() -> None:
    helsinki = (24.94, 60.17)
    assert wgs84_to_gcj02(*helsinki) == helsinki
    assert gcj02_to_wgs84(*helsinki) == helsinki


@pytest.mark.parametrize("crs", CRS_NAMES)
def test_to_and_from_a_named_system_are_inverse(crs: str) -> None:
    lon, lat = np.array([119.955, 24.94]), np.array([30.049, 60.17])
    back = to_wgs84(*from_wgs84(lon, lat, crs=crs), crs=crs)
    assert distance_m(lon, lat, *back).max() < 1e-4


def test_cgcs2000_is_taken_for_wgs84_and_an_unknown_system_is_refused() -> None:
    assert to_wgs84(119.955, 30.049, crs="cgcs2000") == (119.955, 30.049)
    with pytest.raises(InputError, match="EPSG:3857"):
        to_wgs84(119.955, 30.049, crs="EPSG:3857")


def test_a_missing_coordinate_stays_missing_and_spoils_no_other() -> None:
    lon, lat = bd09_to_wgs84([np.nan, 119.96612128751521], [30.0, 30.05222647938264])
    assert np.isnan([lon[0], lat[0]]).all()
    assert_allclose([lon[1], lat[1]], [119.955, 30.049], rtol=0, atol=1e-9)
    x, y = LocalPlane(119.955, 30.049).to_metres([np.nan, 119.955], [30.0, 30.049])
    assert np.isnan([x[0], y[0]]).all()
    assert_allclose([x[1], y[1]], 0.0, atol=1e-6)


def test_inputs_are_left_as_they_were() -> None:
    lon, lat = np.array([119.955]), np.array([30.049])
    wgs84, _ = to_wgs84(lon, lat, crs="bd09")
    assert (lon[0], lat[0]) == (119.955, 30.049)
    assert wgs84[0] != lon[0]


def test_plane_lengths_are_true_over_a_district() -> None:
    plane = LocalPlane(119.955, 30.049)
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(119.645, 120.265, 500), rng.uniform(29.78, 30.32, 500)  # 60 km by 60 km
    to_lon, to_lat = lon + rng.uniform(-0.01, 0.01, 500), lat + rng.uniform(-0.01, 0.01, 500)
    x, y = plane.to_metres(lon, lat)
    to_x, to_y = plane.to_metres(to_lon, to_lat)
    assert_allclose(np.hypot(to_x - x, to_y - y), distance_m(lon, lat, to_lon, to_lat), rtol=1.3e-5)
    assert distance_m(lon, lat, *plane.to_degrees(x, y)).max() < 1e-4


def test_the_plane_and_its_crs_for_geopandas_are_the_same() -> None:
    plane = LocalPlane(119.955, 30.049)
    point = gpd.GeoSeries([Point(119.63, 30.012)], crs="EPSG:4326").to_crs(plane.crs).iloc[0]
    assert_allclose([point.x, point.y], plane.to_metres(119.63, 30.012), atol=1e-6)


def test_line_length_is_the_sum_of_its_geodesics() -> None:
    # One degree of latitude from the equator on WGS84 is 110,574.4 m (NGA TR8350.2).
    assert line_length_m([(120.0, 0.0), (120.0, 1.0)]) == pytest.approx(110_574.4, abs=0.1)
    assert line_length_m([(120.0, 0.0), (120.0, 0.5), (120.0, 1.0)]) == pytest.approx(110_574.4, abs=0.1)
    assert line_length_m([]) == line_length_m([(120.0, 30.0)]) == 0.0


@pytest.mark.parametrize(
    ("lon", "lat", "is_shifted"),
    [
        *((110.0, 0.8292, False), (110.0, 0.8293, True), (110.0, 55.8271, True), (110.0, 55.8272, False)),
        *((72.0039, 30.0, False), (72.004, 30.0, True), (137.8347, 30.0, True), (137.8348, 30.0, False)),
    ],
)
def test_the_shift_begins_and_ends_on_the_edges_of_the_published_algorithm(
    lon: float, lat: float, is_shifted: bool
) -> None:
    assert (wgs84_to_gcj02(lon, lat) != (lon, lat)) is is_shifted


@pytest.mark.parametrize("missing", [([119.9, np.nan], [30.0, 30.0]), ([119.9, 119.9], [30.0, np.nan])])
def test_the_plane_leaves_a_point_missing_of_which_one_coordinate_is_missing(missing: tuple[list[float], ...]) -> None:
    x, y = LocalPlane(119.9, 30.0).to_metres(*missing)
    assert np.isfinite([x[0], y[0]]).all()
    assert np.isnan([x[1], y[1]]).all()
