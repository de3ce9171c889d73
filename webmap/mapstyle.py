"""The style of the map: what is drawn from which source, in which order and colour, as MapLibre reads it.

No ``glyphs``: browsers draw the names with their own fonts, Chinese included. The sources without tiles (`DRAWN`) are
empty here and filled by ``static/js/map.js``.
"""

from html import escape
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, json, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.tiles import MAX_ZOOM
from webmap.config import Config
from webmap.i18n import lang
from webmap.live import DistrictState
from webmap.pages import credits, is_schematic, live
from webmap.security import public
from webmap.tiles import tile_bounds, tile_version

map_style = Blueprint("map_style", __name__)

DRAWN = ("gaps", "route", "stops", "stations", "start")
"""Sources that a page fills."""

MAX_LANDMARKS = 200

THEMES: dict[str, dict[str, str]] = {
    "light": {
        "paper": "#fafaf7",
        "surface": "#ffffff",
        "ink": "#1f2933",
        "grey": "#616d7a",
        "red": "#c8102e",
        "water": "#d6e4ec",
        "water_name": "#456579",
        "street": "#ffffff",
        "casing": "#c3c9d0",
        "major_casing": "#9aa3ad",
        "path": "#b9c0c8",
        "boundary": "#8d97a2",
    },
    "dark": {
        "paper": "#1f2933",
        "surface": "#27323d",
        "ink": "#f1f3f5",
        "grey": "#a9b4bf",
        "red": "#ff7b8a",
        "water": "#2b4152",
        "water_name": "#9db6c6",
        "street": "#3d4956",
        "casing": "#4d5a67",
        "major_casing": "#5d6b79",
        "path": "#4d5a67",
        "boundary": "#7d8a97",
    },
}
"""Colours by theme; the first six are the tokens of ``static/css/app.css``."""

_WIDTHS: dict[str, tuple[float, ...]] = {
    "motorway": (1.2, 2.2, 4.5, 6.0, 13.0, 26.0),
    "trunk": (1.2, 2.2, 4.5, 6.0, 13.0, 26.0),
    "primary": (1.0, 2.0, 4.0, 5.5, 12.0, 24.0),
    "secondary": (0.6, 1.5, 3.2, 4.5, 11.0, 22.0),
    "tertiary": (0.5, 1.0, 2.4, 3.5, 9.0, 18.0),
    "minor": (0.0, 0.5, 1.4, 2.2, 7.0, 14.0),
    "service": (0.0, 0.0, 0.6, 1.2, 4.0, 9.0),
}
_AROUND = [
    part
    for far in (0.9, 1.8, 2.7)
    for anchor, dx, dy in (("center", 0, 0), ("top", 0, 1), ("bottom", 0, -1), ("left", 1, 0), ("right", -1, 0))
    if anchor != "center" or far == 0.9
    for part in (anchor, [dx * far, dy * far])
]
"""Where a town's name may stand, in em from its seat: there, else beside the stations that lie on it."""

_WIDTH_ZOOMS = (9, 11, 13, 14, 16, 18)
_MAJOR = ("motorway", "trunk", "primary")


