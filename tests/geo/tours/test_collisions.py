"""Collisions over all batches of all tours are found, and each way out that is offered really leads out."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from geo.calendar import Calendar
from geo.tours.collisions import (
    Batch,
    Season,
    find_collisions,
    halves,
    is_free,
    next_free_date,
    other_hotels,
    tables,
    ways_out,
)
from geo.tours.lodging import Heads, RoomNeed, missing_rooms, rooms_needed
from geo.tours.register import Rooms, TourPlace
from geo.tours.timetable import TimetableDay, TimetableStop

SATURDAY = date(2026, 5, 16)
INN = TourPlace("INN", "Inn", "hotel", 119.80, 30.0, rooms=[Rooms("twin", 2, 20), Rooms("single", 1, 4)])
FAR = TourPlace("FAR", "Far inn", "hotel", 119.50, 30.0, rooms=[Rooms("twin", 2, 40)])
NEAR = TourPlace("NEAR", "Near inn", "hotel", 119.81, 30.0, rooms=[Rooms("twin", 2, 30)])
SMALL = TourPlace("SMALL", "Small inn", "hotel", 119.805, 30.0, rooms=[Rooms("twin", 2, 3)])
TABLE = TourPlace("EAT", "Table", "restaurant", 119.85, 30.0, table_price=60_000, seats=10, capacity=60)
MUSEUM = TourPlace("SEE", "Museum", "sight", 119.9, 30.0, hours="Tu-Su 09:00-16:30")


def stop(place, kind, arrives=None, leaves=None):
    stay = 0 if arrives is None else leaves - arrives
    return TimetableStop(place.name, kind, place.lon, place.lat, stay, place.code, None, arrives, leaves)


DAYS = (
    TimetableDay(1, "08:30", (stop(MUSEUM, "sight", 560, 640), stop(TABLE, "meal", 700, 760), stop(INN, "hotel"))),
    TimetableDay(2, "08:30", (stop(INN, "start"),)),
)


def batch(key, first=SATURDAY, people=38, **changes):
    values = {"number": key, "tour_code": "T1", "heads": Heads(unknown=people, staff=3), "seats": 42, "days": DAYS}
    return Batch(key=key, first_day=first, **values | changes)


def season(*batches, places=(INN, FAR, NEAR, SMALL, TABLE, MUSEUM)):
    return Season(list(batches), {place.code: place for place in places}, Calendar.empty("Asia/Shanghai"))


def kinds(found):
    return [(each.kind, each.of, each.others, each.missing) for each in found]


def test_one_batch_alone_collides_with_nothing():
    assert find_collisions(season(batch(1))) == []


def test_two_tours_in_one_hotel_lack_rooms_and_the_later_one_gives_way():
    two = season(batch(1), batch(2, tour_code="T2"))
    # Twins: 19 + 19 of 20; alone: 3 + 3 of 4.
    assert ("rooms", 2, (1,), 20) in kinds(find_collisions(two))
    assert kinds(find_collisions(season(batch(1), batch(2, SATURDAY + timedelta(days=2))))) == [
        ("closed", 2, (), 0)  # Mondays
    ]


def test_a_restaurant_has_its_capacity_and_one_group_where_nobody_knows_it():
    assert ("meal", 2, (1,), 22) in kinds(find_collisions(season(batch(1), batch(2))))
    unknown = replace(TABLE, capacity=None)
    assert ("meal", 2, (1,), 0) in kinds(find_collisions(season(batch(1), batch(2), places=(unknown,))))
    later = replace(DAYS[0], stops=(stop(TABLE, "meal", 760, 820),))
    other = batch(2, days=(later,))
    assert find_collisions(season(batch(1), other)) == []
    assert tables(TABLE, 41) == 5
    assert tables(INN, 41) is None


def test_seats_are_those_of_guests():
    assert kinds(find_collisions(season(batch(1, people=44, seats=42), places=()))) == [("seats", 1, (), 2)]


def test_every_way_out_leads_out():
    two = season(batch(1), batch(2))
    ways = ways_out(two, batch(2), find_collisions(two))
    # Sunday: both are on their way, but sleep and eat on other days.
    assert ways.on == SATURDAY + timedelta(days=1)
    assert is_free(two, replace(batch(2), first_day=ways.on))
    assert not is_free(two, batch(2))
    assert [place.code for place in other_hotels(two, batch(2), 1)] == ["NEAR", "FAR"]
    assert (ways.hotel.code, ways.night) == ("NEAR", 1)
    # Half of it still lacks rooms beside the first.
    assert ways.second_date is None


def test_half_stays_and_half_comes_later():
    full = season(batch(1, people=60, seats=90), places=(INN, MUSEUM))
    ways = ways_out(full, full.batches[0], find_collisions(full))
    assert ways.on is None
    assert ways.second_date == SATURDAY + timedelta(days=1)
    first, second = halves(full.batches[0].heads)
    parts = season(
        batch(1, heads=first, seats=90), batch(2, ways.second_date, heads=second, seats=90), places=(INN, MUSEUM)
    )
    assert find_collisions(parts) == []
    assert first.guests + second.guests == 60


def test_no_date_helps_a_coach_or_a_restaurant_that_is_too_small():
    assert next_free_date(season(), batch(1, people=43), after=SATURDAY) is None
    assert next_free_date(season(), batch(1, people=58, seats=90), after=SATURDAY) is None


@pytest.mark.parametrize("seed", range(40))
def test_missing_rooms_are_what_trying_every_room_gives(seed):
    rng = np.random.default_rng(seed)
    rooms = [Rooms("a", int(beds), int(rng.integers(0, 4))) for beds in rng.integers(1, 4, 3)]
    heads = Heads(*(int(n) for n in rng.integers(0, 5, 7)))
    need = rooms_needed(heads)
    lacking = []
    for n_pair in range(need.pairs + 1):
        # One by one into what is there: those who need two beds first, then the others, smallest room first.
        free = sorted(kind.beds for kind in rooms for _ in range(kind.count))
        without = 0
        for least in [2] * (need.twins + need.doubles + n_pair) + [1] * (need.singles - 2 * n_pair):
            fit = next((beds for beds in free if beds >= least), None)
            if fit is None:
                without += 1
            else:
                free.remove(fit)
        lacking.append(without)
    assert missing_rooms(rooms, need) == min(lacking)
    assert missing_rooms(rooms, need + RoomNeed(singles=1)) >= min(lacking)


def test_those_who_accompany_share_by_sex_where_that_saves_a_room():
    heads = Heads(men=4, staff=3, staff_men=2, staff_women=1)
    need = rooms_needed(heads)
    assert (need.rooms, need.shared) == (4, RoomNeed(twins=3, singles=1))
    assert missing_rooms([Rooms("twin", 2, 4)], need) == 0
    assert missing_rooms([Rooms("twin", 2, 4)], rooms_needed(replace(heads, staff_men=1))) == 1
    # Nobody has to share where rooms for two are few and single ones are free.
    assert missing_rooms([Rooms("twin", 2, 2), Rooms("single", 1, 3)], need) == 0
    # Of a couple of sexes nobody shares, and more than accompany them are not counted.
    assert rooms_needed(replace(heads, staff=2, staff_men=1)).pairs == 0
    assert rooms_needed(replace(heads, staff_men=9, staff_women=9)).pairs == 1
