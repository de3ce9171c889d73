"""API endpoints for hotspots and key areas. Every write names the version it is based on."""

from typing import Any

from flask import g
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf  # type: ignore[import-untyped]

from geo.db import areas, hotspots
from geo.db.areas import AreaDraft, AreaFacts
from geo.db.hotspots import HotspotDraft, HotspotFacts
from geo.db.session import reading, writing
from webmap.api.views import api, geojson, state
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import engine
from webmap.web.json_answers import mark_json


@api.get("/session")
@requires("planner")
def session_facts() -> ResponseReturnValue:
    """Answer who is logged in, and the token that the writes of a public page's script need."""
    return {"account": viewer.name(), "csrf_token": generate_csrf()}


@api.get("/hotspots")
@requires("planner")
def list_hotspots() -> ResponseReturnValue:
    """Answer the hotspots of a district."""
    here = state()
    with reading(engine()) as session:
        found = hotspots.list_hotspots(session, here.district.code)
    return geojson({"type": "FeatureCollection", "features": [_hotspot(each) for each in found], **mark_json(here)})


@api.post("/hotspots")
@requires("planner")
def draw_hotspot() -> ResponseReturnValue:
    """Store a drawn hotspot."""
    with writing(engine()) as session:
        drawn = hotspots.add_hotspot(session, state().district.code, _hotspot_draft(g.body), by=viewer.name())
    return _hotspot(drawn), 201


@api.put("/hotspots/<int:number>")
@requires("planner")
def change_hotspot(number: int) -> ResponseReturnValue:
    """Change a hotspot."""
    with writing(engine()) as session:
        changed = hotspots.change_hotspot(
            session,
            state().district.code,
            number,
            _hotspot_draft(g.body),
            version=g.body["version"],
            by=viewer.name(),
        )
    return _hotspot(changed)


@api.delete("/hotspots/<int:number>")
@requires("planner")
def remove_hotspot(number: int) -> ResponseReturnValue:
    """Remove a hotspot."""
    with writing(engine()) as session:
        hotspots.remove_hotspot(session, state().district.code, number, version=g.query["version"])
    return "", 204


@api.get("/areas")
@requires("planner")
def list_areas() -> ResponseReturnValue:
    """Answer the key areas of a district."""
    here = state()
    with reading(engine()) as session:
        found = areas.list_areas(session, here.district.code)
    return geojson({"type": "FeatureCollection", "features": [_area(each) for each in found], **mark_json(here)})


@api.post("/areas")
@requires("planner")
def draw_area() -> ResponseReturnValue:
    """Store a drawn key area."""
    with writing(engine()) as session:
        drawn = areas.add_area(session, state().district.code, _area_draft(g.body), by=viewer.name())
    return _area(drawn), 201


@api.put("/areas/<code>")
@requires("planner")
def change_area(code: str) -> ResponseReturnValue:
    """Change a key area."""
    with writing(engine()) as session:
        changed = areas.change_area(
            session, state().district.code, code, _area_draft(g.body), version=g.body["version"], by=viewer.name()
        )
    return _area(changed)


@api.delete("/areas/<code>")
@requires("planner")
def remove_area(code: str) -> ResponseReturnValue:
    """Remove a key area."""
    with writing(engine()) as session:
        areas.remove_area(session, state().district.code, code, version=g.query["version"])
    return "", 204


def _hotspot_draft(body: dict[str, Any]) -> HotspotDraft:
    return HotspotDraft(
        name=body["name"],
        layer=body["layer"],
        weight=body["weight"],
        note=body.get("note"),
        geometry=body["geometry"],
    )


def _area_draft(body: dict[str, Any]) -> AreaDraft:
    return AreaDraft(name=body["name"], code=body.get("code"), note=body.get("note"), geometry=body["geometry"])


def _hotspot(facts: HotspotFacts) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": facts.id,
        "geometry": facts.geometry,
        "properties": {
            "name": facts.name,
            "layer": facts.layer,
            "weight": facts.weight,
            "note": facts.note,
            "created_by": facts.created_by,
            "created_at": facts.created_at.isoformat(),
            "changed_by": facts.changed_by,
            "changed_at": facts.changed_at.isoformat(),
            "version": facts.version,
        },
    }


def _area(facts: AreaFacts) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": facts.code,
        "geometry": facts.geometry,
        "properties": {
            "name": facts.name,
            "note": facts.note,
            "km2": round(facts.km2, 3),
            "file_name": facts.file_name,
            "changed_by": facts.changed_by,
            "changed_at": facts.changed_at.isoformat(),
            "version": facts.version,
        },
    }
