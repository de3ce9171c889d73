"""Rooms of a departure by kind, from the men, the women, the couples and those who accompany them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from geo.tours.register import Rooms


@dataclass(frozen=True)
class Heads:
    """Who travels: `men` and `women` who share with their likes, `couples` (pairs), and how many are not yet known.

    `staff` are the drivers, guides and leaders; `staff_men` and `staff_women` those of them whose sex is known.
    """

    men: int = 0
    women: int = 0
    couples: int = 0
    unknown: int = 0
    staff: int = 0
    staff_men: int = 0
    staff_women: int = 0

    @property
    def guests(self) -> int:
        """Everybody but those who accompany them."""
        return self.men + self.women + 2 * self.couples + self.unknown

    @property
    def people(self) -> int:
        """Everybody who eats and sleeps."""
        return self.guests + self.staff


@dataclass(frozen=True)
class RoomNeed:
    """Rooms for two of one sex, for a couple, and for one person alone.

    Of those in `singles`, `pairs` are twos of one sex who may share a room where that saves one.
    """

    twins: int = 0
    doubles: int = 0
    singles: int = 0
    pairs: int = 0

    def __add__(self, other: "RoomNeed") -> "RoomNeed":
        return RoomNeed(
            self.twins + other.twins,
            self.doubles + other.doubles,
            self.singles + other.singles,
            self.pairs + other.pairs,
        )

    @property
    def rooms(self) -> int:
        """How many rooms that are at least."""
        return self.twins + self.doubles + self.singles - self.pairs

    @property
    def shared(self) -> "RoomNeed":
        """The rooms if every pair shares one."""
        return self.with_sharing(self.pairs)

    def with_sharing(self, n_pair: int) -> "RoomNeed":
        """Return the rooms if so many pairs share one and all others sleep alone."""
        return RoomNeed(self.twins + n_pair, self.doubles, self.singles - 2 * n_pair)


def rooms_needed(heads: Heads) -> RoomNeed:
    """Return the rooms of a group: nobody shares with the other sex but couples, and no guest with drivers or guides.

    Drivers, guides and leaders of one sex may share by two; those left over and those of unknown sex sleep alone.
    Guests whose sex is not known yet count two to a room, which can be one room too few until they are known.

    Examples
    --------
    >>> rooms_needed(Heads(men=9, women=12, couples=4, staff=3))
    RoomNeed(twins=11, doubles=4, singles=3, pairs=0)
    >>> rooms_needed(Heads(men=9, women=12, couples=4, staff=3, staff_men=2, staff_women=1)).shared
    RoomNeed(twins=12, doubles=4, singles=1, pairs=0)
    """
    guests = ceil(heads.men / 2) + ceil(heads.women / 2) + ceil(heads.unknown / 2)
    # More of them than there are cannot be: what is said of the number counts.
    men = min(heads.staff_men, heads.staff)
    pairs = men // 2 + min(heads.staff_women, heads.staff - men) // 2
    return RoomNeed(guests, heads.couples, heads.staff, pairs)


def missing_rooms(rooms: Sequence[Rooms], need: RoomNeed) -> int:
    """Return how many rooms a hotel lacks for a need: one person may have a larger room, two never a single one.

    Examples
    --------
    >>> missing_rooms([Rooms("twin", 2, 20), Rooms("single", 1, 2)], RoomNeed(twins=18, doubles=1, singles=4))
    1
    """
    shared = sum(kind.count for kind in rooms if kind.beds >= 2)
    alone = sum(kind.count for kind in rooms if kind.beds == 1)

    def missing(need: RoomNeed) -> int:
        lacking = max(0, need.twins + need.doubles - shared)
        left = max(0, shared - need.twins - need.doubles)
        return lacking + max(0, need.singles - alone - left)

    return min(missing(need.with_sharing(n_pair)) for n_pair in range(need.pairs + 1))
