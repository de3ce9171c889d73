"""Parse buildings of an OpenStreetMap extract as a proxy for residents."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import shapely

from geo.errors import InputError
from geo.network.snap import metres_per_degree
from loaders.extract_order import sorted_extract
from loaders.isolated.parsers import Progress, silent
from loaders.osm import reading_extract
from loaders.proxy_demand import BuildingsContext, ProxyDemand

NOT_LIVED_IN = frozenset(
    {
        *("no", "entrance", "roof", "shed", "garage", "garages", "carport", "kiosk", "tower", "pavilion", "ship"),
        *(
            "utility",
            "service",
            "train_station",
            "underpass_entrance",
            "church",
            "chapel",
            "cathedral",
            "farm_auxiliary",
        ),
        *(
            "barn",
            "stable",
            "greenhouse",
            "glasshouse",
            "ruins",
            "construction",
            "bunker",
            "hangar",
            "transformer_tower",
        ),
    }
)
"""Values of ``building`` in which nobody lives or works."""
NOT_HOMES = frozenset(
    {
        *("commercial", "industrial", "retail", "office", "warehouse", "supermarket", "hotel", "school", "university"),
        *("college", "kindergarten", "hospital", "public", "government", "civic", "mosque", "temple", "shrine"),
        *("monastery", "synagogue", "parking", "transportation", "stadium", "grandstand", "sports_hall", "museum"),
        *("fire_station", "bridge", "factory", "manufacture", "storage_tank", "silo", "cowshed", "sty"),
    }
)
"""Values of ``building`` in which people work but do not live."""
MAX_LEVELS = 60.0


def parse_buildings(path: Path, context: BuildingsContext, progress: Progress = silent) -> ProxyDemand:
    """Read one point per building; each weighs 1.

    Raises
    ------
    InputError
        If the file is not an OpenStreetMap extract or holds no building.
    """
    progress("reading buildings")
    found = _read_buildings(path, NOT_LIVED_IN).drop(columns="floor_m2").assign(weight=1.0, tag=None)
    return ProxyDemand.within(found, context.outline)


def parse_homes(path: Path) -> gpd.GeoDataFrame:
    """Read one point per building in which people may live: columns ``row``, ``floor_m2``, ``geometry`` (EPSG:4326).

    Floor space is the footprint times ``building:levels``, 1 where the extract does not say.

    Raises
    ------
    InputError
        If the file is not an OpenStreetMap extract or holds no such building.
    """
    return _read_buildings(path, NOT_LIVED_IN | NOT_HOMES)


def _read_buildings(path: Path, left_out: frozenset[str]) -> gpd.GeoDataFrame:
    factory = osmium.geom.WKBFactory()
    ids: list[str] = []
    areas: list[shapely.Geometry] = []
    levels: list[float] = []
    with reading_extract(path), sorted_extract(path) as source:
        reader = (
            osmium.FileProcessor(str(source))
            .with_locations()
            .with_areas(osmium.filter.KeyFilter("building"))
            .with_filter(osmium.filter.KeyFilter("building"))
        )
        for item in reader:
            if isinstance(item, osmium.osm.Area) and item.tags["building"] not in left_out:
                ids.append(f"{'way' if item.from_way() else 'relation'} {item.orig_id()}")
                areas.append(shapely.from_wkb(factory.create_multipolygon(item)))
                levels.append(_levels(item.tags.get("building:levels")))
    if not ids:
        raise InputError("{file}: holds no building", file=path.name)
    points = shapely.point_on_surface(areas)
    per_x, per_y = metres_per_degree(float(shapely.get_y(points).mean()))
    floor_m2 = shapely.area(areas) * float(per_x) * float(per_y) * np.array(levels)
    return gpd.GeoDataFrame({"row": ids, "floor_m2": floor_m2}, geometry=points, crs="EPSG:4326")


def _levels(text: str | None) -> float:
    try:
        levels = float(text or 1)
    except ValueError:
        return 1.0
    return min(max(1.0, levels), MAX_LEVELS) if levels == levels else 1.0
