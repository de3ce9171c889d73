"""Service area of a station: the streets that reach it in time, and a polygon to draw."""

from dataclasses import dataclass

import numpy as np
import shapely

from geo.errors import NotFoundError
from geo.network.service_area import ServiceArea
from webmap.logic.cache import cached
from webmap.logic.coverage.measured import ready
from webmap.logic.district_state import DataMark, DistrictState
from webmap.logic.places import STATION

_AREAS = 256
"""Areas kept per state: a hand that moves over the map comes back to the same stations."""


@dataclass(frozen=True, eq=False)
class ServiceAreaAnswer:
    """The service area of a station, EPSG:4326.

    `surface` is for drawing only; `streets` are the exact pieces of streets, None where they are not asked for.
    """

    station: str
    name: str
    mode: str
    minutes: float
    street_km: float
    surface: shapely.Geometry
    streets: tuple[shapely.LineString, ...] | None
    mark: DataMark


def service_area(
    state: DistrictState, station: str, *, mode: str = "walk", minutes: float = 15, lines: bool = True
) -> ServiceAreaAnswer:
    """Return the service area of a station, whatever its hours.

    Parameters
    ----------
    state : DistrictState
    station : str
        Code of a station in service.
    mode : str
    minutes : float
    lines : bool
        With the exact pieces of streets.

    Raises
    ------
    NotFoundError
        If there is no such station in service.
    NotSnappedError
        If no street of the mode is near it.
    """
    network = ready(state, mode).network
    place = state.place_by_code.get(station)
    if place is None or STATION not in place.functions or place.status != "active":
        raise NotFoundError("there is no station {code} in service in this district", code=station)

    def make() -> tuple[ServiceArea, shapely.Geometry]:
        found = network.service_area(place.lon, place.lat, mode=mode, limit_s=minutes * 60.0)
        return found, shapely.transform(found.picture(network), lambda points: np.round(points, 5))

    area, surface = cached(state, "service area", make, key=(station, mode, minutes), most=_AREAS)
    return ServiceAreaAnswer(
        station=station,
        name=place.name,
        mode=mode,
        minutes=minutes,
        street_km=round(area.length_m(network) / 1000.0, 2),
        surface=surface,
        streets=tuple(area.lines(network)) if lines else None,
        mark=state.mark,
    )
