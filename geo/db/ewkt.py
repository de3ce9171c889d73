"""Geometry as PostGIS takes it: EWKT in EPSG:4326, one type a column."""

import shapely

from geo.errors import InputError


def ewkt(geometry: shapely.Geometry | None) -> str | None:
    """Return a geometry in EPSG:4326 as EWKT, to the ninth decimal of a degree."""
    return None if geometry is None else f"SRID=4326;{shapely.to_wkt(geometry, rounding_precision=9)}"


def multi_polygon(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    """Return the polygons of a geometry as one MultiPolygon; `InputError` if it has none."""
    polygons = polygons_of(geometry)
    if polygons is None:
        raise InputError("a {kind} is not an area", kind=type(geometry).__name__)
    return polygons


def polygons_of(geometry: shapely.Geometry) -> shapely.MultiPolygon | None:
    """Return the polygons of a geometry as one MultiPolygon, None if it has none."""
    parts = [
        part
        for collection in shapely.get_parts([geometry])
        for part in shapely.get_parts([collection])
        if part.geom_type == "Polygon" and not part.is_empty
    ]
    return shapely.MultiPolygon(parts) if parts else None
