"""MapLibre style of the map: sources, and layers in their order.

No ``glyphs``: browsers draw the names with their own fonts, Chinese included. The sources without tiles (`DRAWN`) are
empty here and filled by ``static/js/map/map.js``.
"""

from html import escape
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, json, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.tiles import MAX_ZOOM
from webmap.logic.config import Config
from webmap.logic.district_state import DistrictState
from webmap.map.layers import (
    CLUSTER_PROPERTIES,
    THEMES,
    boundary_layer,
    cut_off_layer,
    drawn_layer,
    kept_street_layers,
    name_layers,
    outline_layer,
    reach_layers,
    route_layers,
    station_layers,
    street_layers,
    tile_layer,
)
from webmap.map.tiles import tile_bounds, tile_version
from webmap.web.access import public, staff
from webmap.web.context import config, shown_state
from webmap.web.i18n import lang
from webmap.web.pages import credits, is_schematic

map_style = Blueprint("map_style", __name__)

DRAWN = ("kept-streets", "gaps", "cut-off", "reach", "route", "stops", "stations", "chosen", "start")
"""Sources that a page fills."""

MAX_LANDMARKS = 200


@map_style.get("/map/<district>/style.json")
@public
def style(district: str) -> ResponseReturnValue:
    """Answer the style of a district's map."""
    return answer_style(shown_state(district))


@map_style.get("/manage/map/<district>/style.json")
@staff
def staff_style(district: str) -> ResponseReturnValue:
    """Answer the style to staff, of a hidden district too; nobody on the way keeps it."""
    response = answer_style(shown_state(district))
    del response.headers["Cache-Control"]
    return response


def answer_style(state: DistrictState) -> Response:
    """Answer the style of a district's map in the theme and language that are asked for."""
    theme = request.args.get("theme", "light")
    body = map_style_of(state, config(), theme=theme if theme in THEMES else "light", language=lang())
    response = Response(json.dumps(body), mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept-Language")
    response.add_etag()
    response.make_conditional(request)
    return response


def map_style_of(state: DistrictState, config: Config, *, theme: str, language: str) -> dict[str, Any]:
    """Return the style of a district's map.

    Parameters
    ----------
    state : DistrictState
    config : Config
        Which ground there is (the streets in the store, or tiles of somebody else), and whether boundaries are public.
    theme : str
        A key of `webmap.map.layers.THEMES`.
    language : str
        ``zh`` or ``en``, for the names.
    """
    colours = THEMES[theme]
    has_basemap = bool(config.basemap_tiles)
    layers = [{"id": "paper", "type": "background", "paint": {"background-color": colours["paper"]}}]
    layers += [
        {"id": f"basemap-{number}", "type": "raster", "source": f"basemap-{number}"}
        for number in range(len(config.basemap_tiles))
    ]
    if not has_basemap:
        layers.append(tile_layer("water", "fill", "water", paint={"fill-color": colours["water"]}))
    if config.public_boundaries:
        layers.append(tile_layer("region-fill", "fill", "regions", paint={"fill-color": "transparent"}))
    if not has_basemap:
        layers += [*kept_street_layers(colours), *street_layers(colours)]
    layers.append(drawn_layer("gaps", "fill", paint={"fill-color": "transparent", "fill-opacity": 0.75}))
    layers.append(cut_off_layer(colours))
    layers += reach_layers(colours)
    if config.public_boundaries:
        layers.append(boundary_layer(colours, is_schematic=is_schematic(state)))
    layers.append(outline_layer(colours))
    layers += route_layers(colours)
    if not has_basemap:
        layers += name_layers(colours, language)
    layers += station_layers(colours)
    return {"version": 8, "name": "Fuchun", "sources": _sources(state, config), "layers": layers}


def _sources(state: DistrictState, config: Config) -> dict[str, Any]:
    owed = [*credits(state)]
    if config.public_boundaries and is_schematic(state):
        owed.append(gettext("Boundaries are schematic"))
    if config.map_approval:
        owed.append(gettext("Map approval number: %(number)s", number=config.map_approval))
    code = quote(state.district.code, safe="")
    tiles = "/manage/tiles" if state.district.is_hidden else "/tiles"
    sources: dict[str, Any] = {
        "district": {
            "type": "vector",
            "tiles": [f"{request.script_root}{tiles}/{code}/{tile_version(state, config)}/{{z}}/{{x}}/{{y}}.mvt"],
            "maxzoom": MAX_ZOOM,
            "bounds": tile_bounds(state),
            # MapLibre takes it as HTML.
            "attribution": " · ".join(escape(line) for line in owed),
        },
        "landmarks": {"type": "geojson", "data": _landmarks(state)},
    }
    for name in DRAWN:
        sources[name] = {"type": "geojson", "data": {"type": "FeatureCollection", "features": []}}
    # The page says of how many stations on they are clustered (`setStations` of static/js/map/map.js).
    sources["stations"] |= {"cluster": False, "clusterProperties": CLUSTER_PROPERTIES}
    for number, addresses in enumerate(config.basemap_tiles):
        sources[f"basemap-{number}"] = {
            "type": "raster",
            "tiles": list(addresses),
            "tileSize": 256,
            "maxzoom": 18,
            "attribution": escape(config.basemap_attribution),
        }
    return sources


def _landmarks(state: DistrictState) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
            "properties": {"name": place.name, "name_en": place.name_en},
        }
        for place in state.with_function("landmark")[:MAX_LANDMARKS]
    ]
    return {"type": "FeatureCollection", "features": features}
