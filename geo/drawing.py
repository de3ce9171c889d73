"""Parse and check points and areas that people draw, from GeoJSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from pyproj import Geod

from geo.errors import InputError
from geo.records import MAX_NAME, MAX_TEXT
from geo.texts import without_invisible

MAX_POSITIONS = 5000
"""Positions of one drawing; nobody draws more by hand."""

_GEOD = Geod(ellps="WGS84")


def read_drawn(geojson: Mapping[str, Any], *, kinds: Sequence[str]) -> shapely.Geometry:
    """Return a drawn geometry, EPSG:4326, without heights.

    Parameters
    ----------
    geojson : mapping
        A GeoJSON geometry.
    kinds : sequence of str
        What it may be, such as ``Point`` or ``Polygon``.

    Raises
    ------
    InputError
        If it is none of them, crosses itself, or lies beyond the degrees there are.
    """
    if geojson.get("type") not in kinds:
        raise InputError("draw {kinds}, not {kind}", kinds=" / ".join(kinds), kind=geojson.get("type"))
    try:
        drawn = shapely.force_2d(shapely.from_geojson(json.dumps(geojson)))
    except (shapely.errors.GEOSException, ValueError) as error:
        raise InputError("the drawing cannot be read: its corners are not pairs of numbers") from error
    if shapely.is_empty(drawn):
        raise InputError("the drawing is empty")
    if shapely.get_num_coordinates(drawn) > MAX_POSITIONS:
        raise InputError("the drawing has more than {limit} corners", limit=MAX_POSITIONS)
    west, south, east, north = shapely.bounds(drawn).tolist()
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise InputError(
            "the drawing leaves the degrees there are: {bounds}", bounds=f"{west:g}, {south:g}, {east:g}, {north:g}"
        )
    if not shapely.is_valid(drawn):
        reason = str(shapely.is_valid_reason(drawn))
        raise InputError("the area crosses itself or its hole lies outside ({reason}); draw it again", reason=reason)
    return drawn


def require_inside(drawn: shapely.Geometry, outline: shapely.Geometry | None, *, wholly: bool) -> None:
    """Raise `InputError` unless a drawing lies in the district (`wholly`, or with a part of it)."""
    if outline is None:
        return
    if wholly and not shapely.covers(outline, drawn):
        raise InputError("the drawing leaves the district")
    if not shapely.intersects(outline, drawn):
        raise InputError("the drawing lies outside the district")


def area_km2(drawn: shapely.Geometry) -> float:
    """Return the area of a geometry in square kilometres; 0 for a point."""
    return abs(float(_GEOD.geometry_area_perimeter(drawn)[0])) / 1e6


def as_geojson(geometry: shapely.Geometry) -> dict[str, Any]:
    """Return a geometry as GeoJSON, to the sixth decimal (0.1 m)."""
    rounded = shapely.transform(geometry, lambda points: points.round(6))
    found: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return found


def checked_name(text: str) -> str:
    """Return a name without stray spaces, or raise `InputError` if nothing is left or it is too long."""
    name = " ".join(without_invisible(text).split())
    if not name:
        raise InputError("write a name")
    if len(name) > MAX_NAME:
        raise InputError("A text has {length} characters; at most {limit} are kept", length=len(name), limit=MAX_NAME)
    return name


def checked_note(text: str | None) -> str | None:
    """Return a note without stray space at its ends, None where nothing is written; raise `InputError` if too long."""
    note = without_invisible(text or "").strip()
    if len(note) > MAX_TEXT:
        raise InputError("A text has {length} characters; at most {limit} are kept", length=len(note), limit=MAX_TEXT)
    return note or None
