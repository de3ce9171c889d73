"""SVG path data of a district's overview picture from PostGIS: water, main streets, boundaries, outline.

Drawn before the map of tiles and without it. Coordinates are Web Mercator, in a grid of `WIDTH` x `HEIGHT` units with
the district in its middle; x runs east, y south from the north-west corner. As in `geo.db.tiles` the literal envelope
is brought to the table's coordinates, so that the GiST index answers.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, text

from geo.db.session import reading
from geo.db.tiles import FIRST_ZOOM, MAX_ROWS, STREET_CLASSES
from geo.records import ACROSS_SQUARE

WIDTH, HEIGHT = 1000, 750
"""Units: on a phone a pixel is two to three of them. One ratio for all, which styles can know."""

_TOLERANCE = 1.5
_SMALLEST_WATER = 40.0
"""Square units: a pond of two pixels is left out."""

_TILE_PX = 512
_PHONE_PX = 360


@dataclass(frozen=True)
class Grid:
    """Where a picture lies: its north-west corner in Web Mercator (m), and units a metre there."""

    west_m: float
    north_m: float
    scale: float

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Return x and y of a point (degrees, WGS84) as shares of width and height.

        >>> lay_grid((119.0, 29.0, 120.0, 29.2)).place(119.5, 29.2)
        (0.5, 0.3474)
        """
        x, y = _mercator(lon, lat)
        return round((x - self.west_m) * self.scale / WIDTH, 4), round((self.north_m - y) * self.scale / HEIGHT, 4)


def lay_grid(bounds: tuple[float, float, float, float]) -> Grid:
    """Return the grid of west, south, east, north (degrees, WGS84)."""
    west, south, east, north = bounds
    (left, bottom), (right, top) = _mercator(west, south), _mercator(east, north)
    scale = min(WIDTH / max(right - left, 1.0), HEIGHT / max(top - bottom, 1.0))
    return Grid((left + right - WIDTH / scale) / 2, (bottom + top + HEIGHT / scale) / 2, scale)


def read_overview(engine: Engine, district: str, grid: Grid, *, has_regions: bool = True) -> Mapping[str, str]:
    """Return SVG path data by layer: ``water``, ``streets``, ``boundaries``, ``outline``; empty where there is nothing.

    Parameters
    ----------
    engine : Engine
    district : str
    grid : Grid
        Of the district's bounds.
    has_regions : bool
        Whether to draw administrative boundaries.
    """
    # The streets that a map of tiles shows at this width.
    zoom = math.log2(40_075_016.7 * grid.scale / WIDTH * _PHONE_PX / _TILE_PX)
    kinds = [kind for name, kinds in STREET_CLASSES.items() if zoom >= FIRST_ZOOM[name] for kind in kinds]
    values = {
        "district": district,
        "west": grid.west_m,
        "north": grid.north_m,
        "east": grid.west_m + WIDTH / grid.scale,
        "south": grid.north_m - HEIGHT / grid.scale,
        "scale": grid.scale,
        "tolerance": _TOLERANCE,
        "smallest": _SMALLEST_WATER,
        "kinds": kinds,
        "limit": MAX_ROWS,
    }
    queries = {"water": _WATER, "streets": _STREETS, "outline": _OUTLINE}
    if has_regions:
        queries["boundaries"] = _BOUNDARIES
    with reading(engine) as session:
        return {name: session.execute(text(query), values).scalar_one() or "" for name, query in queries.items()}


def read_seats(engine: Engine, district: str) -> list[tuple[str, str | None, float, float]]:
    """Return name, English name, and longitude and latitude (degrees) of every town's seat, in the order of codes.

    Where no seat is known: a point within the town, as on the map of tiles.
    """
    with reading(engine) as session:
        return [tuple(row) for row in session.execute(text(_SEATS), {"district": district})]


def _mercator(lon: float, lat: float) -> tuple[float, float]:
    radius = 6_378_137.0
    return math.radians(lon) * radius, math.asinh(math.tan(math.radians(lat))) * radius


_BOX = """
WITH box AS (
  SELECT ST_Transform(ST_MakeEnvelope(:west, :south, :east, :north, 3857), 4326) AS geom
), drawn AS (
"""


def _on_grid(geometry: str) -> str:
    """Return SQL for a geometry in the units of the grid; SVG's y axis points down, and ST_AsSVG turns it."""
    plane = f"ST_Transform({geometry}, 3857)"
    return f"ST_Affine({plane}, :scale, 0, 0, :scale, - :west * :scale, - :north * :scale)"


def _as_path(column: str, kind: int) -> str:
    """Return SQL for path data of all rows; `kind`: 2 lines, 3 areas."""
    # Of one kind: of a mixed collection ST_AsSVG makes several paths, parted by semicolons.
    geometry = f"ST_CollectionExtract(ST_Collect({column}), {kind})"
    # On whole units: relative steps are exact, and half as long.
    return f") SELECT ST_AsSVG(ST_SnapToGrid({geometry}, 1), 1, 0) FROM drawn"


_WATER = f"""{_BOX}
  SELECT ST_SimplifyPreserveTopology(area, :tolerance) AS area
  FROM (SELECT {_on_grid("ST_ClipByBox2D(water.geom, box.geom)")} AS area
        FROM water, box WHERE district_code = :district AND water.geom && box.geom LIMIT :limit) AS found
  WHERE ST_Area(area) >= :smallest
{_as_path("area", 3)}"""

_STREETS = f"""{_BOX}
  SELECT ST_Simplify({_on_grid("line")}, :tolerance) AS line
  FROM (SELECT ST_LineMerge(ST_Collect(ST_ClipByBox2D(edge.geom, box.geom))) AS line
        FROM street_edge AS edge, box
        WHERE edge.district_code = :district AND highway = ANY(:kinds) AND edge.geom && box.geom
          AND NOT edge.tags ? '{ACROSS_SQUARE}'
        GROUP BY highway, name LIMIT :limit) AS found
  WHERE NOT ST_IsEmpty(line)
{_as_path("line", 2)}"""

# The common edge of two towns is one line: two dashed lines upon each other would make a solid one.
_BOUNDARIES = f"""{_BOX}
  SELECT ST_Simplify({_on_grid("line")}, :tolerance) AS line
  FROM (SELECT ST_LineMerge(ST_UnaryUnion(ST_Collect(ST_Boundary(geom)))) AS line
        FROM (SELECT region.geom FROM region, box WHERE district_code = :district AND region.geom && box.geom
              LIMIT 1000) AS region) AS found
{_as_path("line", 2)}"""

_OUTLINE = f"""{_BOX}
  SELECT ST_Simplify(ST_Boundary({_on_grid("outline")}), :tolerance) AS line FROM district WHERE code = :district
{_as_path("line", 2)}"""

_SEATS = """
SELECT name, name_en, ST_X(point), ST_Y(point)
FROM (SELECT code, name, name_en, coalesce(seat, ST_PointOnSurface(geom)) AS point
      FROM region WHERE district_code = :district) AS town
ORDER BY code LIMIT 1000"""
