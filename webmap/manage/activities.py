"""``/manage/activities``: the activities and trainings that ``/activities`` shows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from geo.db import offers as store
from geo.db.offers import ActivityDraft, ActivityFacts
from geo.db.places import list_places
from geo.db.session import reading, writing
from geo.errors import GeoError, InputError
from webmap.logic.places import SHOWN_KINDS
from webmap.logic.without_mobiles import require_public
from webmap.manage.blueprint import manage
from webmap.manage.listing import Column, Filter, local, make_listing, send_sheet, wants_sheet
from webmap.manage.refused_forms import Difference, find_differences, shows_refusal
from webmap.manage.versioned_form import back_to, is_refused, read_form, sent_version, show_form, whole_number
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import asked_district, engine

YEARS = range(2000, 2100)


@dataclass(frozen=True)
class ActivityForm:
    """The fields of the form as texts; times are those of the district's clock."""

    title: str = ""
    place_code: str = ""
    place_text: str = ""
    starts_at: str = ""
    ends_at: str = ""
    seats: str = ""
    link: str = ""
    text: str = ""
    is_cancelled: str = ""


@manage.get("/activities")
@requires("editor")
def activities() -> ResponseReturnValue:
    """List the activities, with a form for a new one."""
    return activity_list()


@manage.post("/activities")
@requires("editor")
def add_activity() -> ResponseReturnValue:
    """Store a new activity."""
    with writing(engine()) as session:
        district = asked_district(session)
        draft = read_activity(read_form(ActivityForm), ZoneInfo(district.timezone))
        store.add_activity(session, district.code, draft, by=viewer.name())
    return back_to("manage.activities", gettext("Saved. The public page follows within seconds."))


@manage.get("/activities/<int:number>")
@requires("editor")
def activity(number: int) -> ResponseReturnValue:
    """Show the form of one activity."""
    return activity_page(number)


@manage.post("/activities/<int:number>")
@requires("editor")
def save_activity(number: int) -> ResponseReturnValue:
    """Save the form of one activity."""
    with writing(engine()) as session:
        district = asked_district(session)
        draft = read_activity(read_form(ActivityForm), ZoneInfo(district.timezone))
        by = viewer.name()
        store.change_activity(session, district.code, number, draft, version=sent_version(), by=by)
    return back_to("manage.activities", gettext("Saved. The public page follows within seconds."))


@manage.post("/activities/<int:number>/remove")
@requires("editor")
def remove_activity(number: int) -> ResponseReturnValue:
    """Remove an activity."""
    with writing(engine()) as session:
        store.remove_activity(session, asked_district(session).code, number, version=sent_version())
    return back_to("manage.activities", gettext("Removed."))


@shows_refusal("manage.add_activity")
def activity_list(error: GeoError | None = None) -> ResponseReturnValue:
    """Return the list; with the `error` that kept a new activity from being stored, the form holds what was written."""
    now = datetime.now(UTC)
    with reading(engine()) as session:
        district = asked_district(session)
        found = store.list_activities(session, district.code)
        names = place_names(session, district.code)
        coming = sorted((each for each in found if each.ends_at > now), key=lambda each: each.starts_at)
        listing = make_listing(
            coming + [each for each in found if each.ends_at <= now],
            columns=(
                Column[ActivityFacts](gettext("Time"), lambda each: local(each.starts_at, district.timezone)),
                Column(gettext("End"), lambda each: local(each.ends_at, district.timezone)),
                Column(gettext("Title"), lambda each: each.title),
                Column(
                    gettext("Venue"), lambda each: each.place_text or names.get(each.place_code or "", each.place_code)
                ),
                Column(gettext("Seats"), lambda each: each.seats),
                Column(gettext("State"), lambda each: state_words(each, now)),
            ),
            filters=(
                Filter[ActivityFacts](
                    "state",
                    gettext("State"),
                    {"coming": gettext("to come"), "over": gettext("over"), "cancelled": gettext("cancelled")},
                    lambda each: states_of(each, now),
                ),
            ),
        )
        if wants_sheet():
            return send_sheet(listing, title=gettext("Activities and training"), district=district)
        return show_form(
            "manage/activities.html",
            stored=ActivityForm(),
            written=read_form(ActivityForm) if error else None,
            error=error,
            district=district,
            listing=listing,
            now=now,
            places=names,
        )


