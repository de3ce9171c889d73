"""The answers that the command line and HTTP give alike, as plain JSON-ready objects (design, "Contracts")."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.db.tables import FUNCTION_KINDS, SERVICES
from geo.errors import InputError, NotFoundError
from geo.hours import OpenState, closes_at, parse_hours, state_at
from geo.network.attach import Attachment, attach_one
from geo.network.directions import describe_route
from geo.network.modes import check_mode
from geo.network.nearest import NearestTable, find_start, path_distances
from geo.network.routes import Route, find_route, route_to_facility
from webmap.logic.door_reports.rules import Door, door_facts
from webmap.logic.live import DistrictState, PlaceInfo
from webmap.logic.map_links import MapLink, links_as_json, map_links
from webmap.logic.snapshots import SERVED_MODES, Snapshot

STATION = "rest_station"
ALWAYS = "24/7"
"""How hours around the clock are written, whatever the file said: see `geo.hours.normalize_hours`."""

_FAR = np.iinfo(np.int32).max


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
) -> dict[str, Any]:
    """Return the stations a person reaches soonest: those that may be open on arrival first, then by time.

    A station whose door, or one of whose `services`, enough people have just reported missing counts as closed.

    With them comes a ``backup``: where to go on to from the first of them should its door be locked, the nearest that
    is not closed by then; None where there is none.

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
    NotAttachedError
        If the point is not near a street of the mode.
    """
    snapshot, table = _table(state, mode)
    departs = _moment(at)
    candidates = choose_places(state, kind, services, always=always)
    allowed = np.zeros(table.facility.edge.size, bool)
    allowed[[place.column for place in candidates if place.column is not None]] = True
    start = find_start(snapshot.network, table, lon, lat, allowed=allowed)
    origin, costs = start.origin, start.costs
    ranked = _rank(state, costs, candidates, kind=kind, services=services, departs=departs, count=count)
    stations = _facts_of_all(state, table, origin, ranked, kind)
    return {
        "stations": stations,
        "backup": _backup(state, mode, ranked[0], candidates, kind, services) if stations else None,
        "attached_m": round(float(origin.leg_m[0]), 1),
        "aside_m": None if start.aside_m is None else round(start.aside_m, 1),
        "mode": mode,
        **stamp(state),
    }


def around(
    state: DistrictState,
    place: PlaceInfo,
    *,
    kind: str = STATION,
    mode: str = "walk",
    at: datetime | None = None,
    count: int = 3,
) -> list[dict[str, Any]]:
    """Return the other places with a function that are reached soonest from the door of one, as `nearest` ranks them.

    Empty where no street leads from the door to another.
    """
    if state.snapshot is None or place.column is None:
        return []
    others = [other for other in choose_places(state, kind, ()) if other.code != place.code]
    costs = state.snapshot.between(mode)[place.column]
    ranked = _rank(state, costs, others, kind=kind, services=(), departs=_moment(at), count=count)
    if not ranked:
        return []
    door = attach_one(state.snapshot.network, place.lon, place.lat, mode=mode)
    return _facts_of_all(state, state.snapshot.tables[mode], door, ranked, kind)


@dataclass(frozen=True)
class _Reached:
    """A place with its cost in deciseconds from an origin, and how it will be found at `arrives_s` (epoch seconds).

    `is_closed`: by its hours on arrival, or by what was just reported from its door.
    """

    place: PlaceInfo
    cost: int
    arrives_s: float
    on_arrival: OpenState
    door: Door
    is_closed: bool

    @property
    def arrives(self) -> datetime:
        """Return the moment of arrival."""
        return datetime.fromtimestamp(self.arrives_s, UTC)


def _rank(
    state: DistrictState,
    costs: NDArray[np.int64],
    candidates: list[PlaceInfo],
    *,
    kind: str,
    services: Sequence[str],
    departs: datetime,
    count: int,
) -> list[_Reached]:
    """Return the first places by cost that are not closed on arrival, then those that are."""
    cost_of = costs.tolist()
    # Codes are unique: no two places are compared.
    reachable = sorted((cost_of[place.column], place.code, place) for place in candidates if place.column is not None)
    departs_s = departs.timestamp()
    best: list[_Reached] = []
    closed: list[_Reached] = []
    for cost, code, place in reachable:
        # Hours are looked up only as far down as the answer goes.
        if cost >= _FAR or len(best) == count:
            break
        arrives_s = departs_s + cost / 10.0
        on_arrival = state.open_state(place.functions[kind].hours, arrives_s)
        door = state.board.door(code, departs)
        is_closed = on_arrival is OpenState.CLOSED or door.bars(services)
        (closed if is_closed else best).append(_Reached(place, cost, arrives_s, on_arrival, door, is_closed))
    return (best + closed)[:count]


def _facts_of_all(
    state: DistrictState, table: NearestTable, origin: Attachment, ranked: list[_Reached], kind: str
) -> list[dict[str, Any]]:
    columns = [reached.place.column or 0 for reached in ranked]
    metres = path_distances(state.ready().network, table, origin, columns)
    return [_reached_facts(state, reached, float(m), kind) for reached, m in zip(ranked, metres, strict=True)]


def _reached_facts(state: DistrictState, reached: _Reached, distance_m: float, kind: str) -> dict[str, Any]:
    closes = None
    if reached.on_arrival is OpenState.OPEN:
        hours = parse_hours(reached.place.functions[kind].hours)
        closes = closes_at(hours, reached.arrives, calendar=state.calendar)
    return _place_facts(reached.place, kind) | {
        "duration_s": reached.cost / 10.0,
        "distance_m": round(distance_m, 1),
        "on_arrival": reached.on_arrival.value,
        "closes_at": closes.isoformat() if closes else None,
        "door": door_facts(reached.door),
    }


def _backup(
    state: DistrictState,
    mode: str,
    first: _Reached,
    candidates: list[PlaceInfo],
    kind: str,
    services: Sequence[str],
) -> dict[str, Any] | None:
    """Return the place nearest to the first of an answer that is not closed when one goes on from there."""
    others = [place for place in candidates if place.code != first.place.code]
    costs = state.ready().between(mode)[first.place.column]
    ranked = _rank(state, costs, others, kind=kind, services=services, departs=first.arrives, count=1)
    if not ranked or ranked[0].is_closed:
        return None
    return {
        "code": ranked[0].place.code,
        "name": ranked[0].place.name,
        "duration_s": ranked[0].cost / 10.0,
        "on_arrival": ranked[0].on_arrival.value,
    }


def route(
    state: DistrictState,
    *,
    origin: tuple[float, float],
    to_station: str | None = None,
    to_point: tuple[float, float] | None = None,
    mode: str = "walk",
    lang: str = "zh",
    is_phone: bool = True,
) -> dict[str, Any]:
    """Return the quickest way from a point to a station or another point, with steps, and links out to a station.

    Raises
    ------
    NotFoundError
        If there is no such station.
    NotAttachedError, UnreachableError
        If a point is not near a street, or no way leads there.
    """
    snapshot = state.ready()
    found = _find_way(state, snapshot, origin, to_station, to_point, mode)
    steps = describe_route(snapshot.network, found, lang=lang)
    return {
        "distance_m": round(found.distance_m, 1),
        "duration_s": found.duration_s,
        "mode": mode,
        "geometry": {"type": "LineString", "coordinates": np.round(found.coordinates, 6).tolist()},
        "steps": [{"text": s.text, "distance_m": s.distance_m, "duration_s": s.duration_s} for s in steps],
        "links": links_as_json(links_to(state, to_station, mode=mode, is_phone=is_phone)) if to_station else [],
        **stamp(state),
    }


def links_to(state: DistrictState, code: str, *, mode: str, is_phone: bool = True) -> tuple[MapLink, ...]:
    """Return the links to a station in other map apps; a sample's station is called so there as well.

    Raises
    ------
    NotFoundError
        If there is no such station.
    """
    place = _station(state, code)
    name = place.name if not state.is_sample or "示意" in place.name else f"示意 {place.name}"
    return map_links(place.lon, place.lat, name=name, mode=mode, region=state.district.name, is_phone=is_phone)


def _find_way(
    state: DistrictState,
    snapshot: Snapshot,
    origin: tuple[float, float],
    to_station: str | None,
    to_point: tuple[float, float] | None,
    mode: str,
) -> Route:
    check_mode(mode)
    if to_station is None:
        if to_point is None:
            raise InputError("a route needs a station or a point to go to")
        return find_route(snapshot.network, origin, to_point, mode=mode)
    place = _station(state, to_station)
    if place.column is None or mode not in snapshot.tables:
        return find_route(snapshot.network, origin, (place.lon, place.lat), mode=mode)
    return route_to_facility(snapshot.network, snapshot.tables[mode], place.column, origin, (place.lon, place.lat))


def stations(state: DistrictState, *, at: datetime | None = None, kind: str = STATION) -> dict[str, Any]:
    """Return the active places with a function and whether they are open, as GeoJSON."""
    moment = _moment(at)
    features = []
    for place in state.with_function(kind):
        hours = parse_hours(place.functions[kind].hours)
        now = state_at(hours, moment, calendar=state.calendar)
        closes = closes_at(hours, moment, calendar=state.calendar) if now is OpenState.OPEN else None
        facts = _place_facts(place, kind) | {
            "name_en": place.name_en,
            "state": now.value,
            "closes_at": closes.isoformat() if closes else None,
            "door": door_facts(state.board.door(place.code, moment)),
        }
        lon, lat = facts.pop("lon"), facts.pop("lat")
        features.append(
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": facts}
        )
    return {"type": "FeatureCollection", "features": features, **stamp(state)}


def _station(state: DistrictState, code: str) -> PlaceInfo:
    place = state.place_by_code.get(code)
    if place is None:
        raise NotFoundError("there is no station {code} in this district", code=code)
    return place


def _table(state: DistrictState, mode: str) -> tuple[Snapshot, NearestTable]:
    check_mode(mode)
    if mode not in SERVED_MODES:
        raise InputError("mode {mode} is not one of {modes}", mode=mode, modes=", ".join(SERVED_MODES))
    snapshot = state.ready()
    return snapshot, snapshot.tables[mode]


def choose_places(state: DistrictState, kind: str, services: Sequence[str], *, always: bool = False) -> list[PlaceInfo]:
    """Return the active places with a function that offers all of the services, and if asked around the clock.

    Raises
    ------
    InputError
        If a service or a function is not known.
    """
    if kind not in FUNCTION_KINDS:
        raise InputError("kind {kind} is not one of {kinds}", kind=kind, kinds=", ".join(FUNCTION_KINDS))
    for service in services:
        if service not in SERVICES:
            raise InputError(
                "service {service} is not one of {services}", service=service, services=", ".join(SERVICES)
            )
    wanted = set(services)
    if not wanted and not always:
        return state.with_function(kind)
    return [
        place
        for place in state.with_function(kind)
        if wanted <= set(place.functions[kind].services) and (not always or place.functions[kind].hours == ALWAYS)
    ]


def _moment(at: datetime | None) -> datetime:
    return datetime.now(UTC) if at is None else at


def _place_facts(place: PlaceInfo, kind: str) -> dict[str, Any]:
    return {
        "code": place.code,
        "name": place.name,
        "lon": place.lon,
        "lat": place.lat,
        "services": list(place.functions[kind].services),
        "confirmed_at": place.confirmed_at.isoformat() if place.confirmed_at else None,
    }


def stamp(state: DistrictState) -> dict[str, Any]:
    """Return what every answer carries: district, version, and the mark of sample data."""
    return {"district": state.district.code, "sample": state.is_sample, "data_version": state.data_version}
