"""The order of the stations a rider sees: unknown hours rank as ten minutes farther, closed ones last."""

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from geo.hours import OpenState
from geo.network.costs import FAR
from geo.network.nearest import NearestTable, near_costs, origin_costs
from geo.network.snap import SnappedPoints
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.door_reports.rules import Door

UNKNOWN_HOURS_S = 600
"""What unknown hours count in the order, as if the place were ten minutes farther; phones get it with their places."""


@dataclass(frozen=True)
class Ranked:
    """A place with its cost in deciseconds from an origin, and its state at `arrives_s` (epoch seconds).

    `door` is what was reported from it by the departure. `is_closed`: by its hours on arrival, or by those reports.
    """

    place: PlaceInfo
    cost: int
    arrives_s: float
    on_arrival: OpenState
    door: Door
    is_closed: bool

    @property
    def rank(self) -> tuple[int, str]:
        """Where it stands among those that are not closed: deciseconds, those of unknown hours farther, then code."""
        farther = 10 * UNKNOWN_HOURS_S if self.on_arrival is OpenState.UNKNOWN else 0
        return self.cost + farther, self.place.code

    @property
    def duration_s(self) -> float:
        """Return the travel time in seconds."""
        return self.cost / 10.0

    @property
    def arrives(self) -> datetime:
        """Return the moment of arrival."""
        return datetime.fromtimestamp(self.arrives_s, UTC)


@dataclass(frozen=True, eq=False)
class Reach:
    """What it costs from somewhere to the columns of a table, deciseconds (int64); below `known_ds` all are there.

    `find_all` searches for the others, which stand as `FAR` before.
    """

    costs: NDArray[np.int64]
    known_ds: int = int(FAR)
    find_all: Callable[[], NDArray[np.int64]] | None = None

    @classmethod
    def of(cls, state: DistrictState, table: NearestTable, origin: SnappedPoints) -> "Reach":
        """Look a snapped point up."""
        network = state.ready().network
        costs, known_ds = near_costs(network, table, origin)
        return cls(costs, known_ds, lambda: origin_costs(network, table, origin)[0])

    def of_nearest(self, n: int, columns: Sequence[int]) -> NDArray[np.int64]:
        """Return costs that hold the `n` nearest of some columns; all of them where fewer are known."""
        farther = self.farther() if (self.costs[columns] < FAR).sum() < n else None
        return self.costs if farther is None else farther.costs

    def farther(self) -> "Reach | None":
        """Return the same with all costs; None if they are all there."""
        return None if self.known_ds >= FAR or self.find_all is None else Reach(self.find_all())


def rank_places(
    state: DistrictState,
    reach: Reach,
    candidates: list[PlaceInfo],
    *,
    kind: str,
    services: Sequence[str],
    departs: datetime,
    count: int,
    must_be_open: bool = True,
) -> list[Ranked]:
    """Return the first places by `Ranked.rank`, then those that are closed, by cost.

    Parameters
    ----------
    state : DistrictState
    reach : Reach
        What it costs from the origin; what it does not know is searched for when the answer may need it.
    candidates : list of PlaceInfo
        Those without a column are left out.
    kind : str
        The function whose hours count.
    services : sequence of str
        What reports from the door must not have found missing.
    departs : datetime
        Moment of departure, with its zone.
    count : int
        How many at most.
    must_be_open : bool
        Whether the soonest that is surely open is among them, in place of the last if need be.
    """
    cost_of = reach.costs.tolist()
    # Codes are unique: no two places are compared.
    reachable = sorted(
        (cost_of[place.column], place.code, place)
        for place in candidates
        if place.column is not None and cost_of[place.column] < FAR
    )
    departs_s = departs.timestamp()
    best: list[Ranked] = []
    closed: list[Ranked] = []
    soonest_open: Ranked | None = None
    for cost, code, place in reachable:
        # Hours are looked up only as far down as the answer goes: until an open one is found, and none that follows
        # can come before the last of the answer.
        if soonest_open is not None and len(best) >= count and best[count - 1].rank[0] < cost:
            break
        arrives_s = departs_s + cost / 10.0
        on_arrival = state.open_state(place.functions[kind].hours, arrives_s)
        door = state.board.door(code, departs)
        is_closed = on_arrival is OpenState.CLOSED or door.bars(services)
        ranked = Ranked(place, cost, arrives_s, on_arrival, door, is_closed)
        if is_closed:
            closed.append(ranked)
            continue
        insort(best, ranked, key=lambda each: each.rank)
        if soonest_open is None and on_arrival is OpenState.OPEN:
            soonest_open = ranked
    else:
        if (farther := reach.farther()) is not None:
            return rank_places(
                state, farther, candidates,
                kind=kind, services=services, departs=departs, count=count, must_be_open=must_be_open,
            )  # fmt: skip
    found = (best + closed)[:count]
    if must_be_open and soonest_open is not None and all(each is not soonest_open for each in found):
        found[-1] = soonest_open
    return found
