"""Parse streets and water of an OpenStreetMap extract (.osm.pbf, .osm, .osm.gz, .osm.bz2)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.errors import InputError
from geo.network.modes import KEPT_TAGS, edge_speeds, load_modes, street_class
from geo.network.u_turns import TURNING
from geo.records import ACROSS_SQUARE
from geo.texts import without_invisible
from loaders.extract_order import sorted_extract
from loaders.isolated.parcel import Frame
from loaders.isolated.parsers import Progress, silent
from loaders.obstacles import find_obstacles
from loaders.osm import MAX_VALUE, clean_tags, has_conditions, reading_extract
from loaders.plazas import SQUARE_CLASSES, Square, cross_square
from loaders.report import Detail, Rejection
from loaders.settlements import Settlements, parse_settlements
from loaders.square_relations import SquareRelation, rebuild_squares, relation_of
from loaders.turns import find_turns, keep_turns
from loaders.water import AREA_TAGS, COASTLINE, find_sea, is_water_line, widen

MARGIN_M = 2000.0
"""Streets are kept this far outside the district, so that ways that leave it and come back are found."""

_READ_KEYS = (
    *("highway", "route", "barrier", "natural", "waterway", "landuse", "railway", "public_transport", "man_made"),
    "indoor",
)  # fmt: skip

OSM_ATTRIBUTION = "© OpenStreetMap contributors"
OSM_LICENCE = "ODbL 1.0"


@dataclass(frozen=True)
class StreetFrames:
    """Parsed streets: node and edge tables as `geo.network.build.build_network` reads them, water, settlements.

    `n_way` counts the ways in the district and its margin that some mode may use; `rejected` are those of which
    nothing is left. `n_outside` counts the ways of the file farther off, which nobody misses. Of the turn restrictions,
    `n_turn` are kept, as tags of the nodes where they begin (`geo.network.turns`); `n_turn_conditional` hold at some
    hours only and are not. `n_conditional` of the ways have a rule for some hours or cases (``access:conditional``),
    which is not read: what holds otherwise is taken for always. So it is with `n_timed_gate` gates and barriers.
    """

    nodes: Annotated[pd.DataFrame, Frame({"node_id": "int", "lon": "float", "lat": "float", "tags": "tags"})]
    edges: Annotated[
        gpd.GeoDataFrame,
        Frame(
            {
                "edge_id": "int",
                "way_id": "int",
                "u": "int",
                "v": "int",
                "length_m": "float",
                "name": "text?",
                "tags": "tags",
            },
            geometry=frozenset({"LineString"}),
        ),
    ]
    water: Annotated[gpd.GeoDataFrame, Frame({"name": "text?"}, geometry=frozenset({"MultiPolygon"}))]
    settlements: Settlements
    n_way: int
    rejected: list[Rejection]
    n_outside: int = 0
    n_turn: int = 0
    n_turn_conditional: int = 0
    n_conditional: int = 0
    n_timed_gate: int = 0
    covered: float = 1.0
    """Share of the district within the rectangle of the file's streets."""
    is_extract: bool = True
    """Of OpenStreetMap, with water and settlements; a layer of a bureau has only streets."""
    notes: list[Rejection] = field(default_factory=list)
    detail: Detail | None = None


@dataclass(frozen=True, kw_only=True)
class StreetsContext:
    """Where streets are wanted: whole edges within `margin_m` metres of `clip` (EPSG:4326); None: all of them."""

    clip: shapely.Geometry | None = None
    margin_m: float = MARGIN_M


EVERYWHERE = StreetsContext()


def parse_streets(path: Path, context: StreetsContext = EVERYWHERE, progress: Progress = silent) -> StreetFrames:
    """Read the streets that any mode may use, cut at shared nodes and barriers, and the settlements among them.

    Raises
    ------
    InputError
        If the file is not an OpenStreetMap extract or holds no street.
    """
    with reading_extract(path), sorted_extract(path, progress) as source:
        return _parse_sorted(path, source, context, progress)


