"""Questions about town-level units."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.db.tables import Region

Bounds = tuple[float, float, float, float]


def region_bounds(session: Session, district: str) -> dict[str, Bounds]:
    """Return west, south, east, north of each town by its code, degrees WGS84."""
    corners = (func.ST_XMin, func.ST_YMin, func.ST_XMax, func.ST_YMax)
    rows = session.execute(
        select(Region.code, *(corner(Region.geom) for corner in corners)).where(Region.district_code == district)
    )
    return {code: (west, south, east, north) for code, west, south, east, north in rows}
