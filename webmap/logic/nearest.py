"""Nearest stations, ranked by travel time: unknown hours rank as ten minutes farther, closed ones last."""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from geo.errors import InputError
from geo.hours import OpenState, closes_at, parse_hours
from geo.network.costs import FAR
from geo.network.modes import check_mode
from geo.network.nearest import NearestTable, fill_nearest_table, find_start, origin_costs, path_distances
from geo.network.snap import SnappedPoints, snap
from webmap.logic.cache import cached
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.door_reports.rules import Door
from webmap.logic.places import SHOWN_KINDS, STATION, choose_places
from webmap.logic.snapshots import SERVED_MODES, Snapshot

UNKNOWN_HOURS_S = 600
"""What unknown hours count in the order, as if the place were ten minutes farther; phones get it with their places."""


MAX_OTHER_TABLES = 4
"""Tables of functions that are not columns, which a worker keeps of one state: landmarks and sights, by two modes."""


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


@dataclass(frozen=True)
class Reached(Ranked):
    """A place of an answer: `kind` is the function looked for, `closes_at` when it closes after the arrival."""

    kind: str
    distance_m: float
    closes_at: datetime | None


@dataclass(frozen=True)
class Nearest:
    """The nearest stations of a point.

    Attributes
    ----------
    stations : tuple of Reached
        By time, those of unknown hours as if farther, then those that are closed on arrival.
    backup : Ranked or None
        Where to go on to from the first of them should its door be locked; `duration_s` is from there.
    attached_m : float
        From the point to the street.
    aside_m : float or None
        Metres to the nearest street, where that leads to none of the stations and the times are from another one.
    mode : str
    """

    stations: tuple[Reached, ...]
    backup: Ranked | None
    attached_m: float
    aside_m: float | None
    mode: str


def nearest(
    state: DistrictState,
    *,
    lon: float,
    lat: float,
    mode: str = "walk",
    services: Sequence[str] = (),
    at: datetime | None = None,
    count: int = 3,
    kind: str = STATION,
    always: bool = False,
) -> Nearest:
    """Return the stations a person reaches soonest, those of unknown hours as if farther by `UNKNOWN_HOURS_S`.

    Those that are closed on arrival come last. The soonest that is surely open then is always among them, in place of
    the last if need be.

    A station whose door, or one of whose `services`, enough people have just reported missing counts as closed.

    With them comes a ``backup``: where to go on to from the first of them should its door be locked, the first by the
    same order that is not closed by then; None where there is none.

    Parameters
    ----------
    state : DistrictState
    lon, lat : float
        Degrees, WGS84. Used and forgotten.
    mode : str
        ``walk`` or ``ebike``.
    services : sequence of str
        All of these must be offered.
    at : datetime, optional
        Moment of departure, with its zone; now by default.
    count : int
        How many at most.
    kind : str
        Which function of a place is looked for.
    always : bool
        Only what is open around the clock.

    Raises
    ------
    NotSnappedError
        If the point is not near a street of the mode.
    """
    snapshot, table = _table(state, mode)
    departs = datetime.now(UTC) if at is None else at
    candidates = choose_places(state, kind, services, always=always)
    if kind not in SHOWN_KINDS:
        table, candidates = _table_of(state, table, kind, candidates)
    allowed = np.zeros(table.facility.edge.size, bool)
    allowed[[place.column for place in candidates if place.column is not None]] = True
    start = find_start(snapshot.network, table, lon, lat, allowed=allowed)
    origin, costs = start.origin, start.costs
    ranked = _rank(state, costs, candidates, kind=kind, services=services, departs=departs, count=count)
    return Nearest(
        stations=_with_distances(state, table, origin, ranked, kind),
        backup=_backup(state, table, ranked[0], candidates, kind, services) if ranked else None,
        attached_m=float(origin.access_m[0]),
        aside_m=start.aside_m,
        mode=mode,
    )


def around(
    state: DistrictState,
    place: PlaceInfo,
    *,
    kind: str = STATION,
    mode: str = "walk",
    at: datetime | None = None,
    count: int = 3,
) -> tuple[Reached, ...]:
    """Return the other places with a function that are reached soonest from the door of one, as `nearest` ranks them.

    Empty where no street leads from the door to another.
    """
    if state.snapshot is None:
        return ()
    network, table = state.snapshot.network, state.snapshot.tables[mode]
    others = [other for other in choose_places(state, kind, ()) if other.code != place.code]
    door = snap(network, [place.lon], [place.lat], mode=mode)
    if not door.is_snapped[0]:
        return ()
    # One that is not in service is no column: its way is looked up as a person's is.
    costs = origin_costs(network, table, door)[0] if place.column is None else costs_between(state, mode)[place.column]
    departs = datetime.now(UTC) if at is None else at
    ranked = _rank(state, costs, others, kind=kind, services=(), departs=departs, count=count)
    return _with_distances(state, table, door, ranked, kind) if ranked else ()


