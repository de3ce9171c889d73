"""Layers and colours of the map style; `webmap.map.style` puts them in order."""

from typing import Any

THEMES: dict[str, dict[str, str]] = {
    "light": {
        "paper": "#fafaf7",
        "surface": "#ffffff",
        "ink": "#1f2933",
        "grey": "#616d7a",
        "open": "#1b7f4b",
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
        "open": "#4cc38a",
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
"""Colours by theme; those named as in ``static/css/web/app.css`` are the same (``tests/webmap/test_colours.py``)."""

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


def tile_layer(name: str, kind: str, source_layer: str, **options: Any) -> dict[str, Any]:
    """Return a layer of the tiles."""
    return {"id": name, "type": kind, "source": "district", "source-layer": source_layer, **options}


def drawn_layer(name: str, kind: str, *, source: str | None = None, **options: Any) -> dict[str, Any]:
    """Return a layer of a source that a page fills."""
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


def kept_street_layers(colours: dict[str, str]) -> list[dict[str, Any]]:
    """Return the streets that a phone keeps, for where no tile has come: below those of the tiles."""
    round_line = {"line-cap": "round", "line-join": "round"}
    return [
        drawn_layer(
            f"kept-{name}", "line", source="kept-streets", layout=round_line,
            paint={"line-color": colours[colour], "line-width": _by_zoom((11, 0.8 + extra), (18, 12.0 + extra))},
        )
        for name, colour, extra in (("casing", "casing", 1.6), ("streets", "street", 0.0))
    ]  # fmt: skip


def street_layers(colours: dict[str, str]) -> list[dict[str, Any]]:
    """Return paths, ferries, edges, bridges and streets, in this order."""
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
        tile_layer(
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
        tile_layer(
            "ferries",
            "line",
            "streets",
            filter=is_ferry,
            paint={"line-color": colours["water_name"], "line-width": 1.2, "line-dasharray": [3, 3]},
        ),
        tile_layer(
            "street-casing",
            "line",
            "streets",
            filter=is_street,
            layout=round_line,
            paint={"line-color": casing, "line-width": _width(1.6)},
        ),
        # A bridge is edged over the water it crosses.
        tile_layer(
            "bridge-casing",
            "line",
            "streets",
            minzoom=12,
            filter=["all", is_street, is_bridge],
            layout={"line-sort-key": order},
            paint={"line-color": colours["grey"], "line-width": _width(2.4)},
        ),
        tile_layer(
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


def boundary_layer(colours: dict[str, str], *, is_schematic: bool) -> dict[str, Any]:
    """Return the boundaries of the towns, dashed where they are approximations."""
    paint: dict[str, Any] = {"line-color": colours["boundary"], "line-width": _by_zoom((8, 0.7), (14, 1.4))}
    if is_schematic:
        paint["line-dasharray"] = [4, 3]
    return tile_layer("boundaries", "line", "boundaries", paint=paint)


def outline_layer(colours: dict[str, str]) -> dict[str, Any]:
    """Return the outline of the district."""
    paint = {"line-color": colours["grey"], "line-width": _by_zoom((8, 1.4), (14, 2.5))}
    return tile_layer("outline", "line", "outline", paint=paint, layout={"line-join": "round"})


def route_layers(colours: dict[str, str]) -> list[dict[str, Any]]:
    """Return the layers of the route, with an edge that sets it off from the streets."""
    layout = {"line-cap": "round", "line-join": "round"}
    return [
        drawn_layer(
            "route-casing",
            "line",
            source="route",
            layout=layout,
            paint={"line-color": colours["surface"], "line-width": 9},
        ),
        drawn_layer("route", "line", layout=layout, paint={"line-color": colours["red"], "line-width": 5}),
    ]


def cut_off_layer(colours: dict[str, str]) -> dict[str, Any]:
    """Return the streets that are joined to no others, dashed."""
    return drawn_layer(
        "cut-off", "line", paint={"line-color": colours["ink"], "line-width": 3, "line-dasharray": [1.5, 1]}
    )


def reach_layers(colours: dict[str, str]) -> list[dict[str, Any]]:
    """Return a service area: its pieces of streets, and under them a surface that only helps the eye."""
    return [
        drawn_layer(
            "reach-surface",
            "fill",
            source="reach",
            filter=["==", ["get", "part"], "surface"],
            paint={"fill-color": colours["open"], "fill-opacity": 0.14},
        ),
        drawn_layer(
            "reach-streets",
            "line",
            source="reach",
            filter=["==", ["get", "part"], "streets"],
            paint={"line-color": colours["open"], "line-width": 2},
        ),
    ]


def _text(colours: dict[str, str], *, colour: str, halo: float = 1.5) -> dict[str, Any]:
    return {"text-color": colours[colour], "text-halo-color": colours["paper"], "text-halo-width": halo}


def _name(language: str) -> list[Any]:
    return ["coalesce", ["get", "name_en"], ["get", "name"]] if language == "en" else ["get", "name"]


def name_layers(colours: dict[str, str], language: str) -> list[dict[str, Any]]:
    """Return the names, those that give way first; the names of towns come last and win."""
    name = _name(language)
    return [
        tile_layer(
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
        tile_layer(
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
                "text-field": name,
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
        tile_layer(
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


CLUSTER_PROPERTIES = {"open": ["+", ["case", ["in", ["get", "mark"], ["literal", ["open", "closing"]]], 1, 0]]}
"""What is counted of the stations of a cluster: those that are open."""


def cluster_layers(colours: dict[str, str]) -> list[dict[str, Any]]:
    """Return stations that lie too close to be told apart, with their number; green where one is open."""
    has_open = [">", ["get", "open"], 0]
    is_cluster = ["has", "point_count"]
    return [
        drawn_layer(
            "station-clusters",
            "circle",
            source="stations",
            filter=is_cluster,
            layout={"circle-sort-key": ["get", "open"]},
            paint={
                "circle-radius": ["step", ["get", "point_count"], 14, 10, 17, 100, 21],
                "circle-color": ["case", has_open, colours["open"], colours["surface"]],
                "circle-stroke-color": colours["red"],
                "circle-stroke-width": 3,
            },
        ),
        drawn_layer(
            "station-cluster-numbers",
            "symbol",
            source="stations",
            filter=is_cluster,
            layout={
                "text-field": ["get", "point_count_abbreviated"],
                "text-font": ["Bold"],
                "text-size": 13,
                "text-allow-overlap": True,
                "text-ignore-placement": True,
            },
            paint={"text-color": ["case", has_open, colours["surface"], colours["ink"]]},
        ),
    ]


def station_layers(colours: dict[str, str]) -> list[dict[str, Any]]:
    """Return what always lies on top, at every zoom: stations, the person, the stops of a tour."""
    return [
        *cluster_layers(colours),
        drawn_layer(
            "stations",
            "symbol",
            filter=["!", ["has", "point_count"]],
            layout={
                "symbol-sort-key": ["match", ["get", "mark"], "open", 3, "closing", 2, "unknown", 1, 0],
                "icon-image": ["concat", "station-", ["get", "mark"]],
                "icon-size": _by_zoom((9, 0.75), (13, 1.0)),
                "icon-allow-overlap": True,
            },
        ),
        # A source of its own: the station that a route leads to is seen among those that are shown as one.
        drawn_layer(
            "chosen-halo",
            "circle",
            source="chosen",
            paint={"circle-radius": 20, "circle-color": colours["red"], "circle-opacity": 0.25},
        ),
        drawn_layer(
            "chosen",
            "symbol",
            layout={
                "icon-image": ["concat", "station-", ["get", "mark"]],
                "icon-size": _by_zoom((9, 0.75), (13, 1.0)),
                "icon-allow-overlap": True,
                "icon-ignore-placement": True,
            },
        ),
        drawn_layer(
            "start",
            "circle",
            paint={
                "circle-radius": 8,
                "circle-color": colours["ink"],
                "circle-stroke-color": colours["surface"],
                "circle-stroke-width": 3,
            },
        ),
        drawn_layer(
            "stops",
            "circle",
            layout={"circle-sort-key": ["case", ["==", ["get", "number"], "0"], 0, 1]},
            paint={
                "circle-radius": 13,
                # What no tour passes is nothing to act on.
                "circle-color": ["case", ["==", ["get", "number"], "0"], colours["grey"], colours["red"]],
                "circle-stroke-color": colours["surface"],
                "circle-stroke-width": 2,
            },
        ),
        drawn_layer(
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
        drawn_layer(
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