def _parse_sorted(path: Path, source: Path, context: StreetsContext, progress: Progress) -> StreetFrames:
    clip = context.clip
    progress("reading streets")
    ways, squares, barriers, timed, water, coast = _read_osm(source)
    houses = find_obstacles(source, squares)
    if not ways:
        raise InputError("{file}: holds no street; is it the right extract?", file=path.name)
    if not any(len(way.points) > 1 for way in ways):
        raise InputError(
            "{file}: no street has a position; in an editor, save the file with the nodes of its ways, and fetch "
            "extracts with them",
            file=path.name,
        )
    progress("cutting streets where they meet")
    nodes, edges, rejected = cut_ways([*ways, *_ways_across(squares, ways, water, houses)], barriers)
    area, covered = shapely.box(*edges.total_bounds), 1.0
    if clip is not None:
        area = _widened(clip, context.margin_m)
        water = _clip_water(water, area)
        nodes, edges, covered = clipped_streets(nodes, edges, clip, context.margin_m, file=path.name)
    sea = find_sea(coast, area)
    if sea:
        water = pd.concat([water, gpd.GeoDataFrame({"name": [None] * len(sea)}, geometry=sea, crs="EPSG:4326")])
    used = np.union1d(edges["u"], edges["v"])
    nodes = nodes[nodes["node_id"].isin(used)].reset_index(drop=True)
    read = {way.id for way in ways}
    n_way = len(read & set(edges["way_id"])) + len(rejected)
    n_outside = len(read) - n_way
    turns = find_turns(source)
    settlements = parse_settlements(source, clip=clip)
    water = water.set_geometry(_areal(water.geometry.to_numpy()), crs="EPSG:4326")
    water = water[~water.geometry.is_empty].reset_index(drop=True)
    nodes, n_lost = keep_turns(nodes, edges, turns)
    return StreetFrames(
        nodes, edges.reset_index(drop=True), water, settlements, n_way, rejected, n_outside,
        n_turn=len(turns.turns) - n_lost, n_turn_conditional=turns.n_conditional,
        n_conditional=len({way.id for way in ways if way.is_conditional} & set(edges["way_id"])),
        n_timed_gate=len(timed & set(nodes["node_id"])), covered=covered,
    )  # fmt: skip


def _covered_share(edges: gpd.GeoDataFrame, clip: shapely.Geometry) -> float:
    """Return the share of a district that lies within the rectangle of all streets of a file: 1 of a whole province."""
    extent = shapely.box(*edges.total_bounds)
    return float(shapely.area(shapely.intersection(clip, extent)) / shapely.area(clip))


def _areal(geometry: NDArray[np.object_]) -> list[shapely.Geometry]:
    """Return the areas of geometries; lines and points that clipping leaves are no water."""
    parts = (shapely.get_parts(shapely.get_parts([each])) for each in geometry)
    return [
        shapely.MultiPolygon([part for part in each if part.geom_type == "Polygon" and not part.is_empty])
        for each in parts
    ]


@dataclass(frozen=True)
class Way:
    """A way with the ids and positions (EPSG:4326) of its points."""

    id: int
    tags: dict[str, str]
    refs: NDArray[np.int64]
    points: NDArray[np.float64]
    is_conditional: bool = False


