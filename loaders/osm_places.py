"""Parse places of an OpenStreetMap extract by tag: landmarks, or stand-ins for stations."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import osmium
import shapely

from geo.errors import GeoError, InputError
from geo.hours import parse_hours
from geo.records import FUNCTION_KINDS, MAX_NAME
from loaders.extract_order import sorted_extract
from loaders.isolated.parsers import Progress, silent
from loaders.osm import clean_tags, reading_extract
from loaders.phone_numbers import drop_mobiles
from loaders.report import Rejection

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


@dataclass(frozen=True, kw_only=True)
class OsmPlacesContext:
    """Which places of an extract are wanted.

    Attributes
    ----------
    outline : Polygon or MultiPolygon
        The district, EPSG:4326.
    tag : str
        ``key=value``, such as ``amenity=bank``.
    kind : str
        Kind of the one function each place gets.
    """

    outline: shapely.Geometry
    tag: str = "amenity=bank"
    kind: str = "rest_station"


def parse_osm_places(path: Path, context: OsmPlacesContext, progress: Progress = silent) -> OsmPlaces:
    """Read the nodes and areas with a tag that lie in a district.

    Returns
    -------
    OsmPlaces
        Codes are ``osm-n``, ``osm-w`` or ``osm-r`` and the id; an area stands at a point within it. A place without
        name goes by its brand or operator, else by the value of its tag and its id.

    Raises
    ------
    InputError
        If the tag or the file cannot be used.
    """
    outline, kind = context.outline, context.kind
    key, separator, value = context.tag.partition("=")
    if not (key and separator and value):
        raise InputError("{value} is not a tag; write key=value, such as amenity=bank", value=context.tag)
    if kind not in FUNCTION_KINDS:
        known = ", ".join(FUNCTION_KINDS)
        raise InputError("{value} is not a kind of place; use one of {known}", value=kind, known=known)
    progress("reading places")
    with reading_extract(path), sorted_extract(path) as source:
        points, tags, lines = _read_osm(source, key, value)
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
            except (RuntimeError, shapely.errors.ShapelyError):
                continue
            points[code] = shapely.point_on_surface(shapely.make_valid(area))
        else:
            outlines[f"osm-{'w' if isinstance(item, osmium.osm.Way) else 'r'}{item.id}"] = None
            continue
        tags[code] = clean_tags(item.tags)
    return points, tags, [code for code in outlines if code not in points]


def _place(code: str, point: shapely.Geometry, tags: Mapping[str, str], *, value: str, kind: str) -> dict[str, Any]:
    tags = {key: drop_mobiles(text)[0] for key, text in tags.items()}
    host = tags.get("operator") or tags.get("brand")
    name = tags.get("name") or tags.get("brand") or host or f"{value} {code.removeprefix('osm-')}"
    street = " ".join(filter(None, (tags.get("addr:street"), tags.get("addr:housenumber"))))
    offered = {service for service, key, values in SERVICE_TAGS if tags.get(key) in values}
    posted = tags.get("opening_hours")
    return {
        "code": code,
        "name": name[:MAX_NAME],
        "name_en": tags.get("name:en"),
        "address": tags.get("addr:full") or street or None,
        "host": host,
        "lon": float(shapely.get_x(point)),
        "lat": float(shapely.get_y(point)),
        "functions": [
            {
                "kind": kind,
                "tier": None,
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
