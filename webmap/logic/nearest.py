"""The nearest stations of a point, and those around a station, by travel time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from geo.errors import InputError
from geo.hours import OpenState, closes_at, parse_hours
from geo.network.modes import check_mode
from geo.network.nearest import NearestTable, find_start, make_table, origin_costs, path_distances
from geo.network.snap import SnappedPoints, snap
from webmap.logic.cache import cached
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.places import SHOWN_KINDS, STATION, choose_places
from webmap.logic.ranking import Ranked, Reach, rank_places
from webmap.logic.snapshots import SERVED_MODES, Snapshot

MAX_OTHER_TABLES = 4
"""Tables of functions that are not columns, which a worker keeps of one state: landmarks and sights, by two modes."""


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
    """Return the stations a person reaches soonest, those of unknown hours as if farther by
    `webmap.logic.ranking.UNKNOWN_HOURS_S`.

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
    origin = start.origin
    reach = Reach(start.costs, start.known_ds, lambda: origin_costs(snapshot.network, table, origin)[0])
    ranked = rank_places(state, reach, candidates, kind=kind, services=services, departs=departs, count=count)
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
    reach = Reach.of(state, table, door) if place.column is None else from_place(state, mode, place.column)
    departs = datetime.now(UTC) if at is None else at
    ranked = rank_places(state, reach, others, kind=kind, services=(), departs=departs, count=count)
    return _with_distances(state, table, door, ranked, kind) if ranked else ()


def from_place(state: DistrictState, mode: str, column: int) -> Reach:
    """Return what it costs from the place of a column to all others: of few places kept for all, of many looked up."""
    snapshot = state.ready()
    table = snapshot.tables[mode]
    if table.is_truncated:
        return Reach.of(state, table, table.facility.take([column]))

    def compute() -> NDArray[np.int64]:
        return origin_costs(snapshot.network, table, table.facility)

    return Reach(cached(state, "costs between places", compute, key=mode, most=len(SERVED_MODES))[column])


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
        return make_table(network, snap(network, lon, lat, mode=mode), mode=mode)

    found = cached(state, "table of a function", fill, key=(kind, mode), most=MAX_OTHER_TABLES)
    column = {place.code: i for i, place in enumerate(places)}
    return found, [replace(place, column=column[place.code]) for place in candidates]


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
    column = first.place.column or 0
    if kind in SHOWN_KINDS:
        reach = from_place(state, table.mode, column)
    else:
        reach = Reach.of(state, table, table.facility.take([column]))
    ranked = rank_places(
        state, reach, others, kind=kind, services=services, departs=first.arrives, count=1, must_be_open=False
    )
    return None if not ranked or ranked[0].is_closed else ranked[0]


def _table(state: DistrictState, mode: str) -> tuple[Snapshot, NearestTable]:
    check_mode(mode)
    if mode not in SERVED_MODES:
        raise InputError("mode {mode} is not one of {modes}", mode=mode, modes=", ".join(SERVED_MODES))
    snapshot = state.ready()
    return snapshot, snapshot.tables[mode]
