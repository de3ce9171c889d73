"""Vector tiles of the base map from PostGIS: water, streets, towns and the district's outline, thinned by zoom.

The addresses are those of Web Mercator (z, x, y from the north-west); the geometry of a tile is in its own grid of
`EXTENT` units. The literal envelope of the tile is brought to the table's coordinates, not the other way round, so that
the GiST index answers.
"""

from sqlalchemy import Engine, TextClause, text

from geo.db.session import reading
from geo.records import ACROSS_SQUARE

MAX_ZOOM = 14
"""Zoom of the finest tiles; maps draw them larger beyond, so addresses do not follow a reader closer."""

EXTENT = 4096
BUFFER = 64
"""Units around a tile that lines and areas are drawn into, so that a line at the edge has its full width."""

MAX_ROWS = 40_000
"""Pieces of street, at most, that one tile is made of: the larger streets first."""

STREET_CLASSES = {
    "motorway": ("motorway", "motorway_link"),
    "trunk": ("trunk", "trunk_link"),
    "primary": ("primary", "primary_link"),
    "secondary": ("secondary", "secondary_link"),
    "tertiary": ("tertiary", "tertiary_link"),
    "minor": ("unclassified", "residential", "living_street", "road", "pedestrian"),
    "service": ("service", "track"),
    "path": ("footway", "path", "cycleway", "steps", "bridleway", "corridor", "platform", "elevator"),
    "ferry": ("ferry",),
}
"""Class of a street on the map and the values of ``highway`` (of ``route``: the ferry) in it, the largest first."""

FIRST_ZOOM = {
    "motorway": 0,
    "trunk": 0,
    "primary": 0,
    "secondary": 8,
    "tertiary": 10,
    "minor": 12,
    "service": 14,
    "path": 14,
    "ferry": 10,
}
"""The zoom from which on a class is drawn."""


def check_tile(z: int, x: int, y: int) -> bool:
    """Tell whether there can be such a tile.

    >>> check_tile(1, 1, 0), check_tile(1, 2, 0), check_tile(MAX_ZOOM + 1, 0, 0)
    (True, False, False)
    """
    return 0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z


def read_tile(engine: Engine, district: str, z: int, x: int, y: int, *, has_regions: bool = True) -> bytes:
    """Return one tile as a Mapbox Vector Tile; empty where there is nothing.

    Parameters
    ----------
    engine : Engine
    district : str
    z, x, y : int
        As `check_tile` accepts them.
    has_regions : bool
        Whether to draw administrative boundaries.

    Returns
    -------
    bytes
        Layers ``water``, ``water_labels``, ``streets`` (class, name, name_en, bridge), ``regions`` (code, name; areas),
        ``boundaries`` (lines, each once), ``region_labels`` (name, name_en; the seats), ``outline``.
    """
    kinds = [(kind, name) for name, kinds in STREET_CLASSES.items() if z >= FIRST_ZOOM[name] for kind in kinds]
    values = {
        "district": district,
        "z": z,
        "x": x,
        "y": y,
        # Two thirds of a pixel of a map drawn with 512 px a tile; the finest tiles are left as they are.
        "tolerance": 40_075_016.7 / 2**z / 768 if z < MAX_ZOOM else 0.0,
        "kinds": [kind for kind, _ in kinds],
        "classes": [name for _, name in kinds],
        "limit": MAX_ROWS,
    }
    with reading(engine) as session:
        return bytes(session.execute(_WITH_REGIONS if has_regions else _WITHOUT_REGIONS, values).scalar_one())


_TILE = f"""
WITH tile AS (
  SELECT ST_TileEnvelope(:z, :x, :y) AS inner_box,
         ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => {BUFFER / EXTENT}), 4326) AS outer_box,
         ST_Transform(ST_TileEnvelope(:z, :x, :y), 4326) AS own_box
)
"""


def _drawn(geometry: str) -> str:
    """Return SQL for a line or area, in Web Mercator, in the tile's grid."""
    return f"ST_AsMVTGeom({geometry}, tile.inner_box, {EXTENT}, {BUFFER})"


def _as_layer(name: str) -> str:
    return f"SELECT ST_AsMVT(part, '{name}', {EXTENT}, 'geom') FROM part WHERE geom IS NOT NULL"


# Square metres of Web Mercator, near enough to tell a pond from a lake, without bringing a whole river there.
_WATER_AREA = "ST_Area(water.geom) * 111319.49 ^ 2 / cosd(ST_YMin(water.geom))"

