"""Types of demand proxies: places of an OpenStreetMap extract that stand in for people nobody has counted."""

from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import numpy as np
import shapely

from loaders.isolated.parcel import Frame


@dataclass(frozen=True, kw_only=True)
class BuildingsContext:
    """The district's outline, EPSG:4326."""

    outline: shapely.Geometry


@dataclass(frozen=True)
class ProxyDemand:
    """What stands in for people.

    Attributes
    ----------
    inside : GeoDataFrame
        ``row`` (OSM id), ``tag`` (of a proxy), ``weight``, geometry (Points, EPSG:4326) of those in the district.
    outside : list of str
        OSM ids of the others.
    read : float
        Weight of all.
    """

    inside: Annotated[
        gpd.GeoDataFrame, Frame({"row": "text", "tag": "text?", "weight": "float"}, geometry=frozenset({"Point"}))
    ]
    outside: list[str]
    read: float

    @classmethod
    def within(cls, found: gpd.GeoDataFrame, outline: shapely.Geometry) -> "ProxyDemand":
        """Return those of `found` that lie in an outline, and the ids of the others."""
        is_inside = np.asarray(shapely.intersects(outline, found.geometry.to_numpy()), dtype=bool)
        outside = found["row"].to_numpy()[~is_inside].tolist()
        return cls(found[is_inside].reset_index(drop=True), outside, float(found["weight"].sum()))
