"""``/tours``: recuperation tours by day with stops, times and route; as a page, for print, as GPX and GeoJSON."""

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, current_app, json, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from geo.db.departure_feedback import feedback_totals
from geo.db.session import reading
from geo.errors import GeoError, NotReadyError
from geo.tours.itinerary import TimedDay, Visit
from webmap.logic.formats.gpx import MEDIA_TYPE, Track, Waypoint, write_gpx
from webmap.logic.itineraries import Itineraries, driven_segments, tour_features
from webmap.map.overview import Spot, overview_of
from webmap.web.access import public
from webmap.web.context import district_state, engine
from webmap.web.pages import credits, render_page
from webmap.words.labels import KINDS, Labels
from webmap.words.names import file_name, marked
from webmap.words.numbers import clock, distance, duration

organiser = Blueprint("organiser", __name__, url_prefix="/tours")

STOP_KINDS: Labels = {
    **KINDS,
    "start": lazy_gettext("departure"),
    "pick_up": lazy_gettext("pick-up"),
    "end": lazy_gettext("return"),
    "meal": lazy_gettext("meal"),
    "hotel": lazy_gettext("overnight stay"),
}
"""What the codes of stops are called; a code that is not here is shown as it is."""

SHORT_WALK_M = 100.0
"""Steps between coach and stop that need no mention."""


@organiser.record_once
def hold(setup: Any) -> None:
    """Give the application what this blueprint keeps between requests."""
    setup.app.extensions["fuchun_itineraries"] = Itineraries()


@organiser.get("")
@public
def tours() -> ResponseReturnValue:
    """List the tours of a district."""
    state = district_state()
    return render_page("organiser/tours.html", state=state, itineraries=itineraries().every(state))


@organiser.get("/<code>")
@public
def tour(code: str) -> ResponseReturnValue:
    """Show a tour day by day."""
    state = district_state()
    itinerary = itineraries().get(state, code)
    problems = [leg.problem for day in itinerary.days for leg in day.legs]
    with reading(engine()) as session:
        said = feedback_totals(session, state.district.code, code)
    return render_page(
        "organiser/tour.html",
        state=state,
        itinerary=itinerary,
        overview=overview_of(
            state, [Spot(visit.stop.lon, visit.stop.lat) for day in itinerary.days for visit in day.visits]
        ),
        not_ready=next((problem for problem in problems if isinstance(problem, NotReadyError)), None),
        stop_kinds=STOP_KINDS,
        short_walk_m=SHORT_WALK_M,
        problem_words=problem_words,
        said=said,
        streets=[source for source in state.sources if source.layer == "streets"],
    )


@organiser.get("/<code>/tour.gpx")
@public
def tour_gpx(code: str) -> ResponseReturnValue:
    """Answer a tour as GPX: its stops as waypoints, a track for each day."""
    state = district_state()
    itinerary = itineraries().get(state, code)
    name = marked(state, itinerary.name)
    file = write_gpx(
        name=name,
        description=itinerary.summary or "",
        attribution=" · ".join(credits(state)),
        waypoints=[
            Waypoint(
                lon=visit.stop.lon,
                lat=visit.stop.lat,
                name=f"{day.number}-{number} {visit.stop.name}",
                description=visit_words(visit),
                kind=visit.stop.kind,
            )
            for day in itinerary.days
            for number, visit in enumerate(day.visits, 1)
        ],
        tracks=[
            Track(
                name=marked(state, gettext("%(tour)s, day %(number)s", tour=itinerary.name, number=day.number)),
                description=day_words(day),
                segments=driven_segments(day),
            )
            for day in itinerary.days
        ],
    )
    return send_file(BytesIO(file), mimetype=MEDIA_TYPE, as_attachment=True, download_name=file_name(name, "gpx"))


@organiser.get("/<code>/tour.geojson")
@public
def tour_geojson(code: str) -> ResponseReturnValue:
    """Answer a tour as GeoJSON: stops, driven legs, and the steps between them."""
    state = district_state()
    features = tour_features(itineraries().get(state, code))
    return Response(json.dumps({**features, "sample": state.is_sample}), mimetype="application/geo+json")


def itineraries() -> Itineraries:
    """Return what this worker has worked out."""
    held: Itineraries = current_app.extensions["fuchun_itineraries"]
    return held


def problem_words(problem: GeoError) -> str:
    """Return why a leg is not known, in the reader's language."""
    return problem.localized(gettext)


def visit_words(visit: Visit) -> str:
    """Return when a stop is reached and left, as far as it is known, and its note."""
    words = []
    if visit.arrives_min is None:
        words.append(gettext("time unknown"))
    elif visit.stop.stay_min:
        times = {"arrives": clock(visit.arrives_min), "leaves": clock(visit.leaves_min)}
        words.append(gettext("%(arrives)s to %(leaves)s", **times))
    else:
        words.append(clock(visit.arrives_min))
    if visit.stop.note:
        words.append(visit.stop.note)
    return " · ".join(words)


def day_words(day: TimedDay) -> str:
    """Return the sums of a day, and how many legs are missing in them."""
    words = [
        gettext("on the way %(time)s, %(distance)s", time=duration(day.drive_min), distance=distance(day.distance_m))
    ]
    if day.unknown_legs:
        words.append(gettext("without %(count)s legs that are not known", count=day.unknown_legs))
    return " · ".join(words)
