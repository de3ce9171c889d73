"""API endpoints for stations, routes and coverage; ``openapi.yaml`` describes them and checks their input."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, g, json, request
from flask.typing import ResponseReturnValue

from geo.coverage.question import CoverageQuestion, read_moment
from geo.errors import InputError, NotFoundError
from webmap.api.usual_nearest import find_stations
from webmap.logic import coverage as coverages
from webmap.logic.district_state import DistrictState
from webmap.logic.encoding import to_json
from webmap.logic.map_links import is_phone
from webmap.logic.places import places_now
from webmap.logic.routes import route as find_route
from webmap.logic.usage import keys_of_answer, keys_of_station
from webmap.web.access import planning, public, requires
from webmap.web.context import config, interface, live, planning_state, shown_districts, shown_state, store_notice
from webmap.web.i18n import lang
from webmap.web.json_answers import (
    cut_off_json,
    nearest_json,
    route_json,
    service_area_json,
    squares_json,
    stations_json,
    week_json,
)
from webmap.web.usage import note

api = Blueprint("api", __name__, url_prefix="/api/v1")


@api.before_request
def read_request() -> None:
    """Check query and body against the document; views find them as ``g.query`` and ``g.body``."""
    operation = interface().operations[str(request.endpoint).removeprefix("api.")]
    g.query = operation.read_query(request.args)
    g.body = operation.read_body(request)


@api.post("/nearest")
@public
def nearest() -> ResponseReturnValue:
    """Answer the nearest stations of a point."""
    notice = store_notice()
    here = state_around(g.body["lon"], g.body["lat"])
    found = find_stations(here, g.body)
    note(keys_of_answer(here, found, services=g.body["services"], always=g.body["always"]))
    return nearest_json(here, found) | ({"notice": notice} if notice else {})


@api.post("/route")
@public
def route() -> ResponseReturnValue:
    """Answer the route from a point to a station or point."""
    asked = g.body
    here = state_around(asked["from"]["lon"], asked["from"]["lat"])
    to = asked["to"]
    found = find_route(
        here,
        origin=(asked["from"]["lon"], asked["from"]["lat"]),
        to_station=to.get("station"),
        to_point=None if "station" in to else (to["lon"], to["lat"]),
        mode=asked["mode"],
        lang=lang(),
        is_phone=is_phone(request.user_agent.string),
    )
    if "station" in to:
        note(keys_of_station(here, "go", to["station"]))
    return route_json(here, found)


@api.get("/coverage")
@public
def coverage() -> ResponseReturnValue:
    """Answer how many people reach a station within the standard."""
    return answer(coverages.coverage(state(), asked()))


@api.get("/coverage/squares")
@planning
def coverage_squares() -> ResponseReturnValue:
    """Answer on the map where the people live whom no station reaches."""
    return geojson(squares_json(coverages.squares(plan_state(), asked())))


@api.get("/coverage/cut-off")
@planning
def coverage_cut_off() -> ResponseReturnValue:
    """Answer on the map which streets are joined to no others."""
    return geojson(cut_off_json(coverages.cut_off(plan_state(), mode=g.query["mode"])))


@api.get("/coverage/gaps")
@planning
def coverage_gaps() -> ResponseReturnValue:
    """Answer in which named places people are missed, and why."""
    return answer(coverages.gaps(plan_state(), asked(), count=g.query["count"]))


@api.get("/coverage/week")
@planning
def coverage_week() -> ResponseReturnValue:
    """Answer who is covered in each hour of a week."""
    return week_json(coverages.week(plan_state(), asked(), day=day(g.query.get("week"))))


@api.get("/coverage/closure")
@planning
def coverage_closure() -> ResponseReturnValue:
    """Answer who loses cover if a station is locked."""
    return answer(coverages.closure(plan_state(), asked(), count=g.query["count"]))


@api.get("/coverage/service-area")
@public
def coverage_service_area() -> ResponseReturnValue:
    """Answer from which streets a station is reached in time."""
    query = g.query
    found = coverages.service_area(
        state(), query["station"], mode=query["mode"], minutes=query["minutes"], lines=query["lines"]
    )
    return geojson(service_area_json(found))


@api.get("/coverage/standards")
@planning
def coverage_standards() -> ResponseReturnValue:
    """Answer which standards are met."""
    return answer(coverages.standards(plan_state(), config().standards, on=day(g.query.get("on")), lang=lang()))


@api.post("/coverage/what-if")
@requires("planner")
def coverage_what_if() -> ResponseReturnValue:
    """Answer who would be covered if a station stood elsewhere, or one more did."""
    body = g.body
    found = coverages.what_if(
        state(), CoverageQuestion.read(body), lon=body["lon"], lat=body["lat"], station=body.get("station")
    )
    return answer(found)


@api.get("/stations")
@public
def stations() -> ResponseReturnValue:
    """Answer the stations of a district."""
    here = state()
    return geojson(stations_json(here, places_now(here, at=read_moment(g.query.get("at")), kind=g.query["kind"])))


@api.get("/districts")
@public
def districts() -> ResponseReturnValue:
    """Answer the districts in the store."""
    return {
        "districts": [
            {"code": d.code, "name": d.name, "name_en": d.name_en, "status": d.status} for d in shown_districts()
        ]
    }


@api.post("/districts/at")
@public
def district_at() -> ResponseReturnValue:
    """Answer which district a position is in."""
    code = live().district_at(g.body["lon"], g.body["lat"])
    found = next((district for district in shown_districts() if district.code == code), None)
    if found is None:
        raise NotFoundError("this point is in none of the districts here")
    return {"code": found.code, "name": found.name, "name_en": found.name_en, "status": found.status}


@api.get("/openapi.json")
@public
def document() -> ResponseReturnValue:
    """Answer the interface document."""
    return dict(interface().document)


def state() -> DistrictState:
    """Return the state of the district that the query names; a request uses one state throughout."""
    return shown_state(g.query.get("district"))


def plan_state() -> DistrictState:
    """Return the state of the district that the query names, where its planning is open to who asks."""
    return planning_state(g.query.get("district"))


def state_around(lon: float, lat: float) -> DistrictState:
    """Return the state of the district that the query names, else of the one that a position means."""
    return state() if g.query.get("district") else live().state_at(lon, lat)


def asked() -> CoverageQuestion:
    """Return what the query asks of coverage."""
    return CoverageQuestion.read(g.query)


def day(text: str | None) -> date | None:
    """Return the day that a text names, None where there is none."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise InputError("{value} is not a day such as 2026-10-01", value=text) from error


def answer(found: object) -> dict[str, Any]:
    """Return what the logic answers as a JSON object."""
    return dict(to_json(found))


def geojson(collection: dict[str, Any]) -> Response:
    """Return a GeoJSON answer under its own media type."""
    return Response(json.dumps(collection), mimetype="application/geo+json")
