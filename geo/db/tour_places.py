"""Places of tours in the store."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, record_source
from geo.db.tour_tables import TourPlaceRow
from geo.db.versioned import stale
from geo.errors import ConflictError, NotFoundError
from geo.texts import require_code, require_name
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
    "special_posted",
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
    return [_place(row, lon, lat) for row, lon, lat in session.execute(found)]


@dataclass(frozen=True)
class StoredTourPlace:
    """A place as it is stored; `version` is to be named by who changes it."""

    place: TourPlace
    version: int
    changed_by: str | None


def get_tour_place(session: Session, district: str, code: str) -> StoredTourPlace:
    """Return a place of tours.

    Raises
    ------
    NotFoundError
        There is no such place in the district.
    """
    found = (
        select(TourPlaceRow, func.ST_X(TourPlaceRow.geom), func.ST_Y(TourPlaceRow.geom))
        .where(TourPlaceRow.district_code == district, TourPlaceRow.code == code)
        .execution_options(populate_existing=True)
    )
    row = session.execute(found).one_or_none()
    if row is None:
        raise _missing(code)
    return StoredTourPlace(_place(*row), row[0].row_version, row[0].changed_by)


def add_tour_place(session: Session, district: str, place: TourPlace, *, by: str) -> None:
    """Store a new place of tours.

    Raises
    ------
    ConflictError
        There is one of this code.
    InputError
        Its code or name cannot be kept.
    """
    code, _ = require_code(place.code), require_name(place.name)
    known = select(TourPlaceRow.id).where(TourPlaceRow.district_code == district, TourPlaceRow.code == code)
    if session.scalar(known) is not None:
        raise ConflictError("there is a place {code} already", code=code)
    session.add(TourPlaceRow(district_code=district, changed_by=by, **_columns(place)))
    session.flush()


def save_tour_place(session: Session, district: str, place: TourPlace, *, version: int, by: str) -> None:
    """Store a changed place of tours, known by its code.

    Raises
    ------
    NotFoundError, StaleError, InputError
    """
    require_name(place.name)
    row = _locked(session, district, place.code, version)
    for name, value in _columns(place).items():
        setattr(row, name, value)
    row.changed_by = by
    session.flush()


def delete_tour_place(session: Session, district: str, code: str, *, version: int) -> None:
    """Delete a place of tours; plans keep it as it was when they were made.

    Raises
    ------
    NotFoundError, StaleError
    """
    session.delete(_locked(session, district, code, version))
    session.flush()


def free_code(session: Session, district: str) -> str:
    """Return a code that no place of tours of a district has."""
    known = set(session.scalars(select(TourPlaceRow.code).where(TourPlaceRow.district_code == district)))
    return next(code for code in iter(lambda: f"t-{secrets.token_hex(5)}", "") if code not in known)


def count_tour_places(session: Session, district: str) -> Mapping[str, int]:
    """Return how many places of tours of each kind a district has."""
    kinds = select(TourPlaceRow.kind, func.count()).where(TourPlaceRow.district_code == district)
    return {row[0]: int(row[1]) for row in session.execute(kinds.group_by(TourPlaceRow.kind))}


def has_tour_places(session: Session, district: str) -> bool:
    """Tell whether a district has places of tours."""
    return session.scalar(select(TourPlaceRow.id).where(TourPlaceRow.district_code == district).limit(1)) is not None


def _locked(session: Session, district: str, code: str, version: int) -> TourPlaceRow:
    query = select(TourPlaceRow).where(TourPlaceRow.district_code == district, TourPlaceRow.code == code)
    row: TourPlaceRow | None = session.scalar(query.with_for_update())
    if row is None:
        raise _missing(code)
    if row.row_version != version:
        raise stale(row.name)
    return row


def _missing(code: str) -> NotFoundError:
    return NotFoundError("there is no place {code} in this district", code=code)


def _place(row: TourPlaceRow, lon: float, lat: float) -> TourPlace:
    return TourPlace(
        lon=lon,
        lat=lat,
        rooms=[Rooms(**room) for room in row.rooms],
        **{name: getattr(row, name) for name in COLUMNS},
    )


def _columns(place: TourPlace) -> dict[str, Any]:
    return {
        **{name: getattr(place, name) for name in COLUMNS},
        "rooms": [asdict(room) for room in place.rooms],
        "geom": f"SRID=4326;POINT({place.lon!r} {place.lat!r})",
    }
