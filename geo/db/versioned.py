"""Add, change and remove rows that staff edit, with optimistic locking by version.

Every such table has a ``row_version`` that the database counts; a write names the version that it is based on.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session

from geo.db.departure_tables import Booking, Departure, DepartureUnit
from geo.db.planner_tables import Candidate, GapEntry, Hotspot, KeyArea, Scenario
from geo.db.rider_tables import Activity, Benefit
from geo.errors import ConflictError, NotFoundError

Row = TypeVar(
    "Row", Hotspot, KeyArea, GapEntry, Candidate, Scenario, Benefit, Activity, Departure, DepartureUnit, Booking
)
Signed = TypeVar("Signed", Hotspot, KeyArea, Scenario, Benefit, Activity, Departure, DepartureUnit, Booking)
"""Rows that name the account of their last change; an entry of the ledger has a log instead, a candidate a day."""


class StaleError(ConflictError):
    """A change based on a row that somebody has changed in between."""


def stale(name: str) -> StaleError:
    """Return the error about something that people know by a name."""
    return StaleError("{name} has been changed since you opened it; nothing was saved", name=name)


def get_row(session: Session, one: Select[Row], *, missing: NotFoundError) -> Row:
    """Return the row of a query, or raise `missing` where there is none."""
    row: Row | None = session.scalar(one, execution_options={"populate_existing": True})
    if row is None:
        raise missing
    return row


def lock_row(session: Session, one: Select[Row], *, version: int, missing: NotFoundError) -> Row:
    """Return the row that a change is for, locked until the end of the transaction.

    Raises
    ------
    NotFoundError
        `missing`, where there is none.
    StaleError
        It has changed since `version`.
    """
    row = get_row(session, one.with_for_update(), missing=missing)
    if row.row_version != version:
        raise stale(row.title if isinstance(row, Benefit | Activity) else row.name)
    return row


def add_row(session: Session, row: Row) -> Row:
    """Store a new row and return it as the database has it."""
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def change_row(session: Session, row: Signed, values: Mapping[str, Any], *, by: str) -> Signed:
    """Write `values` into a locked row, as changed by the account `by`, and return it as the database has it."""
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_by = by
    session.flush()
    session.refresh(row)
    return row


def remove_row(session: Session, one: Select[Row], *, version: int, missing: NotFoundError) -> None:
    """Remove the row of a query; errors as `lock_row`."""
    session.delete(lock_row(session, one, version=version, missing=missing))
    session.flush()
