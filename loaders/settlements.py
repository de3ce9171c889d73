"""Parse names of villages, hamlets and quarters of an OpenStreetMap extract; gaps are named by them."""

from pathlib import Path
from typing import Annotated

import geopandas as gpd
import osmium
import shapely

from geo.records import MAX_NAME
from geo.texts import without_invisible
from loaders.isolated.parcel import Frame

KINDS = ("village", "hamlet", "isolated_dwelling", "suburb", "quarter", "neighbourhood")
"""Values of ``place`` that are smaller than a town-level unit; a town's own name says nothing within it."""


Settlements = Annotated[gpd.GeoDataFrame, Frame({"name": "text", "kind": "text"}, geometry=frozenset({"Point"}))]


def no_settlements() -> gpd.GeoDataFrame:
    """Return the settlements of a file that holds none."""
    return gpd.GeoDataFrame({"name": [], "kind": []}, geometry=[], crs="EPSG:4326")


def parse_settlements(path: Path, *, clip: shapely.Geometry | None = None) -> gpd.GeoDataFrame:
    """Read the named settlements that an extract holds as nodes: columns name, kind, geometry (Point, EPSG:4326).

    Parameters
    ----------
    path : Path
        An extract that `loaders.streets.parse_streets` has read before.
    clip : Polygon or MultiPolygon, optional
        Keep those in it. All others lie in other districts, whose villages name nothing here.
    """
    wanted = osmium.filter.TagFilter(*(("place", kind) for kind in KINDS))
    found = [
        (
            without_invisible(item.tags.get("name:zh") or item.tags["name"])[:MAX_NAME],
            item.tags["place"],
            item.location.lon,
            item.location.lat,
        )
        for item in osmium.FileProcessor(str(path)).with_filter(wanted)
        if isinstance(item, osmium.osm.Node) and (item.tags.get("name:zh") or item.tags.get("name"))
    ]
    frame = gpd.GeoDataFrame(
        {"name": [row[0] for row in found], "kind": [row[1] for row in found]},
        geometry=shapely.points([row[2:] for row in found]) if found else [],
        crs="EPSG:4326",
    )
    if clip is None:
        return frame
    shapely.prepare(clip)
    return frame[shapely.intersects(clip, frame.geometry.to_numpy())].reset_index(drop=True)
