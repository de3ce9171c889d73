"""Changes of a season that touch more than one row: add a batch, take a way out, copy last year's."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from geo.db.departure_tables import Booking, Departure, DepartureUnit
from geo.db.departures import add_departure, add_unit, change_departure, get_departure, list_departures, list_units
from geo.errors import ConflictError, InputError
from geo.tours.timetable import timetable_of
from webmap.logic.district_state import DistrictState
from webmap.logic.tours.departing import (
    BatchView,
    part_of_units,
    read_season,
    retimed,
    same_day_next_year,
    timetable_of_tour,
    with_hotel,
)

COPIED = (
    "min_people", "capacity", "coaches", "coach_seats", "drivers", "guides", "leaders", "staff_men",
    "staff_women", "leader_name", "leader_phone", "meeting", "bring", "rain_plan",
)  # fmt: skip
"""What a batch has in common with the one that it is made of."""


def add_batch(
    session: Session, state: DistrictState, code: str, *, first_day: date, head_count: int, by: str
) -> Departure:
    """Store a batch of a published tour; its other details are those of the tour's latest one."""
    name, days = timetable_of_tour(session, state, code)
    earlier = max(list_departures(session, state.district.code, tour_code=code), key=lambda it: it.id, default=None)
    details = {} if earlier is None else {each: getattr(earlier, each) for each in COPIED}
    if earlier is None or earlier.coaches * earlier.coach_seats < head_count:
        # Enough coaches of the usual size for the people and those who accompany them.
        details["coaches"] = max(1, -(-(head_count + 3) // details.get("coach_seats", 45)))
    return add_departure(
        session,
        state.district.code,
        tour_code=code,
        name=name,
        first_day=first_day,
        timetable=days,
        head_count=head_count,
        by=by,
        is_sample=state.is_sample,
        **details,
    )


def move_batch(
    session: Session, district: str, key: int, first_day: date, *, version: int, by: str
) -> tuple[Departure, int]:
    """Let a batch leave on another day; return it, and how many bookings have to be asked for again."""
    moved = change_departure(session, district, key, {"first_day": first_day}, version=version, by=by)
    asked = session.execute(
        update(Booking)
        .where(Booking.departure_id == key, Booking.state.in_(("held", "confirmed")))
        .values(state="asked", changed_by=by)
        .returning(Booking.id)
    )
    return moved, len(asked.all())


def change_hotel(session: Session, state: DistrictState, view: BatchView, *, version: int, by: str) -> Departure:
    """Let a batch sleep in the hotel that its ways out name; what is booked for that night is asked for again.

    Raises
    ------
    ConflictError
        No other hotel has room.
    """
    ways = view.ways
    if ways is None or ways.hotel is None or ways.night is None:
        raise ConflictError("no other hotel that is known has enough rooms; choose another date")
    days = retimed(state, with_hotel(view.days, ways.night, ways.hotel))
    changed = change_departure(
        session, state.district.code, view.departure.id, {"timetable": days}, version=version, by=by
    )
    stop = len(view.days[ways.night - 1].stops)
    session.execute(
        delete(Booking).where(Booking.departure_id == changed.id, Booking.day == ways.night, Booking.stop == stop)
    )
    return changed


def split_batch(session: Session, district: str, view: BatchView, *, version: int, by: str) -> Departure:
    """Leave half of a batch as it is, and let the others go later with units, answers and links of their own.

    Raises
    ------
    ConflictError
        There is no date for the other half.
    """
    second_date = None if view.ways is None else view.ways.second_date
    if second_date is None:
        raise ConflictError("two batches do not solve it either; choose another date")
    departure = view.departure
    stay, go = part_of_units(view.units)
    later = departure.head_count // 2
    rest = departure.head_count - later
    capacity = departure.capacity
    change_departure(session, district, departure.id, {"head_count": rest}, version=version, by=by)
    second = add_departure(
        session,
        district,
        tour_code=departure.tour_code,
        name=departure.name,
        first_day=second_date,
        timetable=view.days,
        head_count=later,
        by=by,
        is_sample=departure.is_sample,
        **{each: getattr(departure, each) for each in COPIED} | {"capacity": capacity},
    )
    if stay and go:
        moved = [unit.id for unit in go]
        session.execute(
            update(DepartureUnit).where(DepartureUnit.id.in_(moved)).values(departure_id=second.id, changed_by=by)
        )
    return second


def copy_season(session: Session, state: DistrictState, code: str, *, year: int, by: str) -> Sequence[Departure]:
    """Store the batches of a tour that left in a year again a year later: same weekday, units and quotas, no answers.

    Raises
    ------
    InputError
        The tour had no batches in that year.
    ConflictError
        All of them are there already.
    """
    district = state.district.code
    every = list_departures(session, district, tour_code=code)
    there = {each.first_day for each in every}
    last = [each for each in every if each.first_day.year == year and each.state != "cancelled"]
    if not last:
        raise InputError("this tour had no batches in {year}", year=year)
    units = list_units(session, [each.id for each in last])
    made = []
    for each in last:
        first_day = same_day_next_year(each.first_day)
        if first_day in there:
            continue
        copy = add_departure(
            session,
            district,
            tour_code=code,
            name=each.name,
            first_day=first_day,
            timetable=timetable_of(each.timetable),
            head_count=each.head_count,
            by=by,
            is_sample=each.is_sample,
            **{name: getattr(each, name) for name in COPIED},
        )
        for unit in units.get(each.id, []):
            add_unit(session, copy, name=unit.name, quota=unit.quota, by=by)
        made.append(copy)
    if not made:
        raise ConflictError("the batches of {year} have been copied already", year=year)
    return made


def view_of(session: Session, state: DistrictState, key: int) -> BatchView:
    """Return a departure of the district as its season sees it, or raise `NotFoundError`."""
    get_departure(session, state.district.code, key)
    return read_season(session, state).batches[key]
