"""Parse coordinates of points in registers, and check them against the district."""

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
_HALF = r"[东西南北经纬ewns\s:]*"
_SCIENTIFIC = re.compile(r"\d\.\d+e\+0?[012]", re.IGNORECASE)
_HYPHENS = re.compile(r"^(\d{1,3})-(\d{1,2})-(\d{1,2}(?:\.\d+)?)$")
_DECIMAL_COMMA = re.compile(r"^(\d{1,3}),(\d{3,})$")
_WHOLE = rf"({_NUMBER.pattern})\s*°?"
_DEGREES = re.compile(rf"{_HALF}{_WHOLE}\s*{_HALF}", re.IGNORECASE)
_PARTS = r"(\d{1,3})\s*°\s*(\d{1,2}(?:\.\d+)?)\s*'\s*(?:(\d{1,2}(?:\.\d+)?)\s*\")?"
_WITH_MINUTES = re.compile(rf"{_HALF}{_PARTS}\s*{_HALF}", re.IGNORECASE)
_HALF_BEFORE = re.compile(r"\s*[\[(]?\s*[东西南北ewns]", re.IGNORECASE)
_SIGNS = str.maketrans(
    {**dict.fromkeys("º˚度", "°"), **dict.fromkeys("′‘’ʹ´`分＇", "'"), **dict.fromkeys("″“”〃ʺ秒＂", '"')}
)
_SOUTH_OR_WEST = re.compile(r"南纬|西经|[sw]", re.IGNORECASE)
_LATITUDE = re.compile(r"[南北]?纬|[ns]", re.IGNORECASE)


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
    """Return the two numbers of a cell such as ``[119.95,30.05]``, or the cell and nothing if it does not hold two.

    Where the cell says which is the latitude (``30°02′56″N``, 北纬), it comes second.
    """
    plain = _plain(text)
    if "'" in plain or re.search("[东西南北]|[ewns]", plain, re.IGNORECASE):
        one = _PARTS if "'" in plain else _WHOLE
        # The word of a half stands before both numbers or behind both, never between them for either.
        pattern = rf"{_HALF}{one}" if _HALF_BEFORE.match(plain) else rf"{one}\s*{_HALF}"
        numbers = [found.group() for found in re.finditer(pattern, plain, re.IGNORECASE)]
    else:
        numbers = _NUMBER.findall(plain)
    if len(numbers) != 2:
        return text, ""
    first, second = numbers
    return (second, first) if _LATITUDE.search(first) and not _LATITUDE.search(second) else (first, second)


def parse_position(
    lon_text: str, lat_text: str, *, row: int | str, crs: str, area: DistrictArea
) -> tuple[float, float] | Rejection:
    """Return WGS84 longitude and latitude, or why they cannot be right.

    Parameters
    ----------
    lon_text, lat_text : str
        As the file has them: degrees, decimal or with minutes and seconds; spaces and full-width digits do not matter.
    row : int or str
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
    """Return the degrees of a cell: decimal, or with minutes and seconds; None where it holds none.

    Examples
    --------
    >>> [_degrees(text) for text in ("119.95°E", "北纬30°02′56″", "119度57分18秒", "119°57.3′", "'119.955", "30°62′")]
    [119.95, 30.048889, 119.955, 119.955, 119.955, None]
    >>> [_degrees(text) for text in ("119-57-18", "1.19955E+02", "119,955", "30.049，", "30。049")]
    [119.955, 119.955, 119.955, 30.049, 30.049]
    """
    plain = _plain(text).removeprefix("'").rstrip(",;、")
    plain = re.sub(r"(?<=\d)。(?=\d)", ".", plain)
    if _SCIENTIFIC.fullmatch(plain):
        return float(plain)
    plain = _HYPHENS.sub("\\1°\\2'\\3\"", plain)
    plain = _DECIMAL_COMMA.sub(r"\1.\2", plain)
    sign = -1.0 if _SOUTH_OR_WEST.search(plain) else 1.0
    if parts := _WITH_MINUTES.fullmatch(plain):
        degrees, minutes, seconds = (float(part or 0) for part in parts.groups())
        is_angle = minutes < 60 and seconds < 60
        return round(sign * (degrees + minutes / 60 + seconds / 3600), 6) if is_angle else None
    found = _DEGREES.fullmatch(plain)
    return sign * float(found.group(1)) if found else None


def likely_position(lon_text: str, lat_text: str, *, crs: str, area: DistrictArea) -> tuple[float, float] | None:
    """Return the one position (EPSG:4326) in the district that a slip of the pen explains, None where none or several.

    Slips are: longitude and latitude swapped, and one digit too many in one of them (1119.95 for 119.95).
    """
    lon, lat = _plain(lon_text), _plain(lat_text)
    pairs = {(lat, lon)}
    pairs |= {(short, lat) for short in _one_digit_less(lon)} | {(lon, short) for short in _one_digit_less(lat)}
    found = set()
    for first, second in pairs:
        a, b = _degrees(first), _degrees(second)
        if a is None or b is None or not area.is_near(a, b):
            continue
        there = to_wgs84(a, b, crs=crs)
        point = round(float(there[0]), 6), round(float(there[1]), 6)
        if area.outside_m(*point) == 0.0:
            found.add(point)
    return found.pop() if len(found) == 1 else None


def _one_digit_less(text: str) -> set[str]:
    """Return a number without each of its digits before the point in turn; none where it has no more than two."""
    whole, point, rest = text.partition(".")
    if not whole.isdigit() or len(whole) < 3:
        return set()
    return {whole[:i] + whole[i + 1 :] + point + rest for i in range(len(whole))}


def accepted_position(text: str | None, area: DistrictArea) -> tuple[float, float] | None:
    """Return the position (EPSG:4326) that somebody accepted, as ``lon lat``; None where none lies in the district."""
    try:
        lon, lat = (float(part) for part in (text or "").split())
    except ValueError:
        return None
    return (lon, lat) if area.is_near(lon, lat) and area.outside_m(lon, lat) <= NEAR_OUTSIDE_M else None


def _plain(text: str) -> str:
    # The signs of minutes and seconds first: their plain forms are others.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFC", text).translate(_SIGNS)).strip()


def _limits(low: float, high: float) -> dict[str, object]:
    return {"low": f"{math.floor(low * 10) / 10:.1f}", "high": f"{math.ceil(high * 10) / 10:.1f}"}
