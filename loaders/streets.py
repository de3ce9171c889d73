"""Streets and water from an OpenStreetMap extract (.osm.pbf)."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, district_outline, replace_streets, replace_water
from geo.errors import InputError, NotReadyError
from geo.network.modes import KEPT_TAGS, edge_speeds, load_modes
from loaders.report import LoadReport, Rejection, require_file, sha256

MARGIN_M = 2000.0
"""Streets are kept this far outside the district, so that ways that leave it and come back are found."""

OSM_ATTRIBUTION = "© OpenStreetMap contributors"
OSM_LICENCE = "ODbL 1.0"


@dataclass(frozen=True)
class StreetFrames:
    """Parsed streets: node and edge tables as `geo.network.build.build_network` reads them, and water polygons.

    `n_way` counts the ways read that some mode may use; `rejected` those of which nothing is left.
    """

    nodes: pd.DataFrame
    edges: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    n_way: int
    rejected: list[Rejection]


def parse_streets(path: Path, *, clip: shapely.Geometry | None = None, margin_m: float = MARGIN_M) -> StreetFrames:
    """Read the streets that any mode may use, cut at shared nodes and barriers.

    Parameters
    ----------
    path : Path
        An .osm.pbf (or .osm) extract.
    clip : Polygon or MultiPolygon, optional
        Keep whole edges within `margin_m` of it.
    margin_m : float
        Metres around `clip`.

    Raises
    ------
    InputError
        If the file is not an OpenStreetMap extract or holds no street.
    """
    require_file(path, suffixes=(".osm.pbf", ".pbf", ".osm", ".osm.bz2"))
    try:
        ways, barriers, water = _read_osm(path)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise InputError(
            "{file}: not a readable OpenStreetMap extract ({reason})", file=path.name, reason=str(error)
        ) from error
    if not ways:
        raise InputError("{file}: holds no street; is it the right extract?", file=path.name)
    nodes, edges, rejected = _cut(ways, barriers)
    if clip is not None:
        edges, water, outside = _clip(edges, water, clip, margin_m)
        rejected += outside
        if len(edges) == 0:
            raise InputError(
                "{file}: no street lies within the district; is it an extract of another place?", file=path.name
            )
    used = np.union1d(edges["u"], edges["v"])
    nodes = nodes[nodes["node_id"].isin(used)].reset_index(drop=True)
    return StreetFrames(nodes, edges.reset_index(drop=True), water.reset_index(drop=True), len(ways), rejected)


def load_streets(
    session: Session, path: Path, *, district: str, margin_m: float = MARGIN_M, is_dry_run: bool = False
) -> LoadReport:
    """Replace the district's streets and water by those of an extract, in the session's transaction.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then.
    """
    outline = district_outline(session, district)
    if outline is None:
        raise NotReadyError(
            "district {district} has no boundaries yet; run: fuchun load boundaries FILE --district {district}",
            district=district,
        )
    frames = parse_streets(path, clip=outline, margin_m=margin_m)
    n_stored = frames.n_way - len(frames.rejected)
    if not is_dry_run:
        facts = SourceFacts(
            file_name=path.name,
            licence=OSM_LICENCE,
            attribution=OSM_ATTRIBUTION,
            checksum=sha256(path),
            crs="EPSG:4326",
            rows_read=frames.n_way,
            rows_stored=n_stored,
            rows_rejected=len(frames.rejected),
        )
        replace_streets(session, district, frames.nodes, frames.edges, facts)
        replace_water(session, district, frames.water, facts)
    return LoadReport("streets", path.name, frames.n_way, n_stored, frames.rejected)


@dataclass(frozen=True)
class _Way:
    id: int
    tags: dict[str, str]
    refs: NDArray[np.int64]
    points: NDArray[np.float64]


_WATER_KEYS = ("natural", "waterway")


def _read_osm(path: Path) -> tuple[list[_Way], dict[int, dict[str, str]], gpd.GeoDataFrame]:
    modes = load_modes().values()
    ways: list[_Way] = []
    barriers: dict[int, dict[str, str]] = {}
    water_name: list[str | None] = []
    water_geometry: list[shapely.Geometry] = []
    factory = osmium.geom.WKBFactory()
    reader = (
        osmium.FileProcessor(str(path))
        .with_locations()
        .with_areas(osmium.filter.TagFilter(("natural", "water"), ("waterway", "riverbank")))
        .with_filter(osmium.filter.KeyFilter("highway", "route", "barrier", *_WATER_KEYS))
    )
    for item in reader:
        if isinstance(item, osmium.osm.Node):
            if "barrier" in item.tags:
                barriers[item.id] = {tag.k: tag.v for tag in item.tags if tag.k in KEPT_TAGS}
        elif isinstance(item, osmium.osm.Way):
            tags = {tag.k: tag.v for tag in item.tags if tag.k in KEPT_TAGS}
            duration_s = _duration_s(item.tags.get("duration"))
            if not any(sum(edge_speeds(tags, rules)) > 0 for rules in modes):
                continue
            # An extract cut at a border names nodes it does not hold.
            held = [(node.ref, node.lon, node.lat) for node in item.nodes if node.location.valid()]
            refs = np.array([ref for ref, _, _ in held], np.int64)
            points = np.array([(lon, lat) for _, lon, lat in held], np.float64).reshape(-1, 2)
            if tags.get("route") == "ferry" and duration_s and len(points) > 1:
                tags["ferry_mps"] = f"{_segment_lengths(points).sum() / duration_s:.3f}"
            ways.append(_Way(item.id, tags, refs, points))
        elif isinstance(item, osmium.osm.Area) and (
            item.tags.get("natural") == "water" or item.tags.get("waterway") == "riverbank"
        ):
            try:
                geometry = shapely.from_wkb(factory.create_multipolygon(item))
            except (RuntimeError, shapely.errors.GEOSException):
                continue
            water_name.append(item.tags.get("name"))
            water_geometry.append(geometry)
    water = gpd.GeoDataFrame({"name": water_name}, geometry=water_geometry, crs="EPSG:4326")
    return ways, barriers, water


def _duration_s(text: str | None) -> float | None:
    """Return seconds of an OSM duration (``MM``, ``HH:MM``, ``HH:MM:SS``), None if it is none."""
    parts = (text or "").split(":")
    if not all(part.strip().isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    if len(numbers) == 1:
        return numbers[0] * 60.0 or None
    hours, minutes, seconds = [*numbers, 0, 0][:3]
    return float(hours * 3600 + minutes * 60 + seconds) or None


def _segment_lengths(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the metres on the WGS84 ellipsoid between consecutive points."""
    geod = pyproj.Geod(ellps="WGS84")
    return np.asarray(geod.inv(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1])[2])


