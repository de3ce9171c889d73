"""The service area of a station: from which streets it is reached in time, and a surface to draw."""

import json
from typing import Any

import numpy as np
import shapely

from geo.errors import NotFoundError
from geo.network.service_area import ServiceArea
from webmap.logic.cache import keep
from webmap.logic.coverage.measured import ready
from webmap.logic.district_state import DistrictState, stamp
from webmap.logic.places import STATION

_AREAS = 256
"""Areas kept per state: a hand that moves over the map comes back to the same stations."""


def service_area(
    state: DistrictState, station: str, *, mode: str = "walk", minutes: float = 15, lines: bool = True
) -> dict[str, Any]:
    """Return the service area of a station as GeoJSON, whatever its hours.

    Parameters
    ----------
    state : DistrictState
    station : str
        Code of a station in service.
    mode : str
    minutes : float
    lines : bool
        With the exact pieces of streets: a feature ``streets`` beside the ``surface``, which is for drawing only.

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

    def make() -> tuple[ServiceArea, dict[str, Any]]:
        found = network.service_area(place.lon, place.lat, mode=mode, limit_s=minutes * 60.0)
        surface = shapely.transform(found.picture(network), lambda points: np.round(points, 5))
        return found, json.loads(shapely.to_geojson(surface))

    area, surface = keep(state, "service area", make, key=(station, mode, minutes), most=_AREAS)
    facts = {
        "station": station,
        "name": place.name,
        "mode": mode,
        "minutes": minutes,
        "street_km": round(area.length_m(network) / 1000.0, 2),
    }
    features = [{"type": "Feature", "geometry": surface, "properties": {"part": "surface", **facts}}]
    if lines:
        coordinates = [np.round(shapely.get_coordinates(line), 6).tolist() for line in area.lines(network)]
        streets = {"type": "MultiLineString", "coordinates": coordinates}
        features.append({"type": "Feature", "geometry": streets, "properties": {"part": "streets", **facts}})
    return {"type": "FeatureCollection", "features": features, **stamp(state)}