def costs_between(state: DistrictState, mode: str) -> NDArray[np.int64]:
    """Return deciseconds from every place to every place, int64 (n_place, n_place).

    `FAR` where unreachable.
    """
    snapshot = state.ready()

    def compute() -> NDArray[np.int64]:
        table = snapshot.tables[mode]
        return origin_costs(snapshot.network, table, table.facility)

    return cached(state, "costs between places", compute, key=mode, most=len(SERVED_MODES))


def _table_of(
    state: DistrictState, table: NearestTable, kind: str, candidates: list[PlaceInfo]
) -> tuple[NearestTable, list[PlaceInfo]]:
    """Return a table of the places of a function that is not a column, searched at the first request of a state.

    The candidates come with their columns in it.
    """
    places = state.with_function(kind)
    lon, lat = np.array([place.lon for place in places]), np.array([place.lat for place in places])
    network, mode = state.ready().network, table.mode

    def fill() -> NearestTable:
        return fill_nearest_table(network, snap(network, lon, lat, mode=mode), mode=mode)

    found = cached(state, "table of a function", fill, key=(kind, mode), most=MAX_OTHER_TABLES)
    column = {place.code: i for i, place in enumerate(places)}
    return found, [replace(place, column=column[place.code]) for place in candidates]


def _rank(
    state: DistrictState,
    costs: NDArray[np.int64],
    candidates: list[PlaceInfo],
    *,
    kind: str,
    services: Sequence[str],
    departs: datetime,
    count: int,
    must_be_open: bool = True,
) -> list[Ranked]:
    """Return the first places by `Ranked.rank`, then those that are closed, by cost.

    With `must_be_open` the soonest that is surely open is among them, in place of the last if need be.
    """
    cost_of = costs.tolist()
    # Codes are unique: no two places are compared.
    reachable = sorted((cost_of[place.column], place.code, place) for place in candidates if place.column is not None)
    departs_s = departs.timestamp()
    best: list[Ranked] = []
    closed: list[Ranked] = []
    soonest_open: Ranked | None = None
    for cost, code, place in reachable:
        # Hours are looked up only as far down as the answer goes: until an open one is found, and none that follows
        # can come before the last of the answer.
        if cost >= FAR or (soonest_open is not None and len(best) >= count and best[count - 1].rank[0] < cost):
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
    found = (best + closed)[:count]
    if must_be_open and soonest_open is not None and all(each is not soonest_open for each in found):
        found[-1] = soonest_open
    return found


def _with_distances(
    state: DistrictState, table: NearestTable, origin: SnappedPoints, ranked: list[Ranked], kind: str
) -> tuple[Reached, ...]:
    columns = [each.place.column or 0 for each in ranked]
    metres = path_distances(state.ready().network, table, origin, columns)
    return tuple(_reached(state, each, float(m), kind) for each, m in zip(ranked, metres, strict=True))


def _reached(state: DistrictState, ranked: Ranked, distance_m: float, kind: str) -> Reached:
    closes = None
    if ranked.on_arrival is OpenState.OPEN:
        hours = parse_hours(ranked.place.functions[kind].hours)
        closes = closes_at(hours, ranked.arrives, calendar=state.calendar)
    return Reached(
        ranked.place,
        ranked.cost,
        ranked.arrives_s,
        ranked.on_arrival,
        ranked.door,
        ranked.is_closed,
        kind=kind,
        distance_m=distance_m,
        closes_at=closes,
    )


def _backup(
    state: DistrictState,
    table: NearestTable,
    first: Ranked,
    candidates: list[PlaceInfo],
    kind: str,
    services: Sequence[str],
) -> Ranked | None:
    """Return the first place by the same order, from the first of an answer on; None where all are closed by then."""
    others = [place for place in candidates if place.code != first.place.code]
    if kind in SHOWN_KINDS:
        costs = costs_between(state, table.mode)[first.place.column]
    else:
        costs = origin_costs(state.ready().network, table, table.facility.take([first.place.column or 0]))[0]
    ranked = _rank(
        state, costs, others, kind=kind, services=services, departs=first.arrives, count=1, must_be_open=False
    )
    return None if not ranked or ranked[0].is_closed else ranked[0]


def _table(state: DistrictState, mode: str) -> tuple[Snapshot, NearestTable]:
    check_mode(mode)
    if mode not in SERVED_MODES:
        raise InputError("mode {mode} is not one of {modes}", mode=mode, modes=", ".join(SERVED_MODES))
    snapshot = state.ready()
    return snapshot, snapshot.tables[mode]
