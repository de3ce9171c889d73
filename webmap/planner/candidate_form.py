"""``/plan/sites/candidates/CODE``: what is known of a candidate site, as a form; whom it would serve; its photo."""

from dataclasses import replace
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.coverage.question import CoverageQuestion
from geo.db.candidates import change_candidate, get_candidate, remove_candidate
from geo.db.photos import delete_photo, read_photo, read_photo_facts, store_photo
from geo.db.planner_tables import CandidatePhoto
from geo.db.session import reading, writing
from geo.drawing import checked_note
from geo.errors import GeoError, InputError, NotFoundError
from geo.hours import parse_hours
from geo.records import MAX_NAME, CandidateRecord
from webmap.logic.district_state import DistrictState
from webmap.logic.photos import MAX_BYTES
from webmap.logic.siting.by_hand import Reach, reach_of_site
from webmap.logic.siting.sites_question import Spot
from webmap.map.surroundings import surroundings_of
from webmap.planner.chosen_plan import read_number
from webmap.planner.sites_form import read_amount
from webmap.planner.views import planner
from webmap.planner.willingness import WILLINGNESS_WORDS
from webmap.web import viewer
from webmap.web.access import requires, takes_files
from webmap.web.context import config, district_state, engine
from webmap.web.i18n import lang
from webmap.web.pages import render_page
from webmap.web.sent_photo import sent_photo

YES_NO = {"": None, "yes": True, "no": False}
"""What a select says of a fact; nothing: nobody has recorded it."""
FACTS = ("is_on_street", "is_ground_floor", "has_ebike_parking")


@planner.get("/plan/sites/candidates/<code>")
@requires("planner")
def candidate(code: str) -> ResponseReturnValue:
    """Show what is known of a candidate, the streets around it, and whom it would serve."""
    state = district_state()
    with reading(engine()) as session:
        known = get_candidate(session, state.district.code, code)
        photo = read_photo_facts(session, state.district.code, of=CandidatePhoto).get(code)
    asked = CoverageQuestion()
    return render_page(
        "planner/candidate.html",
        state=state,
        it=known,
        photo=photo,
        around=surroundings_of(state, known.lon, known.lat, config=config(), lang=lang()),
        willingness=WILLINGNESS_WORDS,
        question=asked,
        reach=_reach(state, asked, known),
    )


@planner.post("/plan/sites/candidates/<code>/facts")
@requires("planner")
def save_candidate(code: str) -> ResponseReturnValue:
    """Store what the form says; who has not seen the latest change is told."""
    state = district_state()
    with writing(engine()) as session:
        record = _with_form(get_candidate(session, state.district.code, code))
        change_candidate(session, state.district.code, record)
    flash(gettext("%(name)s: noted.", name=record.name))
    return redirect(url_for("planner.site_candidates", district=request.args.get("district")), 303)


@planner.post("/plan/sites/candidates/<code>/removal")
@requires("planner")
def drop_candidate(code: str) -> ResponseReturnValue:
    """Remove a candidate."""
    with writing(engine()) as session:
        remove_candidate(session, district_state().district.code, code, version=read_number("version"))
    flash(gettext("Removed."))
    return redirect(url_for("planner.site_candidates", district=request.args.get("district")), 303)


@planner.post("/plan/sites/candidates/<code>/photo")
@requires("planner")
@takes_files(MAX_BYTES)
def save_candidate_photo(code: str) -> ResponseReturnValue:
    """Store the sent picture as the photo of a candidate, or take its photo away."""
    district = district_state().district.code
    drawn = None if "remove" in request.form else sent_photo()
    with writing(engine()) as session:
        get_candidate(session, district, code)
        if drawn:
            store_photo(session, district, code, *drawn, by=viewer.name(), of=CandidatePhoto)
        else:
            delete_photo(session, district, code, of=CandidatePhoto)
    flash(gettext("The photo is saved.") if drawn else gettext("The photo is taken away."))
    return redirect(url_for("planner.candidate", code=code, district=request.args.get("district")), 303)


@planner.get("/plan/sites/candidates/<code>/photo.jpg")
@requires("planner", "viewer")
def candidate_photo(code: str) -> ResponseReturnValue:
    """Answer the photo of a candidate."""
    with reading(engine()) as session:
        found = read_photo(session, district_state().district.code, code, of=CandidatePhoto)
    if found is None:
        raise NotFoundError("{name} has no photo", name=code)
    image, digest = found
    response = Response(image, mimetype="image/jpeg")
    response.set_etag(digest)
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def _reach(state: DistrictState, asked: CoverageQuestion, known: CandidateRecord) -> Reach | None:
    """Return whom a candidate would serve; None where there are no streets or people yet."""
    try:
        return reach_of_site(state, asked, Spot(known.name, known.lon, known.lat))
    except GeoError:
        return None


def _with_form(known: CandidateRecord) -> CandidateRecord:
    form = request.form
    facts: dict[str, Any] = {}
    for name in FACTS:
        if form.get(name, "") not in YES_NO:
            raise InputError("{value} is none of {known}", value=form[name], known=", ".join(YES_NO))
        facts[name] = YES_NO[form.get(name, "")]
    return replace(
        known,
        name=form.get("name", ""),
        cost=read_amount(form, "cost"),
        area_m2=read_amount(form, "area_m2") or None,
        host=(checked_note(form.get("host")) or "")[:MAX_NAME] or None,
        address=checked_note(form.get("address")),
        note=checked_note(form.get("note")),
        hours=parse_hours(form.get("hours")).text or None,
        version=read_number("version"),
        **facts,
    )
