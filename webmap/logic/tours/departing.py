"""Departures with all that belongs to them: made of a tour, read as one season, changed by a way out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.db.bookings import list_bookings
from geo.db.departure_tables import Booking, Departure, DepartureUnit
from geo.db.departures import answer_of, list_departures, list_units
from geo.db.tables import Tour
from geo.db.tour_places import read_tour_places
from geo.errors import NotFoundError
from geo.texts import without_invisible
from geo.tours.collisions import (
    Batch,
    Collision,
    Season,
    WaysOut,
    find_collisions,
    need_at,
    nights_of,
    place_key,
    ways_out,
)
from geo.tours.itinerary import Day, Stop, TimedDay, time_days
from geo.tours.lodging import Heads, RoomNeed, rooms_needed
from geo.tours.register import TourPlace
from geo.tours.timetable import TimetableDay, TimetableStop, timetable_of
from webmap.logic.cache import cached
from webmap.logic.district_state import DistrictState
from webmap.logic.itineraries import legs_of
from webmap.logic.tours.job import register_of


@dataclass(frozen=True)
class Night:
    """A night of a batch: the hotel, the rooms that all batches need there, and those there are (None: not known)."""

    day: int
    hotel: str
    needed: int
    rooms: int | None


@dataclass(frozen=True, eq=False)
class BatchView:
    """A departure with its units and bookings, and what it collides with."""

    departure: Departure
    units: Sequence[DepartureUnit]
    bookings: Sequence[Booking]
    batch: Batch
    collisions: tuple[Collision, ...]
    ways: WaysOut | None
    nights: tuple[Night, ...]

    @property
    def days(self) -> tuple[TimetableDay, ...]:
        """Its timetable."""
        return self.batch.days

    @property
    def registered(self) -> int:
        """How many people the units have answered."""
        return sum(answer.people for answer in map(answer_of, self.units) if answer)

    @property
    def unanswered(self) -> list[DepartureUnit]:
        """The units that have not answered."""
        return [unit for unit in self.units if unit.answered_at is None]

    @property
    def unanswered_count(self) -> int:
        """How many units have not answered."""
        return len(self.unanswered)

    @property
    def most(self) -> int:
        """How many people are taken at most: the capacity, else the seats of the coaches."""
        return min(self.batch.seats, self.departure.capacity or self.batch.seats)

    @property
    def free(self) -> int:
        """How many places are left over what is registered; below 0: too many."""
        return self.most - self.registered

    @property
    def need(self) -> RoomNeed:
        """The rooms that it needs a night, where those who accompany it share as far as they may."""
        return rooms_needed(self.batch.heads).shared

    @property
    def is_below_least(self) -> bool:
        """Whether all units have answered, and fewer come than it takes to leave (成团人数)."""
        least = self.departure.min_people
        return least is not None and bool(self.units) and not self.unanswered and self.registered < least


@dataclass(frozen=True, eq=False)
class SeasonView:
    """All departures of a district that are not cancelled or over, and the places that are known."""

    season: Season
    batches: Mapping[int, BatchView]
    places: Mapping[str, TourPlace]

    def of_tour(self, code: str) -> list[BatchView]:
        """Return the departures of a tour by date, cancelled and past ones as well."""
        return [view for view in self.batches.values() if view.departure.tour_code == code]


MOST_TIMED = 200
"""Timetables that a state keeps timed."""
ACTIVE = ("draft", "published", "full")
"""States of departures that take rooms, tables and seats."""


def heads_of(departure: Departure, units: Sequence[DepartureUnit]) -> Heads:
    """Return who travels: as the units have answered, and the rest of the expected number while some have not."""
    answers = [answer for answer in map(answer_of, units) if answer]
    known = sum(answer.people for answer in answers)
    is_complete = bool(units) and len(answers) == len(units)
    return Heads(
        men=sum(answer.men for answer in answers),
        women=sum(answer.women for answer in answers),
        couples=sum(answer.couples for answer in answers),
        unknown=0 if is_complete else max(0, departure.head_count - known),
        staff=departure.drivers + departure.guides + departure.leaders,
        staff_men=departure.staff_men or 0,
        staff_women=departure.staff_women or 0,
    )


def guest_seats(departure: Departure) -> int:
    """Return the seats for guests: those of drivers, guides and leaders are taken off."""
    taken = departure.drivers + departure.guides + departure.leaders
    return max(0, departure.coaches * departure.coach_seats - taken)


def read_season(session: Session, state: DistrictState) -> SeasonView:
    """Return all departures of a district with their collisions, and the ways out of these."""
    departures = list_departures(session, state.district.code)
    keys = [departure.id for departure in departures]
    units, bookings = list_units(session, keys), list_bookings(session, keys)
    places = {place.code: place for place in register_of(state, read_tour_places(session, state.district.code))}
    batches = {
        each.id: Batch(
            each.id,
            each.number,
            each.tour_code,
            each.first_day,
            heads_of(each, units.get(each.id, [])),
            guest_seats(each),
            _known_times(state, timetable_of(each.timetable)),
        )
        for each in departures
    }
    season = Season([batches[each.id] for each in departures if each.state in ACTIVE], places, state.calendar)
    collisions = find_collisions(season)
    views = {}
    for each in departures:
        own = tuple(collision for collision in collisions if collision.of == each.id)
        views[each.id] = BatchView(
            each,
            units.get(each.id, []),
            bookings.get(each.id, []),
            batches[each.id],
            own,
            ways_out(season, batches[each.id], own) if own else None,
            _nights(season, batches[each.id]),
        )
    return SeasonView(season, views, places)


def _known_times(state: DistrictState, days: tuple[TimetableDay, ...]) -> tuple[TimetableDay, ...]:
    """Return days with times, also where there were no streets yet when they were stored."""
    is_timed = any(stop.arrives_min is not None for day in days for stop in day.stops)
    return days if is_timed else retimed(state, days)


def _nights(season: Season, batch: Batch) -> tuple[Night, ...]:
    found = []
    for day, on, stop in nights_of(batch):
        if stop is not None:
            place = season.places.get(place_key(stop))
            rooms = sum(kind.count for kind in place.rooms) if place is not None and place.rooms else None
            found.append(Night(day, stop.name, need_at(season, place_key(stop), on)[0].rooms, rooms))
    return tuple(found)


def timetable_of_tour(session: Session, state: DistrictState, code: str) -> tuple[str, tuple[TimetableDay, ...]]:
    """Return the name of a published tour, and its days with their times along the streets.

    A stop of no code that is called like a place of tours is that place.

    Raises
    ------
    NotFoundError
        There is no such tour in the district.
    """
    tour = session.scalar(select(Tour).where(Tour.district_code == state.district.code, Tour.code == code))
    if tour is None:
        raise NotFoundError("there is no tour {code} in this district", code=code)
    codes = {place.name: place.code for place in register_of(state, read_tour_places(session, state.district.code))}
    days = []
    for day in tour.days:
        stops = []
        for row in day.stops:
            lon, lat = shapely.get_coordinates(to_shape(row.geom))[0].tolist()
            place_code = row.place_code or codes.get(row.name)
            stops.append(TimetableStop(row.name, row.kind, lon, lat, row.stay_min, place_code, row.note))
        days.append(TimetableDay(day.number, day.start, tuple(stops)))
    return without_invisible(tour.name), retimed(state, days)


def retimed(state: DistrictState, days: Sequence[TimetableDay]) -> tuple[TimetableDay, ...]:
    """Return days with the times at which a coach reaches and leaves each stop."""
    timed = time_days_of(state, days)
    return tuple(
        replace(
            day,
            stops=tuple(
                replace(
                    stop,
                    arrives_min=visit.arrives_min,
                    leaves_min=visit.leaves_min,
                    drive_min=None if visit.leg is None else visit.leg.minutes,
                    distance_m=None if visit.leg is None else visit.leg.distance_m,
                )
                for stop, visit in zip(day.stops, its.visits, strict=True)
            ),
        )
        for day, its in zip(days, timed, strict=True)
    )


def time_days_of(state: DistrictState, days: Sequence[TimetableDay]) -> tuple[TimedDay, ...]:
    """Return the days of a timetable along the streets, with the ways between their stops."""

    def make() -> tuple[TimedDay, ...]:
        return time_days(as_days(days), legs_of(state))

    return cached(state, "timetable", make, key=tuple(days), most=MOST_TIMED)


def as_days(days: Sequence[TimetableDay]) -> list[Day]:
    """Return the days of a timetable as the engine of itineraries takes them."""
    return [
        Day(day.number, day.start, [Stop(s.name, s.kind, s.lon, s.lat, s.stay_min, s.note) for s in day.stops])
        for day in days
    ]


def with_hotel(days: Sequence[TimetableDay], night: int, hotel: TourPlace) -> tuple[TimetableDay, ...]:
    """Return days that sleep in another hotel after a day (from 1), and leave from there; times as they were."""
    found = list(days)
    old = found[night - 1].stops[-1]
    new = replace(
        old, name=hotel.name, lon=hotel.lon, lat=hotel.lat, place_code=hotel.code, note=hotel.set_down or hotel.note
    )
    found[night - 1] = replace(found[night - 1], stops=(*found[night - 1].stops[:-1], new))
    first = found[night].stops[0] if night < len(found) and found[night].stops else None
    if first is not None and place_key(first) == place_key(old):
        leaves = replace(new, kind=first.kind, stay_min=first.stay_min)
        found[night] = replace(found[night], stops=(leaves, *found[night].stops[1:]))
    return tuple(found)


def part_of_units(units: Sequence[DepartureUnit]) -> tuple[list[DepartureUnit], list[DepartureUnit]]:
    """Return units in two parts of about as many people: the largest first, each to the smaller part."""

    def size(unit: DepartureUnit) -> int:
        answer = answer_of(unit)
        return answer.people if answer else unit.quota or 0

    parts: tuple[list[DepartureUnit], list[DepartureUnit]] = ([], [])
    for unit in sorted(units, key=lambda each: (-size(each), each.id)):
        smaller = min(parts, key=lambda part: sum(map(size, part)))
        smaller.append(unit)
    return parts


def same_day_next_year(day: date) -> date:
    """Return the day of next year in the same week and on the same weekday.

    Examples
    --------
    >>> same_day_next_year(date(2026, 5, 16))
    datetime.date(2027, 5, 15)
    """
    return date.fromordinal(day.toordinal() + 364)
