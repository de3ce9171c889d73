"""Flat plane in metres on which the sample is drawn before it becomes longitude and latitude."""

import numpy as np
import numpy.typing as npt
import shapely

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Area = shapely.Polygon | shapely.MultiPolygon

ORIGIN_LON = 119.82
ORIGIN_LAT = 29.98
DECIMALS = 7
"""Decimals of a stored coordinate, as in OpenStreetMap: about 1 cm."""

_SEMI_MAJOR_M = 6_378_137.0  # WGS84
_ECCENTRICITY_SQUARED = 0.006_694_379_990_14
_CURVE = 1.0 - _ECCENTRICITY_SQUARED * np.sin(np.radians(ORIGIN_LAT)) ** 2
_M_PER_DEGREE_LAT = np.radians(1.0) * _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / _CURVE**1.5
_M_PER_DEGREE_LON = np.radians(1.0) * _SEMI_MAJOR_M / _CURVE**0.5 * np.cos(np.radians(ORIGIN_LAT))


def to_plane(lonlat: npt.ArrayLike) -> FloatArray:
    """Return metres east and north of the origin.

    Parameters
    ----------
    lonlat : array_like, shape (..., 2)
        WGS84 longitude and latitude, degrees.

    Returns
    -------
    ndarray, shape (..., 2)
        Metres. One scale serves the whole district: lengths are within 0.3 % of the ellipsoid's.

    Examples
    --------
    >>> to_plane([[119.82, 29.98]]).tolist()
    [[0.0, 0.0]]
    """
    degrees = np.asarray(lonlat, dtype=np.float64)
    metres: FloatArray = (degrees - (ORIGIN_LON, ORIGIN_LAT)) * (_M_PER_DEGREE_LON, _M_PER_DEGREE_LAT)
    return metres


def to_lonlat(xy: npt.ArrayLike) -> FloatArray:
    """Return WGS84 degrees, rounded to `DECIMALS`, for metres on the board (the inverse of `to_plane`)."""
    metres = np.asarray(xy, dtype=np.float64)
    degrees: FloatArray = metres / (_M_PER_DEGREE_LON, _M_PER_DEGREE_LAT) + (ORIGIN_LON, ORIGIN_LAT)
    return np.round(degrees, DECIMALS)
