"""Small districts for the loaders to load into."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from sqlalchemy import Engine, text

from geo.db.districts import save_district
from geo.db.layers import SourceFacts, replace_regions
from geo.db.session import reading, writing

FUYANG = shapely.from_geojson(
    json.dumps(
        json.loads((Path(__file__).parents[2] / "data/boundaries/fuyang_outline.geojson").read_text())["features"][0][
            "geometry"
        ]
    )
)
"""The outline of 富阳区, which the repository carries."""

WEST, EAST = shapely.box(119.4, 29.8, 119.8, 30.2), shapely.box(119.8, 29.8, 120.2, 30.2)
"""Two towns of a square district, 新登镇 and 富春街道."""


def square_district(
    engine: Engine, *, code: str = "330111", status: str = "real", is_schematic: bool = False
) -> shapely.Geometry:
    """Store a district of two towns and return its outline."""
    outline = shapely.union(WEST, EAST)
    regions = gpd.GeoDataFrame(
        {"code": [f"{code}115", f"{code}001"], "name": ["新登镇", "富春街道"]}, geometry=[WEST, EAST], crs=4326
    )
    with writing(engine) as session:
        save_district(session, code, name="富阳区", name_en="Fuyang", status=status, outline=outline)
        replace_regions(session, code, regions, SourceFacts("towns", 2, 2, is_schematic=is_schematic))
    return outline


def rows(engine: Engine, query: str, **values: Any) -> Sequence[Any]:
    """Return the rows of a query, single columns as scalars."""
    with reading(engine) as session:
        found = session.execute(text(query), values).all()
    return [row[0] if len(row) == 1 else tuple(row) for row in found]
