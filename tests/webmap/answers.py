"""Answers of the logic as JSON, as the interface gives them."""

from webmap.logic import coverage as coverages
from webmap.logic import nearest as finder
from webmap.logic import places, routes
from webmap.logic.encoding import to_json
from webmap.web.json_answers import nearest_json, route_json, squares_json, stations_json, week_json


def nearest(state, **question):
    """Return the nearest stations."""
    return nearest_json(state, finder.nearest(state, **question))


def route(state, **question):
    """Return a route."""
    return route_json(state, routes.route(state, **question))


def stations(state, **question):
    """Return the stations of a district."""
    return stations_json(state, places.places_now(state, **question))


def coverage(state, asked):
    """Return coverage at a moment."""
    return to_json(coverages.coverage(state, asked))


def squares(state, asked):
    """Return squares of missed people."""
    return squares_json(coverages.squares(state, asked))


def gaps(state, asked, **how):
    """Return the gaps."""
    return to_json(coverages.gaps(state, asked, **how))


def week(state, asked, **how):
    """Return the hours of a week."""
    return week_json(coverages.week(state, asked, **how))


def closure(state, asked, **how):
    """Return the closure test."""
    return to_json(coverages.closure(state, asked, **how))


def what_if(state, asked, **how):
    """Return a what-if."""
    return to_json(coverages.what_if(state, asked, **how))


def standards(state, held_to, **how):
    """Return the verdicts on standards."""
    return to_json(coverages.standards(state, held_to, **how))
