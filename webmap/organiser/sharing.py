"""What becomes of a plan: a link for comments without an account, approval, a published tour."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import redirect as lead_to
from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from geo.db.session import reading, writing
from geo.db.share_links import find_link, open_link
from geo.db.tour_pages import NO_PAGE, TourPageFacts, read_tour_pages, save_tour_page
from geo.db.tour_plans import (
    PublishedStop,
    add_comment,
    change_plan,
    flush_plan,
    get_plan,
    list_comments,
    plan_mark,
    publish,
    require_seen,
)
from geo.db.tour_tables import TourPlan
from geo.errors import ConflictError, InputError
from webmap.accounts.throttle import count, keyed_hash
from webmap.logic.tours.content import Checked, check_plan, content_of
from webmap.logic.tours.problem_store import problem_of
from webmap.logic.tours.wish import wish_of
from webmap.organiser.build import (
    back_to_plan,
    district_register,
    local,
    sent_mark,
    sent_name,
    sent_number,
    sent_version,
    utc_now,
)
from webmap.organiser.plan_view import known_places, plan_view
from webmap.organiser.views import organiser
from webmap.web import viewer
from webmap.web.access import from_our_pages, public, requires
from webmap.web.context import config, district_state, engine, live, shown_state
from webmap.web.pages import render_page

MOST_LINK_DAYS = 90
COMMENTS_PER_ADDRESS = 20
"""Comments from one address in a quarter of an hour."""
SEASONS = ("winter", "spring", "summer", "autumn")
"""Codes of the seasons from December on; a page may say another season in words."""
STOP_KINDS = {"restaurant": "meal", "rest_stop": "landmark", "toilet": "landmark"}
"""Kinds of stops of published tours that are called otherwise there."""


@organiser.post("/build/<int:number>/share")
@requires("organiser")
def share_plan(number: int) -> ResponseReturnValue:
    """Make a link for comments; an earlier one ends."""
    state = district_state()
    days = min(max(1, sent_number("days")), MOST_LINK_DAYS)
    with writing(engine()) as session:
        code = state.district.code
        get_plan(session, code, number, is_locked=True)
        until = utc_now() + timedelta(days=days)
        open_link(session, code, "comments", number, until=until, by=viewer.name(), secret=config().secret_key)
    return back_to_plan(number)


@organiser.get("/shared/<key>")
@public
def shared(key: str) -> ResponseReturnValue:
    """Show a plan to whoever has its link."""
    return shared_page(key)


@organiser.post("/shared/<key>")
@public
@from_our_pages
def comment(key: str) -> ResponseReturnValue:
    """Take a comment of whoever has the link, under the name they typed."""
    now = utc_now()
    limit = {keyed_hash(config().secret_key, (now.date().isoformat(), "comment", request.remote_addr or "")): (
        COMMENTS_PER_ADDRESS
    )}  # fmt: skip
    if not count(engine(), limit, now=now):
        raise ConflictError("too many comments from here; please wait a quarter of an hour")
    with writing(engine()) as session:
        plan, _ = find_shared(session, key)
        texts = {name: request.form.get(name, "").replace("\0", "") for name in ("writer", "text")}
        n_day = int(wish_of(plan.wish).days)
        day = sent_number("day")
        add_comment(session, plan, day=day if 1 <= day <= n_day else None, **texts)
    return lead_to(url_for("organiser.shared", key=key, said="1"), 303)


def find_shared(session: Session, key: str) -> tuple[TourPlan, datetime]:
    """Return the plan of a link key, and until when the link works.

    Raises
    ------
    NotFoundError
        There is none, or the link has ended.
    """
    link = find_link(session, key, now=utc_now(), scopes=("comments",))
    return get_plan(session, link.district_code, link.plan_id or 0), link.ends_at


def shared_page(key: str) -> ResponseReturnValue:
    """Return the page of a shared plan."""
    with reading(engine()) as session:
        plan, until = find_shared(session, key)
        state = shown_state(plan.district_code)
        names = {place.code: place.name for place in district_register(session, state)}
        comments = list_comments(session, plan.id)
        session.expunge_all()
    wish = wish_of(plan.wish)
    return render_page(
        "organiser/shared.html",
        state=state,
        plan=plan,
        until=until,
        wish=wish,
        key=key,
        view=plan_view(plan, wish, names),
        comments=comments,
        is_said="said" in request.args,
        moment=lambda value: local(state, value),
    )


@organiser.get("/build/<int:number>/print")
@requires("organiser")
def print_plan(number: int) -> ResponseReturnValue:
    """Show a plan as it is handed in for approval."""
    state = district_state()
    with reading(engine()) as session:
        plan = get_plan(session, state.district.code, number)
        names = {place.code: place.name for place in district_register(session, state)}
        session.expunge_all()
    wish = wish_of(plan.wish)
    return render_page(
        "organiser/approval.html",
        state=state,
        district=state.district,
        plan=plan,
        wish=wish,
        view=plan_view(plan, wish, names),
        mark=plan_mark(plan),
        today=utc_now().date(),
    )


@organiser.post("/build/<int:number>/approval")
@requires("organiser")
def enter_approval(number: int) -> ResponseReturnValue:
    """Enter the result of an approval with its date and document number."""
    state = district_state()
    result, document = request.form.get("result", ""), request.form.get("number", "").replace("\0", "").strip()
    if result not in ("approved", "returned") or not document:
        raise InputError("Enter the result, the date and the document number")
    try:
        on = date.fromisoformat(request.form.get("date", ""))
    except ValueError:
        raise InputError(
            "the date {value} cannot be read; write e.g. 2026-09-12", value=request.form.get("date", "")[:20]
        ) from None
    with writing(engine()) as session:
        plan = change_plan(session, state.district.code, number, version=sent_version(), by=viewer.name())
        require_seen(plan, sent_mark())
        by = viewer.name()
        plan.approval = {
            "result": result, "number": document[:60], "date": on.isoformat(), "by": by, "mark": plan_mark(plan),
        }  # fmt: skip
        flush_plan(session, plan)
    return back_to_plan(number)


@organiser.post("/build/<int:number>/publish")
@requires("organiser")
def publish_plan(number: int) -> ResponseReturnValue:
    """Store the chosen plan as a tour of ``/tours``."""
    state = district_state()
    with writing(engine()) as session:
        plan = change_plan(session, state.district.code, number, version=sent_version(), by=viewer.name())
        require_seen(plan, sent_mark())
        days = published_days(plan)
        code = publish(session, plan, name=sent_name() or plan.name, summary=summary_of(plan), days=days)
        known = read_tour_pages(session, state.district.code).get(code, NO_PAGE)
        save_tour_page(session, state.district.code, code, page_of_plan(plan, known), by=viewer.name())
    live().refresh()
    return lead_to(url_for("organiser.tour", code=code, district=request.args.get("district")), 303)


def page_of_plan(plan: TourPlan, known: TourPageFacts) -> TourPageFacts:
    """Return what the page of a tour says that is stored of a plan; story and season that somebody wrote stay.

    The price is what the plan costs a head, as far as prices are known: it is None where none is.
    """
    checked = checked_plan(plan)
    first, people, cost = checked.problem.days[0].date, checked.problem.group.people, checked.result.cost
    return replace(
        known,
        season=known.season or SEASONS[(first.month % 12) // 3],
        price=-(-cost // people) if cost else None,
        n_unknown_price=len(checked.result.unknown_prices),
        first_day=first,
    )


def summary_of(plan: TourPlan) -> str:
    """Return a tour in a sentence a day: where it goes and sleeps."""
    checked = checked_plan(plan)
    places = {place.code: place for place in checked.problem.places}
    lines = []
    for number, day in enumerate(checked.days, 1):
        sights = [places[stop.code].name for stop in day.stops if places[stop.code].kind in ("sight", "base")]
        words = {"number": number, "places": "、".join(sights) or places[day.end].name, "night": places[day.end].name}
        if number < len(checked.days):
            lines.append(gettext("Day %(number)s: %(places)s; night at %(night)s.", **words))
        else:
            lines.append(gettext("Day %(number)s: %(places)s.", number=number, places=words["places"]))
    return " ".join(str(line) for line in lines)


def checked_plan(plan: TourPlan) -> Checked:
    """Return the chosen plan with its times and faults.

    Raises
    ------
    ConflictError
        There is no plan yet.
    """
    if plan.content is None or plan.facts is None:
        raise ConflictError("there is no plan yet; wait until the first one is found")
    content = content_of(plan.content)
    return check_plan(problem_of(plan.facts["problem"]), content.plan, content.locked)


def published_days(plan: TourPlan) -> list[tuple[str, list[PublishedStop]]]:
    """Return the days of the chosen plan as a published tour has them.

    Raises
    ------
    ConflictError
        There is no plan yet, or it has stops that are late or closed.
    """
    checked = checked_plan(plan)
    if checked.faults:
        raise ConflictError("the plan has faults that are shown in amber; mend them before it is published")
    places = known_places(plan.facts or {})

    def stop(code: str, kind: str, stay_min: int) -> PublishedStop:
        place: Any = places[code]
        return PublishedStop(place.name, kind, code.partition("~")[0], place.lon, place.lat, stay_min, place.set_down)

    days = []
    for number, day in enumerate(checked.days):
        stops = [stop(day.start, "start", 0)]
        stops += [stop(each.code, "pick_up", each.depart - each.arrive) for each in day.pick_ups]
        for each in day.stops:
            kind = places[each.code].kind
            stops.append(stop(each.code, STOP_KINDS.get(kind, kind), each.depart - each.arrive))
        stops.append(stop(day.end, "end" if number == len(checked.days) - 1 else "hotel", 0))
        days.append((f"{day.depart // 60:02d}:{day.depart % 60:02d}", stops))
    return days
