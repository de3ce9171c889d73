"""Places from an OpenStreetMap extract: landmarks, and stand-ins for stations where no register is to be had."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import osmium
import shapely
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, replace_places, require_outline, retire_sample
from geo.db.tables import FUNCTION_KINDS, District
from geo.errors import GeoError, InputError
from geo.hours import parse_hours
from loaders.earlier import forget_places
from loaders.notes import nothing_stored, sample_retired
from loaders.report import LoadReport, Rejection, require_file, sha256
from loaders.streets import OSM_ATTRIBUTION, OSM_LICENCE

SERVICE_TAGS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("drinking_water", "drinking_water", frozenset({"yes"})),
    ("drinking_water", "amenity", frozenset({"drinking_water"})),
    ("toilet", "toilets", frozenset({"yes"})),
    ("toilet", "amenity", frozenset({"toilets"})),
    ("rest_seats", "bench", frozenset({"yes"})),
    ("air_conditioning", "air_conditioning", frozenset({"yes"})),
    ("wifi", "internet_access", frozenset({"wlan"})),
    ("shower", "shower", frozenset({"yes", "hot"})),
)
"""Service, key and the values of it that say the service is there; ``toilets=customers`` does not."""


@dataclass(frozen=True)
class OsmPlaces:
    """Parsed places as `geo.db.layers.replace_places` takes them, and what became of the others."""

    places: list[dict[str, Any]]
    n_read: int
    rejected: list[Rejection]
    n_nameless: int
    n_unread_hours: int


def parse_osm_places(path: Path, *, outline: shapely.Geometry, tag: str, kind: str) -> OsmPlaces:
    """Read the nodes and areas with a tag that lie in a district.

    Parameters
    ----------
    path : Path
        An .osm.pbf (or .osm) extract.
    outline : Polygon or MultiPolygon
        The district, EPSG:4326.
    tag : str
        ``key=value``, such as ``amenity=bank``.
    kind : str
        Kind of the one function each place gets.

    Returns
    -------
    OsmPlaces
        Codes are ``osm-n``, ``osm-w`` or ``osm-r`` and the id; an area stands at a point within it. A place without
        name goes by its brand or operator, else by the value of its tag and its id.

    Raises
    ------
    InputError
        If the tag, the kind or the file cannot be used.
    """
    key, separator, value = tag.partition("=")
    if not (key and separator and value):
        raise InputError("{value} is no tag of OpenStreetMap; write key=value, such as amenity=bank", value=tag)
    if kind not in FUNCTION_KINDS:
        raise InputError("{value} is no kind of place; use one of {known}", value=kind, known=", ".join(FUNCTION_KINDS))
    require_file(path, suffixes=(".osm.pbf", ".pbf", ".osm", ".osm.bz2"))
    try:
        points, tags, lines = _read_osm(path, key, value)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise InputError(
            "{file}: not a readable OpenStreetMap extract ({reason})", file=path.name, reason=str(error)
        ) from error
    shapely.prepare(outline)
    rejected = [Rejection(code, "is a line or an area that the extract holds only in part") for code in lines]
    places = []
    n_nameless = n_unread_hours = 0
    for code, point in points.items():
        if not shapely.intersects(outline, point):
            rejected.append(Rejection(code, "outside the district"))
            continue
        place = _place(code, point, tags[code], value=value, kind=kind)
        posted, hours = place["functions"][0]["hours_posted"], place["functions"][0]["hours"]
        n_unread_hours += posted is not None and hours is None
        n_nameless += "name" not in tags[code]
        places.append(place)
    return OsmPlaces(places, len(points) + len(lines), rejected, n_nameless, n_unread_hours)


def load_places_from_osm(
    session: Session,
    path: Path,
    *,
    district: str,
    tag: str = "amenity=bank",
    kind: str = "rest_station",
    keep: bool = False,
    is_dry_run: bool = False,
) -> LoadReport:
    """Replace the places of a district by those of an extract that have a tag, in the session's transaction.

    Parameters
    ----------
    session : Session
        The load happens in its transaction.
    path, tag, kind
        See `parse_osm_places`.
    district : str
        Code of a district that has boundaries.
    keep : bool
        Leave the other places; those of an earlier load of the same file and tag are replaced all the same.
    is_dry_run : bool
        Check everything and store nothing.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used; nothing is changed then, nor if it has no such place in the district.
    """
    outline = require_outline(session, district)
    parsed = parse_osm_places(path, outline=outline, tag=tag, kind=kind)
    n_stored = len(parsed.places)
    notes = _notes(parsed)
    if kind == "rest_station" and parsed.places:
        notes.append(_stand_in(tag))
    if n_stored == 0:
        notes.append(nothing_stored())
    else:
        row = session.get(District, district)
        if row is not None and row.status == "sample":
            notes.append(sample_retired(district))
    if n_stored and not is_dry_run:
        retire_sample(session, district)
        facts = SourceFacts(
            file_name=path.name,
            licence=OSM_LICENCE,
            attribution=OSM_ATTRIBUTION,
            checksum=sha256(path),
            crs="EPSG:4326",
            note=str(_stand_in(tag)) if kind == "rest_station" else tag,
            rows_read=parsed.n_read,
            rows_stored=n_stored,
            rows_rejected=len(parsed.rejected),
        )
        if keep:
            forget_places(session, district, file_name=path.name, note=facts.note)
        replace_places(session, district, parsed.places, facts, keep=keep)
    return LoadReport("places", path.name, parsed.n_read, n_stored, parsed.rejected, notes)


def _read_osm(
    path: Path, key: str, value: str
) -> tuple[dict[str, shapely.Geometry], dict[str, dict[str, str]], list[str]]:
    """Return point and tags by code, and the codes of ways and relations that make no area."""
    wanted = osmium.filter.TagFilter((key, value))
    factory = osmium.geom.WKBFactory()
    points: dict[str, shapely.Geometry] = {}
    tags: dict[str, dict[str, str]] = {}
    outlines: dict[str, None] = {}
    for item in osmium.FileProcessor(str(path)).with_locations().with_areas(wanted).with_filter(wanted):
        if isinstance(item, osmium.osm.Node):
            code = f"osm-n{item.id}"
            points[code] = shapely.Point(item.location.lon, item.location.lat)
        elif isinstance(item, osmium.osm.Area):
            code = f"osm-{'w' if item.from_way() else 'r'}{item.orig_id()}"
            try:
                area = shapely.from_wkb(factory.create_multipolygon(item))
            except (RuntimeError, shapely.errors.GEOSException):
                continue
            points[code] = shapely.point_on_surface(shapely.make_valid(area))
        else:
            outlines[f"osm-{'w' if isinstance(item, osmium.osm.Way) else 'r'}{item.id}"] = None
            continue
        tags[code] = {each.k: each.v for each in item.tags}
    return points, tags, [code for code in outlines if code not in points]


def _place(code: str, point: shapely.Geometry, tags: Mapping[str, str], *, value: str, kind: str) -> dict[str, Any]:
    host = tags.get("operator") or tags.get("brand")
    name = tags.get("name") or tags.get("brand") or host or f"{value} {code.removeprefix('osm-')}"
    street = " ".join(filter(None, (tags.get("addr:street"), tags.get("addr:housenumber"))))
    offered = {service for service, key, values in SERVICE_TAGS if tags.get(key) in values}
    posted = tags.get("opening_hours")
    return {
        "code": code,
        "name": name,
        "name_en": tags.get("name:en"),
        "address": tags.get("addr:full") or street or None,
        "host": host,
        "lon": float(shapely.get_x(point)),
        "lat": float(shapely.get_y(point)),
        "functions": [
            {
                "kind": kind,
                "klass": None,
                "hours": _hours(posted),
                "hours_posted": posted,
                "services": list(dict.fromkeys(service for service, _, _ in SERVICE_TAGS if service in offered)),
            }
        ],
    }


def _hours(posted: str | None) -> str | None:
    try:
        return parse_hours(posted).text
    except GeoError:
        return None


def _stand_in(tag: str) -> Rejection:
    return Rejection(
        None, "{tag} of OpenStreetMap stands in for stations; these are not stations of a union", {"tag": tag}
    )


def _notes(parsed: OsmPlaces) -> list[Rejection]:
    notes = []
    if parsed.n_nameless:
        notes.append(
            Rejection(
                None,
                "{count} places have no name in OpenStreetMap; they go by brand, operator or id",
                {"count": parsed.n_nameless},
            )
        )
    if parsed.n_unread_hours:
        notes.append(
            Rejection(
                None,
                "{count} opening hours of OpenStreetMap could not be read and count as unknown",
                {"count": parsed.n_unread_hours},
            )
        )
    return notes
