"""Bookings of departures in the store: one a stop, and those of the whole departure (coach, guide) on day 0."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.db.departure_tables import Booking, Departure
from geo.db.versioned import add_row, change_row, lock_row, remove_row, stale
from geo.errors import InputError, NotFoundError
from geo.texts import require_name

MAX_COST = 1_000_000_000
"""Cents of one booking."""


def list_bookings(session: Session, departures: Sequence[int]) -> Mapping[int, list[Booking]]:
    """Return the bookings of departures, by departure, in the order of their stops."""
    found: dict[int, list[Booking]] = defaultdict(list)
    query = select(Booking).where(Booking.departure_id.in_(departures)).order_by(Booking.day, Booking.stop)
    for booking in session.scalars(query):
        found[booking.departure_id].append(booking)
    return found


def save_booking(
    session: Session,
    departure: Departure,
    *,
    day: int,
    stop: int,
    name: str,
    kind: str,
    values: Mapping[str, Any],
    version: int,
    by: str,
) -> Booking:
    """Write what is booked at a stop of a departure; version 0: nothing is there yet.

    `values`: ``state, contact, number, booked_on, planned_cost, actual_cost`` (cents), ``note``.

    Raises
    ------
    InputError
        A cost is out of range.
    StaleError
        Somebody has written it since `version`.
    """
    for each in ("planned_cost", "actual_cost"):
        cost = values.get(each)
        if cost is not None and not 0 <= cost <= MAX_COST:
            raise InputError("a cost lies between 0 and {limit} yuan", limit=MAX_COST // 100)
    at = (Booking.departure_id == departure.id, Booking.day == day, Booking.stop == stop)
    is_there = session.scalar(select(Booking.id).where(*at)) is not None
    named = {"name": require_name(name), "kind": kind}
    if not is_there and version == 0:
        row = Booking(
            district_code=departure.district_code,
            departure_id=departure.id,
            day=day,
            stop=stop,
            changed_by=by,
            **named,
            **values,
        )
        return add_row(session, row)
    if not is_there or version == 0:
        raise stale(name)
    found = lock_row(session, select(Booking).where(*at), version=version, missing=_missing())
    return change_row(session, found, {**named, **values}, by=by)


def remove_booking(session: Session, district: str, key: int, *, version: int) -> None:
    """Remove a booking.

    Raises
    ------
    NotFoundError
    StaleError
    """
    one = select(Booking).where(Booking.district_code == district, Booking.id == key)
    remove_row(session, one, version=version, missing=_missing())


def _missing() -> NotFoundError:
    return NotFoundError("there is no such booking in this district")
