"""Read what was changed, and undo it: all of a transaction together, unless somebody has changed a row of it since."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, select, text
from sqlalchemy.orm import Session

from geo.db.import_tables import DataImport
from geo.db.imports import can_undo, undo_import
from geo.db.tables import Base, Change
from geo.errors import ConflictError, InputError, NotFoundError

Asked = TypeVar("Asked", bound=Select[*tuple[Any, ...]])

MAX_LISTED = 100
"""Matters in one list."""
MAX_UNDONE = 5_000
"""Rows that are undone together."""
UNDOABLE = (
    "place", "place_function", "special_day", "hotspot", "key_area", "gap_entry", "benefit", "activity", "layer_weight",
    "year_target",
    "departure", "departure_unit", "booking",
    "candidate", "scenario", "tour_place",
)  # fmt: skip
"""Tables whose changes can be undone; those of accounts and districts are changed back on their pages."""


@dataclass(frozen=True)
class Filter:
    """Which changes: of some districts (None: all), of a person's name, a day (in `timezone`), a table, some towns."""

    districts: tuple[str, ...] | None = None
    actor: str | None = None
    day: date | None = None
    table: str | None = None
    towns: tuple[str, ...] = ()
    timezone: str = "Asia/Shanghai"


@dataclass(frozen=True)
class Matter:
    """What somebody changed at once: the rows of one transaction, the first of them shown."""

    batch: int
    at: datetime
    actor: str | None
    rows: int
    changes: tuple[Change, ...]
    loaded: DataImport | None = None
    """The import that did it, if one did."""

    @property
    def is_undoable(self) -> bool:
        """Whether all of its tables can be undone."""
        if self.loaded is not None:
            return can_undo(self.loaded, datetime.now(UTC))
        return self.rows <= MAX_UNDONE and all(each.table_name in UNDOABLE for each in self.changes)


def list_matters(session: Session, wanted: Filter, *, shown: int = 5) -> list[Matter]:
    """Return the latest matters, the newest first, each with at most `shown` of its rows."""
    groups = (
        select(
            Change.batch,
            Change.at,
            func.max(Change.actor).label("actor"),
            func.count().label("rows"),
            func.max(Change.import_id).label("import_id"),
        )
        .group_by(Change.batch, Change.at)
        .order_by(func.max(Change.id).desc())
        .limit(MAX_LISTED)
    )
    matters = []
    for batch, at, actor, rows, import_id in session.execute(_filtered(groups, wanted)):
        first = select(Change).where(Change.batch == batch, Change.at == at).order_by(Change.id).limit(shown)
        loaded = None if import_id is None else session.get(DataImport, import_id)
        matters.append(Matter(batch, at, actor, rows, tuple(session.scalars(first)), loaded))
    return matters


def list_actors(session: Session, districts: Sequence[str] | None = None) -> list[str]:
    """Return the names of those who changed anything, in some districts (None: all)."""
    found = select(Change.actor).where(Change.actor.is_not(None)).distinct().order_by(Change.actor).limit(500)
    if districts is not None:
        found = found.where(Change.district_code.in_(districts))
    return [str(name) for name in session.scalars(found)]


def differences(change: Change) -> list[tuple[str, Any, Any]]:
    """Return the columns that a change set, each with its value before and after; None where there was no row."""
    before, after = change.before or {}, change.after or {}
    return [
        (name, before.get(name), after.get(name))
        for name in sorted({*before, *after} - {"row_version"})
        if before.get(name) != after.get(name)
    ]


def undo(session: Session, batch: int, at: datetime, *, districts: Sequence[str] = ()) -> int:
    """Put back what one transaction changed, and return how many rows that were.

    `districts` are those that the account is limited to; empty: it is not limited.

    Raises
    ------
    NotFoundError
        There is no such transaction, or it changed something of other districts.
    InputError
        It changed what cannot be undone, or too much at once.
    ConflictError
        Somebody has changed a row of it since; the message names them.
    """
    of_batch = and_(Change.batch == batch, Change.at == at)
    changes = session.scalars(select(Change).where(of_batch).order_by(Change.id.desc()).limit(MAX_UNDONE + 1)).all()
    if not changes or (districts and any(each.district_code not in districts for each in changes)):
        raise NotFoundError("There is no such change")
    if (number := next((each.import_id for each in changes if each.import_id is not None), None)) is not None:
        undo_import(session, number, now=datetime.now(UTC))
        return len(changes)
    tables = {each.table_name for each in changes}
    if len(changes) > MAX_UNDONE or not tables <= set(UNDOABLE):
        raise InputError("This cannot be undone here: change it back on its page")
    _lock(session, tables)
    _require_untouched(session, changes)
    for change in _in_order(changes):
        _put_back(session, change)
    return len(changes)