@map_style.get("/map/<district>/style.json")
@public
def style(district: str) -> ResponseReturnValue:
    """Answer the style of a district's map."""
    state = live().state(district)
    config: Config = current_app.extensions["fuchun_config"]
    theme = request.args.get("theme", "light")
    body = map_style_of(state, config, theme=theme if theme in THEMES else "light", language=lang())
    response = Response(json.dumps(body), mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept-Language")
    response.add_etag()
    return response.make_conditional(request)


def map_style_of(state: DistrictState, config: Config, *, theme: str, language: str) -> dict[str, Any]:
    """Return the style of a district's map.

    Parameters
    ----------
    state : DistrictState
    config : Config
        Which ground there is (the streets in the store, or tiles of somebody else), and whether boundaries are public.
    theme : str
        A key of `THEMES`.
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
        layers.append(_layer("water", "fill", "water", paint={"fill-color": colours["water"]}))
    if config.public_boundaries:
        layers.append(_layer("region-fill", "fill", "regions", paint={"fill-color": "transparent"}))
    if not has_basemap:
        layers += _streets(colours)
    layers.append(_filled("gaps", "fill", paint={"fill-color": "transparent", "fill-opacity": 0.75}))
    layers += _limits(state, config, colours)
    layers += _route(colours)
    if not has_basemap:
        layers += _names(colours, language)
    layers += _stations(colours)
    return {"version": 8, "name": "Fuchun", "sources": _sources(state, config), "layers": layers}


def _sources(state: DistrictState, config: Config) -> dict[str, Any]:
    owed = [*credits(state)]
    if config.public_boundaries and is_schematic(state):
        owed.append(gettext("Boundaries are schematic"))
    if config.map_approval:
        owed.append(gettext("Map approval number: %(number)s", number=config.map_approval))
    code = quote(state.district.code, safe="")
    sources: dict[str, Any] = {
        "district": {
            "type": "vector",
            "tiles": [f"{request.script_root}/tiles/{code}/{tile_version(state, config)}/{{z}}/{{x}}/{{y}}.mvt"],
            "maxzoom": MAX_ZOOM,
            "bounds": tile_bounds(state),
            # MapLibre takes it as HTML.
            "attribution": " · ".join(escape(line) for line in owed),
        },
        "landmarks": {"type": "geojson", "data": _landmarks(state)},
    }
    for name in DRAWN:
        sources[name] = {"type": "geojson", "data": {"type": "FeatureCollection", "features": []}}
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


def _layer(name: str, kind: str, source_layer: str, **options: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "source": "district", "source-layer": source_layer, **options}


def _filled(name: str, kind: str, *, source: str | None = None, **options: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "source": source or name, **options}


def _by_zoom(*stops: tuple[float, Any]) -> list[Any]:
    return ["interpolate", ["exponential", 1.4], ["zoom"], *(part for stop in stops for part in stop)]


def _width(extra: float = 0.0) -> list[Any]:
    """Return the width of a street by zoom and class, px; `extra` for the casing."""
    stops = []
    for number, zoom in enumerate(_WIDTH_ZOOMS):
        widths = [(name, width[number] + (extra if width[number] else 0.0)) for name, width in _WIDTHS.items()]
        stops.append((zoom, ["match", ["get", "class"], *(part for pair in widths for part in pair), 0]))
    return _by_zoom(*stops)


def _streets(colours: dict[str, str]) -> list[dict[str, Any]]:
    order = [
        "match",
        ["get", "class"],
        *(part for pair in zip(_WIDTHS, range(7, 0, -1), strict=True) for part in pair),
        0,
    ]
    round_line = {"line-cap": "round", "line-join": "round", "line-sort-key": order}
    is_path = ["==", ["get", "class"], "path"]
    is_ferry = ["==", ["get", "class"], "ferry"]
    is_bridge = ["get", "bridge"]
    is_street = ["all", ["!=", ["get", "class"], "path"], ["!=", ["get", "class"], "ferry"]]
    casing = ["match", ["get", "class"], list(_MAJOR), colours["major_casing"], colours["casing"]]
    return [
        _layer(
            "paths",
            "line",
            "streets",
            minzoom=14,
            filter=is_path,
            paint={
                "line-color": colours["path"],
                "line-width": _by_zoom((14, 0.8), (18, 2.5)),
                "line-dasharray": [2, 2],
            },
        ),
        _layer(
            "ferries",
            "line",
            "streets",
            filter=is_ferry,
            paint={"line-color": colours["water_name"], "line-width": 1.2, "line-dasharray": [3, 3]},
        ),
        _layer(
            "street-casing",
            "line",
            "streets",
            filter=is_street,
            layout=round_line,
            paint={"line-color": casing, "line-width": _width(1.6)},
        ),
        # A bridge is edged over the water it crosses.
        _layer(
            "bridge-casing",
            "line",
            "streets",
            minzoom=12,
            filter=["all", is_street, is_bridge],
            layout={"line-sort-key": order},
            paint={"line-color": colours["grey"], "line-width": _width(2.4)},
        ),
        _layer(
            "streets",
            "line",
            "streets",
            filter=is_street,
            layout=round_line,
            paint={
                # Too thin for two edges: far away a street is one grey line.
                "line-color": ["interpolate", ["linear"], ["zoom"], 10.5, colours["casing"], 12.5, colours["street"]],
                "line-width": _width(),
            },
        ),
    ]


def _limits(state: DistrictState, config: Config, colours: dict[str, str]) -> list[dict[str, Any]]:
    layers = []
    if config.public_boundaries:
        paint: dict[str, Any] = {"line-color": colours["boundary"], "line-width": _by_zoom((8, 0.7), (14, 1.4))}
        if is_schematic(state):
            paint["line-dasharray"] = [4, 3]
        layers.append(_layer("boundaries", "line", "boundaries", paint=paint))
    outline = {"line-color": colours["grey"], "line-width": _by_zoom((8, 1.4), (14, 2.5))}
    layers.append(_layer("outline", "line", "outline", paint=outline, layout={"line-join": "round"}))
    return layers


def _route(colours: dict[str, str]) -> list[dict[str, Any]]:
    layout = {"line-cap": "round", "line-join": "round"}
    return [
        _filled(
            "route-casing",
            "line",
            source="route",
            layout=layout,
            paint={"line-color": colours["surface"], "line-width": 9},
        ),
        _filled("route", "line", layout=layout, paint={"line-color": colours["red"], "line-width": 5}),
    ]


def _text(colours: dict[str, str], *, colour: str, halo: float = 1.5) -> dict[str, Any]:
    return {"text-color": colours[colour], "text-halo-color": colours["paper"], "text-halo-width": halo}


def _name(language: str) -> list[Any]:
    return ["coalesce", ["get", "name_en"], ["get", "name"]] if language == "en" else ["get", "name"]


def _names(colours: dict[str, str], language: str) -> list[dict[str, Any]]:
    """Return the names, those that give way first; the names of towns come last and win."""
    name = _name(language)
    return [
        _layer(
            "street-names",
            "symbol",
            "streets",
            minzoom=12,
            filter=[
                "step",
                ["zoom"],
                ["in", ["get", "class"], ["literal", list(_MAJOR)]],
                13.5,
                ["in", ["get", "class"], ["literal", [*_MAJOR, "secondary", "tertiary"]]],
                15,
                ["has", "name"],
            ],
            layout={
                "symbol-placement": "line",
                "symbol-spacing": 400,
                "text-field": name,
                "text-font": ["Regular"],
                "text-size": _by_zoom((12, 11), (18, 14)),
                "text-max-angle": 30,
                "text-padding": 8,
            },
            paint=_text(colours, colour="grey"),
        ),
        _layer(
            "water-names",
            "symbol",
            "water_labels",
            layout={
                "text-field": ["get", "name"],
                "text-font": ["Italic"],
                "text-size": 13,
                "text-letter-spacing": 0.2,
            },
            paint={
                "text-color": colours["water_name"],
                "text-halo-color": colours["water"],
                "text-halo-width": 1,
            },
        ),
        {
            "id": "landmark-dots",
            "type": "circle",
            "source": "landmarks",
            "minzoom": 12,
            "paint": {"circle-radius": 3, "circle-color": colours["grey"]},
        },
        {
            "id": "landmarks",
            "type": "symbol",
            "source": "landmarks",
            "minzoom": 12,
            "layout": {
                "text-field": name,
                "text-font": ["Regular"],
                "text-size": 13,
                "text-max-width": 8,
                "text-variable-anchor": ["top", "bottom", "left", "right"],
                "text-radial-offset": 0.8,
            },
            "paint": _text(colours, colour="grey"),
        },
        {
            "id": "station-names",
            "type": "symbol",
            "source": "stations",
            "layout": {
                "text-field": ["get", "name"],
                "text-font": ["Bold"],
                "text-size": _by_zoom((9, 12), (15, 14)),
                "text-variable-anchor": ["left", "right", "top", "bottom"],
                "text-radial-offset": 1.2,
                "text-justify": "auto",
                "text-max-width": 9,
                "text-padding": 4,
            },
            "paint": _text(colours, colour="ink", halo=2),
        },
        _layer(
            "region-names",
            "symbol",
            "region_labels",
            maxzoom=15,
            layout={
                "text-field": name,
                "text-font": ["Bold"],
                "text-size": _by_zoom((8, 12), (11, 15), (14, 18)),
                "text-variable-anchor-offset": _AROUND,
                "text-justify": "auto",
                "text-padding": 2,
            },
            paint=_text(colours, colour="ink", halo=2),
        ),
    ]


def _stations(colours: dict[str, str]) -> list[dict[str, Any]]:
    """Return what always lies on top, at every zoom: stations, the person, the stops of a tour."""
    return [
        _filled(
            "station-selected",
            "circle",
            source="stations",
            filter=["==", ["get", "code"], ""],
            paint={"circle-radius": 20, "circle-color": colours["red"], "circle-opacity": 0.25},
        ),
        _filled(
            "stations",
            "symbol",
            layout={
                "icon-image": ["concat", "station-", ["get", "mark"]],
                "icon-size": _by_zoom((9, 0.75), (13, 1.0)),
                "icon-allow-overlap": True,
            },
        ),
        _filled(
            "start",
            "circle",
            paint={
                "circle-radius": 8,
                "circle-color": colours["ink"],
                "circle-stroke-color": colours["surface"],
                "circle-stroke-width": 3,
            },
        ),
        _filled(
            "stops",
            "circle",
            paint={
                "circle-radius": 13,
                "circle-color": colours["red"],
                "circle-stroke-color": colours["surface"],
                "circle-stroke-width": 2,
            },
        ),
        _filled(
            "stop-numbers",
            "symbol",
            source="stops",
            layout={
                "text-field": ["to-string", ["get", "number"]],
                "text-font": ["Bold"],
                "text-size": 14,
                "text-allow-overlap": True,
                "text-ignore-placement": True,
            },
            paint={"text-color": colours["surface"]},
        ),
        _filled(
            "stop-names",
            "symbol",
            source="stops",
            layout={
                "text-field": ["get", "name"],
                "text-font": ["Bold"],
                "text-size": 14,
                "text-variable-anchor": ["left", "right", "top", "bottom"],
                "text-radial-offset": 1.3,
                "text-justify": "auto",
            },
            paint=_text(colours, colour="ink", halo=2),
        ),
    ]
