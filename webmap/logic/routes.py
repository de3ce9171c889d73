"""The quickest route from a point to a station or another point, and links to a station in other map apps."""

from dataclasses import dataclass

from geo.errors import InputError
from geo.network.directions import Step, describe_route
from geo.network.modes import check_mode
from geo.network.routes import Route, find_route, route_to_facility
from webmap.logic.district_state import DistrictState
from webmap.logic.map_links import MapLink, map_links
from webmap.logic.places import get_place
from webmap.logic.snapshots import Snapshot


@dataclass(frozen=True, eq=False)
class RouteAnswer:
    """A route along the streets with its steps; `links` open the station in other map apps."""

    route: Route
    steps: tuple[Step, ...]
    links: tuple[MapLink, ...]
    mode: str


def route(
    state: DistrictState,
    *,
    origin: tuple[float, float],
    to_station: str | None = None,
    to_point: tuple[float, float] | None = None,
    mode: str = "walk",
    lang: str = "zh",
    is_phone: bool = True,
) -> RouteAnswer:
    """Return the quickest way from a point to a station or another point, with steps, and links out to a station.

    Raises
    ------
    NotFoundError
        If there is no such station.
    NotSnappedError, UnreachableError
        If a point is not near a street, or no way leads there.
    """
    found = _find_route(state, state.ready(), origin, to_station, to_point, mode)
    steps = describe_route(state.ready().network, found, lang=lang)
    links = links_to(state, to_station, mode=mode, is_phone=is_phone) if to_station else ()
    return RouteAnswer(found, tuple(steps), links, mode)


def links_to(state: DistrictState, code: str, *, mode: str, is_phone: bool = True) -> tuple[MapLink, ...]:
    """Return the links to a station in other map apps; a sample's station is called so there as well.

    Raises
    ------
    NotFoundError
        If there is no such station.
    """
    place = get_place(state, code)
    name = place.name if not state.is_sample or "示意" in place.name else f"示意 {place.name}"
    return map_links(place.lon, place.lat, name=name, mode=mode, region=state.district.name, is_phone=is_phone)


def _find_route(
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
    place = get_place(state, to_station)
    if place.column is None or mode not in snapshot.tables:
        return find_route(snapshot.network, origin, (place.lon, place.lat), mode=mode)
    return route_to_facility(snapshot.network, snapshot.tables[mode], place.column, origin, (place.lon, place.lat))
