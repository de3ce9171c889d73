"""``/manage/map``: hotspots and key areas, drawn on the map by planners; the script talks to ``/api/v1``."""

from flask.typing import ResponseReturnValue

from geo.db.planner_tables import DEMAND_LAYERS
from webmap.manage.blueprint import manage
from webmap.web.access import requires
from webmap.web.context import district_state
from webmap.web.pages import render_page


@manage.get("/map")
@requires("planner")
def draw() -> ResponseReturnValue:
    """Show the map to draw on; without scripts the lists of hotspots and key areas do the same by forms."""
    state = district_state()
    return render_page("manage/map.html", state=state, district=state.district, demand_layers=DEMAND_LAYERS)
