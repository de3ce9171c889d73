"""Departures of tours in the store, and the units that send people: add, change by version, answer in numbers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from geo.db.departure_tables import Departure, DepartureUnit
from geo.db.versioned import add_row, change_row, get_row, lock_row, remove_row
from geo.errors import ConflictError, InputError, NotFoundError
from geo.texts import require_name
from geo.tours.timetable import TimetableDay, timetable_json

MAX_DEPARTURES = 2_000
"""Departures of a district in one list."""
MAX_UNITS = 300
"""Units of one departure."""
MAX_PEOPLE = 5_000


@dataclass(frozen=True)
class UnitAnswer:
    """What the liaison of a unit enters, in numbers only: `men` and `women` do not share a room as a couple.

    Examples
    --------
    >>> UnitAnswer(men=4, women=3, couples=2).people
    11
    """

    men: int = 0
    women: int = 0
    couples: int = 0
    diets: int = 0
    impaired: int = 0
    platform_workers: int = 0

    @property
    def people(self) -> int:
        """How many people that are."""
        return self.men + self.women + 2 * self.couples


ANSWERS = tuple(field.name for field in fields(UnitAnswer))


def answer_of(unit: DepartureUnit) -> UnitAnswer | None:
    """Return what a unit has answered, None where it has not."""
    return None if unit.answered_at is None else UnitAnswer(**{name: getattr(unit, name) or 0 for name in ANSWERS})


def list_departures(
    session: Session, district: str, *, tour_code: str | None = None, first: date | None = None
) -> Sequence[Departure]:
    """Return the departures of a district by date, of one tour and those that end on or after `first` where asked."""
    query = select(Departure).where(Departure.district_code == district)
    if tour_code is not None:
        query = query.where(Departure.tour_code == tour_code)
    if first is not None:
        query = query.where(Departure.last_day >= first)
    return session.scalars(query.order_by(Departure.first_day, Departure.id).limit(MAX_DEPARTURES)).all()


def get_departure(session: Session, district: str, key: int) -> Departure:
    """Return a departure.

    Raises
    ------
    NotFoundError
        There is none in the district.
    """
    return get_row(session, _one(district, key), missing=_missing(key))


def add_departure(
    session: Session,
    district: str,
    *,
    tour_code: str,
    name: str,
    first_day: date,
    timetable: Sequence[TimetableDay],
    head_count: int,
    by: str,
    is_sample: bool = False,
    **values: Any,
) -> Departure:
    """Store a new departure of a tour under the next number of that tour.

    Raises
    ------
    InputError
        The tour has no days, or the people are out of range.
    """
    if not timetable:
        raise InputError("the tour {code} has no days: give it some before it departs", code=tour_code)
    _require_people(head_count)
    last = select(func.max(Departure.number)).where(
        Departure.district_code == district, Departure.tour_code == tour_code
    )
    departure = Departure(
        district_code=district,
        tour_code=tour_code,
        number=(session.scalar(last) or 0) + 1,
        name=require_name(name),
        first_day=first_day,
        last_day=first_day + timedelta(days=len(timetable) - 1),
        head_count=head_count,
        timetable=timetable_json(timetable),
        is_sample=is_sample,
        created_by=by,
        changed_by=by,
        **values,
    )
    return add_row(session, departure)


def change_departure(
    session: Session, district: str, key: int, values: Mapping[str, Any], *, version: int, by: str
) -> Departure:
    """Change a departure: its columns by name; with `first_day` its last day moves along.

    Raises
    ------
    NotFoundError
    StaleError
        It has changed since `version`.
    InputError
        The people are out of range, or it is cancelled without a notice.
    """
    departure = lock_row(session, _one(district, key), version=version, missing=_missing(key))
    new = dict(values)
    _require_people(new.get("head_count", departure.head_count))
    if new.get("state") == "cancelled" and not (new.get("notice") or departure.notice or "").strip():
        raise InputError("Say in the notice why it is cancelled: those who were told need to know")
    if "timetable" in new:
        new["timetable"] = timetable_json(new["timetable"])
    n_day = len(new.get("timetable", departure.timetable))
    new["last_day"] = new.get("first_day", departure.first_day) + timedelta(days=n_day - 1)
    return change_row(session, departure, new, by=by)


def remove_departure(session: Session, district: str, key: int, *, version: int) -> None:
    """Remove a departure with its units, bookings, links and feedback; errors as `change_departure`."""
    remove_row(session, _one(district, key), version=version, missing=_missing(key))


def list_units(session: Session, departures: Sequence[int]) -> Mapping[int, list[DepartureUnit]]:
    """Return the units of departures, by departure, in the order in which they were added."""
    found: dict[int, list[DepartureUnit]] = defaultdict(list)
    query = select(DepartureUnit).where(DepartureUnit.departure_id.in_(departures)).order_by(DepartureUnit.id)
    for unit in session.scalars(query):
        found[unit.departure_id].append(unit)
    return found


def get_unit(session: Session, district: str, key: int) -> DepartureUnit:
    """Return a unit of a departure, or raise `NotFoundError`."""
    return get_row(session, _unit(district, key), missing=_no_unit(key))


def add_unit(
    session: Session, departure: Departure, *, name: str, quota: int | None, by: str, answer: UnitAnswer | None = None
) -> DepartureUnit:
    """Store a unit that sends people to a departure.

    Raises
    ------
    InputError
        The name is empty, or the quota is out of range.
    ConflictError
        A unit of that name, or too many units, are there already.
    """
    name = require_name(name.strip())
    if not name:
        raise InputError("Give the unit a name")
    _require_quota(quota)
    units = list_units(session, [departure.id]).get(departure.id, [])
    if any(unit.name == name for unit in units):
        raise ConflictError("{name} is in this departure already", name=name)
    if len(units) >= MAX_UNITS:
        raise ConflictError("a departure has at most {limit} units", limit=MAX_UNITS)
    given = {} if answer is None else {each: getattr(answer, each) for each in ANSWERS} | {"answered_at": func.now()}
    return add_row(
        session,
        DepartureUnit(
            district_code=departure.district_code,
            departure_id=departure.id,
            name=name,
            quota=quota,
            changed_by=by,
            **given,
        ),
    )


def change_unit(
    session: Session, district: str, key: int, values: Mapping[str, Any], *, version: int, by: str
) -> DepartureUnit:
    """Change the name or the quota of a unit; errors as `change_departure`."""
    unit = lock_row(session, _unit(district, key), version=version, missing=_no_unit(key))
    _require_quota(values.get("quota", unit.quota))
    return change_row(session, unit, values, by=by)


def answer_unit(session: Session, unit: DepartureUnit, answer: UnitAnswer, *, now: datetime, by: str) -> DepartureUnit:
    """Write what a unit's liaison answers; a later answer replaces it.

    Raises
    ------
    InputError
        A number is out of range, or more people have a diet, are impaired or are platform workers than come.
    ConflictError
        More people than the quota.
    """
    for name in ANSWERS:
        if not 0 <= getattr(answer, name) <= MAX_PEOPLE:
            raise InputError("a number lies between 0 and {limit}", limit=MAX_PEOPLE)
    if max(answer.diets, answer.impaired, answer.platform_workers) > answer.people:
        raise InputError(
            "Only {people} people come in all; the numbers of diets, impaired and platform workers are among them",
            people=answer.people,
        )
    if unit.quota is not None and answer.people > unit.quota:
        raise ConflictError(
            "{people} people are {more} more than the quota of {quota}: ask the organiser for more places first",
            people=answer.people,
            more=answer.people - unit.quota,
            quota=unit.quota,
        )
    values = {name: getattr(answer, name) for name in ANSWERS}
    return change_row(session, unit, values | {"answered_at": now}, by=by)


def remove_unit(session: Session, district: str, key: int, *, version: int) -> None:
    """Remove a unit of a departure with its link; errors as `change_departure`."""
    remove_row(session, _unit(district, key), version=version, missing=_no_unit(key))


def _one(district: str, key: int) -> Select[Departure]:
    return select(Departure).where(Departure.district_code == district, Departure.id == key)


def _unit(district: str, key: int) -> Select[DepartureUnit]:
    return select(DepartureUnit).where(DepartureUnit.district_code == district, DepartureUnit.id == key)


def _missing(key: int) -> NotFoundError:
    return NotFoundError("there is no departure {number} in this district", number=key)


def _no_unit(key: int) -> NotFoundError:
    return NotFoundError("there is no unit {number} in this district", number=key)


def _require_people(head_count: int) -> None:
    if not 1 <= head_count <= MAX_PEOPLE:
        raise InputError("a departure has from 1 to {limit} people", limit=MAX_PEOPLE)


def _require_quota(quota: int | None) -> None:
    if quota is not None and not 0 <= quota <= MAX_PEOPLE:
        raise InputError("a number lies between 0 and {limit}", limit=MAX_PEOPLE)