@shows_refusal("manage.save_activity")
@shows_refusal("manage.remove_activity")
def refused_activity(error: GeoError) -> ResponseReturnValue:
    """Show the form of an activity again."""
    return activity_page((request.view_args or {})["number"], error=error)


def activity_page(number: int, *, error: GeoError | None = None) -> ResponseReturnValue:
    """Return the form of an activity: as stored, or as written with the `error` that kept it from being saved."""
    with reading(engine()) as session:
        district = asked_district(session)
        found = store.get_activity(session, district.code, number)
        places = place_names(session, district.code)
        session.expunge_all()
    return show_form(
        "manage/activity.html",
        stored=stored_form(found, ZoneInfo(district.timezone)),
        written=read_form(ActivityForm) if is_refused("manage.save_activity", error) else None,
        error=error,
        version=found.version,
        differences=lambda stored, written: _differences(stored, written, places),
        district=district,
        activity=found,
        places=places,
    )


def states_of(activity: ActivityFacts, now: datetime) -> list[str]:
    """Return the states of an activity by which a list is filtered."""
    return ["over" if activity.ends_at <= now else "coming", *(["cancelled"] if activity.is_cancelled else [])]


def state_words(activity: ActivityFacts, now: datetime) -> str:
    """Return what a sheet says of an activity's state."""
    if activity.is_cancelled:
        return str(gettext("cancelled"))
    return str(gettext("over") if activity.ends_at <= now else gettext("to come"))


def place_names(session: Session, district: str) -> dict[str, str]:
    """Return the names of the places that have a page of their own, by code."""
    return {
        place.code: place.name
        for place in list_places(session, district)
        if place.status != "closed" and any(function.kind in SHOWN_KINDS for function in place.functions)
    }


def stored_form(facts: ActivityFacts, zone: ZoneInfo) -> ActivityForm:
    """Return a stored activity as its form shows it."""
    return ActivityForm(
        title=facts.title,
        place_code=facts.place_code or "",
        place_text=facts.place_text or "",
        starts_at=f"{facts.starts_at.astimezone(zone):%Y-%m-%dT%H:%M}",
        ends_at=f"{facts.ends_at.astimezone(zone):%Y-%m-%dT%H:%M}",
        seats="" if facts.seats is None else str(facts.seats),
        link=facts.link or "",
        text=facts.text or "",
        is_cancelled="yes" if facts.is_cancelled else "",
    )


def read_activity(form: ActivityForm, zone: ZoneInfo) -> ActivityDraft:
    """Return what a form asks for; its times are of `zone`.

    Raises
    ------
    InputError
        If a time is none, or the seats are no whole number.
    """
    return ActivityDraft(
        title=require_public(form.title),
        place_code=form.place_code or None,
        place_text=require_public(form.place_text) or None,
        starts_at=_moment(form.starts_at, gettext("Start"), zone),
        ends_at=_moment(form.ends_at, gettext("End"), zone),
        seats=whole_number(form.seats, gettext("Seats")) if form.seats else None,
        link=form.link or None,
        text=require_public(form.text) or None,
        is_cancelled=bool(form.is_cancelled),
    )


def _moment(text: str, name: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None or moment.year not in YEARS:
        raise InputError(
            "{name}: {value} is not a time; write one such as 2026-12-05 14:00", name=name, value=text or "-"
        )
    return moment.replace(tzinfo=zone)


def _differences(stored: ActivityForm, written: ActivityForm, places: dict[str, str]) -> list[Difference]:
    where = [places.get(form.place_code, form.place_code) or form.place_text for form in (stored, written)]
    cancelled = [gettext("cancelled") if form.is_cancelled else gettext("takes place") for form in (stored, written)]
    fields: dict[str, tuple[str | None, str | None]] = {
        gettext("Title"): (stored.title, written.title),
        gettext("Venue"): (where[0], where[1]),
        gettext("Start"): (stored.starts_at.replace("T", " "), written.starts_at.replace("T", " ")),
        gettext("End"): (stored.ends_at.replace("T", " "), written.ends_at.replace("T", " ")),
        gettext("Seats"): (stored.seats, written.seats),
        gettext("Link"): (stored.link, written.link),
        gettext("Text"): (stored.text, written.text),
        gettext("Status"): (cancelled[0], cancelled[1]),
    }
    return find_differences(fields)
