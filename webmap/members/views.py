"""``/benefits`` and ``/activities``: the pages of member benefits and of activities, as the union has entered them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext

from geo.db.offers import ActivityFacts, read_membership_image
from geo.db.session import reading
from geo.errors import NotFoundError
from webmap.logic.district_state import DistrictState
from webmap.logic.formats.icalendar import MEDIA_TYPE, Appointment, write_ics
from webmap.logic.map_links import is_wechat
from webmap.logic.places import has_page
from webmap.web.access import public
from webmap.web.assets import FOR_GOOD
from webmap.web.context import district_state, live
from webmap.web.i18n import lang
from webmap.web.pages import render_page
from webmap.words.names import file_name, marked, name_of

offers = Blueprint("offers", __name__)

_DAY = {"zh": "y年M月d日 EEE", "en": "EEE d MMM y"}


@dataclass(frozen=True)
class Venue:
    """Where an activity is, as pages say it; `code` where the place has a page."""

    name: str
    code: str | None


@offers.get("/benefits")
@public
def benefits() -> ResponseReturnValue:
    """Show the benefits that the union has announced, and how to become a member if it supplied that."""
    state = district_state()
    today = datetime.now(state.calendar.zone).date()
    return render_page("members/benefits.html", state=state, today=today, benefits=state.offers.valid(today))


@offers.get("/benefits/membership.jpg")
@public
def membership_image() -> ResponseReturnValue:
    """Answer the membership picture; under the address that the page gives it may be kept for good."""
    state = district_state()
    # Both from the store: who has just saved a picture looks at it before the state has followed.
    with reading(live().engine) as session:
        found = read_membership_image(session, state.district.code)
    if found is None:
        raise NotFoundError("there is no membership picture")
    image, digest = found
    response = Response(image, mimetype="image/jpeg")
    response.set_etag(digest)
    is_named = request.args.get("v") == digest[:12]
    response.headers["Cache-Control"] = FOR_GOOD if is_named else "no-cache"
    return response.make_conditional(request)


@offers.get("/activities")
@public
def activities() -> ResponseReturnValue:
    """List the activities that are not over, by their start."""
    state = district_state()
    response = Response(
        render_page(
            "members/activities.html",
            state=state,
            activities=[(each, venue_of(state, each)) for each in state.offers.upcoming(datetime.now(UTC))],
            today=datetime.now(state.calendar.zone).date(),
            has_palace=bool(state.with_function("culture_palace")),
            in_wechat=is_wechat(request.user_agent.string),
        )
    )
    response.vary.add("User-Agent")
    return response


@offers.get("/activities.ics")
@public
def activities_calendar() -> ResponseReturnValue:
    """Answer the activities that are not over as a calendar, to subscribe to."""
    state = district_state()
    name = gettext("Activities in %(district)s", district=name_of(state.district))
    return calendar_file(state, state.offers.upcoming(datetime.now(UTC)), name=marked(state, name))


@offers.get("/activities/<int:number>.ics")
@public
def activity_calendar(number: int) -> ResponseReturnValue:
    """Answer one activity as a calendar file."""
    state = district_state()
    found = next((each for each in state.offers.activities if each.id == number), None)
    if found is None:
        raise NotFoundError("there is no such activity")
    return calendar_file(state, [found], name=title_of(state, found))


def calendar_file(state: DistrictState, found: Sequence[ActivityFacts], *, name: str) -> ResponseReturnValue:
    """Answer activities as a calendar file that phones open rather than save."""
    file = write_ics([appointment_of(state, each) for each in found], name=name, zone=state.calendar.zone)
    etag = hashlib.sha256(file).hexdigest()
    return send_file(BytesIO(file), mimetype=MEDIA_TYPE, download_name=file_name(name, "ics"), etag=etag)


def appointment_of(state: DistrictState, activity: ActivityFacts) -> Appointment:
    """Return an activity as an appointment; sample data says what it is in title and text."""
    words = []
    if activity.is_sample:
        words.append(gettext("Sample data: this activity does not exist."))
    if activity.seats:
        words.append(gettext("%(count)s seats", count=activity.seats))
    if activity.text:
        words.append(activity.text)
    venue = venue_of(state, activity)
    return Appointment(
        uid=f"activity-{activity.id}-{state.district.code}@fuchun-map",
        sequence=activity.version - 1,
        changed_at=activity.changed_at,
        title=title_of(state, activity),
        starts_at=activity.starts_at,
        ends_at=activity.ends_at,
        place=None if venue is None else venue.name,
        description="\n".join(words) or None,
        link=activity.link,
        is_cancelled=activity.is_cancelled,
    )


def title_of(state: DistrictState, activity: ActivityFacts) -> str:
    """Return the title of an activity as it stands alone, outside our pages."""
    title = marked(state, activity.title)
    return gettext("Cancelled: %(title)s", title=title) if activity.is_cancelled else title


def venue_of(state: DistrictState, activity: ActivityFacts) -> Venue | None:
    """Return where an activity is; None where its place is no longer known."""
    if activity.place_text:
        return Venue(activity.place_text, None)
    place = state.place_by_code.get(activity.place_code or "")
    return None if place is None else Venue(name_of(place), place.code if has_page(place) else None)


@offers.app_template_filter("span")
def span_words(activity: ActivityFacts, timezone: str) -> tuple[str, str]:
    """Return from when to when an activity lasts, as people in `timezone` say it: two parts that stay together each."""
    zone = ZoneInfo(timezone)
    starts, ends = activity.starts_at.astimezone(zone), activity.ends_at.astimezone(zone)
    first, last = (format_date(moment.date(), _DAY[lang()]) for moment in (starts, ends))
    if starts.date() == ends.date():
        return first, f"{starts:%H:%M}–{ends:%H:%M}"
    return f"{first} {starts:%H:%M} –", f"{last} {ends:%H:%M}"
