"""Presses on the day of a departure in the store: each is kept once, however often it is delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geo.db.departure_tables import Departure, DepartureEvent
from geo.errors import ConflictError
from geo.tours.presses import NewStop, Press

MAX_EVENTS = 3_000
"""Presses of one departure: five days of a leader who presses every minute."""


@dataclass(frozen=True)
class EventMark:
    """How many presses of a departure there are, and the number of the last row: it changes with every press."""

    count: int
    last: int


def add_presses(session: Session, departure: Departure, day: int, presses: Sequence[Press]) -> None:
    """Store presses of a day; those that are there already change nothing.

    Raises
    ------
    ConflictError
        There are too many.
    """
    if not presses:
        return
    if mark_of(session, departure.id).count + len(presses) > MAX_EVENTS:
        raise ConflictError("there are {limit} presses of this departure already; no more are taken", limit=MAX_EVENTS)
    rows = [
        {
            "district_code": departure.district_code,
            "departure_id": departure.id,
            "day": day,
            "device": press.device,
            "number": press.number,
            "kind": press.kind,
            "stop": press.stop,
            "minutes": press.minutes,
            "target": press.target,
            "rest": [[new.key, new.arrive, new.depart] for new in press.rest] or None,
            "made_at": datetime.fromtimestamp(press.at_ms / 1000.0, UTC),
        }
        for press in presses
    ]
    once = insert(DepartureEvent).on_conflict_do_nothing(index_elements=["departure_id", "device", "number"])
    session.execute(once, rows)
    session.flush()


def list_presses(session: Session, departure: int, day: int, *, on: date, zone: ZoneInfo) -> list[Press]:
    """Return the presses of a day of a departure; their minutes count from midnight of that date in its zone."""
    query = select(DepartureEvent).where(DepartureEvent.departure_id == departure, DepartureEvent.day == day)
    rows = session.scalars(query.order_by(DepartureEvent.id).limit(MAX_EVENTS)).all()
    return [
        Press(
            device=row.device,
            number=row.number,
            at_ms=round(row.made_at.timestamp() * 1000),
            minute=minute_of(row.made_at, on=on, zone=zone),
            kind=row.kind,  # type: ignore[arg-type]
            stop=row.stop,
            minutes=row.minutes,
            target=row.target,
            rest=tuple(NewStop(*new) for new in row.rest or ()),
        )
        for row in rows
    ]


def mark_of(session: Session, departure: int) -> EventMark:
    """Return what changes with every press of a departure."""
    query = select(func.count(), func.coalesce(func.max(DepartureEvent.id), 0))
    count, last = session.execute(query.where(DepartureEvent.departure_id == departure)).one()
    return EventMark(int(count), int(last))


def minute_of(moment: datetime, *, on: date, zone: ZoneInfo) -> int:
    """Return the minutes of a moment after midnight of a date in a zone.

    Examples
    --------
    >>> minute_of(datetime(2026, 5, 16, 0, 30, tzinfo=UTC), on=date(2026, 5, 16), zone=ZoneInfo("Asia/Shanghai"))
    510
    """
    return int((moment - datetime.combine(on, time(), zone)).total_seconds() // 60)
