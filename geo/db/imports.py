"""Loads that can be undone: the layers as they were before are kept for a month, and brought back on request."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete, func, insert, select, text
from sqlalchemy.orm import Session

from geo.db.import_tables import DataImport, DataImportPart
from geo.db.layers import locate_regions
from geo.db.session import acting
from geo.db.tables import Base, Change, District
from geo.errors import ConflictError, InputError, NotFoundError

KEPT_DAYS = 30
"""How long a load can be undone."""
MAX_LISTED = 200
MAX_NAMED = 10
PART_BYTES = 1 << 20

_PLACES = ("place", "place_function", "special_day")
_STREETS = ("street_node", "street_edge", "water", "settlement")
REPLACED: dict[str, tuple[str, ...]] = {
    "boundaries": ("region",),
    "streets": _STREETS,
    "population": ("demand_point", "town_total"),
    "stations": _PLACES,
    "visits": ("visit",),
    "areas": ("key_area",),
    "candidates": ("candidate",),
    "tour-places": ("tour_place",),
}
"""The tables whose rows a load replaces, by what is loaded."""
OF_SAMPLE = (
    *_STREETS, "demand_point", *_PLACES, "tour", "tour_day", "tour_stop", "tour_place", "key_area", "candidate",
    "scenario", "activity", "demand_profile", "tour_plan", "tour_plan_version", "departure", "departure_unit",
    "booking", "share_link", "tour_comment", "departure_event", "departure_feedback",
)  # fmt: skip
"""What goes with the sample of a district besides, whatever is loaded; parents before their children."""
_SOURCES = {
    "region": ("regions",),
    "street_edge": ("streets",),
    "water": ("water",),
    "settlement": ("settlements",),
    "place": ("places",),
    "tour": ("tours",),
    "key_area": ("areas",),
    "candidate": ("candidates",),
    "tour_place": ("tour_places",),
    "visit": ("visits",),
    "town_total": ("totals",),
    "demand_point": ("demand:residents", "demand:riders", "demand:workers"),
}
"""The layers of ``source`` that the rows of a table name."""
_NOT_COMPARED = {"region_code", "row_version", "source_id"}
"""Columns that another load sets."""
# Hotspots are drawn by hand: their points are no part of a loaded layer.
_CONDITION = {"demand_point": " AND hotspot_id IS NULL"}


def begin_import(session: Session, district: str, what: str) -> int:
    """Keep the layers that a load is about to replace, and return the key of the import; `end_import` stores it.

    Parameters
    ----------
    session : Session
        In the transaction of the load: what triggers note from here on names the import.
    district : str
        Its code; it need not be there yet.
    what : str
        One of `REPLACED`.
    """
    number = int(session.scalar(text("SELECT nextval(pg_get_serial_sequence('data_import', 'id'))")) or 0)
    session.execute(text("SELECT set_config('fuchun.import', :number, true)"), {"number": str(number)})
    for name in tables_of(session, district, what):
        _keep(session, number, name, district)
    _keep(session, number, "source", district)
    return number


def tables_of(session: Session, district: str, what: str) -> tuple[str, ...]:
    """Return the tables of which a load replaces rows of a district, parents before their children."""
    row = session.get(District, district)
    sample = OF_SAMPLE if row is not None and row.status == "sample" else ()
    return (*(name for name in REPLACED[what] if name not in sample), *sample)


@dataclass(frozen=True)
class Loaded:
    """What a load did, for its import: see `DataImport`."""

    name: str
    rows_read: int
    rows_stored: int
    rows_rejected: int
    header: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


def end_import(
    session: Session,
    number: int,
    district: str,
    what: str,
    loaded: Loaded,
    *,
    tables: Sequence[str],
    district_before: dict[str, Any] | None,
) -> None:
    """Store an import that `begin_import` began, or forget it where it has stored nothing.

    Parameters
    ----------
    session : Session
    number : int
        As `begin_import` has returned it.
    district, what : str
    loaded : Loaded
    tables : sequence of str
        As `tables_of` returned them before the load.
    district_before : dict or None
        As `district_row` returned it before the load.
    """
    if not loaded.rows_stored:
        session.execute(delete(DataImportPart).where(DataImportPart.import_id == number))
    else:
        session.flush()
        kept = {name: {"columns": _columns(name), "after": _fingerprint(session, name, district)} for name in tables}
        actor = acting.get()
        session.execute(
            insert(DataImport).values(
                id=number,
                district_code=district,
                what=what,
                name=loaded.name,
                rows_read=loaded.rows_read,
                rows_stored=loaded.rows_stored,
                rows_rejected=loaded.rows_rejected,
                kept_until=datetime.now(UTC) + timedelta(days=KEPT_DAYS),
                actor=actor.name if actor else None,
                header=list(loaded.header),
                options=dict(loaded.options),
                tables=list(tables),
                kept=kept | {"source": {"columns": _columns("source")}},
                district_before=district_before,
            )
        )
    session.execute(text("SELECT set_config('fuchun.import', '', true)"))


def district_row(session: Session, code: str) -> dict[str, Any] | None:
    """Return what a load may change in the row of a district, None where there is none."""
    found = session.execute(
        text("SELECT name, name_en, status, note, outline::text AS outline FROM district WHERE code = :code"),
        {"code": code},
    ).mappings()
    row = found.one_or_none()
    return None if row is None else dict(row)


def list_imports(session: Session, district: str) -> list[DataImport]:
    """Return the imports of a district, the latest first, at most `MAX_LISTED`."""
    found = select(DataImport).where(DataImport.district_code == district).order_by(DataImport.id.desc())
    return list(session.scalars(found.limit(MAX_LISTED)))


def find_recipe(session: Session, district: str, what: str, header: Sequence[str]) -> DataImport | None:
    """Return the latest import of a file with this header, which says how the next one is to be read; None: no such."""
    if not header:
        return None
    found = (
        select(DataImport)
        .where(
            DataImport.district_code == district,
            DataImport.what == what,
            DataImport.header == list(header),
            DataImport.undone_at.is_(None),
        )
        .order_by(DataImport.id.desc())
        .limit(1)
    )
    return session.scalars(found).one_or_none()


def can_undo(each: DataImport, now: datetime) -> bool:
    """Tell whether an import may still be undone, as far as its row tells."""
    return each.undone_at is None and now < each.kept_until


def undo_import(session: Session, number: int, *, now: datetime) -> DataImport:
    """Bring back what was there before an import.

    Raises
    ------
    NotFoundError
        There is no such import.
    InputError
        It was undone already, or is older than `KEPT_DAYS`.
    ConflictError
        A later import is to be undone first, or somebody has changed rows since; the message names them.
    """
    found = session.get(DataImport, number, with_for_update=True)
    if found is None:
        raise NotFoundError("There is no such import")
    if found.undone_at is not None:
        raise InputError("{name} is undone already", name=found.name)
    if not can_undo(found, now):
        raise InputError("{name} is too old to be undone: {days} days are kept", name=found.name, days=KEPT_DAYS)
    unknown = [name for name in found.tables if set(found.kept[name]["columns"]) - set(_columns(name))]
    if unknown:
        raise InputError("{name} was loaded by an earlier version and cannot be undone", name=found.name)
    for name in found.tables:
        session.execute(text(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"))
    _require_last(session, found)
    _require_untouched(session, found)
    session.execute(text("SELECT set_config('fuchun.why', 'undo', true)"))
    _bring_back(session, found)
    actor = acting.get()
    found.undone_at, found.undone_by = now, actor.name if actor else None
    session.execute(delete(DataImportPart).where(DataImportPart.import_id == number))
    session.flush()
    return found


def forget_old_imports(session: Session, *, now: datetime) -> int:
    """Remove the earlier layers of imports that can no longer be undone, and return how many imports that were."""
    old = select(DataImport.id).where(DataImport.kept_until <= now)
    gone = session.scalars(delete(DataImportPart).where(DataImportPart.import_id.in_(old)).returning(
        DataImportPart.import_id))  # fmt: skip
    return len(set(gone))


def _require_last(session: Session, found: DataImport) -> None:
    later = session.scalars(
        select(DataImport)
        .where(
            DataImport.district_code == found.district_code,
            DataImport.id > found.id,
            DataImport.undone_at.is_(None),
            DataImport.tables.overlap(found.tables),
        )
        .order_by(DataImport.id.desc())
        .limit(1)
    ).one_or_none()
    if later is not None:
        raise ConflictError("{name} was loaded after it: undo that first", name=later.name)


def _require_untouched(session: Session, found: DataImport) -> None:
    changed = [
        name
        for name in found.tables
        if _fingerprint(session, name, found.district_code) != found.kept[name]["after"]
    ]  # fmt: skip
    if not changed:
        return
    last = select(func.max(Change.id)).where(Change.import_id == found.id).scalar_subquery()
    rows = session.execute(
        select(Change.label, Change.table_name)
        .where(
            Change.district_code == found.district_code,
            Change.table_name.in_(changed),
            Change.id > func.coalesce(last, 0),
        )
        .order_by(Change.id.desc())
        .limit(MAX_NAMED * 10)
    )
    names = list(dict.fromkeys(label or table for label, table in rows))[:MAX_NAMED] or changed
    raise ConflictError("Somebody has changed this since: {names}. Nothing was undone", names=", ".join(names))


def _bring_back(session: Session, found: DataImport) -> None:
    district = found.district_code
    for name in reversed(found.tables):
        session.execute(
            text(f"DELETE FROM {name} WHERE district_code = :code{_CONDITION.get(name, '')}"), {"code": district}
        )
    layers = [layer for name in found.tables for layer in _SOURCES.get(name, ())]
    session.execute(
        text("DELETE FROM source WHERE district_code = :code AND layer = ANY(:layers)"),
        {"code": district, "layers": layers},
    )
    session.execute(text("CREATE TEMP TABLE kept_source (LIKE source INCLUDING DEFAULTS) ON COMMIT DROP"))
    _copy_back(session, found, "source", target="kept_source")
    session.execute(
        text("INSERT INTO source SELECT * FROM kept_source WHERE layer = ANY(:layers) ON CONFLICT (id) DO NOTHING"),
        {"layers": layers},
    )
    session.execute(text("DROP TABLE kept_source"))
    for name in found.tables:
        _copy_back(session, found, name)
    if found.district_before is not None and {"region", "tour"} & set(found.tables):
        session.execute(
            text(
                "UPDATE district SET name = :name, name_en = :name_en, status = :status, note = :note, "
                "outline = CAST(:outline AS geometry) WHERE code = :code"
            ),
            found.district_before | {"code": district},
        )
    if "region" in found.tables:
        # What stood in the loaded towns is looked up in those that came back.
        for name in ("demand_point", "place"):
            session.execute(text(f"UPDATE {name} SET region_code = NULL WHERE district_code = :c"), {"c": district})
            locate_regions(session, district, name)
    session.expire_all()


def _keep(session: Session, number: int, name: str, district: str) -> None:
    """Store the rows of a district in a table, as COPY writes them, compressed."""
    columns = ", ".join(_columns(name))
    query = f"COPY (SELECT {columns} FROM {name} WHERE district_code = %s{_CONDITION.get(name, '')}) TO STDOUT"
    connection = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(query, (district,)) as copy:  # type: ignore[union-attr]
        pieces = list(_compressed(copy))
    for part, content in enumerate(pieces):
        session.execute(insert(DataImportPart).values(import_id=number, table_name=name, number=part, content=content))


def _compressed(pieces: Any) -> Iterator[bytes]:
    packer, waiting = zlib.compressobj(1), b""
    for piece in pieces:
        waiting += packer.compress(bytes(piece))
        while len(waiting) >= PART_BYTES:
            yield waiting[:PART_BYTES]
            waiting = waiting[PART_BYTES:]
    yield waiting + packer.flush()


def _copy_back(session: Session, found: DataImport, name: str, *, target: str | None = None) -> None:
    columns = ", ".join(found.kept[name]["columns"])
    parts = session.scalars(
        select(DataImportPart.content)
        .where(DataImportPart.import_id == found.id, DataImportPart.table_name == name)
        .order_by(DataImportPart.number)
    ).all()
    connection = session.connection().connection.driver_connection
    unpacker = zlib.decompressobj()
    with connection.cursor() as cursor, cursor.copy(f"COPY {target or name} ({columns}) FROM STDIN") as copy:  # type: ignore[union-attr]
        for part in parts:
            copy.write(unpacker.decompress(part))
        copy.write(unpacker.flush())


def _columns(name: str) -> list[str]:
    """Return the columns of a table that are stored, not computed."""
    return [column.name for column in _table(name).columns if column.computed is None]


def _fingerprint(session: Session, name: str, district: str) -> str:
    """Return what the rows of a district in a table have together: the same for the same rows in any order."""
    columns = ", ".join(column for column in _columns(name) if column not in _NOT_COMPARED)
    query = (
        f"SELECT count(*) || ':' || coalesce(sum(hashtextextended(ROW({columns})::text, 0)), 0) FROM {name} "
        f"WHERE district_code = :code{_CONDITION.get(name, '')}"
    )
    return str(session.scalar(text(query), {"code": district}))


def _table(name: str) -> Table:
    return Base.metadata.tables[name]
