"""``/tours/CODE/batches``: the batches of a tour in the season of all tours, their collisions, and the ways out."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from geo.db.departure_feedback import feedback_totals, list_feedback
from geo.db.session import reading, writing
from geo.errors import ConflictError, InputError
from geo.tours.collisions import Collision
from webmap.logic.tours.departing import BatchView, SeasonView, read_season
from webmap.logic.tours.season_changes import (
    add_batch,
    change_hotel,
    copy_season,
    move_batch,
    split_batch,
    view_of,
)
from webmap.organiser.build import sent_number, sent_version, today
from webmap.organiser.views import itineraries, organiser
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import district_state, engine
from webmap.web.i18n import lang
from webmap.web.pages import render_page
from webmap.words.labels import BOOKING_STATES


@dataclass(frozen=True)
class Month:
    """A month of the season calendar, with its batches in order."""

    year: int
    month: int
    batches: tuple[BatchView, ...]


@organiser.get("/<code>/batches")
@requires("organiser")
def batches(code: str) -> ResponseReturnValue:
    """Show the batches of a tour, and the calendar of all tours."""
    state = district_state()
    itinerary = itineraries().get(state, code)
    with reading(engine()) as session:
        view = read_season(session, state)
        said, texts = (
            feedback_totals(session, state.district.code, code),
            list_feedback(session, state.district.code, code),
        )
        session.expunge_all()
    day = today(state)
    own = view.of_tour(code)
    last_year = any(it.departure.first_day.year == day.year - 1 for it in own)
    return render_page(
        "organiser/batches.html",
        state=state,
        district=state.district,
        itinerary=itinerary,
        batches=own,
        months=months_of(view, day),
        collision_words=lambda collision: collision_words(view, collision),
        booked_words=booked_words,
        date_words=date_words,
        today=day,
        said=said,
        texts=texts,
        last_year=day.year - 1 if last_year else None,
        names={it.code: it.name for it in state.tours},
    )


@organiser.get("/season")
@requires("organiser")
def season() -> ResponseReturnValue:
    """Show the calendar of all tours, and each with its batches."""
    state = district_state()
    with reading(engine()) as session:
        view = read_season(session, state)
        session.expunge_all()
    return render_page(
        "organiser/season.html",
        state=state,
        district=state.district,
        months=months_of(view, today(state)),
        tours=[(tour.code, tour.name, view.of_tour(tour.code)) for tour in state.tours],
        date_words=date_words,
        names={it.code: it.name for it in state.tours},
    )


@organiser.post("/<code>/batches")
@requires("organiser")
def add(code: str) -> ResponseReturnValue:
    """Add a batch: a date and how many people are expected."""
    state = district_state()
    first_day = sent_day("first_day")
    with writing(engine()) as session:
        made = add_batch(session, state, code, first_day=first_day, head_count=sent_number("people"), by=viewer.name())
        number = made.number
    flash(gettext("Batch %(number)s has been added as a draft.", number=number))
    return back(code)


@organiser.post("/<code>/batches/copy")
@requires("organiser")
def copy_last(code: str) -> ResponseReturnValue:
    """Copy the batches of a year to the next one."""
    state = district_state()
    with writing(engine()) as session:
        made = copy_season(session, state, code, year=sent_number("year"), by=viewer.name())
        count = len(made)
    flash(ngettext("%(num)s batch has been copied as a draft.", "%(num)s batches have been copied as drafts.", count))
    return back(code)


@organiser.post("/<code>/batches/<int:key>/way")
@requires("organiser")
def take_way(code: str, key: int) -> ResponseReturnValue:
    """Take a way out of a batch's collisions: another date, another hotel, two batches."""
    state, what, version = district_state(), request.form.get("do", ""), sent_version()
    district, by = state.district.code, viewer.name()
    with writing(engine()) as session:
        view = view_of(session, state, key)
        words = gettext("Batch %(number)s has been changed.", number=view.departure.number)
        if what == "move":
            if view.ways is None or view.ways.on is None:
                raise ConflictError("no date is free within four months; take another way out")
            moved, asked = move_batch(session, district, key, view.ways.on, version=version, by=by)
            words = gettext(
                "Batch %(number)s leaves on %(date)s now.", number=moved.number, date=date_words(moved.first_day)
            )
            if asked:
                words += gettext("%(count)s bookings are to be asked for again.", count=asked)
        elif what == "hotel":
            change_hotel(session, state, view, version=version, by=by)
            if view.ways is not None and view.ways.hotel is not None:
                words = gettext(
                    "Batch %(number)s sleeps at %(hotel)s now; tell the hotel that it had before.",
                    number=view.departure.number,
                    hotel=view.ways.hotel.name,
                )
        elif what == "split":
            second = split_batch(session, district, view, version=version, by=by)
            words = gettext(
                "Half of batch %(number)s goes as batch %(second)s on %(date)s.",
                number=view.departure.number,
                second=second.number,
                date=date_words(second.first_day),
            )
        else:
            raise InputError("{value} is not something that can be done here", value=what[:40])
    flash(words)
    return back(code)


