"""API endpoints for what-if by hand: a small answer while a site is dragged, and the map once it is let go."""

from flask import g
from flask.typing import ResponseReturnValue

from webmap.api.views import answer, api, geojson, state
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.siting.by_hand import Changes, measure_changes, missed_squares
from webmap.web.access import requires
from webmap.web.json_answers import squares_json


@api.post("/siting/changes")
@requires("planner", "viewer")
def siting_changes() -> ResponseReturnValue:
    """Answer who gains and who loses cover by town."""
    return answer(measure_changes(state(), CoverageQuestion.read(g.body), Changes.read(g.body)))


@api.post("/siting/squares")
@requires("planner", "viewer")
def siting_squares() -> ResponseReturnValue:
    """Answer on the map whom no station would reach after the changes."""
    return geojson(squares_json(missed_squares(state(), CoverageQuestion.read(g.body), Changes.read(g.body))))
