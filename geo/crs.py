"""Coordinates: WGS84 inside, GCJ-02 and BD-09 at the edges, metres in a district.

GCJ-02 (Amap, Tencent) and BD-09 (Baidu, on top of GCJ-02) shift WGS84 by some hundreds of metres inside China. Neither
is published; the formulas here are those of the public reconstruction that every open implementation shares (Krasovsky
1940 ellipsoid, sine series). Shifted coordinates are exact functions of WGS84 ones; the inverse has no closed form and
is found by fixed-point iteration.

CGCS2000 (EPSG:4490) is treated as WGS84: the two differ by centimetres.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Geod, Transformer

from geo.errors import InputError

FloatArray = NDArray[np.float64]
Crs = Literal["wgs84", "gcj02", "bd09", "cgcs2000"]
CRS_NAMES: tuple[Crs, ...] = get_args(Crs)

_Conversion = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]

_SEMI_MAJOR_M = 6_378_245.0  # Krasovsky 1940
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_LON_RANGE = (72.004, 137.8347)
_LAT_RANGE = (0.8293, 55.8271)
_BD_ANGLE = np.pi * 3000.0 / 180.0
_BD_LON_SHIFT = 0.0065
_BD_LAT_SHIFT = 0.006
# A step shrinks the error at least fiftyfold (BD-09; GCJ-02 much more): eight pass the resolution of a float.
_INVERSE_STEPS = 8

_GEOD = Geod(ellps="WGS84")


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Shift WGS84 coordinates to GCJ-02.

    Outside the rectangle 72.004-137.8347° E, 0.8293-55.8271° N, which the map vendors use as "China", the result is the
    input. (The rectangle is wider than the country: Hanoi is shifted, Helsinki is not.)

    Parameters
    ----------
    lon, lat : array_like, same shape
        Degrees, EPSG:4326. NaN stays NaN.

    Returns
    -------
    lon, lat : ndarray of float64
        Degrees, GCJ-02; scalars for scalars.

    Examples
    --------
    >>> lon, lat = wgs84_to_gcj02(119.955, 30.049)
    >>> print(f"{lon:.6f} {lat:.6f}")
    119.959562 30.046410
    """
    x, y = _floats(lon, lat)
    shifted = (_LON_RANGE[0] <= x) & (x <= _LON_RANGE[1]) & (_LAT_RANGE[0] <= y) & (y <= _LAT_RANGE[1])
    east, north = _gcj02_series(x - 105.0, y - 35.0)
    phi = np.radians(y)
    root = 1.0 - _ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    degrees_east = np.degrees(east * np.sqrt(root) / (_SEMI_MAJOR_M * np.cos(phi)))
    degrees_north = np.degrees(north * root * np.sqrt(root) / (_SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED)))
    return x + np.where(shifted, degrees_east, 0.0), y + np.where(shifted, degrees_north, 0.0)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Take GCJ-02 coordinates back to WGS84, to less than 0.1 mm.

    Within about 1 km of the edge of the rectangle of `wgs84_to_gcj02`, where that function jumps, there is no exact way
    back; that edge lies outside China.

    Parameters
    ----------
    lon, lat : array_like, same shape
        Degrees, GCJ-02. NaN stays NaN.

    Returns
    -------
    lon, lat : ndarray of float64
        Degrees, EPSG:4326; scalars for scalars.
    """
    return _inverse(wgs84_to_gcj02, lon, lat)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Turn GCJ-02 coordinates (degrees) into BD-09 ones, anywhere; see `wgs84_to_gcj02` for shapes and NaN."""
    x, y = _floats(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_ANGLE)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_ANGLE)
    return radius * np.cos(angle) + _BD_LON_SHIFT, radius * np.sin(angle) + _BD_LAT_SHIFT


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Take BD-09 coordinates (degrees) back to GCJ-02, to less than 0.1 mm; see `wgs84_to_gcj02` for shapes and NaN."""
    return _inverse(gcj02_to_bd09, lon, lat)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Shift WGS84 coordinates (degrees) to BD-09; see `wgs84_to_gcj02` for shapes and NaN."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Take BD-09 coordinates (degrees) back to WGS84, to less than 0.1 mm; see `gcj02_to_wgs84` for its edge."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def to_wgs84(lon: ArrayLike, lat: ArrayLike, *, crs: str) -> tuple[FloatArray, FloatArray]:
    """Bring coordinates of a named system to WGS84.

    Parameters
    ----------
    lon, lat : array_like, same shape
        Degrees in `crs`. NaN stays NaN.
    crs : {"wgs84", "gcj02", "bd09", "cgcs2000"}
        What the coordinates are in. CGCS2000 is taken for WGS84 (they differ by centimetres).

    Returns
    -------
    lon, lat : ndarray of float64
        Degrees, EPSG:4326; scalars for scalars.

    Raises
    ------
    InputError
        If `crs` is none of these.
    """
    return _conversion(crs, {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84})(*_floats(lon, lat))


def from_wgs84(lon: ArrayLike, lat: ArrayLike, *, crs: str) -> tuple[FloatArray, FloatArray]:
    """Bring WGS84 coordinates to a named system: the inverse of `to_wgs84`, with the same arguments and errors."""
    return _conversion(crs, {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09})(*_floats(lon, lat))


@dataclass(frozen=True)
class LocalPlane:
    """Metres east and north of a point: a transverse Mercator of scale 1 through it, on WGS84.

    Lengths and angles are true at the point; 30 km east or west of it a length is 1.1e-5 too long (0.3 m in 30 km),
    60 km away 4.5e-5. Use it for one district; for lengths across more, use `line_length_m`.

    Parameters
    ----------
    lon, lat : float
        The origin, degrees, EPSG:4326.

    Examples
    --------
    >>> plane = LocalPlane(119.955, 30.049)
    >>> x, y = plane.to_metres(119.965, 30.049)
    >>> print(f"{x:.1f} {y:.2f}")
    964.4 0.04
    """

    lon: float
    lat: float

    @cached_property
    def crs(self) -> CRS:
        """The plane as a CRS, for ``GeoDataFrame.to_crs``; units are metres, axes east and north."""
        return CRS.from_dict({"proj": "tmerc", "lon_0": self.lon, "lat_0": self.lat, "k": 1, "datum": "WGS84"})

    def to_metres(self, lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return x (east) and y (north) in metres for degrees in EPSG:4326, same shapes; NaN gives NaN."""
        return self._transform(lon, lat, direction="FORWARD")

    def to_degrees(self, x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return longitude and latitude (EPSG:4326) for metres in this plane, same shapes; NaN gives NaN."""
        return self._transform(x, y, direction="INVERSE")

    def _transform(self, x: ArrayLike, y: ArrayLike, *, direction: Any) -> tuple[FloatArray, FloatArray]:
        x, y = _floats(x, y)
        # PROJ answers inf for NaN; here, as everywhere, a missing coordinate stays missing.
        missing = np.isnan(x) | np.isnan(y)
        there = self._transformer.transform(np.where(missing, 0.0, x), np.where(missing, 0.0, y), direction=direction)
        return np.where(missing, np.nan, there[0])[()], np.where(missing, np.nan, there[1])[()]

    @cached_property
    def _transformer(self) -> Transformer:
        return Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)


def line_length_m(coordinates: ArrayLike) -> float:
    """Return the length of a line in metres, on the WGS84 ellipsoid.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Longitude and latitude, degrees, EPSG:4326. Fewer than two points have length 0.

    Returns
    -------
    float
        Sum of the geodesics between neighbours (Karney 2013, doi:10.1007/s00190-012-0578-z).

    Examples
    --------
    >>> round(line_length_m([(119.955, 30.049), (119.965, 30.049)]), 1)
    964.4
    """
    points = np.asarray(coordinates, dtype=np.float64).reshape(-1, 2)
    return float(distance_m(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1]).sum())


def distance_m(lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike) -> FloatArray:
    """Return geodesic distances in metres, on the WGS84 ellipsoid.

    Parameters
    ----------
    lon, lat, to_lon, to_lat : array_like
        Degrees, EPSG:4326; shapes broadcast. NaN gives NaN.

    Returns
    -------
    ndarray of float64
        The broadcast shape; a scalar for scalars.
    """
    ends = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in (lon, lat, to_lon, to_lat)))
    # Geod wants arrays that own their memory, which broadcast ones do not.
    from_x, from_y, to_x, to_y = (np.array(end) for end in ends)
    metres: FloatArray = np.asarray(_GEOD.inv(from_x, from_y, to_x, to_y)[2], dtype=np.float64)
    return metres.reshape(ends[0].shape)[()]


def _floats(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def _conversion(crs: str, shifted: dict[str, _Conversion]) -> _Conversion:
    if crs not in CRS_NAMES:
        raise InputError(
            "The coordinate system {value} is not known; use one of {known}", value=crs, known=", ".join(CRS_NAMES)
        )
    return shifted.get(crs, lambda lon, lat: (lon[()], lat[()]))


def _gcj02_series(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the shift in metres east and north for degrees from 105° E, 35° N."""

    def waves(t: FloatArray, *terms: tuple[float, float]) -> FloatArray:
        """Sum amplitude * sin(t * pi / divisor)."""
        series: FloatArray = np.sum([amplitude * np.sin(t * np.pi / divisor) for amplitude, divisor in terms], axis=0)
        return series * (2.0 / 3.0)

    shared = waves(x, (20.0, 1 / 6), (20.0, 1 / 2))
    root = np.sqrt(np.abs(x))
    east = 300.0 + x + 2.0 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * root + shared
    east = east + waves(x, (20.0, 1.0), (40.0, 3.0), (150.0, 12.0), (300.0, 30.0))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * root + shared
    north = north + waves(y, (20.0, 1.0), (40.0, 3.0), (160.0, 12.0), (320.0, 30.0))
    return east, north


def _inverse(forward: _Conversion, lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Solve ``forward(x, y) == (lon, lat)`` by repeating ``x += lon - forward(x)``."""
    target_x, target_y = _floats(lon, lat)
    x, y = target_x, target_y
    for _ in range(_INVERSE_STEPS):
        there_x, there_y = forward(x, y)
        x, y = x + (target_x - there_x), y + (target_y - there_y)
    return x, y
