"""Answers as JSON for the API and ``--json``: GeoJSON, nearest, routes; `webmap.logic.encoding` does the rest."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
import shapely

from webmap.logic.coverage.cut_off import CutOffAnswer
from webmap.logic.coverage.moment import SquaresAnswer
from webmap.logic.coverage.service_area import ServiceAreaAnswer
from webmap.logic.coverage.week import WeekAnswer
from webmap.logic.district_state import DistrictState, PlaceInfo
from webmap.logic.door_reports.rules import Door
from webmap.logic.encoding import object_json
from webmap.logic.map_links import MapLink
from webmap.logic.nearest import Nearest, Reached
from webmap.logic.places import PlaceNow
from webmap.logic.ranking import Ranked
from webmap.logic.routes import RouteAnswer


def mark_json(state: DistrictState) -> dict[str, Any]:
    """Return what every answer carries of its data: district, version, and the mark of sample data."""
    return object_json(state.mark)


def week_json(answer: WeekAnswer) -> dict[str, Any]:
    """Return a week as ``GET /coverage/week`` answers it: of no moment."""
    found = object_json(answer)
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
    return {"type": "FeatureCollection", "features": features, **object_json(answer.mark)}


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
    return {"type": "FeatureCollection", "features": features, **object_json(answer.mark)}


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
    return {"type": "FeatureCollection", "features": features, **object_json(answer.mark)}


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
