"""A season of departures: what collides over all batches of all tours, and the ways out of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil, hypot
from typing import Literal

from geo.calendar import Calendar
from geo.network.snap import metres_per_degree
from geo.tours.lodging import Heads, RoomNeed, missing_rooms, rooms_needed
from geo.tours.register import TourPlace, open_windows
from geo.tours.timetable import TimetableDay, TimetableStop, date_of

CollisionKind = Literal["rooms", "meal", "seats", "closed"]

MEAL = "meal"
NIGHT = "hotel"
SEARCH_DAYS = 120
"""How far ahead a free date is looked for."""


@dataclass(frozen=True)
class Batch:
    """A departure as far as others can be in its way.

    Attributes
    ----------
    key : int
        Larger for one that was added later: it is the one that gives way.
    seats : int
        Seats for guests in all coaches: those of driver, guides and leaders are taken off.
    """

    key: int
    number: int
    tour_code: str
    first_day: date
    heads: Heads
    seats: int
    days: tuple[TimetableDay, ...]


@dataclass(frozen=True)
class Collision:
    """Something that does not go together, said of the batch `of`, because of the batches `others`.

    `missing` are rooms, seats at table or seats of a coach; 0 where a restaurant is taken by one group alone or a place
    is closed.
    """

    kind: CollisionKind
    of: int
    others: tuple[int, ...]
    place: str
    on: date
    missing: int
    day: int = 0


@dataclass(frozen=True)
class WaysOut:
    """What would solve the collisions of a batch: another date, another hotel for a night, or two batches."""

    on: date | None
    hotel: TourPlace | None
    night: int | None
    second_date: date | None


@dataclass(frozen=True, eq=False)
class Season:
    """Batches of all tours, with the places that are known."""

    batches: Sequence[Batch]
    places: Mapping[str, TourPlace]
    calendar: Calendar

    def without(self, key: int) -> "Season":
        """Return the season without a batch."""
        return replace(self, batches=[batch for batch in self.batches if batch.key != key])

    def with_batch(self, batch: Batch) -> "Season":
        """Return the season with a batch, in place of the one with its key."""
        return replace(self, batches=[*self.without(batch.key).batches, batch])


def place_key(stop: TimetableStop) -> str:
    """Return what makes two stops the same place: its code, else its name."""
    return stop.place_code or stop.name


def need_at(season: Season, hotel: str, night: date) -> tuple[RoomNeed, tuple[int, ...]]:
    """Return the rooms that all batches need in a hotel for a night, and which batches these are."""
    need, keys = RoomNeed(), []
    for batch in season.batches:
        if any(stop and place_key(stop) == hotel and on == night for _, on, stop in nights_of(batch)):
            need += rooms_needed(batch.heads)
            keys.append(batch.key)
    return need, tuple(sorted(keys))


def nights_of(batch: Batch) -> Iterator[tuple[int, date, TimetableStop | None]]:
    """Yield the nights of a batch: (day from 1, date, where it sleeps, None where that is not said)."""
    for day in batch.days[:-1]:
        last = day.stops[-1] if day.stops else None
        yield day.number, date_of(batch.first_day, day), last if last and last.kind == NIGHT else None


def meals_of(batch: Batch) -> Iterator[tuple[date, TimetableDay, TimetableStop]]:
    """Yield the meals of a batch with their dates."""
    for day in batch.days:
        for stop in day.stops:
            if stop.kind == MEAL:
                yield date_of(batch.first_day, day), day, stop


def tables(place: TourPlace | None, people: int) -> int | None:
    """Return how many tables people fill, None where the place is paid by head or not known."""
    if place is None or place.table_price is None:
        return None
    return ceil(people / (place.seats or 10))


def find_collisions(season: Season) -> list[Collision]:
    """Return all collisions, by date; each is said of the batch that was added last."""
    found = [
        *_of_rooms(season),
        *_of_meals(season),
        *(each for batch in season.batches for each in _of_batch(season, batch)),
    ]
    return sorted(found, key=lambda each: (each.on, each.of, each.kind, each.place))


def _of_rooms(season: Season) -> Iterator[Collision]:
    seen: set[tuple[str, date]] = set()
    for batch in season.batches:
        for day, on, stop in nights_of(batch):
            if stop is None or (place_key(stop), on) in seen:
                continue
            seen.add((place_key(stop), on))
            place = season.places.get(place_key(stop))
            if place is None or not place.rooms:
                continue
            need, keys = need_at(season, place_key(stop), on)
            if missing := missing_rooms(place.rooms, need):
                yield Collision("rooms", keys[-1], keys[:-1], stop.name, on, missing, day)


def _of_meals(season: Season) -> Iterator[Collision]:
    at: dict[tuple[str, date], list[tuple[Batch, TimetableDay, TimetableStop]]] = defaultdict(list)
    for batch in season.batches:
        for on, day, stop in meals_of(batch):
            at[place_key(stop), on].append((batch, day, stop))
    for (key, on), meals in at.items():
        place = season.places.get(key)
        for batch, day, stop in meals:
            together = [other for other, _, its in meals if other.key <= batch.key and _overlap(stop, its)]
            people = sum(other.heads.people for other in together)
            others = tuple(sorted(other.key for other in together if other.key != batch.key))
            if place is not None and place.capacity is not None:
                if people > place.capacity:
                    missing = people - place.capacity
                    yield Collision("meal", batch.key, others, stop.name, on, missing, day.number)
            elif others:
                # Nobody has said how many it holds: one group at a time.
                yield Collision("meal", batch.key, others, stop.name, on, 0, day.number)


def _overlap(one: TimetableStop, other: TimetableStop) -> bool:
    times = (one.arrives_min, one.leaves_min, other.arrives_min, other.leaves_min)
    if one is other or None in times:
        return True
    return (one.arrives_min or 0) < (other.leaves_min or 0) and (other.arrives_min or 0) < (one.leaves_min or 0)


def _of_batch(season: Season, batch: Batch) -> Iterator[Collision]:
    if batch.heads.guests > batch.seats:
        yield Collision("seats", batch.key, (), "", batch.first_day, batch.heads.guests - batch.seats)
    for day in batch.days:
        on = date_of(batch.first_day, day)
        for stop in day.stops:
            place = season.places.get(place_key(stop))
            if place is not None and stop.stay_min and _is_closed(place, stop, on, season.calendar):
                yield Collision("closed", batch.key, (), stop.name, on, 0, day.number)


def _is_closed(place: TourPlace, stop: TimetableStop, on: date, calendar: Calendar) -> bool:
    windows = open_windows(place.hours, on, calendar)
    if windows is None:
        return False
    arrives, leaves = stop.arrives_min, stop.leaves_min
    if arrives is None or leaves is None:
        return not windows
    return not any(begin <= arrives and leaves <= end for begin, end in windows)


def is_free(season: Season, batch: Batch) -> bool:
    """Tell whether a batch can be as it is: nothing collides that would not collide without it."""
    near = replace(season, batches=[each for each in season.without(batch.key).batches if _meet(each, batch)])
    before = {_shape(each) for each in find_collisions(near)}
    return all(_shape(each) in before for each in find_collisions(near.with_batch(batch)))


def _meet(one: Batch, other: Batch) -> bool:
    """Tell whether two batches are on their way on a common day."""
    apart = (other.first_day - one.first_day).days
    return -len(other.days) < apart < len(one.days)


def _shape(collision: Collision) -> tuple[str, str, date, int]:
    return collision.kind, collision.place, collision.on, collision.missing


def next_free_date(season: Season, batch: Batch, *, after: date) -> date | None:
    """Return the first date after `after` on which a batch collides with nothing, None within `SEARCH_DAYS`."""
    # What does not fit alone fits on no date.
    if any(each.kind != "closed" for each in find_collisions(replace(season, batches=[batch]))):
        return None
    for days in range(1, SEARCH_DAYS + 1):
        on = after + timedelta(days=days)
        if is_free(season, replace(batch, first_day=on)):
            return on
    return None


def other_hotels(season: Season, batch: Batch, night: int) -> list[TourPlace]:
    """Return the hotels that have room for a batch on one of its nights (from 1), the nearest to its own first."""
    on, stop = next(((on, stop) for day, on, stop in nights_of(batch) if day == night), (None, None))
    if on is None or stop is None:
        return []
    need = rooms_needed(batch.heads)
    rest = season.without(batch.key)
    free = [
        place
        for place in season.places.values()
        if place.rooms
        and place.code != place_key(stop)
        and not missing_rooms(place.rooms, need + need_at(rest, place.code, on)[0])
    ]
    per_lon, per_lat = metres_per_degree(stop.lat)

    def far(place: TourPlace) -> float:
        return hypot((place.lon - stop.lon) * float(per_lon), (place.lat - stop.lat) * float(per_lat))

    return sorted(free, key=lambda place: (far(place), place.code))


def halves(heads: Heads) -> tuple[Heads, Heads]:
    """Return a group in two, each with its own staff.

    Examples
    --------
    >>> halves(Heads(men=5, women=4, couples=1, staff=3))  # doctest: +ELLIPSIS
    (Heads(men=3, women=2, couples=1, ..., staff=3, ...), Heads(men=2, women=2, couples=0, ..., staff=3, ...))
    """

    def half(number: int) -> int:
        return ceil(number / 2)

    first = replace(
        heads,
        men=half(heads.men),
        women=half(heads.women),
        couples=half(heads.couples),
        unknown=half(heads.unknown),
    )
    second = replace(
        heads,
        men=heads.men - first.men,
        women=heads.women - first.women,
        couples=heads.couples - first.couples,
        unknown=heads.unknown - first.unknown,
    )
    return first, second


def ways_out(season: Season, batch: Batch, collisions: Sequence[Collision]) -> WaysOut:
    """Return what would solve the collisions of a batch, each way as far as there is one."""
    own = [each for each in collisions if each.of == batch.key]
    night = next((each.day for each in own if each.kind == "rooms"), None)
    hotels = other_hotels(season, batch, night) if night is not None else []
    second_date = None
    first, second = halves(batch.heads)
    if any(each.kind != "closed" for each in own) and first.guests and second.guests:
        stays = replace(batch, heads=first)
        if is_free(season, stays):
            later = replace(batch, key=batch.key + 1_000_000_000, heads=second)
            second_date = next_free_date(season.with_batch(stays), later, after=batch.first_day)
    return WaysOut(
        next_free_date(season, batch, after=batch.first_day), hotels[0] if hotels else None, night, second_date
    )
