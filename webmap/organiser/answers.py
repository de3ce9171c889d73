"""What people without an account send by a link: the numbers of a unit, and feedback after a batch."""

from datetime import datetime
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from geo.db.departure_feedback import add_feedback
from geo.db.departure_tables import Departure, DepartureUnit
from geo.db.departures import ANSWERS, UnitAnswer, answer_of, answer_unit, get_departure, get_unit, list_units
from geo.db.session import reading, writing
from geo.db.share_links import find_link
from geo.errors import ConflictError, GeoError, InputError
from webmap.accounts.throttle import count, keyed_hash
from webmap.logic.tours.departing import guest_seats
from webmap.organiser.batches import date_words
from webmap.organiser.build import local, sent_number, today, utc_now
from webmap.organiser.views import organiser
from webmap.web.access import from_our_pages, public
from webmap.web.context import config, engine, shown_state
from webmap.web.errors import kind_of
from webmap.web.pages import render_page

BY_LINK = "link"
"""Who has changed the numbers of a unit: whoever has its link."""
ANSWERS_PER_ADDRESS = 60
"""Answers from one address in a quarter of an hour: a whole office may be behind it."""


@organiser.get("/answer/<key>")
@public
def answer(key: str) -> ResponseReturnValue:
    """Show the numbers of a unit to its liaison."""
    return answer_page(key)


@organiser.post("/answer/<key>")
@public
@from_our_pages
def send_answer(key: str) -> ResponseReturnValue:
    """Take the numbers of a unit."""
    now = utc_now()
    require_few(now)
    try:
        with writing(engine()) as session:
            unit, departure, _ = unit_of(session, key)
            if departure.state in ("cancelled", "ended"):
                raise ConflictError("this departure has ended or is cancelled; nothing is taken any more")
            numbers = UnitAnswer(**{name: sent_number(name) for name in ANSWERS})
            answer_unit(session, unit, numbers, now=now, by=BY_LINK)
    except (InputError, ConflictError) as error:
        return answer_page(key, error)
    return redirect(url_for("organiser.answer", key=key, said="1"), 303)


@organiser.get("/feedback/<key>")
@public
def feedback(key: str) -> ResponseReturnValue:
    """Ask a participant how it was; the link is that of the batch."""
    with reading(engine()) as session:
        departure = departure_of(session, key)
        session.expunge_all()
    state = shown_state(departure.district_code)
    return render_page(
        "organiser/feedback.html",
        state=state,
        it=departure,
        key=key,
        dates=date_words(departure.first_day, departure.last_day),
        is_early=today(state) < departure.last_day,
        is_said="said" in request.args,
    )


@organiser.post("/feedback/<key>")
@public
@from_our_pages
def send_feedback(key: str) -> ResponseReturnValue:
    """Take what a participant says; no name is asked for and none is kept."""
    require_few(utc_now())
    text = request.form.get("text", "").replace("\0", "")
    with writing(engine()) as session:
        departure = departure_of(session, key)
        if today(shown_state(departure.district_code)) < departure.last_day:
            raise ConflictError("feedback is taken from the last day on")
        add_feedback(session, departure, rating=sent_number("rating"), pace=request.form.get("pace") or None, text=text)
    return redirect(url_for("organiser.feedback", key=key, said="1"), 303)


def answer_page(key: str, error: GeoError | None = None) -> ResponseReturnValue:
    """Return the page of a unit's numbers, with the `error` that kept what was sent from being saved."""
    with reading(engine()) as session:
        unit, departure, until = unit_of(session, key)
        state = shown_state(departure.district_code)
        others = list_units(session, [departure.id])[departure.id]
        session.expunge_all()
    registered = sum(given.people for given in map(answer_of, others) if given)
    most = min(guest_seats(departure), departure.capacity or guest_seats(departure))
    given = answer_of(unit)
    numbers: dict[str, Any] = {name: getattr(given, name) if given else None for name in ANSWERS}
    if error is not None:
        numbers = {name: sent_number(name) for name in ANSWERS}
    page = render_page(
        "organiser/answer.html",
        state=state,
        unit=unit,
        it=departure,
        key=key,
        given=given,
        numbers=numbers,
        free=most - registered,
        dates=date_words(departure.first_day, departure.last_day),
        until=local(state, until),
        answered=None if unit.answered_at is None else local(state, unit.answered_at),
        error=error.localized(gettext) if error else None,
        is_said="said" in request.args,
    )
    return page, kind_of(error).status if error else 200


def unit_of(session: Session, key: str) -> tuple[DepartureUnit, Departure, datetime]:
    """Return the unit of a link key with its departure, and until when the link works, or raise `NotFoundError`."""
    link = find_link(session, key, now=utc_now(), scopes=("unit",))
    unit = get_unit(session, link.district_code, link.unit_id or 0)
    return unit, get_departure(session, link.district_code, unit.departure_id), link.ends_at


def departure_of(session: Session, key: str) -> Departure:
    """Return the departure of a participants' or leader's link key, or raise `NotFoundError`."""
    link = find_link(session, key, now=utc_now(), scopes=("participants", "leader"))
    return get_departure(session, link.district_code, link.departure_id or 0)


def require_few(now: datetime) -> None:
    """Refuse too many answers from one address."""
    limit = {keyed_hash(config().secret_key, (now.date().isoformat(), "answer", request.remote_addr or "")): (
        ANSWERS_PER_ADDRESS
    )}  # fmt: skip
    if not count(engine(), limit, now=now):
        raise ConflictError("too many answers from here; please wait a quarter of an hour")
