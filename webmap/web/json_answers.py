"""Answers about stations and routes as JSON: of the interface and of the command line's ``--json``."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np

from webmap.logic.district_state import DistrictState, PlaceInfo, stamp
from webmap.logic.door_reports.rules import Door
from webmap.logic.map_links import MapLink
from webmap.logic.nearest import Nearest, Ranked, Reached
from webmap.logic.places import PlaceNow
from webmap.logic.routes import RouteAnswer


def nearest_json(state: DistrictState, answer: Nearest) -> dict[str, Any]:
    """Return the nearest stations as ``POST /nearest`` answers them."""
    return {
        "stations": [_reached(each) for each in answer.stations],
        "backup": answer.backup and _backup(answer.backup),
        "attached_m": round(answer.attached_m, 1),
        "mode": answer.mode,
        **stamp(state),
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
        **stamp(state),
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
    return {"type": "FeatureCollection", "features": features, **stamp(state)}


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
