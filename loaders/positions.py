"""Coordinates of points as registers write them, and whether they can be right in a district."""

import math
import re
import unicodedata

import numpy as np
import shapely

from geo.crs import LocalPlane, to_wgs84
from loaders.report import Rejection

NEAR_OUTSIDE_M = 500.0
"""Points this close to the outline are kept: outlines are generalised."""

_FAR_DEGREES = 1.0
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_DEGREES = re.compile(rf"[东西南北经纬ewns\s]*({_NUMBER.pattern})\s*[°度]?\s*[ewns]?", re.IGNORECASE)


class DistrictArea:
    """The outline of a district in metres, to tell how far outside a point lies.

    Parameters
    ----------
    outline : Polygon or MultiPolygon
        EPSG:4326.
    """

    def __init__(self, outline: shapely.Geometry) -> None:
        west, south, east, north = shapely.bounds(outline).tolist()
        self.bounds: tuple[float, float, float, float] = (west, south, east, north)
        self.plane = LocalPlane((west + east) / 2, (south + north) / 2)
        self._flat = shapely.transform(outline, lambda xy: np.column_stack(self.plane.to_metres(xy[:, 0], xy[:, 1])))
        shapely.prepare(self._flat)

    def outside_m(self, lon: float, lat: float) -> float:
        """Return how far a point (EPSG:4326, not far away) lies outside, in metres; 0 inside."""
        return float(shapely.distance(self._flat, shapely.points(*self.plane.to_metres(lon, lat))))

    def is_near(self, lon: float, lat: float) -> bool:
        """Return whether a point lies within a degree of the bounds."""
        west, south, east, north = self.bounds
        near_x = west - _FAR_DEGREES <= lon <= east + _FAR_DEGREES
        return near_x and south - _FAR_DEGREES <= lat <= north + _FAR_DEGREES


def split_point(text: str) -> tuple[str, str]:
    """Return the two numbers of a cell such as ``[119.95,30.05]``, or the cell and nothing if it does not hold two."""
    numbers = _NUMBER.findall(unicodedata.normalize("NFKC", text))
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (text, "")


def parse_position(
    lon_text: str, lat_text: str, *, row: int, crs: str, area: DistrictArea
) -> tuple[float, float] | Rejection:
    """Return WGS84 longitude and latitude, or why they cannot be right.

    Parameters
    ----------
    lon_text, lat_text : str
        As the file has them; spaces, full-width digits and degree signs do not matter.
    row : int
        For the rejection.
    crs : str
        As in `geo.crs.to_wgs84`.
    area : DistrictArea
        Where the point has to lie, or within `NEAR_OUTSIDE_M` of it.
    """
    if not lon_text.strip() or not lat_text.strip():
        return Rejection(row, "longitude or latitude is missing")
    lon, lat = _degrees(lon_text), _degrees(lat_text)
    if lon is None:
        return Rejection(row, "longitude {value} is not a number; write degrees, such as {example}", {
            "value": lon_text, "example": f"{area.plane.lon:.5f}"})  # fmt: skip
    if lat is None:
        return Rejection(row, "latitude {value} is not a number; write degrees, such as {example}", {
            "value": lat_text, "example": f"{area.plane.lat:.5f}"})  # fmt: skip
    west, south, east, north = area.bounds
    if not area.is_near(lon, lat) and area.is_near(lat, lon):
        return Rejection(
            row, "longitude {lon} and latitude {lat} look swapped", {"lon": f"{lon:.10g}", "lat": f"{lat:.10g}"}
        )
    if abs(lon) > 180.0:
        return Rejection(
            row,
            "longitude {value} is out of range, perhaps by an extra digit; this district lies between {low} and {high}",
            {"value": f"{lon:.10g}", **_limits(west, east)},
        )
    if abs(lat) > 90.0:
        return Rejection(
            row,
            "latitude {value} is out of range, perhaps by an extra digit; this district lies between {low} and {high}",
            {"value": f"{lat:.10g}", **_limits(south, north)},
        )
    if not area.is_near(lon, area.plane.lat):
        return Rejection(
            row,
            "longitude {value} is far from this district, which lies between {low} and {high}",
            {"value": f"{lon:.10g}", **_limits(west, east)},
        )
    if not area.is_near(area.plane.lon, lat):
        return Rejection(
            row,
            "latitude {value} is far from this district, which lies between {low} and {high}",
            {"value": f"{lat:.10g}", **_limits(south, north)},
        )
    x, y = (float(value) for value in to_wgs84(lon, lat, crs=crs))
    outside_m = area.outside_m(x, y)
    if outside_m > NEAR_OUTSIDE_M:
        return Rejection(
            row,
            "{lon}, {lat} lies {distance} km outside the district; check the coordinates and their system (--crs)",
            {"lon": f"{lon:.10g}", "lat": f"{lat:.10g}", "distance": f"{outside_m / 1000:.1f}"},
        )
    return x, y


def _degrees(text: str) -> float | None:
    found = _DEGREES.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return float(found.group(1)) if found else None


def _limits(low: float, high: float) -> dict[str, object]:
    return {"low": f"{math.floor(low * 10) / 10:.1f}", "high": f"{math.ceil(high * 10) / 10:.1f}"}
