"""Start a plan from what there was: a published tour, or an earlier plan such as last year's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from geo.db.session import writing
from geo.db.tour_places import add_tour_place, free_code
from geo.db.tour_plans import add_plan, get_plan, plan_of_tour
from geo.errors import InputError
from geo.tours.itinerary import Stop, is_same_place
from geo.tours.register import TourPlace
from loaders.synonyms import same_text_key
from webmap.logic.district_state import DistrictState, TourInfo
from webmap.logic.tours.wish import MAX_DAYS, TourWish, wish_json, wish_of
from webmap.organiser.build import (
    back_to_plan,
    default_wish,
    district_register,
    start_solving,
    today,
)
from webmap.organiser.views import organiser
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import district_state, engine

PLACE_OF_STOP = {"sight": "sight", "base": "base", "hotel": "hotel", "meal": "restaurant", "start": "meeting"}
"""Kind of a tour's stop to the kind of place that it is."""
WEEKS_OF_YEAR = 52
"""A year later the same weekday is 52 weeks away."""


@organiser.post("/build/from")
@requires("organiser")
def start_from() -> ResponseReturnValue:
    """Make a plan of a published tour (``tour-CODE``) or of an earlier plan (``plan-NUMBER``)."""
    state = district_state()
    kind, _, code = request.form.get("from", "").partition("-")
    with writing(engine()) as session:
        if kind == "plan" and code.isascii() and code.isdigit() and len(code) < 10:
            earlier = get_plan(session, state.district.code, int(code))
            name, wish, n_new = earlier.name, later_wish(wish_of(earlier.wish), today(state)), 0
        elif kind == "tour":
            name, wish, n_new = wish_of_tour(session, state, code)
        else:
            raise InputError("Choose a tour or a plan to start from")
        plan = add_plan(
            session,
            state.district.code,
            name=name,
            wish=wish_json(wish),
            is_sample=state.is_sample,
            by=viewer.name(),
        )
        number = plan.id
    if n_new:
        flash(
            gettext(
                "%(count)s places of the tour were not in the register and were added; their hours and prices are not "
                "known yet.",
                count=n_new,
            )
        )
    start_solving(state, number)
    return back_to_plan(number)


def wish_of_tour(session: Session, state: DistrictState, code: str) -> tuple[str, TourWish, int]:
    """Return the name, the wish and the number of new places that a published tour gives.

    A tour that was made of a plan has that plan's wish; of any other the stops are looked up in the register, and
    what is not there is added with all that the tour says of it.
    """
    tour = next((tour for tour in state.tours if tour.code == code), None)
    if tour is None:
        raise InputError("Choose a tour or a plan to start from")
    earlier = plan_of_tour(session, state.district.code, code)
    if earlier is not None:
        return tour.name, later_wish(wish_of(earlier.wish), today(state)), 0
    register = district_register(session, state)
    usual = default_wish(state, register)
    found, new = places_of(session, state, tour, register)
    sights = [place for place in found if place.kind in ("sight", "base")]
    starts = [place for place in found if place.kind == "meeting"]
    nights = [place for place in found if place.kind == "hotel" or (place.kind == "base" and place.rooms)]
    if not sights:
        raise InputError("The tour {name} has no sight to go to", name=tour.name)
    wish = replace(
        usual,
        days=min(max(1, len(tour.days)), MAX_DAYS),
        wishes={place.code: "wished" for place in sights},
        start=starts[0].code if starts else usual.start,
        nights=tuple(dict.fromkeys(place.code for place in nights)) if len(tour.days) > 1 else (),
    )
    return tour.name, wish, len(new)


def places_of(
    session: Session, state: DistrictState, tour: TourInfo, register: Sequence[TourPlace]
) -> tuple[list[TourPlace], list[TourPlace]]:
    """Return the places of a tour's stops, and those of them that were not in the register and are stored now."""
    found: list[TourPlace] = []
    new: list[TourPlace] = []
    for day in tour.days:
        for stop in day.stops:
            kind = PLACE_OF_STOP.get(stop.kind)
            if kind is None:
                continue
            place = place_of(stop, [*register, *new])
            if place is None:
                place = TourPlace(
                    free_code(session, state.district.code),
                    stop.name,
                    kind,
                    stop.lon,
                    stop.lat,
                    visit_min=stop.stay_min or None,
                    note=stop.note,
                )
                add_tour_place(session, state.district.code, place, by=viewer.name())
                new.append(place)
            found.append(place)
    return list({place.code: place for place in found}.values()), new


def place_of(stop: Stop, register: Sequence[TourPlace]) -> TourPlace | None:
    """Return the place of a stop: of its name, else none; of several the one where the stop is."""
    key = same_text_key(stop.name)
    named = [place for place in register if key in (same_text_key(name) for name in (place.name, *place.aliases))]
    near = [place for place in named if is_same_place(stop, Stop(place.name, place.kind, place.lon, place.lat, 0))]
    return next(iter(near or named), None)


def later_wish(wish: TourWish, now: date) -> TourWish:
    """Return the wish of an earlier plan for the same weekday of the next year that begins in the future.

    >>> from datetime import date
    >>> later_wish(TourWish(first=date(2025, 5, 17)), date(2025, 11, 30)).first
    datetime.date(2026, 5, 16)
    """
    first = wish.first
    while first <= now:
        first += timedelta(weeks=WEEKS_OF_YEAR)
    return replace(wish, first=first)
