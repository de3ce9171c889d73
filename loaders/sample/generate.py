"""Generate the whole sample from one seed."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.records import CandidateRecord
from loaders.sample.candidates import make_candidates, make_key_areas
from loaders.sample.country import Country, inside_any, survey
from loaders.sample.demand import NOTE_EN, NOTE_ZH, draw_demand
from loaders.sample.fabric import Fabric, carry_through, lay_core, lay_village
from loaders.sample.motorway import draw_motorway, plan_motorway
from loaders.sample.outline import Town, outline_of, read_outline, read_towns, seats_of, town_regions
from loaders.sample.places import SIGHTS, make_places
from loaders.sample.plane import Area, FloatArray, IntArray, to_lonlat, to_plane
from loaders.sample.relief import draw_relief
from loaders.sample.river import BRIDGES, TOWN_LON, River, draw_river
from loaders.sample.riverside import TOWN_CODE, lay_riverside_core
from loaders.sample.roads import Kind, bearings, draw_roads, plan_roads
from loaders.sample.settlements import Settlement, place_cores, place_villages
from loaders.sample.streets import StreetFrames, build_frames, on_dry_land, street_lines
from loaders.sample.tours import make_tours

_ABUTMENT_M = 60.0
_WATER_MARGIN_M = 1_500.0


@dataclass(frozen=True)
class SampleData:
    """What the sample consists of; every geometry is WGS84 (EPSG:4326).

    Attributes
    ----------
    outline : MultiPolygon
        富阳区: the real outline, with a vertex wherever the schematic polygons of two towns meet on it.
    regions : GeoDataFrame
        ``code, name, kind, n_communities, n_villages, seat`` (Point) and ``geometry`` (MultiPolygon, schematic).
    water : GeoDataFrame
        ``name, geometry`` (MultiPolygon): the schematic 富春江.
    street_nodes : DataFrame
        ``node_id, lon, lat, tags`` (None).
    street_edges : GeoDataFrame
        ``edge_id, way_id, u, v, name, tags, geometry`` (LineString from u to v).
    settlements : GeoDataFrame
        ``name, kind, geometry`` (Point): the villages, as 示意村001 and so on.
    demand : GeoDataFrame
        ``layer, weight, town_code, geometry`` (Point).
    places, tours : list of dict
        As from `make_places` and `make_tours`.
    candidates, key_areas : list of CandidateRecord, GeoDataFrame
        As from `make_candidates` and `make_key_areas`.
    demand_note_en, demand_note_zh : str
        The formula behind `demand`, in a sentence.
    """

    outline: shapely.MultiPolygon
    regions: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    street_nodes: pd.DataFrame
    street_edges: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    places: list[dict[str, Any]]
    tours: list[dict[str, Any]]
    candidates: list[CandidateRecord]
    key_areas: gpd.GeoDataFrame
    demand_note_en: str
    demand_note_zh: str


def generate_sample(*, seed: int = 330111, root: Path) -> SampleData:
    """Return the sample district; the same seed gives the same data.

    Parameters
    ----------
    seed : int
        Of everything that is invented.
    root : Path
        The folder of the repository, with ``data/boundaries`` and ``data/sample``.
    """
    towns = read_towns(root)
    regions = town_regions(read_outline(root), towns)
    outline = outline_of(regions)
    board = shapely.transform(outline, to_plane)
    river = draw_river()
    streets, fabrics = _draw_streets(seed, towns=towns, regions=regions, board=board, river=river)
    places = make_places(towns=towns, regions=regions, river=river, streets=streets)
    demand = draw_demand(_random(seed, "demand"), towns=towns, regions=regions, fabrics=fabrics, water=river.polygon)
    return SampleData(
        outline=outline,
        regions=regions,
        water=_water(river, board),
        street_nodes=streets.nodes,
        street_edges=streets.edges,
        settlements=_villages(fabrics),
        demand=demand,
        places=places,
        tours=make_tours(places),
        candidates=make_candidates(_random(seed, "candidates"), demand),
        key_areas=make_key_areas(demand, outline),
        demand_note_en=NOTE_EN,
        demand_note_zh=NOTE_ZH,
    )


def _random(seed: int, part: str) -> np.random.Generator:
    """Return the randomness of one part, so that a change in one part leaves the others as they are."""
    return np.random.default_rng([seed, *part.encode()])


def _draw_streets(
    seed: int, *, towns: list[Town], regions: gpd.GeoDataFrame, board: Area, river: River
) -> tuple[StreetFrames, list[Fabric]]:
    seats = seats_of(towns)
    cores = place_cores(towns)
    core_fabrics = list(_lay_cores(_random(seed, "cores"), cores, seats, river))
    relief = draw_relief(_random(seed, "relief"), bounds=board.bounds, seats=seats, river=river)
    villages = place_villages(
        _random(seed, "villages"),
        regions=regions,
        towns=towns,
        built=shapely.MultiPolygon([fabric.footprint for fabric in core_fabrics]),
        relief=relief,
        river=river,
    )
    settlements = cores + villages
    abutments = np.array(
        [[river.off_bank(river.at_lon(lon), _ABUTMENT_M, left=left) for left in (True, False)] for _, lon in BRIDGES]
    ).reshape(-1, 2)
    sights = len(settlements) + np.arange(len(SIGHTS))
    crossings = (sights[-1] + 1 + np.arange(len(abutments))).reshape(-1, 2)
    country = survey(
        _random(seed, "country"),
        places=np.vstack(
            [[place.centre for place in settlements], to_plane([sight[-2:] for sight in SIGHTS]), abutments]
        ),
        outline=board,
        water=river.polygon,
        relief=relief,
        crossings=crossings,
    )
    kinds = plan_roads(_random(seed, "roads"), country, settlements, sights=sights, crossings=crossings, outline=board)
    bearing = bearings(country, list(kinds), len(settlements))
    lanes = _random(seed, "lanes")
    fabrics = core_fabrics + [
        lay_village(lanes, village, bearing=float(angle))
        for village, angle in zip(villages, bearing[len(cores) :], strict=True)
    ]
    motorway = plan_motorway(
        country,
        settlements,
        _joints(country, kinds, fabrics, first=int(crossings.max()) + 1),
        crossings=crossings,
    )
    roads, gates = draw_roads(country, kinds, fabrics, joints=motorway.interchanges)
    fabrics = [
        carry_through(fabric, [gate for gate in gates if gate.fabric == number])
        for number, fabric in enumerate(fabrics)
    ]
    lines = street_lines(_random(seed, "lines"), fabrics, gates, roads)
    lines += draw_motorway(country, motorway, first_way=len(lines))
    return build_frames(on_dry_land(lines, outline=board, water=river.polygon)), fabrics


def _lay_cores(rng: np.random.Generator, cores: list[Settlement], seats: FloatArray, river: River) -> Iterable[Fabric]:
    """Lay out the core of every town, each turned towards the nearest other town."""
    for i, core in enumerate(cores):
        if core.town_code == TOWN_CODE:
            yield lay_riverside_core(rng, core, river, bridge_lon=TOWN_LON)
            continue
        away = np.hypot(*(seats - seats[i]).T)
        east, north = seats[int(np.argsort(away)[1])] - seats[i]
        yield lay_core(rng, core, bearing=float(np.arctan2(north, east)))


def _joints(country: Country, kinds: dict[tuple[int, int], Kind], fabrics: list[Fabric], *, first: int) -> IntArray:
    """Return the vertices, from `first` on, of ordinary roads in open land: where a motorway's ramps may join."""
    owner = inside_any(country.xy, [fabric.footprint for fabric in fabrics])
    on_road = [vertex for side, kind in kinds.items() if kind.highway != "track" for vertex in side]
    return np.unique([vertex for vertex in on_road if vertex >= first and owner[vertex] < 0]).astype(np.int64)


def _villages(fabrics: list[Fabric]) -> gpd.GeoDataFrame:
    """Return the villages under names that nobody takes for real ones."""
    centres = [fabric.settlement.centre for fabric in fabrics if not fabric.settlement.is_core]
    names = [f"示意村{number:03d}" for number in range(1, len(centres) + 1)]
    points = shapely.points(to_lonlat(np.array(centres)))
    return gpd.GeoDataFrame({"name": names, "kind": "village"}, geometry=points, crs="EPSG:4326")


def _water(river: River, board: Area) -> gpd.GeoDataFrame:
    """Return the river, drawn a little past the district."""
    visible = shapely.intersection(river.polygon, shapely.buffer(board, _WATER_MARGIN_M))
    parts = [part for part in shapely.get_parts(visible) if isinstance(part, shapely.Polygon)]
    lonlat = shapely.orient_polygons(shapely.transform(shapely.MultiPolygon(parts), to_lonlat))
    return gpd.GeoDataFrame({"name": ["富春江"]}, geometry=[lonlat], crs="EPSG:4326")
