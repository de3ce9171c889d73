"""The form of a place of tours: its fields as texts, and the place that they say; what is empty is not known."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import shapely

from geo.errors import InputError
from geo.hours import normalize_hours
from geo.records import MAX_NAME
from geo.texts import without_invisible
from geo.tours.register import PLACE_KINDS, Rooms, TourPlace
from loaders.named_points import NamedPoint, RowError
from loaders.positions import DistrictArea, parse_position
from loaders.report import Rejection
from loaders.tour_places import read_tour_place
from webmap.logic.without_mobiles import require_public

MOST_ROOM_KINDS = 6
TEXTS = (
    "name", "kind", "lon", "lat", "aliases", "hours", "special", "visit_min", "price", "table_price", "seats",
    "capacity", "is_outdoor", "score", "tags", "single_supplement", "contact", "set_down", "note",
)  # fmt: skip
"""Fields of the form, called as the columns of a table of places."""
ROOM_FIELDS = ("name", "beds", "count", "price")


def form_of(place: TourPlace | None) -> dict[str, str]:
    """Return the fields of a place as the form shows them; None: those of a new one."""
    if place is None:
        return {"kind": "sight"}
    fields = {
        "name": place.name,
        "kind": place.kind,
        "lon": f"{place.lon:.6f}",
        "lat": f"{place.lat:.6f}",
        "aliases": "、".join(place.aliases),
        "hours": place.hours_posted or "",
        "special": (place.special_posted or "").replace("；", "\n"),
        "visit_min": _text(place.visit_min),
        "price": _yuan(place.price),
        "table_price": _yuan(place.table_price),
        "seats": _text(place.seats),
        "capacity": _text(place.capacity),
        "is_outdoor": {True: "是", False: "否", None: ""}[place.is_outdoor],
        "score": _text(place.score),
        "tags": "、".join(place.tags),
        "single_supplement": _yuan(place.single_supplement),
        "contact": place.contact or "",
        "set_down": place.set_down or "",
        "note": place.note or "",
    }
    for number, room in enumerate(place.rooms, 1):
        fields |= {
            f"room-{number}-name": room.name,
            f"room-{number}-beds": str(room.beds),
            f"room-{number}-count": str(room.count),
            f"room-{number}-price": _yuan(room.price),
        }
    return fields


def read_place(
    form: Mapping[str, str], *, code: str, outline: shapely.Geometry, known: TourPlace | None = None
) -> TourPlace:
    """Return the place that a sent form says.

    Parameters
    ----------
    form : mapping
        See `TEXTS`; rooms are ``room-N-name`` and so on.
    code : str
    outline : Polygon or MultiPolygon
        The district, EPSG:4326.
    known : TourPlace, optional
        As it is stored: hours that are not changed in the form stay as they are.

    Raises
    ------
    InputError
        A field that cannot be read; names it and the remedy.
    """
    cells = {field: without_invisible(form.get(field, "")).replace("\r\n", "\n").strip() for field in TEXTS}
    name = cells["name"]
    if not name or len(name) > MAX_NAME:
        raise InputError("Write a name of at most {limit} characters", limit=MAX_NAME)
    if cells["kind"] not in PLACE_KINDS:
        raise InputError("Choose what kind of place it is")
    for field in ("name", "contact", "set_down", "note"):
        require_public(cells[field])
    position = parse_position(cells["lon"], cells["lat"], row="-", crs="wgs84", area=DistrictArea(outline))
    if isinstance(position, Rejection):
        raise InputError(position.reason, **position.values)
    try:
        place = read_tour_place(NamedPoint(name, code, *position, cells))
    except RowError as error:
        raise InputError(error.reason, **{"name": name, **error.values}) from error
    if place.hours_posted and normalize_hours(place.hours_posted) is None:
        raise InputError(
            "The hours {value} cannot be read; write e.g. 周二至周日 9:00-16:30, or leave them empty if not known",
            value=place.hours_posted[:60],
        )
    if (
        known is not None
        and form_of(known)["hours"] == cells["hours"]
        and form_of(known)["special"] == cells["special"]
    ):
        place = replace(place, hours=known.hours, hours_posted=known.hours_posted, special_posted=known.special_posted)
    return replace(place, rooms=read_rooms_of(form))


def read_rooms_of(form: Mapping[str, str]) -> list[Rooms]:
    """Return the rooms of a sent form, a row of it for each kind; rows left empty are none."""
    rooms = []
    for number in range(1, MOST_ROOM_KINDS + 1):
        name, beds, count, price = (form.get(f"room-{number}-{field}", "").strip() for field in ROOM_FIELDS)
        if not (name or beds or count or price):
            continue
        if not (beds.isdigit() and count.isdigit() and 1 <= int(beds) <= 8 and 1 <= int(count) <= 2000):
            raise InputError("Rooms need beds (1 to 8) and their number: {name}", name=name or str(number))
        try:
            cents = round(100 * float(price)) if price else None
        except ValueError:
            cents = -1
        if cents is not None and not 0 <= cents <= 1_000_000_00:
            raise InputError("{value} is not an amount in yuan ({field})", value=price[:20], field=name or "price")
        rooms.append(Rooms(name[:40] or f"{beds}人间", int(beds), int(count), cents))
    return rooms


def _yuan(cents: int | None) -> str:
    return "" if cents is None else f"{cents / 100:g}"


def _text(value: Any) -> str:
    return "" if value is None else f"{value:g}"