def _read_osm(
    path: Path,
) -> tuple[list[Way], list[Square], dict[int, dict[str, str]], set[int], gpd.GeoDataFrame, list[NDArray[np.float64]]]:
    """Return street ways, pedestrian areas, barrier nodes, those with hours, water areas and coastlines."""
    modes = load_modes().values()
    ways: list[Way] = []
    squares: list[Square] = []
    relations: dict[int, SquareRelation] = {}
    barriers: dict[int, dict[str, str]] = {}
    timed: set[int] = set()
    water_name: list[str | None] = []
    water_geometry: list[shapely.Geometry] = []
    coast: list[NDArray[np.float64]] = []
    factory = osmium.geom.WKBFactory()
    reader = (
        osmium.FileProcessor(str(path))
        .with_locations()
        .with_areas(osmium.filter.TagFilter(*AREA_TAGS, *_SQUARE_TAGS))
        .with_filter(osmium.filter.KeyFilter(*_READ_KEYS))
    )
    for item in reader:
        if isinstance(item, osmium.osm.Node):
            if "barrier" in item.tags or item.tags.get("highway") in TURNING:
                barriers[item.id] = clean_tags(item.tags, KEPT_TAGS)
                if has_conditions(item.tags, KEPT_TAGS) or "opening_hours" in item.tags:
                    timed.add(item.id)
        elif isinstance(item, osmium.osm.Way):
            tags = clean_tags(item.tags, KEPT_TAGS)
            if any(sum(edge_speeds(tags, rules)) > 0 for rules in modes):
                ways += _street_ways(item, tags)
            elif item.tags.get(COASTLINE[0]) == COASTLINE[1]:
                coast += [points for _, points in _held_runs(item)]
            elif "waterway" in item.tags and is_water_line({tag.k: tag.v for tag in item.tags}):
                for _, points in _held_runs(item):
                    if len(points) > 1:
                        water_name.append(_name(item.tags))
                        water_geometry.append(widen(points, item.tags.get("width")))
        elif isinstance(item, osmium.osm.Relation):
            if item.tags.get("type") == "multipolygon" and _is_walked({tag.k: tag.v for tag in item.tags}):
                members = [(member.type, member.ref, member.role) for member in item.members]
                relations[item.id] = relation_of(_square_tags(item), members)
        elif isinstance(item, osmium.osm.Area) and _is_square(item):
            squares.append(_square_of(item))
        elif isinstance(item, osmium.osm.Area) and any(item.tags.get(key) == value for key, value in AREA_TAGS):
            try:
                geometry = shapely.from_wkb(factory.create_multipolygon(item))
            except (RuntimeError, shapely.errors.ShapelyError):
                continue
            water_name.append(_name(item.tags))
            water_geometry.append(geometry)
    water = gpd.GeoDataFrame({"name": water_name}, geometry=water_geometry, crs="EPSG:4326")
    # A relation that is left with its holes alone would be taken for a square where its hole is.
    squares = [square for square in squares if -square.id not in relations or relations[-square.id].outer]
    found = {-square.id for square in squares}
    squares += rebuild_squares(path, {key: each for key, each in relations.items() if key not in found})
    return ways, squares, barriers, timed, water, coast


_SQUARE_TAGS = (
    *(("highway", kind) for kind in sorted(SQUARE_CLASSES)),
    *(("railway", "platform"), ("public_transport", "platform"), ("man_made", "pier"), ("indoor", "corridor")),
)


def _is_square(item: Any) -> bool:
    """Tell whether people walk anywhere on an area: a closed way only if it says so or is an indoor corridor."""
    tags = {tag.k: tag.v for tag in item.tags}
    # A multipolygon of which the file lacks the outline has no ring.
    is_drawn = item.num_rings()[0] > 0
    is_area = tags.get("area") == "yes" or (tags.get("indoor") == "corridor" and tags.get("area") != "no")
    return is_drawn and (is_area or not item.from_way()) and _is_walked(tags)


def _is_walked(tags: dict[str, str]) -> bool:
    return street_class(tags) in SQUARE_CLASSES and sum(edge_speeds(tags, load_modes()["walk"])) > 0.0


def _square_tags(item: Any) -> dict[str, str]:
    return {tag.k: tag.v for tag in item.tags if tag.k in KEPT_TAGS} | {"area": "yes"}


def _square_of(item: Any) -> Square:
    outer = [_ring_of(ring) for ring in item.outer_rings()]
    inner = [_ring_of(ring) for each in item.outer_rings() for ring in item.inner_rings(each)]
    return Square(
        item.orig_id() if item.from_way() else -item.orig_id(), _square_tags(item), [*outer, *inner], len(outer)
    )


