"""Queries for towns (regions)."""

from collections.abc import Sequence

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.db.tables import Place, PlaceFunction, Region

Bounds = tuple[float, float, float, float]


def region_bounds(session: Session, district: str) -> dict[str, Bounds]:
    """Return west, south, east, north of each town by its code, degrees WGS84."""
    corners = (func.ST_XMin, func.ST_YMin, func.ST_XMax, func.ST_YMax)
    rows = session.execute(
        select(Region.code, *(corner(Region.geom) for corner in corners)).where(Region.district_code == district)
    )
    return {code: (west, south, east, north) for code, west, south, east, north in rows}


def towns_with(session: Session, district: str, kind: str) -> Sequence[Region]:
    """Return the towns that have a place in service with a function, by code."""
    has_place = select(Place.id).where(
        Place.district_code == district,
        Place.region_code == Region.code,
        Place.status == "active",
        Place.functions.any(PlaceFunction.kind == kind),
    )
    found = select(Region).where(Region.district_code == district, has_place.exists()).order_by(Region.code)
    return session.scalars(found).all()


def region_shapes(session: Session, district: str) -> dict[str, shapely.Geometry]:
    """Return the boundary of each town by its code, EPSG:4326."""
    rows = session.execute(
        select(Region.code, func.ST_AsBinary(Region.geom)).where(Region.district_code == district).order_by(Region.code)
    )
    return {code: shapely.from_wkb(bytes(wkb)) for code, wkb in rows}


def town_names(session: Session, district: str) -> dict[str, str]:
    """Return the names of the towns of a district by code, in the order of the codes."""
    rows = session.execute(
        select(Region.code, Region.name).where(Region.district_code == district).order_by(Region.code)
    )
    return {row.code: row.name for row in rows}