def _cut(
    ways: list[_Way], barriers: dict[int, dict[str, str]]
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, list[Rejection]]:
    """Cut ways into edges at their ends, where they meet, and at barriers."""
    size = np.array([len(way.refs) for way in ways])
    refs = np.concatenate([way.refs for way in ways])
    points = np.concatenate([way.points for way in ways])
    owner = np.repeat(np.arange(len(ways)), size)
    # Drop a point that repeats the one before it: it would make an edge of no length.
    repeats = np.concatenate([[False], (refs[1:] == refs[:-1]) & (owner[1:] == owner[:-1])])
    refs, points, owner = refs[~repeats], points[~repeats], owner[~repeats]

    distinct, inverse, count = np.unique(refs, return_inverse=True, return_counts=True)
    is_end = np.concatenate([[True], owner[1:] != owner[:-1]]) | np.concatenate([owner[1:] != owner[:-1], [True]])
    is_vertex = np.zeros(distinct.size, bool)
    is_vertex[inverse[is_end]] = True
    is_vertex |= count > 1
    is_vertex |= np.isin(distinct, np.fromiter(barriers, np.int64, len(barriers)))
    cut = np.flatnonzero(is_vertex[inverse])
    start, end = cut[:-1], cut[1:]
    is_edge = owner[start] == owner[end]
    start, end = start[is_edge], end[is_edge]

    step = np.zeros(len(refs))
    step[1:] = _segment_lengths(points)
    along = np.cumsum(step)
    length_m = along[end] - along[start]
    start, end, length_m = start[length_m > 0.0], end[length_m > 0.0], length_m[length_m > 0.0]
    n_point = end - start + 1
    which = np.repeat(np.arange(len(start)), n_point)
    at = np.arange(which.size) - np.repeat(np.cumsum(n_point) - n_point, n_point) + np.repeat(start, n_point)
    lines = shapely.linestrings(points[at], indices=which)

    tags = [ways[i].tags for i in owner[start]]
    edges = gpd.GeoDataFrame(
        {
            "edge_id": np.arange(1, len(start) + 1),
            "way_id": [ways[i].id for i in owner[start]],
            "u": refs[start],
            "v": refs[end],
            "length_m": length_m,
            "name": [each.get("name") for each in tags],
            "tags": tags,
        },
        geometry=lines,
        crs="EPSG:4326",
    )
    first_seen = np.unique(refs, return_index=True)[1]
    nodes = pd.DataFrame(
        {
            "node_id": distinct,
            "lon": points[first_seen, 0],
            "lat": points[first_seen, 1],
            "tags": [barriers.get(int(ref)) for ref in distinct],
        }
    )[is_vertex].reset_index(drop=True)
    has_edge = np.zeros(len(ways), bool)
    has_edge[owner[start]] = True
    rejected = [
        Rejection(f"way {ways[i].id}", "fewer than two points with a position (the extract is cut there)")
        for i in np.flatnonzero(~has_edge)
    ]
    return nodes, edges, rejected


def _clip(
    edges: gpd.GeoDataFrame, water: gpd.GeoDataFrame, clip: shapely.Geometry, margin_m: float
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, list[Rejection]]:
    wide = gpd.GeoSeries([clip], crs="EPSG:4326").to_crs(edges.estimate_utm_crs()).buffer(margin_m).to_crs("EPSG:4326")
    area = wide.iloc[0]
    shapely.prepare(area)
    is_inside = shapely.intersects(area, edges.geometry.to_numpy())
    gone = np.setdiff1d(edges["way_id"], edges.loc[is_inside, "way_id"])
    rejected = [Rejection(f"way {way}", "outside the district and its margin") for way in gone]
    kept_water = water[shapely.intersects(area, water.geometry.to_numpy())].copy()
    kept_water["geometry"] = [
        shapely.intersection(shapely.make_valid(geometry), area) for geometry in kept_water.geometry
    ]
    return edges[is_inside].copy(), kept_water, rejected
