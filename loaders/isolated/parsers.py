"""The parsers that may be asked for by name: pure functions ``parse(path, context, progress) -> frames``."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, get_type_hints

PARSERS = {
    "areas": "loaders.areas:parse_areas",
    "boundaries": "loaders.boundaries:parse_boundaries",
    "buildings": "loaders.buildings:parse_buildings",
    "candidates": "loaders.candidates:parse_candidates",
    "osm_places": "loaders.osm_places:parse_osm_places",
    "osm_tour_places": "loaders.osm_tour_places:parse_osm_tour_places",
    "people": "loaders.population:parse_people",
    "profile": "loaders.profiles:parse_profile",
    "proxy": "loaders.proxy:parse_proxy",
    "recognise": "loaders.recognise:recognise",
    "stations": "loaders.stations:parse_stations",
    "street_layer": "loaders.street_layers:parse_street_layer",
    "streets": "loaders.streets:parse_streets",
    "tour_places": "loaders.tour_places:parse_tour_places",
    "visits": "loaders.visits:parse_visits",
}
"""Name to where its function is."""

Progress = Callable[..., None]
"""Told a stage (an English message id) and its values."""


def silent(stage: str, **values: object) -> None:
    """Tell nobody."""


def find_parser(name: str) -> Callable[..., Any]:
    """Return the function of a parser."""
    module, _, function = PARSERS[name].partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found


def context_of(name: str) -> Any:
    """Return the type of what a parser must know."""
    return get_type_hints(find_parser(name))["context"]


def result_of(name: str) -> Any:
    """Return the type of what a parser returns."""
    return get_type_hints(find_parser(name))["return"]
