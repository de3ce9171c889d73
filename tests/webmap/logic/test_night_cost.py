"""The rooms of a night at what they cost at least: who may share does so where that is cheaper."""

from geo.tours.lodging import Heads, rooms_needed
from geo.tours.problem import RoomKind
from webmap.logic.tours.money import cheapest_night

NEED = rooms_needed(Heads(men=4, staff=2, staff_men=2))


def test_two_of_the_staff_share_a_room_that_is_cheaper_than_two():
    dear, cheap = RoomKind("twin", 2, 30_000, 10), RoomKind("twin", 2, 20_000, 10)
    single = RoomKind("single", 1, 12_000, 10)
    assert cheapest_night([cheap, single], NEED) == 3 * 20_000
    # Where a single room costs less than half of a twin, nobody shares.
    assert cheapest_night([dear, single], NEED) == 6 * 12_000
    assert cheapest_night([RoomKind("twin", 2, 30_000, 3)], NEED) == 3 * 30_000
    assert cheapest_night([RoomKind("twin", 2, 30_000, 2)], NEED) is None
    assert cheapest_night([RoomKind("twin", 2, None, 9)], NEED) is None
