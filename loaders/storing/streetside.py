"""Points along the residential streets of a district, where people are placed."""

import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql import func

from geo.db.tables import StreetEdge
from loaders.dasymetric import Spots

HOMES_ALONG = {"residential": 1.0, "living_street": 1.0, "pedestrian": 1.0, "unclassified": 0.5, "tertiary": 0.25}
"""Homes along a metre of street by its ``highway``, against a residential street; an assumption, and only a ratio."""
SPACING_M = 60.0
"""One point on so many metres of street."""


def street_spots(session: Session, district: str) -> Spots:
    """Return a point on every `SPACING_M` of the streets along which people live (`HOMES_ALONG`)."""
    rows = session.execute(
        select(func.ST_AsBinary(StreetEdge.geom), StreetEdge.length_m, StreetEdge.highway)
        .where(StreetEdge.district_code == district, StreetEdge.highway.in_(HOMES_ALONG))
        .order_by(StreetEdge.id)
    ).all()
    if not rows:
        return Spots("streets", np.empty((0, 2)), np.empty(0))
    lines = shapely.from_wkb([bytes(row[0]) for row in rows])
    length_m = np.array([row[1] for row in rows])
    homes = length_m * np.array([HOMES_ALONG[row[2]] for row in rows])
    count = np.maximum(1, np.round(length_m / SPACING_M)).astype(np.int64)
    line = np.repeat(np.arange(len(rows)), count)
    number = np.arange(line.size) - np.repeat(np.cumsum(count) - count, count)
    points = shapely.line_interpolate_point(lines[line], (number + 0.5) / count[line], normalized=True)
    return Spots("streets", np.column_stack([shapely.get_x(points), shapely.get_y(points)]), (homes / count)[line])