_DEPTH = {"place_function": 1, "special_day": 2, "departure_unit": 1, "booking": 1}
"""Tables whose rows need one of another table, and how deep."""


def _in_order(changes: Sequence[Change]) -> list[Change]:
    """Return changes, the newest first, as they are put back: rows go before their likes come back, parts last."""

    def key(change: Change) -> tuple[str, str]:
        return change.table_name, _json(change.row_key)

    made = {key(each) for each in changes if each.action == "insert"}
    gone = {key(each) for each in changes if each.action == "delete"}
    kept = [each for each in changes if key(each) not in made & gone]
    depth = {each.id: _DEPTH.get(each.table_name, 0) for each in kept}
    return [
        *sorted((each for each in kept if each.action == "insert"), key=lambda each: -depth[each.id]),
        *sorted((each for each in kept if each.action == "delete"), key=lambda each: depth[each.id]),
        *(each for each in kept if each.action == "update"),
    ]


def _filtered(query: Asked, wanted: Filter) -> Asked:
    if wanted.districts is not None:
        query = query.where(Change.district_code.in_(wanted.districts))
    if wanted.towns:
        query = query.where(Change.town_code.in_(wanted.towns))
    if wanted.actor:
        query = query.where(Change.actor == wanted.actor)
    if wanted.table:
        query = query.where(Change.table_name == wanted.table)
    if wanted.day:
        start = datetime.combine(wanted.day, time(), ZoneInfo(wanted.timezone))
        query = query.where(Change.at >= start, Change.at < start + timedelta(days=1))
    return query


def _lock(session: Session, tables: set[str]) -> None:
    """Let nobody change rows of these tables until the end, so that what is looked at stays."""
    for table in sorted(tables):
        session.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))


def _require_untouched(session: Session, changes: Sequence[Change]) -> None:
    newest = changes[0].id
    own = {each.id for each in changes}
    touched = set()
    for change in changes:
        later = session.scalars(
            select(Change.id).where(
                Change.table_name == change.table_name, Change.row_key == change.row_key, Change.id > change.id
            )
        )
        if any(found > newest or found not in own for found in later):
            touched.add(change.label or change.table_name)
    if touched:
        raise ConflictError(
            "Somebody has changed this since: {names}. Nothing was undone", names=", ".join(sorted(touched)[:10])
        )


def _put_back(session: Session, change: Change) -> None:
    table = Base.metadata.tables[change.table_name]
    where = " AND ".join(f"t.{key} = k.{key}" for key in change.row_key)
    keys = f"jsonb_populate_record(NULL::{table.name}, CAST(:key AS jsonb)) AS k"
    values: dict[str, Any] = {"key": _json(change.row_key)}
    if change.action == "insert":
        session.execute(text(f"DELETE FROM {table.name} AS t USING {keys} WHERE {where}"), values)
        return
    row = {name: value for name, value in (change.before or {}).items() if name in table.columns}
    if row.get("source_id") is not None and not session.scalar(_HAS_SOURCE, {"id": row["source_id"]}):
        row["source_id"] = None
    if change.action == "update":
        row = {name: row.get(name) for name, _, _ in differences(change) if name in row}
    names = ", ".join(name for name in row if name != "row_version" or change.action == "delete")
    if not names:
        return
    old = f"jsonb_populate_record(NULL::{table.name}, CAST(:row AS jsonb))"
    values["row"] = _json(row)
    if change.action == "delete":
        session.execute(text(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {old}"), {"row": values["row"]})
    else:
        session.execute(
            text(f"UPDATE {table.name} AS t SET ({names}) = (SELECT {names} FROM {old}) FROM {keys} WHERE {where}"),
            values,
        )


_HAS_SOURCE = text("SELECT true FROM source WHERE id = :id")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
