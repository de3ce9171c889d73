"""``/tours/chain``: which places lie on several tours, and which on none (串珠成链、聚链成群)."""

from collections import defaultdict
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from geo.db.session import reading
from geo.db.tour_days import stops_of_tours
from webmap.organiser.build import district_register
from webmap.organiser.views import organiser
from webmap.web.access import requires
from webmap.web.context import district_state, engine
from webmap.web.pages import render_page
from webmap.words.names import name_of

KINDS = ("sight", "base")
"""Kinds of places that are worth a way."""

MOST_DRAWN = 12
"""Routes that the map shows; with more of them no line could be told from another."""


@dataclass(frozen=True)
class ChainPlace:
    """A place with the tours that it lies on: (code, name) each."""

    code: str
    name: str
    lon: float
    lat: float
    tours: tuple[tuple[str, str], ...]


@organiser.get("/chain")
@requires("organiser")
def chain() -> ResponseReturnValue:
    """Show the places on several tours, on one, and on none."""
    state = district_state()
    with reading(engine()) as session:
        register = district_register(session, state)
        on = stops_of_tours(session, state.district.code)
    names = {tour.code: tour.name for tour in state.tours}
    known = {place.code: (place.name, place.lon, place.lat) for place in register if place.kind in KINDS}
    for place in state.with_function("sight") + state.with_function("tour_base"):
        known.setdefault(place.code, (name_of(place), place.lon, place.lat))
    tours: dict[str, set[str]] = defaultdict(set)
    for tour, place_code in on:
        tours[place_code].add(tour)
    places = [
        ChainPlace(code, *facts, tuple((each, names[each]) for each in sorted(tours[code]) if each in names))
        for code, facts in known.items()
    ]
    places.sort(key=lambda place: (-len(place.tours), place.name))
    return render_page(
        "organiser/chain.html",
        state=state,
        district=state.district,
        several=[place for place in places if len(place.tours) > 1],
        one=[place for place in places if len(place.tours) == 1],
        unused=[place for place in places if not place.tours],
        drawn=state.tours[:MOST_DRAWN],
    )
