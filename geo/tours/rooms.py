"""Rooms for a group for a night: the cheapest that sleep everybody."""

from collections.abc import Sequence
from functools import cache

from geo.tours.problem import Group, RoomKind


def room_cost(rooms: Sequence[RoomKind], group: Group) -> tuple[int, bool] | None:
    """Return (cents a night, whether every price is known) of the cheapest rooms, or None if there are too few.

    Each of the `singles` has a room of any kind alone; the others fill the beds. A room of unknown price counts as 0
    and is taken last.

    Examples
    --------
    >>> twin = RoomKind("twin", 2, 30_000, 20)
    >>> room_cost([twin], Group(people=5, singles=1))
    (90000, True)
    >>> room_cost([twin], Group(people=50)) is None
    True
    """
    order = sorted(rooms, key=lambda kind: (kind.price is None, kind.price or 0, -kind.beds))

    @cache
    def best(k: int, singles: int, shared: int) -> tuple[int, int] | None:
        """Return (rooms of unknown price, cents) for kinds from `k` on."""
        if singles == 0 and shared <= 0:
            return 0, 0
        if k == len(order):
            return None
        kind = order[k]
        found: tuple[int, int] | None = None
        for alone in range(min(singles, kind.count) + 1):
            needed = -(-shared // kind.beds) if shared > 0 else 0
            for filled in range(min(needed, kind.count - alone) + 1):
                rest = best(k + 1, singles - alone, max(0, shared - filled * kind.beds))
                if rest is not None:
                    n = alone + filled
                    total = (rest[0] + (n if kind.price is None else 0), rest[1] + n * (kind.price or 0))
                    found = total if found is None else min(found, total)
        return found

    answer = best(0, group.singles, group.people - group.singles)
    return None if answer is None else (answer[1], answer[0] == 0)
