"""What becomes of a plan: a link for comments without an account, approval, a published tour."""

from datetime import date, timedelta
from typing import Any

from flask import redirect as lead_to
from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.session import reading, writing
from geo.db.tour_plans import (
    PublishedStop,
    add_comment,
    change_plan,
    find_shared,
    flush_plan,
    get_plan,
    list_comments,
    publish,
    share,
)
from geo.db.tour_tables import TourPlan
from geo.errors import ConflictError, InputError
from webmap.accounts.throttle import count, keyed_hash
from webmap.logic.tours.content import check_plan, content_of
from webmap.logic.tours.problem_store import problem_of
from webmap.logic.tours.wish import wish_of
from webmap.organiser.build import (
    account,
    back_to_plan,
    district_register,
    local,
    sent_name,
    sent_number,
    sent_version,
    utc_now,
)
from webmap.organiser.plan_view import known_places, plan_view
from webmap.organiser.views import organiser
from webmap.web.context import config, district_state, engine, live, shown_state
from webmap.web.pages import render_page
from webmap.web.security import from_our_pages, public, requires

MOST_LINK_DAYS = 90
COMMENTS_PER_ADDRESS = 20
"""Comments from one address in a quarter of an hour."""
STOP_KINDS = {"restaurant": "meal", "rest_stop": "landmark", "toilet": "landmark"}
"""Kinds of stops of published tours that are called otherwise there."""


@organiser.post("/build/<int:number>/share")
@requires("organiser")
def share_plan(number: int) -> ResponseReturnValue:
    """Make a link for comments; it is shown once, and an earlier one ends."""
    state = district_state()
    days = min(max(1, sent_number("days")), MOST_LINK_DAYS)
    with writing(engine()) as session:
        key = share(session, state.district.code, number, until=utc_now() + timedelta(days=days))
    return back_to_plan(number, key=key)


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
        plan = find_shared(session, key, now=now)
        texts = {name: request.form.get(name, "").replace("\0", "") for name in ("writer", "text")}
        n_day = int(wish_of(plan.wish).days)
        day = sent_number("day")
        add_comment(session, plan, day=day if 1 <= day <= n_day else None, **texts)
    return lead_to(url_for("organiser.shared", key=key, said="1"), 303)


def shared_page(key: str) -> ResponseReturnValue:
    """Return the page of a shared plan."""
    with reading(engine()) as session:
        plan = find_shared(session, key, now=utc_now())
        state = shown_state(plan.district_code)
        names = {place.code: place.name for place in district_register(session, state)}
        comments = list_comments(session, plan.id)
        session.expunge_all()
    wish = wish_of(plan.wish)
    return render_page(
        "organiser/shared.html",
        state=state,
        plan=plan,
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
        plan = change_plan(session, state.district.code, number, version=sent_version(), by=account())
        plan.approval = {"result": result, "number": document[:60], "date": on.isoformat(), "by": account()}
        flush_plan(session, plan)
    return back_to_plan(number)


@organiser.post("/build/<int:number>/publish")
@requires("organiser")
def publish_plan(number: int) -> ResponseReturnValue:
    """Store the chosen plan as a tour of ``/tours``."""
    state = district_state()
    with writing(engine()) as session:
        plan = change_plan(session, state.district.code, number, version=sent_version(), by=account())
        days = published_days(plan)
        wish = wish_of(plan.wish)
        summary = gettext("%(days)s days, stops with their times as planned.", days=wish.days)
        code = publish(session, plan, name=sent_name() or plan.name, summary=str(summary), days=days)
    live().refresh()
    return lead_to(url_for("organiser.tour", code=code, district=request.args.get("district")), 303)


def published_days(plan: TourPlan) -> list[tuple[str, list[PublishedStop]]]:
    """Return the days of the chosen plan as a published tour has them.

    Raises
    ------
    ConflictError
        There is no plan yet, or it has stops that are late or closed.
    """
    if plan.content is None or plan.facts is None:
        raise ConflictError("there is no plan yet; wait until the first one is found")
    content = content_of(plan.content)
    checked = check_plan(problem_of(plan.facts["problem"]), content.plan, content.locked)
    if checked.faults:
        raise ConflictError("the plan has faults that are shown in amber; mend them before it is published")
    places = known_places(plan.facts)

    def stop(code: str, kind: str, stay_min: int) -> PublishedStop:
        place: Any = places[code]
        return PublishedStop(place.name, kind, code.partition("~")[0], place.lon, place.lat, stay_min, place.set_down)

    days = []
    for number, day in enumerate(checked.days):
        stops = [stop(day.start, "start", 0)]
        for each in day.stops:
            kind = places[each.code].kind
            stops.append(stop(each.code, STOP_KINDS.get(kind, kind), each.depart - each.arrive))
        stops.append(stop(day.end, "end" if number == len(checked.days) - 1 else "hotel", 0))
        days.append((f"{day.depart // 60:02d}:{day.depart % 60:02d}", stops))
    return days
