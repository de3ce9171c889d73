"""Store and read names of villages, hamlets and quarters, which gaps are named by."""

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, record_source
from geo.db.tables import Region, Settlement


def replace_settlements(session: Session, district: str, settlements: gpd.GeoDataFrame, facts: SourceFacts) -> None:
    """Replace a district's settlements: columns name, kind, geometry (Point, EPSG:4326)."""
    session.execute(delete(Settlement).where(Settlement.district_code == district))
    source = record_source(session, district, "settlements", facts)
    rows = [
        {
            "district_code": district,
            "source_id": source,
            "name": row.name,
            "kind": row.kind,
            "geom": f"SRID=4326;{shapely.to_wkt(row.geometry, rounding_precision=7)}",
        }
        for row in settlements[["name", "kind", "geometry"]].itertuples(index=False)
    ]
    if rows:
        session.execute(insert(Settlement), rows)


def read_settlements(session: Session, district: str) -> pd.DataFrame:
    """Return name, lon, lat, town (the code of the town each lies in now, or None), ordered by id."""
    town = (
        select(Region.code)
        .where(Region.district_code == district, func.ST_Intersects(Region.geom, Settlement.geom))
        .order_by(Region.code)
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Settlement.name, func.ST_X(Settlement.geom), func.ST_Y(Settlement.geom), town)
        .where(Settlement.district_code == district)
        .order_by(Settlement.id)
    ).all()
    return pd.DataFrame(rows, columns=["name", "lon", "lat", "town"])
