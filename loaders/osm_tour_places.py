"""Places of tours from an OpenStreetMap extract: sights, hotels, restaurants, rest stops, toilets, coach parking."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import osmium
import shapely

from geo.errors import GeoError
from geo.hours import parse_hours
from geo.records import MAX_NAME
from geo.tours.register import TourPlace
from loaders.extract_order import sorted_extract
from loaders.isolated.parsers import Progress, silent
from loaders.osm import clean_tags, reading_extract
from loaders.phone_numbers import drop_mobiles, office_phones
from loaders.report import Rejection
from loaders.tour_places import MAX_PLACES

PRESETS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("sight", "tourism", frozenset({"attraction", "museum", "gallery", "viewpoint", "zoo", "theme_park", "aquarium"})),
    ("sight", "historic", frozenset({"castle", "fort", "archaeological_site", "city_gate", "manor", "ruins"})),
    ("sight", "leisure", frozenset({"nature_reserve", "garden"})),
    ("hotel", "tourism", frozenset({"hotel", "guest_house", "hostel", "motel"})),
    ("restaurant", "amenity", frozenset({"restaurant"})),
    ("rest_stop", "highway", frozenset({"services", "rest_area"})),
    ("toilet", "amenity", frozenset({"toilets"})),
    ("parking", "amenity", frozenset({"bus_station"})),
)
"""Kind of place, key and the values of it that say so; the first that fits counts. Parking needs a word on buses."""

KEYS = ("tourism", "historic", "leisure", "amenity", "highway")
COACHES = frozenset({"yes", "designated", "official"})
NAMELESS = {"toilet": "公厕", "rest_stop": "休息点", "parking": "大巴停车"}
"""What a place of these kinds is called with its number where it has no name; others without a name are left out."""
CLOSED_ACCESS = frozenset({"private", "no"})
INDOOR = frozenset({"museum", "gallery", "aquarium"})
OUTDOOR = frozenset({"viewpoint", "zoo", "theme_park", "nature_reserve", "garden", "ruins", "archaeological_site"})


@dataclass(frozen=True, kw_only=True)
class OsmTourPlacesContext:
    """What the places are read with: `outline` is the district, EPSG:4326."""

    outline: shapely.Geometry


@dataclass(frozen=True)
class OsmTourPlaces:
    """Parsed places, and what became of the others."""

    places: list[TourPlace]
    n_read: int
    rejected: list[Rejection]
    notes: list[Rejection]


def parse_osm_tour_places(path: Path, context: OsmTourPlacesContext, progress: Progress = silent) -> OsmTourPlaces:
    """Read the places of an extract that a tour may visit and that lie in a district.

    Only what OpenStreetMap says is taken: hours where it has them, free where it says that no fee is taken, office
    numbers. It knows neither prices nor how long a visit takes; those stay unknown.

    Raises
    ------
    InputError
        If the file is no extract.
    """
    progress("reading places")
    with reading_extract(path), sorted_extract(path) as source:
        found = _read(source)
    shapely.prepare(context.outline)
    places: list[TourPlace] = []
    rejected: list[Rejection] = []
    n_unread_hours = 0
    for code, point, tags in found:
        kind = kind_of(tags)
        if kind is None:
            continue
        place = _place(code, kind, point, tags)
        if place is None:
            rejected.append(Rejection(code, "has no name"))
        elif not shapely.intersects(context.outline, point):
            rejected.append(Rejection(code, "outside the district"))
        elif len(places) >= MAX_PLACES:
            rejected.append(Rejection(code, "more than {limit} places", {"limit": MAX_PLACES}))
        else:
            n_unread_hours += place.hours_posted is not None and place.hours is None
            places.append(place)
    notes = []
    if n_unread_hours:
        notes.append(
            Rejection(
                None,
                "{count} opening hours of OpenStreetMap could not be read and count as unknown",
                {"count": n_unread_hours},
            )
        )
    return OsmTourPlaces(places, len(places) + len(rejected), rejected, notes)


def kind_of(tags: Mapping[str, str]) -> str | None:
    """Return the kind of place that tags say, None if it is none for tours.

    Examples
    --------
    >>> kind_of({"tourism": "museum"}), kind_of({"amenity": "parking", "bus": "yes"}), kind_of({"amenity": "parking"})
    ('sight', 'parking', None)
    """
    if tags.get("access") in CLOSED_ACCESS or "disused" in tags or "abandoned" in tags:
        return None
    for kind, key, values in PRESETS:
        if tags.get(key) in values:
            return kind
    is_for_coaches = tags.get("bus") in COACHES or tags.get("tourist_bus") in COACHES or tags.get("coach") in COACHES
    return "parking" if tags.get("amenity") == "parking" and is_for_coaches else None


def _read(path: Path) -> list[tuple[str, shapely.Geometry, dict[str, str]]]:
    """Return code, a point and the tags of every node and area with a key of `KEYS`."""
    wanted = osmium.filter.KeyFilter(*KEYS)
    factory = osmium.geom.WKBFactory()
    found: list[tuple[str, shapely.Geometry, dict[str, str]]] = []
    for item in osmium.FileProcessor(str(path)).with_locations().with_areas(wanted).with_filter(wanted):
        tags = clean_tags(item.tags)
        if kind_of(tags) is None:
            continue
        if isinstance(item, osmium.osm.Node):
            found.append((f"osm-n{item.id}", shapely.Point(item.location.lon, item.location.lat), tags))
        elif isinstance(item, osmium.osm.Area):
            try:
                area = shapely.from_wkb(factory.create_multipolygon(item))
            except (RuntimeError, shapely.errors.ShapelyError):
                continue
            point = shapely.point_on_surface(shapely.make_valid(area))
            found.append((f"osm-{'w' if item.from_way() else 'r'}{item.orig_id()}", point, tags))
    return found


def _place(code: str, kind: str, point: shapely.Geometry, tags: Mapping[str, str]) -> TourPlace | None:
    number = code.removeprefix("osm-")
    name = drop_mobiles(tags.get("name") or tags.get("name:zh") or tags.get("operator") or "")[0]
    if not name:
        if kind not in NAMELESS:
            return None
        name = f"{NAMELESS[kind]} {number}"
    posted = tags.get("opening_hours")
    others = (tags.get(key, "") for key in ("name:zh", "name:en", "alt_name", "short_name", "old_name"))
    values = {tags.get(key) for key in KEYS}
    return TourPlace(
        code=code,
        name=name[:MAX_NAME],
        kind=kind,
        lon=float(shapely.get_x(point)),
        lat=float(shapely.get_y(point)),
        aliases=[each for each in dict.fromkeys(drop_mobiles(other)[0][:MAX_NAME] for other in others) if each],
        hours=_hours(posted),
        hours_posted=posted,
        price=0 if tags.get("fee") == "no" and kind == "sight" else None,
        is_outdoor=False if values & INDOOR else True if values & OUTDOOR else None,
        tags=[f"{tags['stars']}★"] if kind == "hotel" and tags.get("stars", "").isdigit() else [],
        contact=office_phones(tags.get("phone") or tags.get("contact:phone") or "")[0],
        note="© OpenStreetMap contributors",
    )


def _hours(posted: str | None) -> str | None:
    try:
        return parse_hours(posted).text if posted else None
    except GeoError:
        return None
