"""What stands in squares: buildings and fountains of an extract, to be walked round."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import osmium
import shapely

from geo.texts import without_invisible
from loaders.plazas import Square

_OPEN_BUILDINGS = frozenset({"no", "roof", "carport", "canopy", "grandstand", "bridge"})
"""Values of ``building`` that people walk under or through."""

_MOST_COVERED = 0.5
"""A building over more of a square than this stands above or below it: a hall, a station."""


def stands_in_the_way(tags: Mapping[str, str]) -> bool:
    """Tell whether an area is a building or a fountain that stands on the ground.

    >>> stands_in_the_way({"building": "yes"}), stands_in_the_way({"building": "roof"})
    (True, False)
    >>> stands_in_the_way({"building": "yes", "layer": "-1"}), stands_in_the_way({"amenity": "fountain"})
    (False, True)
    """
    is_solid = tags.get("building", "no") not in _OPEN_BUILDINGS or tags.get("amenity") == "fountain"
    is_elsewhere = tags.get("location") in ("underground", "roof", "overhead") or "building:min_level" in tags
    return is_solid and tags.get("layer", "0") == "0" and tags.get("min_level", "0") == "0" and not is_elsewhere


def find_obstacles(path: Path, squares: Sequence[Square]) -> list[shapely.Geometry | None]:
    """Return what stands in each square, degrees WGS84; None: nothing.

    Only closed ways are read: a building drawn as a multipolygon round a court is seldom inside a square. Squares
    inside houses (`Square.is_on_the_ground`) have no obstacles.

    Parameters
    ----------
    path : Path
        An extract.
    squares : sequence of Square
    """
    found: list[list[shapely.Geometry]] = [[] for _ in squares]
    surfaces = [square.surface(None) if square.is_on_the_ground else shapely.Polygon() for square in squares]
    boxes = shapely.STRtree(shapely.envelope(np.array(surfaces, object)))
    if shapely.is_empty(np.array(surfaces, object)).all():
        return [None] * len(squares)
    west, south, east, north = shapely.total_bounds(np.array(surfaces, object)).tolist()
    reader = (
        osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
        .with_locations()
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        .with_filter(osmium.filter.KeyFilter("building", "amenity"))
    )
    for item in reader:
        if not isinstance(item, osmium.osm.Way) or len(item.nodes) < 4 or not item.is_closed():
            continue
        first = item.nodes[0].location
        if not (first.valid() and west <= first.lon <= east and south <= first.lat <= north):
            continue
        points = [(node.lon, node.lat) for node in item.nodes if node.location.valid()]
        if len(points) < 4 or not stands_in_the_way(_tags(item)):
            continue
        area = shapely.make_valid(shapely.Polygon(points))
        for i in boxes.query(area).tolist():
            if _is_inside(area, surfaces[i]):
                found[i].append(area)
    return [shapely.union_all(each) if each else None for each in found]


def _tags(item: osmium.osm.Way) -> dict[str, str]:
    return {tag.k: without_invisible(tag.v) for tag in item.tags}


def _is_inside(area: shapely.Geometry, surface: shapely.Geometry) -> bool:
    covered = shapely.area(shapely.intersection(area, surface))
    return bool(0.0 < covered <= _MOST_COVERED * shapely.area(surface))
