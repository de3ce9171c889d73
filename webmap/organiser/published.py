"""What the page of a published tour says beside its days: story, season, price, photos; and the tour as a calendar."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.session import reading, writing
from geo.db.tour_pages import (
    MAX_SEASON,
    MAX_STORY,
    TourPageFacts,
    add_tour_photo,
    delete_tour_photo,
    read_tour_pages,
    read_tour_photo,
    save_tour_page,
)
from geo.errors import InputError
from geo.texts import without_invisible
from webmap.logic.formats.icalendar import MEDIA_TYPE, Appointment, write_ics
from webmap.logic.photos import MAX_BYTES
from webmap.logic.tours.wish import read_money
from webmap.logic.without_mobiles import require_public
from webmap.organiser.build import sent_number
from webmap.organiser.views import itineraries, organiser, visit_words
from webmap.web import viewer
from webmap.web.access import public, requires, takes_files
from webmap.web.assets import FOR_GOOD
from webmap.web.context import district_state, engine, live
from webmap.web.pages import render_page
from webmap.web.sent_photo import sent_photo
from webmap.words.labels import SEASONS
from webmap.words.names import file_name, marked

YEARS = range(2000, 2100)


@dataclass(frozen=True)
class PageTexts:
    """What the form of a tour's page sends."""

    story: str | None
    season: str | None
    price: int | None


@organiser.get("/<code>/page")
@requires("organiser")
def edit_page(code: str) -> ResponseReturnValue:
    """Show the form of a published tour's page."""
    state = district_state()
    itinerary = itineraries().get(state, code)
    with reading(engine()) as session:
        page = read_tour_pages(session, state.district.code).get(code, TourPageFacts())
    return render_page(
        "organiser/page_form.html",
        state=state,
        district=state.district,
        itinerary=itinerary,
        page=page,
        max_story=MAX_STORY,
        max_season=MAX_SEASON,
    )


@organiser.post("/<code>/page")
@requires("organiser")
def save_page(code: str) -> ResponseReturnValue:
    """Save the form of a published tour's page."""
    state = district_state()
    texts = sent_texts()
    with writing(engine()) as session:
        known = read_tour_pages(session, state.district.code).get(code, TourPageFacts())
        # A price that somebody enters is whole: nothing is missing in it.
        n_unknown = known.n_unknown_price if texts.price == known.price else 0
        page = replace(known, story=texts.story, season=texts.season, price=texts.price, n_unknown_price=n_unknown)
        save_tour_page(session, state.district.code, code, page, by=viewer.name(), version=sent_number("version"))
    live().refresh()
    flash(gettext("The page of the tour is saved."))
    return back_to_page(code)


@organiser.post("/<code>/photos")
@requires("organiser")
@takes_files(MAX_BYTES)
def save_tour_photo(code: str) -> ResponseReturnValue:
    """Add a photo to a published tour, or take one away."""
    state = district_state()
    itineraries().get(state, code)
    if "remove" in request.form:
        with writing(engine()) as session:
            delete_tour_photo(session, state.district.code, code, sent_number("remove"))
        flash(gettext("The photo is taken away."))
    else:
        image, facts = sent_photo()
        with writing(engine()) as session:
            add_tour_photo(session, state.district.code, code, image, facts, by=viewer.name())
        flash(gettext("The photo is saved."))
    live().refresh()
    return back_to_page(code)


@organiser.get("/<code>/photos/<int:number>.jpg")
@public
def tour_photo(code: str, number: int) -> ResponseReturnValue:
    """Answer a photo of a published tour; under the address that the page gives it may be kept for good."""
    state = district_state()
    itineraries().get(state, code)
    with reading(live().engine) as session:
        found = read_tour_photo(session, state.district.code, code, number)
    if found is None:
        abort(404)
    image, digest = found
    response = Response(image, mimetype="image/jpeg")
    response.set_etag(digest)
    response.headers["Cache-Control"] = FOR_GOOD if request.args.get("v") == digest[:12] else "no-cache"
    return response.make_conditional(request)


@organiser.get("/<code>/tour.ics")
@public
def tour_ics(code: str) -> ResponseReturnValue:
    """Answer a tour as a calendar, one event a day, from the first day that ``first`` names."""
    state = district_state()
    itinerary = itineraries().get(state, code)
    first = first_day_of(request.args.get("first", ""), itinerary.page.first_day)
    name = marked(state, itinerary.name)
    zone = state.calendar.zone
    midnight = datetime.combine(first, time(), zone)
    events = []
    for number, day in enumerate(itinerary.days):
        begins = midnight + timedelta(days=number, minutes=day.start_min)
        known = [visit.leaves_min for visit in day.visits if visit.leaves_min is not None]
        events.append(
            Appointment(
                uid=f"{state.district.code}-{code}-{first:%Y%m%d}-{day.number}@fuchun-map",
                sequence=itinerary.page.version,
                changed_at=datetime.now(UTC),
                title=gettext("%(tour)s, day %(number)s", tour=name, number=day.number),
                starts_at=begins,
                ends_at=max(begins, midnight + timedelta(days=number, minutes=max(known, default=day.start_min))),
                place=day.visits[0].stop.name if day.visits else None,
                description="\n".join(f"{visit.stop.name} {visit_words(visit)}" for visit in day.visits),
                link=url_for("organiser.tour", code=code, district=state.district.code, _external=True),
                is_cancelled=False,
            )
        )
    file = write_ics(events, name=name, zone=zone)
    return send_file(BytesIO(file), mimetype=MEDIA_TYPE, as_attachment=True, download_name=file_name(name, "ics"))


def first_day_of(text: str, usual: date | None) -> date:
    """Return the day that an address asks for, else the tour's own.

    Raises
    ------
    InputError
        It is no date, or none is known.
    """
    if not text and usual is not None:
        return usual
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year not in YEARS:
        raise InputError("the date {value} cannot be read; write e.g. 2026-09-12", value=text[:20] or "-")
    return day


def sent_texts() -> PageTexts:
    """Return the story, season and price of the sent form, free of mobile numbers."""

    def text(name: str) -> str | None:
        sent = request.form.get(name, "").replace("\r\n", "\n")
        return require_public(without_invisible(sent).strip()) or None

    price, season = request.form.get("price", "").strip(), text("season")
    code = next((code for code, words in SEASONS.items() if str(words) == season), season)
    return PageTexts(text("story"), code, read_money("price", price))


def back_to_page(code: str) -> ResponseReturnValue:
    """Lead back to the form of a tour's page."""
    return redirect(url_for("organiser.edit_page", code=code, district=request.args.get("district")), 303)
