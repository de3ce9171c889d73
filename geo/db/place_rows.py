"""Bulk insert of places and their functions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import shapely
from sqlalchemy import ARRAY, ColumnElement, Text, any_, cast, insert, select
from sqlalchemy.orm import Session

from geo.db.copying import copy_rows, ewkb_hex
from geo.db.tables import Place, PlaceFunction, SpecialDayRow
from geo.special_days import SpecialDay
from geo.texts import require_code, require_name

_TEXTS = (
    "name_en", "address", "office_phone", "host", "how_to_get_in", "service_contact", "note", "region_code",
    "confirmed_at",
)  # fmt: skip
"""Columns of ``place`` that may be empty."""


def insert_places(
    session: Session,
    district: str,
    source: int,
    places: Sequence[Mapping[str, Any]],
    special_days: Mapping[tuple[str, str], Sequence[SpecialDay]],
) -> None:
    """Insert places with their functions and special days; see `geo.db.layers.replace_places`.

    Parameters
    ----------
    session : Session
    district : str
    source : int
        Row of ``source`` that they come from.
    places : sequence of mapping
    special_days : mapping of (code, kind) to sequence of SpecialDay
        Those of places that are not inserted are left out.
    """
    # All rows are made before the first is sent: what is wrong with one of them is raised as it is.
    rows = [
        (
            district,
            source,
            require_code(place["code"]),
            require_name(place["name"]),
            place.get("status") or "active",
            *(place.get(column) for column in _TEXTS),
        )
        for place in places
    ]
    functions = [
        (
            place["code"],
            function["kind"],
            function.get("tier"),
            function.get("hours"),
            function.get("hours_posted"),
            list(function.get("services") or ()),
        )
        for place in places
        for function in place["functions"]
    ]
    points = ewkb_hex(shapely.points([place["lon"] for place in places], [place["lat"] for place in places]))
    copy_rows(
        session,
        f"place (district_code, source_id, code, name, status, {', '.join(_TEXTS)}, geom)",
        ((*row, point) for row, point in zip(rows, points, strict=True)),
    )
    stored = session.execute(
        select(Place.code, Place.id).where(Place.district_code == district, Place.source_id == source)
    )
    ids = {row.code: row.id for row in stored}
    copy_rows(
        session,
        "place_function (district_code, place_id, kind, tier, hours, hours_posted, services)",
        ((district, ids[code], *values) for code, *values in functions),
    )
    codes = {place["code"] for place in places}
    _insert_special_days(session, district, {key: days for key, days in special_days.items() if key[0] in codes})


def has_code(codes: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a place has one of `codes`: one parameter, of which a statement takes only 65,535."""
    return Place.code == any_(cast(list(codes), ARRAY(Text)))


def _insert_special_days(
    session: Session, district: str, special_days: Mapping[tuple[str, str], Sequence[SpecialDay]]
) -> None:
    if not special_days:
        return
    functions = session.execute(
        select(PlaceFunction.id, Place.code, PlaceFunction.kind)
        .join(Place, Place.id == PlaceFunction.place_id)
        .where(Place.district_code == district, has_code({code for code, _ in special_days}))
    )
    rows = [
        {
            "district_code": district,
            "function_id": number,
            "first_day": day.first,
            "last_day": day.last,
            "hours": day.hours,
            "note": day.note,
        }
        for number, code, kind in functions
        for day in special_days.get((code, kind), ())
    ]
    if rows:
        session.execute(insert(SpecialDayRow), rows)