def months_of(view: SeasonView, day: date) -> list[Month]:
    """Return the months with batches that are not cancelled, from this one on (or all, where none is to come)."""
    every = [it for it in view.batches.values() if it.departure.state != "cancelled"]
    coming = [it for it in every if it.departure.last_day >= day.replace(day=1)] or every
    keys = sorted({(it.departure.first_day.year, it.departure.first_day.month) for it in coming})
    return [
        Month(
            year,
            month,
            tuple(it for it in coming if (it.departure.first_day.year, it.departure.first_day.month) == (year, month)),
        )
        for year, month in keys
    ]


def collision_words(view: SeasonView, collision: Collision) -> str:
    """Return what does not go together, in a sentence."""
    others = gettext(", ").join(batch_name(view, view.batches[collision.of], key) for key in collision.others)
    values = {"others": others, "place": collision.place, "date": date_words(collision.on), "count": collision.missing}
    if collision.kind == "rooms":
        if others:
            return str(gettext("sleeps at %(place)s on %(date)s like %(others)s; %(count)s rooms missing", **values))
        return str(gettext("%(place)s lacks %(count)s rooms on %(date)s", **values))
    if collision.kind == "meal":
        if not collision.missing:
            return str(gettext("eats at %(place)s on %(date)s at the same time as %(others)s", **values))
        if others:
            return str(gettext("eats at %(place)s on %(date)s with %(others)s; %(count)s seats are missing", **values))
        return str(gettext("%(place)s has %(count)s seats too few on %(date)s", **values))
    if collision.kind == "seats":
        return str(gettext("%(count)s seats are missing in the coaches", **values))
    return str(gettext("%(place)s is not open at that time on %(date)s", **values))


def batch_name(view: SeasonView, own: BatchView, key: int) -> str:
    """Return what a batch is called beside another: its number, with its tour where that is another one."""
    other = view.batches[key].departure
    if other.tour_code == own.departure.tour_code:
        return str(gettext("batch %(number)s", number=other.number))
    return str(gettext("%(tour)s, batch %(number)s", tour=other.name, number=other.number))


def labelled(label: str, words: str) -> str:
    """Return words behind what they are of."""
    return f"{label}：{words}" if lang() == "zh" else f"{label}: {words}"


def booked_words(view: BatchView) -> str:
    """Return how many bookings are in which state."""
    counted = Counter(booking.state for booking in view.bookings)
    return " · ".join(f"{BOOKING_STATES[state]} {counted[state]}" for state in BOOKING_STATES if counted[state])


def date_words(day: date, last: date | None = None) -> str:
    """Return a day, or days, as they are said."""
    if last is None or last == day:
        return str(gettext("%(month)s/%(day)s", month=day.month, day=day.day))
    if last.month == day.month:
        return str(gettext("%(month)s/%(day)s–%(last)s", month=day.month, day=day.day, last=last.day))
    return f"{date_words(day)}–{date_words(last)}"


def sent_day(name: str) -> date:
    """Return the date of the sent form.

    Raises
    ------
    InputError
        None was sent, or what was sent is none.
    """
    text = request.form.get(name, "")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("the date {value} cannot be read; write e.g. 2026-09-12", value=text[:20]) from None


def back(code: str, key: int | None = None) -> ResponseReturnValue:
    """Lead back to the batches of a tour, or to one of them."""
    district = request.args.get("district")
    if key is not None:
        return redirect(url_for("organiser.batch", code=code, key=key, district=district), 303)
    return redirect(url_for("organiser.batches", code=code, district=district), 303)
