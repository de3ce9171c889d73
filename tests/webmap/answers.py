"""Answers of the logic as JSON, as the interface gives them."""

from webmap.logic import nearest as finder
from webmap.logic import places, routes
from webmap.web.json_answers import nearest_json, route_json, stations_json


def nearest(state, **question):
    """Return the nearest stations."""
    return nearest_json(state, finder.nearest(state, **question))


def route(state, **question):
    """Return a route."""
    return route_json(state, routes.route(state, **question))


def stations(state, **question):
    """Return the stations of a district."""
    return stations_json(state, places.places_now(state, **question))
