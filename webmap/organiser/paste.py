"""Start from what is there: sample places on the sample district, or the text of an old itinerary."""

from dataclasses import replace
from pathlib import Path

from flask import request
from flask.typing import ResponseReturnValue

from geo.db.session import reading, writing
from geo.db.tour_places import read_tour_places
from geo.db.tour_plans import add_plan
from geo.errors import ConflictError, InputError
from loaders.itinerary_text import MAX_TEXT, ItineraryText, KnownPlace, parse_itinerary
from loaders.storing.tour_places import load_tour_places
from webmap.logic.tours.wish import MAX_DAYS, wish_json
from webmap.organiser.build import (
    back_to_plan,
    default_name,
    default_wish,
    district_register,
    sent_number,
    start_solving,
)
from webmap.organiser.views import organiser
from webmap.web import viewer
from webmap.web.access import requires, takes_files
from webmap.web.context import district_state, engine
from webmap.web.pages import render_page

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
SAMPLE_PLACES = SAMPLE / "tour_places.csv"
SAMPLE_TEXT = SAMPLE / "old_itinerary.txt"


@organiser.post("/build/sample")
@requires("organiser")
def try_sample() -> ResponseReturnValue:
    """Load the sample places into the sample district and plan a first tour among them."""
    state = district_state()
    load_sample_places()
    with writing(engine()) as session:
        wish = default_wish(state, district_register(session, state))
        plan = add_plan(
            session,
            state.district.code,
            name=default_name(wish),
            wish=wish_json(wish),
            is_sample=True,
            by=viewer.name(),
        )
        number = plan.id
    start_solving(state, number)
    return back_to_plan(number)


def load_sample_places() -> None:
    """Load the sample places where there are none.

    Raises
    ------
    ConflictError
        The district is not the sample.
    """
    state = district_state()
    if not state.is_sample:
        raise ConflictError("sample places are for the sample district only; load the district's own places")
    with writing(engine()) as session:
        # Where the sample's departures eat and sleep is there already; sights are not.
        if not any(place.kind == "sight" for place in read_tour_places(session, state.district.code)):
            load_tour_places(session, SAMPLE_PLACES, district=state.district.code, is_sample=True, keep=True)


@organiser.get("/build/paste")
@requires("organiser")
def paste() -> ResponseReturnValue:
    """Show where the text of an old itinerary is pasted."""
    return paste_page("", None)


@organiser.post("/build/paste")
@requires("organiser")
@takes_files(4 * MAX_TEXT)
def read_paste() -> ResponseReturnValue:
    """Look up what a pasted text names, and ask what is not understood."""
    text = request.form.get("text", "").replace("\0", "").replace("\r\n", "\n")
    if "sample" in request.form:
        load_sample_places()
        text = SAMPLE_TEXT.read_text(encoding="utf-8")
    return paste_page(text, text)


def paste_page(shown: str, text: str | None) -> ResponseReturnValue:
    """Return the page of a pasted text, with what was read of it."""
    state = district_state()
    with reading(engine()) as session:
        register = district_register(session, state)
    parsed: ItineraryText | None = None
    if text is not None:
        known = [KnownPlace(place.code, place.name, place.kind, tuple(place.aliases)) for place in register]
        parsed = parse_itinerary(text, known)
    return render_page(
        "organiser/paste.html",
        state=state,
        district=state.district,
        text=shown,
        parsed=parsed,
        names={place.code: place.name for place in register},
    )


@organiser.post("/build/paste/use")
@requires("organiser")
def use_paste() -> ResponseReturnValue:
    """Make a plan of the places that were recognised or chosen."""
    state = district_state()
    chosen = [value for name, value in sorted(request.form.items()) if name.startswith("stop-") and value]
    with writing(engine()) as session:
        register = district_register(session, state)
        kinds = {place.code: place.kind for place in register}
        sights = [code for code in chosen if kinds.get(code) in ("sight", "base")]
        if not sights:
            raise InputError("Choose at least one sight to go to")
        starts = [code for code in chosen if kinds.get(code) == "meeting"]
        usual = default_wish(state, register)
        wish = replace(
            usual,
            days=min(max(1, sent_number("days")), MAX_DAYS),
            wishes=dict.fromkeys(sights, "wished"),
            start=starts[0] if starts else usual.start,
        )
        plan = add_plan(
            session,
            state.district.code,
            name=default_name(wish),
            wish=wish_json(wish),
            is_sample=state.is_sample,
            by=viewer.name(),
        )
        number = plan.id
    start_solving(state, number)
    return back_to_plan(number)
