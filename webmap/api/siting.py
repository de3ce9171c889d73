"""API endpoint for what-if by hand: a small answer while a site is dragged."""

from flask import g
from flask.typing import ResponseReturnValue

from webmap.api.views import answer, api, state
from webmap.logic.coverage import CoverageQuestion
from webmap.logic.siting.by_hand import Changes, measure_changes
from webmap.web.security import requires


@api.post("/siting/changes")
@requires("planner")
def siting_changes() -> ResponseReturnValue:
    """Answer who gains and who loses cover by town."""
    return answer(measure_changes(state(), CoverageQuestion.read(g.body), Changes.read(g.body)))