def _ring_of(ring: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    refs = np.array([node.ref for node in ring], np.int64)
    return refs, np.array([(node.lon, node.lat) for node in ring], np.float64)


def _ways_across(
    squares: list[Square], ways: list["Way"], water: gpd.GeoDataFrame, houses: Sequence[shapely.Geometry | None]
) -> list["Way"]:
    """Return the outlines of squares drawn as multipolygons, and the ways across all squares."""
    outlines = [
        Way(square.id, square.tags, refs, points)
        for square in squares
        if square.id < 0
        for refs, points in square.rings[: square.n_outer]
    ]
    if not squares:
        return outlines
    by_node: dict[int, set[int]] = {}
    wanted = set(np.concatenate([refs for square in squares for refs, _ in square.rings]).tolist())
    drawn = {way.id: set(way.refs.tolist()) for way in (*ways, *outlines)}
    for way, nodes in drawn.items():
        for node in nodes & wanted:
            by_node.setdefault(node, set()).add(way)
    basins = shapely.STRtree(water.geometry.to_numpy()) if len(water) else None
    across = []
    for square, house in zip(squares, houses, strict=True):
        own = {int(ref) for refs, _ in square.rings for ref in refs}
        # A way that only draws the outline is no street that arrives there.
        entrances = {
            node
            for node in own
            if any(way != square.id and not drawn[way] <= own for way in by_node.get(node, ()))
        }  # fmt: skip
        near = [] if basins is None else basins.query(square.surface(None), predicate="intersects").tolist()
        parts = [*shapely.make_valid(water.geometry.to_numpy()[near]), *([] if house is None else [house])]
        obstacles = shapely.union_all(parts) if parts else None
        # People walk there; maps do not draw it.
        tags = {**square.tags, ACROSS_SQUARE: "yes"}
        across += [Way(square.id, tags, *way) for way in cross_square(square, entrances, obstacles=obstacles)]
    return [*outlines, *across]


def _name(tags: Any) -> str | None:
    name = tags.get("name")
    return without_invisible(name)[:MAX_VALUE] if name is not None else None


def _held_runs(item: Any) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Return (node ids, points) of each run of nodes that the extract holds; one cut at a border names others too."""
    runs: list[list[tuple[int, float, float]]] = [[]]
    for node in item.nodes:
        if node.location.valid():
            runs[-1].append((node.ref, node.lon, node.lat))
        elif runs[-1]:
            runs.append([])
    return [
        (np.array([ref for ref, _, _ in run], np.int64), np.array([point for _, *point in run], np.float64))
        for run in runs
        if run
    ]


def _street_ways(item: Any, tags: dict[str, str]) -> list[Way]:
    runs = _held_runs(item)
    duration_s = _duration_s(item.tags.get("duration"))
    if tags.get("route") == "ferry" and duration_s and len(runs) == 1 and len(runs[0][1]) > 1:
        tags["ferry_mps"] = f"{_segment_lengths(runs[0][1]).sum() / duration_s:.6f}"
    # A way without any point is kept, to be reported.
    is_conditional = has_conditions(item.tags, KEPT_TAGS)
    return [Way(item.id, tags, refs, points, is_conditional) for refs, points in runs] or [
        Way(item.id, tags, np.empty(0, np.int64), np.empty((0, 2)))
    ]


def _duration_s(text: str | None) -> float | None:
    """Return seconds of an OSM duration (``MM``, ``HH:MM``, ``HH:MM:SS``, ``5 min``, ``PT5M``), None if it is none."""
    said = (text or "").strip()
    if iso := _ISO_DURATION.fullmatch(said.upper()):
        days, hours, minutes, seconds = (float(part or 0) for part in iso.groups())
        return days * 86400.0 + hours * 3600.0 + minutes * 60.0 + seconds or None
    if spelt := _SPELT_DURATION.fullmatch(said.lower()):
        hours, minutes = (float(part or 0) for part in spelt.groups())
        return hours * 3600.0 + minutes * 60.0 or None
    parts = said.split(":")
    if not all(part.strip().isdigit() for part in parts) or len(parts) > 3:
        return None
    numbers = [int(part) for part in parts]
    if len(numbers) == 1:
        return numbers[0] * 60.0 or None
    whole_hours, whole_minutes, whole_seconds = [*numbers, 0][:3]
    return float(whole_hours * 3600 + whole_minutes * 60 + whole_seconds) or None


_ISO_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_SPELT_DURATION = re.compile(
    r"(?:(\d+(?:\.\d+)?)\s*(?:h|hr|hrs|hour|hours|小时))?\s*(?:(\d+(?:\.\d+)?)\s*(?:m|min|mins|minute|minutes|分|分钟))?"
)


def _segment_lengths(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the metres on the WGS84 ellipsoid between consecutive points."""
    geod = pyproj.Geod(ellps="WGS84")
    return np.asarray(geod.inv(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1])[2])


