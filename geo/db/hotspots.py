"""Hotspots drawn by staff; a trigger turns them into demand."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from geo.db.districts import district_outline
from geo.db.planner_tables import DEMAND_LAYERS, Hotspot
from geo.db.versioned import add_row, change_row, lock_row, remove_row
from geo.drawing import area_km2, as_geojson, checked_name, checked_note, read_drawn, require_inside
from geo.errors import InputError, NotFoundError

MAX_LISTED = 1000
MAX_WEIGHT = 1_000_000.0
MAX_KM2 = 10.0
"""A hotspot is a small place; what is larger is a layer, and is loaded."""


@dataclass(frozen=True, kw_only=True)
class HotspotDraft:
    """What somebody draws: `geometry` is a GeoJSON Point or Polygon, `weight` how many are there."""

    name: str
    layer: str
    weight: float
    note: str | None
    geometry: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class HotspotFacts:
    """A hotspot as it is stored; `version` is to be named by who changes it."""

    id: int
    name: str
    layer: str
    weight: float
    note: str | None
    geometry: dict[str, Any]
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime
    version: int


def list_hotspots(session: Session, district: str) -> list[HotspotFacts]:
    """Return the hotspots of a district, the heaviest first, at most `MAX_LISTED`."""
    found = (
        select(Hotspot, func.ST_AsBinary(Hotspot.geom))
        .where(Hotspot.district_code == district)
        .order_by(Hotspot.weight.desc(), Hotspot.id)
        .limit(MAX_LISTED)
    )
    return [_facts(row, wkb) for row, wkb in session.execute(found).all()]


def get_hotspot(session: Session, district: str, number: int) -> HotspotFacts:
    """Return one hotspot, or raise `NotFoundError`."""
    row = session.execute(
        select(Hotspot, func.ST_AsBinary(Hotspot.geom)).where(Hotspot.district_code == district, Hotspot.id == number)
    ).one_or_none()
    if row is None:
        raise _missing(district, number)
    return _facts(*row)


def add_hotspot(session: Session, district: str, draft: HotspotDraft, *, by: str) -> HotspotFacts:
    """Store a hotspot drawn by the account `by`; its people count with the next snapshot.

    Raises
    ------
    InputError
        If it has no name, counts nobody, is too large or leaves the district.
    """
    columns = _checked(session, district, draft)
    row = add_row(session, Hotspot(district_code=district, **columns, created_by=by, changed_by=by))
    return get_hotspot(session, district, row.id)


def change_hotspot(
    session: Session, district: str, number: int, draft: HotspotDraft, *, version: int, by: str
) -> HotspotFacts:
    """Make a hotspot what `draft` says.

    Raises
    ------
    NotFoundError
        If there is none of this number.
    StaleError
        If it has changed since `version`.
    InputError
        As `add_hotspot`.
    """
    row = lock_row(session, _one(district, number), version=version, missing=_missing(district, number))
    change_row(session, row, _checked(session, district, draft), by=by)
    return get_hotspot(session, district, number)


def remove_hotspot(session: Session, district: str, number: int, *, version: int) -> None:
    """Remove a hotspot and the people it counted; errors as `change_hotspot`."""
    remove_row(session, _one(district, number), version=version, missing=_missing(district, number))


def _one(district: str, number: int) -> Select[Hotspot]:
    return select(Hotspot).where(Hotspot.district_code == district, Hotspot.id == number)


def _checked(session: Session, district: str, draft: HotspotDraft) -> dict[str, Any]:
    if draft.layer not in DEMAND_LAYERS:
        raise InputError(
            "{value} is not a demand layer; use one of {known}", value=draft.layer, known=", ".join(DEMAND_LAYERS)
        )
    if not (math.isfinite(draft.weight) and 0 < draft.weight <= MAX_WEIGHT):
        raise InputError(
            "the weight {value} is not a number above 0 and at most {limit}",
            value=f"{draft.weight:g}",
            limit=f"{MAX_WEIGHT:,.0f}",
        )
    drawn = read_drawn(draft.geometry, kinds=("Point", "Polygon"))
    if area_km2(drawn) > MAX_KM2:
        raise InputError(
            "the area has {size} km²; a hotspot has at most {limit} km²",
            size=f"{area_km2(drawn):.1f}",
            limit=f"{MAX_KM2:g}",
        )
    require_inside(drawn, district_outline(session, district), wholly=True)
    return {
        "name": checked_name(draft.name),
        "layer": draft.layer,
        "weight": draft.weight,
        "note": checked_note(draft.note),
        "geom": f"SRID=4326;{shapely.to_wkt(drawn, rounding_precision=9)}",
    }


def _facts(row: Hotspot, wkb: bytes) -> HotspotFacts:
    return HotspotFacts(
        id=row.id,
        name=row.name,
        layer=row.layer,
        weight=row.weight,
        note=row.note,
        geometry=as_geojson(shapely.from_wkb(bytes(wkb))),
        created_by=row.created_by,
        created_at=row.created_at,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        version=row.row_version,
    )


def _missing(district: str, number: int) -> NotFoundError:
    return NotFoundError("There is no hotspot {number} in district {district}", number=number, district=district)
