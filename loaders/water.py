"""Parse water of OpenStreetMap: areas, rivers drawn as lines, and the sea behind a coastline."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.network.snap import metres_per_degree

AREA_TAGS = (("natural", "water"), ("waterway", "riverbank"), ("waterway", "dock"), ("landuse", "reservoir"))
"""Tags of mapped areas of water."""

LINE_TAGS = (("waterway", "river"), ("waterway", "canal"))
"""Tags of water drawn as a line. Who stands at a stream or a ditch steps over it; these one does not."""

COASTLINE = ("natural", "coastline")

LINE_WIDTH_M = 4.0
"""Width of a line that has no width tag: enough for a leg to cross, too little to drown a street beside it."""

_REACH_M = 1000.0
_ASIDE_DEG = 1e-7


def is_water_line(tags: Mapping[str, str]) -> bool:
    """Tell whether a way is a river or canal in the open, drawn as a line."""
    return any(tags.get(key) == value for key, value in LINE_TAGS) and tags.get("tunnel", "no") == "no"


def widen(line: NDArray[np.float64], width: str | None) -> shapely.Geometry:
    """Return a water line as an area.

    Parameters
    ----------
    line : float64 (n, 2)
        Degrees, WGS84.
    width : str or None
        The OSM tag, metres; `LINE_WIDTH_M` where it is none or no number.
    """
    number = (width or "").removesuffix("m").strip()
    width_m = float(number) if number.replace(".", "", 1).isdigit() and float(number) > 0 else LINE_WIDTH_M
    per_degree = np.array([float(m) for m in metres_per_degree(line[0, 1])])
    strip = shapely.buffer(shapely.LineString(line * per_degree), width_m / 2.0, quad_segs=2, cap_style="flat")
    return shapely.transform(strip, lambda points: points / per_degree)


def find_sea(coast: Sequence[NDArray[np.float64]], area: shapely.Geometry) -> list[shapely.Polygon]:
    """Return the sea within an area.

    The coast cuts the area into faces; the sea is on the right of a coastline (OSM wiki, Tag:natural=coastline). A
    coast that an extract cuts off near the edge of the area is led on to it; a face that has coasts of both sides, for
    a piece is missing, is left out: no sea is better than a street in it.

    Parameters
    ----------
    coast : sequence of float64 (n, 2)
        Lines as mapped, degrees WGS84.
    area : Polygon
        Where to look.
    """
    lines = [line for line in coast if len(line) > 1]
    if not lines:
        return []
    merged = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(lines), directed=True))
    led_on = [_lead_to_edge(line, area) for line in merged]
    edge = shapely.boundary(area)
    noded = shapely.union_all([edge, *(shapely.intersection(line, area) for line in led_on)])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    faces = faces[shapely.contains_properly(shapely.buffer(area, 1e-6), faces)]
    tree = shapely.STRtree(faces)
    is_wet, is_dry = (
        np.bincount(tree.query(_beside(merged, side), "intersects")[1], minlength=len(faces)) > 0
        for side in (1.0, -1.0)
    )
    return list(faces[is_wet & ~is_dry])


def _lead_to_edge(line: shapely.LineString, area: shapely.Geometry) -> shapely.LineString:
    points = shapely.get_coordinates(line)
    if (points[0] == points[-1]).all():
        return line
    edge = shapely.boundary(area)
    reach_deg = _REACH_M / float(metres_per_degree(points[0, 1])[1])
    ends = []
    for end in (points[0], points[-1]):
        way_out = shapely.shortest_line(shapely.Point(end), edge)
        is_near = shapely.contains(area, shapely.Point(end)) and shapely.length(way_out) < reach_deg
        ends.append(shapely.get_coordinates(way_out)[1:] if is_near else np.empty((0, 2)))
    return shapely.LineString(np.concatenate([ends[0], points, ends[1]]))


def _beside(lines: NDArray[np.object_], side: float) -> NDArray[np.object_]:
    """Return a point just to the right (side 1) or left (−1) of the middle of every piece of the lines."""
    points, owner = shapely.get_coordinates(lines, return_index=True)
    at = np.flatnonzero(owner[:-1] == owner[1:])
    step = points[at + 1] - points[at]
    length = np.hypot(*step.T)[:, None]
    aside = np.column_stack([step[:, 1], -step[:, 0]]) / np.maximum(length, 1e-12) * _ASIDE_DEG * side
    made: NDArray[np.object_] = shapely.points((points[at] + points[at + 1]) / 2.0 + aside)
    return made