def cut_ways(
    ways: Sequence[Way], barriers: dict[int, dict[str, str]] | None = None
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, list[Rejection]]:
    """Cut ways into edges at their ends, where they meet, and at barriers; return nodes, edges and what is no edge."""
    barriers = barriers or {}
    size = np.array([len(way.refs) for way in ways])
    refs = np.concatenate([way.refs for way in ways])
    points = np.concatenate([way.points for way in ways])
    owner = np.repeat(np.arange(len(ways)), size)
    refs, barriers = _join_stacked(refs, points, owner, barriers)
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
    gone = dict.fromkeys(way.id for way in ways).keys() - set(edges["way_id"])
    rejected = [
        Rejection(None, "way {way}: fewer than two points with a position (the extract is cut there)", {"way": way})
        for way in sorted(gone)
    ]
    return nodes, edges, rejected


def _join_stacked(
    refs: NDArray[np.int64],
    points: NDArray[np.float64],
    owner: NDArray[np.int64],
    barriers: dict[int, dict[str, str]],
) -> tuple[NDArray[np.int64], dict[int, dict[str, str]]]:
    """Give neighbours on a way that lie at the very same spot one id: the piece between them would have no length."""
    is_stacked = (owner[1:] == owner[:-1]) & (points[1:] == points[:-1]).all(axis=1) & (refs[1:] != refs[:-1])
    if not is_stacked.any():
        return refs, barriers
    a, b = refs[:-1][is_stacked], refs[1:][is_stacked]
    ids, pair = np.unique(np.stack([a, b]), return_inverse=True)
    a, b = pair.reshape(2, -1)
    _, group = connected_components(coo_array((np.ones(a.size, bool), (a, b)), shape=(ids.size, ids.size)), False)
    first = ids[np.unique(group, return_index=True)[1]]
    chosen = dict(zip(ids.tolist(), first[group].tolist(), strict=True))
    at = np.flatnonzero(np.isin(refs, ids))
    joined = refs.copy()
    joined[at] = [chosen[ref] for ref in refs[at].tolist()]
    return joined, {chosen.get(ref, ref): tags for ref, tags in barriers.items()}


def _widened(clip: shapely.Geometry, margin_m: float) -> shapely.Geometry:
    outline = gpd.GeoSeries([clip], crs="EPSG:4326")
    wide: shapely.Geometry = outline.to_crs(outline.estimate_utm_crs()).buffer(margin_m).to_crs("EPSG:4326").iloc[0]
    return wide


def clipped_streets(
    nodes: pd.DataFrame, edges: gpd.GeoDataFrame, clip: shapely.Geometry, margin_m: float, *, file: str
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, float]:
    """Return the edges within a margin of a district, their nodes, and the share of it that the file reaches over.

    Raises
    ------
    InputError
        If no street lies there.
    """
    covered = _covered_share(edges, clip)
    area = _widened(clip, margin_m)
    shapely.prepare(area)
    edges = edges[shapely.intersects(area, edges.geometry.to_numpy())].reset_index(drop=True)
    if len(edges) == 0:
        raise InputError("{file}: no street lies within the district; is it an extract of another place?", file=file)
    used = np.union1d(edges["u"], edges["v"])
    return nodes[nodes["node_id"].isin(used)].reset_index(drop=True), edges, covered


def _clip_water(water: gpd.GeoDataFrame, area: shapely.Geometry) -> gpd.GeoDataFrame:
    shapely.prepare(area)
    kept = water[shapely.intersects(area, water.geometry.to_numpy())].copy()
    kept["geometry"] = [shapely.intersection(shapely.make_valid(geometry), area) for geometry in kept.geometry]
    return kept
