"""Answers of the application's logic as JSON: of the interface and of the command line's ``--json``."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

import numpy as np
import shapely

from webmap.logic.coverage.cut_off import CutOffAnswer
from webmap.logic.coverage.measured import AnswerBasis
from webmap.logic.coverage.moment import SquaresAnswer
from webmap.logic.coverage.service_area import ServiceAreaAnswer
from webmap.logic.coverage.week import WeekAnswer
from webmap.logic.district_state import DataMark, DistrictState, PlaceInfo
from webmap.logic.door_reports.rules import Door
from webmap.logic.map_links import MapLink
from webmap.logic.nearest import Nearest, Ranked, Reached
from webmap.logic.places import PlaceNow
from webmap.logic.routes import RouteAnswer

_INLINE = (AnswerBasis, DataMark)
"""Their fields are fields of the answer that holds them."""


def to_json(value: Any) -> Any:
    """Return an answer as JSON values: dataclasses as objects of their fields, moments and days in ISO 8601.

    ``is_`` of a field's name is left out: `DataMark.is_sample` becomes ``sample``.

    Examples
    --------
    >>> to_json(DataMark("330111", is_sample=True, data_version=7))
    {'district': '330111', 'sample': True, 'data_version': 7}
    """
    if is_dataclass(value):
        return _object(value)
    if isinstance(value, Mapping):
        return {name: to_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _object(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields(value):
        part = getattr(value, field.name)
        if isinstance(part, _INLINE):
            found |= _object(part)
        else:
            found[field.name.removeprefix("is_")] = to_json(part)
    return found


def mark_json(state: DistrictState) -> dict[str, Any]:
    """Return what every answer carries of its data: district, version, and the mark of sample data."""
    return _object(state.mark)


def week_json(answer: WeekAnswer) -> dict[str, Any]:
    """Return a week as ``GET /coverage/week`` answers it: of no moment."""
    found = _object(answer)
    del found["at"]
    return found


def squares_json(answer: SquaresAnswer) -> dict[str, Any]:
    """Return the squares of missed people as GeoJSON."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [square.ring()]},
            "properties": {"people": square.people, "nearest_min": square.nearest_min},
        }
        for square in answer.squares
    ]
    return {"type": "FeatureCollection", "features": features, **_object(answer.mark)}


def cut_off_json(answer: CutOffAnswer) -> dict[str, Any]:
    """Return streets that are cut off as GeoJSON: a feature a group."""
    features = [
        {
            "type": "Feature",
            "geometry": {
                "type": "MultiLineString",
                "coordinates": [np.round(shapely.get_coordinates(line), 6).tolist() for line in group.lines],
            },
            "properties": {"length_m": group.length_m, "is_gap": group.is_gap},
        }
        for group in answer.groups
    ]
    return {"type": "FeatureCollection", "features": features, **_object(answer.mark)}


def service_area_json(answer: ServiceAreaAnswer) -> dict[str, Any]:
    """Return a service area as GeoJSON: a feature ``surface``, and ``streets`` where they were asked for."""
    facts = {name: getattr(answer, name) for name in ("station", "name", "mode", "minutes", "street_km")}
    geometries = {"surface": json.loads(shapely.to_geojson(answer.surface))}
    if answer.streets is not None:
        coordinates = [np.round(shapely.get_coordinates(line), 6).tolist() for line in answer.streets]
        geometries["streets"] = {"type": "MultiLineString", "coordinates": coordinates}
    features = [
        {"type": "Feature", "geometry": geometry, "properties": {"part": part, **facts}}
        for part, geometry in geometries.items()
    ]
    return {"type": "FeatureCollection", "features": features, **_object(answer.mark)}


def nearest_json(state: DistrictState, answer: Nearest) -> dict[str, Any]:
    """Return the nearest stations as ``POST /nearest`` answers them."""
    return {
        "stations": [_reached(each) for each in answer.stations],
        "backup": answer.backup and _backup(answer.backup),
        "attached_m": round(answer.attached_m, 1),
        "aside_m": None if answer.aside_m is None else round(answer.aside_m, 1),
        "mode": answer.mode,
        **mark_json(state),
    }


def route_json(state: DistrictState, answer: RouteAnswer) -> dict[str, Any]:
    """Return a route as ``POST /route`` answers it."""
    return {
        "distance_m": round(answer.route.distance_m, 1),
        "duration_s": answer.route.duration_s,
        "mode": answer.mode,
        "geometry": {"type": "LineString", "coordinates": np.round(answer.route.coordinates, 6).tolist()},
        "steps": [{"text": s.text, "distance_m": s.distance_m, "duration_s": s.duration_s} for s in answer.steps],
        "links": links_json(answer.links),
        **mark_json(state),
    }


def stations_json(state: DistrictState, places: list[PlaceNow]) -> dict[str, Any]:
    """Return places and whether they are open as GeoJSON, as ``GET /stations`` answers them."""
    features = []
    for each in places:
        facts = _place(each.place, each.kind) | {
            "name_en": each.place.name_en,
            "state": each.state.value,
            "closes_at": _moment(each.closes_at),
            "door": door_json(each.door),
        }
        point = [facts.pop("lon"), facts.pop("lat")]
        geometry = {"type": "Point", "coordinates": point}
        features.append({"type": "Feature", "geometry": geometry, "properties": facts})
    return {"type": "FeatureCollection", "features": features, **mark_json(state)}


def _reached(reached: Reached) -> dict[str, Any]:
    return _place(reached.place, reached.kind) | {
        "duration_s": reached.duration_s,
        "distance_m": round(reached.distance_m, 1),
        "on_arrival": reached.on_arrival.value,
        "closes_at": _moment(reached.closes_at),
        "door": door_json(reached.door),
    }


def _backup(backup: Ranked) -> dict[str, Any]:
    return {
        "code": backup.place.code,
        "name": backup.place.name,
        "duration_s": backup.duration_s,
        "on_arrival": backup.on_arrival.value,
    }


def _place(place: PlaceInfo, kind: str) -> dict[str, Any]:
    return {
        "code": place.code,
        "name": place.name,
        "lon": place.lon,
        "lat": place.lat,
        "services": list(place.functions[kind].services),
        "confirmed_at": _moment(place.confirmed_at),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def door_json(door: Door) -> dict[str, Any]:
    """Return the reports from a door as an answer carries them."""
    return {
        "locked": door.is_locked,
        "lacking": sorted(door.lacking),
        "reports": [
            {
                "kind": each.kind,
                "service": each.service,
                "people": each.people,
                "latest_at": each.latest.isoformat(),
                "heeded": each.is_heeded,
            }
            for each in door.heard
        ],
    }


def links_json(links: tuple[MapLink, ...]) -> list[dict[str, Any]]:
    """Return links as the route's answer carries them."""
    return [asdict(link) for link in links]
