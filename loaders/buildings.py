"""Buildings of an OpenStreetMap extract standing in for people where no population is at hand."""

from pathlib import Path

import geopandas as gpd
import osmium
import shapely
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, replace_demand, require_outline, retire_sample
from geo.errors import InputError
from loaders.notes import sample_notes
from loaders.report import LoadReport, Rejection, require_file, sha256
from loaders.streets import OSM_ATTRIBUTION, OSM_LICENCE

UNIT = "buildings"
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


def parse_buildings(path: Path) -> gpd.GeoDataFrame:
    """Read one point per building: columns ``row`` (OSM id), ``weight`` (1.0), ``geometry`` (EPSG:4326).

    Raises
    ------
    InputError
        If the file is not an OpenStreetMap extract or holds no building.
    """
    require_file(path, suffixes=(".osm.pbf", ".pbf", ".osm"))
    factory = osmium.geom.WKBFactory()
    ids: list[str] = []
    points: list[shapely.Geometry] = []
    reader = (
        osmium.FileProcessor(str(path))
        .with_locations()
        .with_areas(osmium.filter.KeyFilter("building"))
        .with_filter(osmium.filter.KeyFilter("building"))
    )
    try:
        for item in reader:
            if isinstance(item, osmium.osm.Area) and item.tags["building"] not in NOT_LIVED_IN:
                ids.append(f"{'way' if item.from_way() else 'relation'} {item.orig_id()}")
                points.append(shapely.point_on_surface(shapely.from_wkb(factory.create_multipolygon(item))))
    except RuntimeError as error:
        raise InputError(
            "{file}: not a readable OpenStreetMap extract ({reason})", file=path.name, reason=str(error)
        ) from error
    if not ids:
        raise InputError("{file}: holds no building", file=path.name)
    return gpd.GeoDataFrame({"row": ids, "weight": 1.0}, geometry=points, crs="EPSG:4326")


def load_buildings(session: Session, path: Path, *, district: str, is_dry_run: bool = False) -> LoadReport:
    """Replace the district's residents by one per building, marked as standing in for people.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then.
    """
    outline = require_outline(session, district)
    found = parse_buildings(path)
    is_inside = shapely.intersects(outline, found.geometry.to_numpy())
    kept = found[is_inside]
    if kept.empty:
        raise InputError("{file}: no building lies within the district", file=path.name)
    rejected = [Rejection(row, "outside the district") for row in found.loc[~is_inside, "row"]]
    notes = sample_notes(session, district)
    if not is_dry_run:
        retire_sample(session, district)
        facts = SourceFacts(
            file_name=path.name,
            rows_read=len(found),
            rows_stored=len(kept),
            rows_rejected=len(rejected),
            licence=OSM_LICENCE,
            attribution=OSM_ATTRIBUTION,
            checksum=sha256(path),
            crs="EPSG:4326",
            unit=UNIT,
            note="buildings stand in for people: each counts one",
        )
        replace_demand(session, district, kept, facts)
    return LoadReport("demand", path.name, len(found), len(kept), rejected, notes)
