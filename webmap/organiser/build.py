"""``/tours/build``: an organiser asks for a tour in five fields, chooses among plans, and changes them by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, json, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from geo.db.departure_tables import ShareLink
from geo.db.session import reading, writing
from geo.db.share_links import links_of, shown_key
from geo.db.tour_places import read_tour_places
from geo.db.tour_plans import (
    add_plan,
    change_plan,
    count_steps,
    flush_plan,
    get_plan,
    list_comments,
    list_plans,
    list_versions,
    name_version,
    plan_mark,
    restore_version,
    undo,
)
from geo.db.tour_tables import TourPlan
from geo.errors import ConflictError, InputError
from geo.texts import MAX_NAME
from geo.tours.by_hand import TimedOrder
from geo.tours.itinerary import Day, Stop, time_days
from geo.tours.register import TourPlace
from geo.tours.rules import load_rules
from webmap.logic.district_state import DistrictState
from webmap.logic.itineraries import Itinerary, legs_of, tour_features
from webmap.logic.jobs.models import Job
from webmap.logic.tours import content as contents
from webmap.logic.tours.content import Content, check_plan, content_json, content_of, explain_again
from webmap.logic.tours.first_plan import store_first_plan
from webmap.logic.tours.job import register_of
from webmap.logic.tours.problem_store import problem_of
from webmap.logic.tours.wish import PACES, WISHES, TourWish, read_wish, wish_json, wish_of
from webmap.organiser.plan_view import known_places, options_of, plan_view
from webmap.organiser.views import organiser
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import config, district_state, engine
from webmap.web.jobs import ask, job_error, job_words, read_job
from webmap.web.pages import render_page

STANDARD_MEASURE = "cents_per_head_day"
MOST_DEFAULT_WISHES = 30


@dataclass(frozen=True, eq=False)
class Opened:
    """A plan with all that its page reads of the store in one moment."""

    plan: TourPlan | None
    plans: Sequence[TourPlan]
    register: Sequence[TourPlace]
    n_step: int = 0
    versions: Sequence[Any] = ()
    comments: Sequence[Any] = ()
    link: ShareLink | None = None


@organiser.get("/build")
@requires("organiser")
def build() -> ResponseReturnValue:
    """Show the five fields, and the plans there are."""
    return build_page(None)


@organiser.get("/build/<int:number>")
@requires("organiser")
def built(number: int) -> ResponseReturnValue:
    """Show a plan."""
    return build_page(number)


@organiser.post("/build")
@requires("organiser")
def ask_for_plan() -> ResponseReturnValue:
    """Take the five fields and start looking for plans."""
    state = district_state()
    wish = sent_wish(state)
    with writing(engine()) as session:
        plan = add_plan(
            session,
            state.district.code,
            name=sent_name() or default_name(wish),
            wish=wish_json(wish),
            is_sample=state.is_sample,
            by=viewer.name(),
        )
        number = plan.id
    start_solving(state, number)
    return back_to_plan(number)


@organiser.post("/build/<int:number>/wish")
@requires("organiser")
def ask_again(number: int) -> ResponseReturnValue:
    """Change fields of a plan and solve it again; the change is a step that can be undone."""
    state = district_state()
    wish = sent_wish(state)
    with writing(engine()) as session:
        plan = change_plan(session, state.district.code, number, version=sent_version(), by=viewer.name())
        plan.wish, plan.content, plan.facts = wish_json(wish), None, None
        plan.name = sent_name() or plan.name
    start_solving(state, number)
    return back_to_plan(number)


@organiser.post("/build/<int:number>/change")
@requires("organiser")
def change(number: int) -> ResponseReturnValue:
    """Change a plan by hand: what is to be done stands in the field ``do``."""
    state = district_state()
    what, code = request.form.get("do", ""), request.form.get("code", "")
    with writing(engine()) as session:
        if what == "undo":
            undo(session, state.district.code, number, version=sent_version(), by=viewer.name())
        elif what == "restore":
            restore_version(
                session, state.district.code, number, sent_number("id"), version=sent_version(), by=viewer.name()
            )
        elif what == "name":
            name = request.form.get("name", "").replace("\0", "")
            version, seen = sent_version(), sent_mark()
            name_version(session, state.district.code, number, version=version, seen=seen, name=name, by=viewer.name())
        else:
            plan = change_plan(session, state.district.code, number, version=sent_version(), by=viewer.name())
            change_content(plan, what, code)
            flush_plan(session, plan)
    if what == "again":
        start_solving(state, number, again=True)
    return back_to_plan(number)


def change_content(plan: TourPlan, what: str, code: str) -> None:
    """Change the content of a locked plan as a sent form asks.

    Raises
    ------
    ConflictError
        No plan has been found yet.
    InputError
        What is asked for is not known, or cannot be done.
    """
    if plan.content is None or plan.facts is None:
        raise ConflictError("there is no plan yet; wait until the first one is found")
    content, problem = content_of(plan.content), problem_of(plan.facts["problem"])
    if what == "choose":
        plan.content = content_json(contents.choose(content, request.form.get("style", "")))
        return
    if what == "again":
        return
    known = {place.code for place in problem.places}
    if code not in known:
        raise InputError("{value} is not in the plan", value=code[:40])
    changed = changed_content(content, what, code)
    plan.content = content_json(explain_again(problem, changed))


def changed_content(content: Content, what: str, code: str) -> Content:
    """Return content changed by hand."""
    if what == "move":
        return contents.move(content, code, day=sent_number("day") - 1, position=sent_number("position"))
    if what == "remove":
        return contents.remove(content, code)
    if what in ("lock", "unlock"):
        return contents.set_lock(content, code, is_locked=what == "lock")
    if what == "admit":
        return contents.admit(content, code)
    if what == "night":
        return contents.set_night(content, code, day=sent_number("day") - 1)
    raise InputError("{value} is not something that can be done here", value=what[:40])


@organiser.get("/build/<int:number>/plan.geojson")
@requires("organiser")
def plan_geojson(number: int) -> ResponseReturnValue:
    """Answer the chosen plan as GeoJSON: stops and driven legs, each with its day."""
    state = district_state()
    with reading(engine()) as session:
        plan = get_plan(session, state.district.code, number)
        features = plan_features(state, plan)
    return Response(json.dumps(features), mimetype="application/geo+json")


def plan_features(state: DistrictState, plan: TourPlan) -> dict[str, Any]:
    """Return the stops and legs of the chosen plan as GeoJSON; nothing before there is one."""
    if plan.content is None or plan.facts is None:
        return {"type": "FeatureCollection", "features": []}
    places = known_places(plan.facts)
    content = content_of(plan.content)
    checked = check_plan(problem_of(plan.facts["problem"]), content.plan, content.locked)
    days = [
        Day(
            number,
            f"{day.depart // 60:02d}:{day.depart % 60:02d}",
            [
                Stop(place.name, place.kind, place.lon, place.lat, 0)
                for place in (places[code] for code in codes_of(day))
            ],
        )
        for number, day in enumerate(checked.days, 1)
    ]
    return tour_features(Itinerary(f"plan-{plan.id}", plan.name, None, time_days(days, legs_of(state))))


def codes_of(day: TimedOrder) -> list[str]:
    """Return where the coach is on a day, in order."""
    return [day.start, *(each.code for each in day.pick_ups), *(stop.code for stop in day.stops), day.end]


def build_page(number: int | None) -> ResponseReturnValue:
    """Return the page of a plan, or of none."""
    state = district_state()
    opened = open_plan(state, number)
    plan = opened.plan
    names = {place.code: place.name for place in opened.register}
    wish = wish_of(plan.wish) if plan else default_wish(state, opened.register)
    job = job_of(plan)
    return render_page(
        "organiser/build.html",
        state=state,
        district=state.district,
        plan=plan,
        plans=opened.plans,
        wish=wish,
        view=plan_view(plan, wish, names) if plan else None,
        job=job,
        job_words=job_words,
        job_error=job_error,
        has_places=any(place.kind in ("sight", "base") for place in opened.register),
        sights=[place for place in opened.register if place.kind in ("sight", "base")],
        starts=options_of(opened.register, ("meeting", "parking", "base", "hotel")),
        hotels=[(p.code, p.name) for p in opened.register if p.kind == "hotel" or (p.kind == "base" and p.rooms)],
        paces=PACES,
        wishes=WISHES,
        standard_rule=standard_rule(state.district.code),
        n_step=opened.n_step,
        versions=opened.versions,
        comments=opened.comments,
        published=state.tours,
        moment=lambda value: local(state, value),
        mark=plan_mark(plan) if plan else "",
        link=shared_link(opened.link),
        link_until=None if opened.link is None else opened.link.ends_at,
        today=today(state),
    )


def open_plan(state: DistrictState, number: int | None) -> Opened:
    """Return a plan with its versions and comments, and the places of the district."""
    with reading(engine()) as session:
        register = district_register(session, state)
        plan = None if number is None else get_plan(session, state.district.code, number)
        found = Opened(
            plan,
            list_plans(session, state.district.code),
            register,
            n_step=0 if number is None else count_steps(session, number),
            versions=() if number is None else list_versions(session, number),
            comments=() if number is None else list_comments(session, number),
            link=None if number is None else links_of(session, "comments", [number]).get(number),
        )
        session.expunge_all()
    return found


def district_register(session: Session, state: DistrictState) -> list[TourPlace]:
    """Return the places of tours of a district, its culture palaces among them."""
    return register_of(state, read_tour_places(session, state.district.code))


def shared_link(link: ShareLink | None) -> str | None:
    """Return the link for comments as it is sent, None where there is none or it can be shown no more."""
    key = None if link is None else shown_key(link, config().secret_key)
    return None if key is None else str(url_for("organiser.shared", key=key, _external=True))


def start_solving(state: DistrictState, number: int, *, again: bool = False) -> None:
    """Start the job that looks for plans, and show a first one; what an earlier job finds no longer counts."""
    arguments: dict[str, Any] = {"plan": number, **({"again": True} if again else {})}
    job = ask("tour", arguments, district=state.district.code)
    with writing(engine()) as session:
        get_plan(session, state.district.code, number, is_locked=True).job_id = job.id
    if not again:
        store_first_plan(engine(), state, number, job.id)


def job_of(plan: TourPlan | None) -> Job | None:
    """Return the job of a plan, None where there is none (any more)."""
    if plan is None or plan.job_id is None:
        return None
    try:
        return read_job(plan.job_id)
    except LookupError:
        return None


def sent_wish(state: DistrictState) -> TourWish:
    """Return the wish of the sent form."""
    wishes = {
        name.removeprefix("wish-"): value
        for name, value in request.form.items()
        if name.startswith("wish-") and value in WISHES
    }
    return read_wish(request.form, wishes, today=today(state))


def default_wish(state: DistrictState, register: Sequence[TourPlace]) -> TourWish:
    """Return what the form begins with: the best sights, the standard of the rules, a start where one is known."""
    sights = sorted((p for p in register if p.kind in ("sight", "base")), key=lambda p: -(p.score or 0.0))
    start = next((p.code for kind in ("meeting", "parking", "hotel") for p in register if p.kind == kind), "")
    rule = standard_rule(state.district.code)
    return TourWish(
        days=3,
        people=40,
        first=next_saturday(today(state) + timedelta(days=21)),
        start=start,
        wishes={place.code: "wished" for place in sights[:MOST_DEFAULT_WISHES]},
        standard=None if rule is None else rule.limit,
    )


def next_saturday(day: date) -> date:
    """Return the first Saturday from a day on."""
    return day + timedelta(days=(5 - day.weekday()) % 7)


def standard_rule(district: str) -> Any:
    """Return the rule whose limit is the default standard in a district, None where none is known."""
    rules = [rule for rule in load_rules().rules if rule.measure == STANDARD_MEASURE]
    return next((r for r in rules if not r.region or any(district.startswith(each) for each in r.region)), None)


def default_name(wish: TourWish) -> str:
    """Return what a plan is called until somebody names it."""
    values = {"days": wish.days, "people": wish.people, "date": wish.first}
    return str(gettext("%(days)s days, %(people)s people, %(date)s", **values))


def sent_name() -> str:
    """Return the name of the sent form."""
    return request.form.get("name", "").replace("\0", "").strip()[:MAX_NAME]


def sent_version() -> int:
    """Return the version that the sent form is based on; 0, which is none, where it names none."""
    return sent_number("version")


def sent_mark() -> str:
    """Return the mark of the days that whoever sends the form has seen; empty where it names none."""
    return request.form.get("seen", "")


def sent_number(name: str) -> int:
    """Return a whole number of the sent form, 0 where there is none."""
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def today(state: DistrictState) -> date:
    """Return the date in the district."""
    return datetime.now(ZoneInfo(state.district.timezone)).date()


def local(state: DistrictState, value: datetime) -> str:
    """Return a moment in the district's time."""
    return value.astimezone(ZoneInfo(state.district.timezone)).strftime("%m-%d %H:%M")


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def back_to_plan(number: int, **more: Any) -> ResponseReturnValue:
    """Lead back to the page of a plan, on phones down to the plan itself."""
    district = request.args.get("district")
    return redirect(url_for("organiser.built", number=number, district=district, _anchor="plan", **more), 303)
