"""Places of tours in the store."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, record_source
from geo.db.tour_tables import TourPlaceRow
from geo.tours.register import Rooms, TourPlace

SOURCE_LAYER = "tour_places"

COLUMNS = (
    "code",
    "name",
    "kind",
    "aliases",
    "hours",
    "hours_posted",
    "visit_min",
    "price",
    "table_price",
    "seats",
    "capacity",
    "is_outdoor",
    "score",
    "tags",
    "single_supplement",
    "contact",
    "set_down",
    "note",
)
"""Columns that are called like the fields of a place."""


def replace_tour_places(
    session: Session, district: str, places: Sequence[TourPlace], facts: SourceFacts, *, keep: bool = False
) -> None:
    """Replace the places of tours of a district, or with `keep` only those of the same codes."""
    gone = delete(TourPlaceRow).where(TourPlaceRow.district_code == district)
    if keep:
        gone = gone.where(TourPlaceRow.code.in_([place.code for place in places]))
    session.execute(gone)
    source = record_source(session, district, SOURCE_LAYER, facts, keep=keep)
    session.add_all([TourPlaceRow(district_code=district, source_id=source, **_columns(place)) for place in places])
    session.flush()


def read_tour_places(session: Session, district: str) -> list[TourPlace]:
    """Return the places of tours of a district by code."""
    found = (
        select(TourPlaceRow, func.ST_X(TourPlaceRow.geom), func.ST_Y(TourPlaceRow.geom))
        .where(TourPlaceRow.district_code == district)
        .order_by(TourPlaceRow.code)
    )
    return [
        TourPlace(
            lon=lon,
            lat=lat,
            rooms=[Rooms(**room) for room in row.rooms],
            **{name: getattr(row, name) for name in COLUMNS},
        )
        for row, lon, lat in session.execute(found)
    ]


def has_tour_places(session: Session, district: str) -> bool:
    """Tell whether a district has places of tours."""
    return session.scalar(select(TourPlaceRow.id).where(TourPlaceRow.district_code == district).limit(1)) is not None


def _columns(place: TourPlace) -> dict[str, Any]:
    return {
        **{name: getattr(place, name) for name in COLUMNS},
        "rooms": [asdict(room) for room in place.rooms],
        "geom": f"SRID=4326;POINT({place.lon!r} {place.lat!r})",
    }