# Water smaller than about four pixels is left out. A river runs through many tiles: each takes its own piece of it.
_WATER = f"""{_TILE}, part AS (
  SELECT {_drawn("ST_SimplifyPreserveTopology(ST_Transform(piece, 3857), :tolerance)")} AS geom
  FROM (SELECT ST_ClipByBox2D(water.geom, tile.outer_box) AS piece FROM water, tile
        WHERE district_code = :district AND water.geom && tile.outer_box
          AND {_WATER_AREA} >= 9 * :tolerance * :tolerance
        LIMIT :limit) AS found, tile
  WHERE NOT ST_IsEmpty(piece)
) {_as_layer("water")}"""

# One label a water, where it is widest, in the tile that holds the point.
_WATER_LABELS = f"""{_TILE}, part AS (
  SELECT name, {_drawn("ST_Transform(point, 3857)")} AS geom
  FROM (SELECT name, ST_PointOnSurface(water.geom) AS point
        FROM water, tile
        WHERE district_code = :district AND name IS NOT NULL AND water.geom && tile.own_box
          AND {_WATER_AREA} >= 2000 * :tolerance * :tolerance) AS found, tile
  WHERE point && tile.own_box
  LIMIT 200
) {_as_layer("water_labels")}"""

# Pieces of one street are joined, so that they are simplified as one line and have room for their name.
_STREETS = f"""{_TILE}, kinds AS (
  SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:classes AS text[])) WITH ORDINALITY AS kind (kind, class, rank)
), pieces AS (
  SELECT class, name, tags->>'name:en' AS name_en, coalesce(tags->>'bridge', 'no') <> 'no' AS bridge, rank, edge.geom
  FROM tile, street_edge AS edge JOIN kinds ON kinds.kind = coalesce(edge.highway, edge.tags->>'route')
  WHERE edge.district_code = :district AND edge.geom && tile.outer_box AND NOT edge.tags ? '{ACROSS_SQUARE}'
  ORDER BY rank LIMIT :limit
), lines AS (
  SELECT class, name, name_en, bridge, min(rank) AS rank,
         ST_Transform(ST_LineMerge(ST_Collect(geom)), 3857) AS plane
  FROM pieces GROUP BY class, name, name_en, bridge
), part AS (
  SELECT class, name, name_en, bridge, {_drawn("ST_Simplify(plane, :tolerance)")} AS geom
  FROM lines, tile ORDER BY rank DESC
) {_as_layer("streets")}"""

_REGIONS = f"""{_TILE}, part AS (
  SELECT code, name, {_drawn("ST_SimplifyPreserveTopology(ST_Transform(geom, 3857), :tolerance)")} AS geom
  FROM region, tile
  WHERE district_code = :district AND geom && tile.outer_box
  LIMIT 1000
) {_as_layer("regions")}"""

# The common edge of two towns is one line: two dashed lines upon each other would make a solid one.
_BOUNDARIES = f"""{_TILE}, part AS (
  SELECT {_drawn("ST_Simplify(ST_Transform(line, 3857), :tolerance)")} AS geom
  FROM (SELECT ST_LineMerge(ST_UnaryUnion(ST_Collect(ST_Boundary(geom)))) AS line
        FROM (SELECT geom FROM region, tile WHERE district_code = :district AND geom && tile.outer_box LIMIT 1000) AS r
       ) AS found, tile
  WHERE line IS NOT NULL
) {_as_layer("boundaries")}"""

_REGION_LABELS = f"""{_TILE}, part AS (
  SELECT name, name_en, {_drawn("ST_Transform(point, 3857)")} AS geom
  FROM (SELECT name, name_en, coalesce(seat, ST_PointOnSurface(geom)) AS point FROM region
        WHERE district_code = :district) AS found, tile
  WHERE point && tile.own_box
  LIMIT 1000
) {_as_layer("region_labels")}"""

_OUTLINE = f"""{_TILE}, part AS (
  SELECT {_drawn("ST_Simplify(ST_Boundary(ST_Transform(outline, 3857)), :tolerance)")} AS geom
  FROM district, tile
  WHERE code = :district AND outline && tile.outer_box
) {_as_layer("outline")}"""


def _joined(*layers: str) -> TextClause:
    """Return one statement for the layers of a tile, one after the other: fewer ways to the database and back."""
    return text("SELECT " + " || ".join(f"coalesce(({layer}), '')" for layer in layers))


_WITHOUT_REGIONS = _joined(_WATER, _WATER_LABELS, _STREETS, _REGION_LABELS, _OUTLINE)
_WITH_REGIONS = _joined(_WATER, _WATER_LABELS, _STREETS, _REGION_LABELS, _OUTLINE, _REGIONS, _BOUNDARIES)
