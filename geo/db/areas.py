"""Key areas (重点区域) in the store, drawn or loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import shapely
from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.orm import Session

from geo.db.districts import district_outline
from geo.db.layers import SourceFacts, record_source
from geo.db.planner_tables import KeyArea
from geo.db.tables import Region, Source
from geo.db.versioned import change_row, lock_row, remove_row
from geo.drawing import area_km2, as_geojson, checked_name, checked_note, read_drawn, require_inside
from geo.errors import InputError, NotFoundError
from geo.records import CODE

MAX_LISTED = 500
SOURCE_LAYER = "areas"


@dataclass(frozen=True, kw_only=True)
class AreaDraft:
    """What somebody draws: `geometry` is a GeoJSON Polygon or MultiPolygon; `code` None: one is made."""

    name: str
    code: str | None
    note: str | None
    geometry: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class AreaFacts:
    """A key area as it is stored; `file_name` None: drawn by hand. `version` is to be named by who changes it."""

    code: str
    name: str
    note: str | None
    km2: float
    geometry: dict[str, Any]
    file_name: str | None
    changed_by: str | None
    changed_at: datetime
    version: int


def list_areas(session: Session, district: str) -> list[AreaFacts]:
    """Return the key areas of a district by code, at most `MAX_LISTED`."""
    found = (
        select(KeyArea, func.ST_AsBinary(KeyArea.geom), Source.file_name)
        .outerjoin(Source, Source.id == KeyArea.source_id)
        .where(KeyArea.district_code == district)
        .order_by(KeyArea.code)
        .limit(MAX_LISTED)
    )
    return [_facts(*row) for row in session.execute(found).all()]


def get_area(session: Session, district: str, code: str) -> AreaFacts:
    """Return one key area, or raise `NotFoundError`."""
    row = session.execute(
        select(KeyArea, func.ST_AsBinary(KeyArea.geom), Source.file_name)
        .outerjoin(Source, Source.id == KeyArea.source_id)
        .where(KeyArea.district_code == district, KeyArea.code == code)
    ).one_or_none()
    if row is None:
        raise _missing(district, code)
    return _facts(*row)


def add_area(session: Session, district: str, draft: AreaDraft, *, by: str) -> AreaFacts:
    """Store a key area drawn by the account `by`.

    Raises
    ------
    InputError
        If it has no name, its code is taken by a town or another key area, or it lies outside the district.
    """
    taken = set(session.scalars(select(KeyArea.code).where(KeyArea.district_code == district)))
    code = draft.code or next(f"area-{number}" for number in range(1, len(taken) + 2) if f"area-{number}" not in taken)
    if not CODE.fullmatch(code):
        raise InputError("{name}: the code {value} may hold only letters, digits, - _ .", name=draft.name, value=code)
    towns = select(Region.code).where(Region.district_code == district)
    if code in taken or code in set(session.scalars(towns)):
        raise InputError("the code {value} is taken by a town or another key area", value=code)
    session.add(KeyArea(district_code=district, code=code, **_checked(session, district, draft), changed_by=by))
    session.flush()
    return get_area(session, district, code)


def change_area(session: Session, district: str, code: str, draft: AreaDraft, *, version: int, by: str) -> AreaFacts:
    """Make a key area what `draft` says; its code stays.

    Raises
    ------
    NotFoundError
        If there is none of this code.
    StaleError
        If it has changed since `version`.
    InputError
        As `add_area`.
    """
    row = lock_row(session, _one(district, code), version=version, missing=_missing(district, code))
    change_row(session, row, _checked(session, district, draft), by=by)
    return get_area(session, district, code)


def remove_area(session: Session, district: str, code: str, *, version: int) -> None:
    """Remove a key area; errors as `change_area`."""
    remove_row(session, _one(district, code), version=version, missing=_missing(district, code))


def replace_areas(session: Session, district: str, areas: gpd.GeoDataFrame, facts: SourceFacts) -> None:
    """Replace the key areas that an earlier load brought; those drawn by hand stay, unless a code is the same.

    Parameters
    ----------
    session : Session
    district : str
    areas : GeoDataFrame
        ``code``, ``name``, ``note``, geometry (MultiPolygons), EPSG:4326.
    facts : SourceFacts
    """
    is_replaced = KeyArea.source_id.is_not(None) | KeyArea.code.in_(areas["code"].tolist())
    session.execute(delete(KeyArea).where(KeyArea.district_code == district, is_replaced))
    source = record_source(session, district, SOURCE_LAYER, facts)
    rows = [
        {
            "district_code": district,
            "source_id": source,
            "code": code,
            "name": name,
            "note": note if isinstance(note, str) else None,
            "geom": _ewkt(geometry),
        }
        for code, name, note, geometry in zip(areas["code"], areas["name"], areas["note"], areas.geometry, strict=True)
    ]
    session.execute(insert(KeyArea), rows)


def _one(district: str, code: str) -> Select[KeyArea]:
    return select(KeyArea).where(KeyArea.district_code == district, KeyArea.code == code)


def _checked(session: Session, district: str, draft: AreaDraft) -> dict[str, Any]:
    drawn = read_drawn(draft.geometry, kinds=("Polygon", "MultiPolygon"))
    require_inside(drawn, district_outline(session, district), wholly=False)
    return {"name": checked_name(draft.name), "note": checked_note(draft.note), "geom": _ewkt(drawn)}


def _ewkt(geometry: shapely.Geometry) -> str:
    multi = shapely.multipolygons(shapely.get_parts(geometry))
    return f"SRID=4326;{shapely.to_wkt(multi, rounding_precision=9)}"


def _facts(row: KeyArea, wkb: bytes, file_name: str | None) -> AreaFacts:
    geometry = shapely.from_wkb(bytes(wkb))
    return AreaFacts(
        code=row.code,
        name=row.name,
        note=row.note,
        km2=area_km2(geometry),
        geometry=as_geojson(geometry),
        file_name=file_name,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        version=row.row_version,
    )


def _missing(district: str, code: str) -> NotFoundError:
    return NotFoundError("There is no key area {code} in district {district}", code=code, district=district)
