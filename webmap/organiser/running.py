"""``/b/KEY``: the day of a departure by a link without an account; participants read it, the leader presses."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from flask import Blueprint, Response, json, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from geo.db.bookings import list_bookings
from geo.db.departure_events import EventMark, add_presses, list_presses, mark_of, minute_of
from geo.db.departure_tables import Departure, ShareLink
from geo.db.departures import get_departure
from geo.db.session import reading, writing
from geo.db.share_links import find_link, links_of, shown_key
from geo.db.tour_places import read_tour_places
from geo.errors import InputError, NotFoundError
from geo.tours.itinerary import Stop
from geo.tours.presses import PRESS_KINDS, NewStop, Press
from geo.tours.running_day import progress_of
from geo.tours.timetable import timetable_of
from webmap.logic.district_state import DistrictState
from webmap.logic.itineraries import legs_of
from webmap.logic.tours.running import KEPT_STATES, DayPlan, make_day, plan_again
from webmap.organiser.running_view import RunningView, new_rest_view, running_view
from webmap.web.access import from_our_pages, public
from webmap.web.context import config, engine, shown_state
from webmap.web.i18n import lang
from webmap.web.pages import is_large, render_page

running = Blueprint("running", __name__, url_prefix="/b")

SCOPES = ("participants", "leader")
POLL_S = 4
"""How often an open page asks whether something has changed."""
MAX_BATCH = 100
"""Presses in one request."""
MAX_NUMBER = 1_000_000
_DEVICE = re.compile(r"[A-Za-z0-9_-]{8,40}")
_KEY = re.compile(r"[A-Za-z0-9_:.~-]{1,80}")


@dataclass(frozen=True, eq=False)
class Opened:
    """What a link opens: the departure, its district's state, and the day of it that is asked for."""

    link: ShareLink
    departure: Departure
    state: DistrictState
    number: int

    @property
    def is_leader(self) -> bool:
        """Whether the link is the leader's."""
        return self.link.scope == "leader"

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the district."""
        return ZoneInfo(self.state.district.timezone)


@running.get("/<key>")
@running.get("/<key>/<int:number>")
@public
def day(key: str, number: int | None = None) -> ResponseReturnValue:
    """Show a day of a departure, today's if none is named."""
    with reading(engine()) as session:
        opened = open_day(session, key, number)
        view, tag = day_view(session, opened)
        participants = participants_key(session, opened)
        session.expunge_all()
    page = render_page(
        "organiser/running.html",
        state=opened.state,
        key=key,
        view=view,
        tag=tag,
        is_leader=opened.is_leader,
        participants=participants,
        is_sample_data=opened.departure.is_sample or opened.state.is_sample,
        ends_at=opened.link.ends_at.astimezone(opened.zone),
        poll_s=POLL_S,
        made_ms=now_ms(),
        midnight_ms=midnight_ms(view.on, opened.zone),
        today=datetime.now(opened.zone).date(),
    )
    return unlisted(Response(page))


@running.get("/<key>/<int:number>/now")
@public
def now(key: str, number: int) -> ResponseReturnValue:
    """Answer the part of the page that changes; 304 as long as it is the same."""
    with reading(engine()) as session:
        opened = open_day(session, key, number)
        tag = version_of(opened, mark_of(session, opened.departure.id))
        if request.if_none_match.contains_weak(tag):
            return unlisted(Response(status=304), tag)
        view, tag = day_view(session, opened)
        session.expunge_all()
    part = render_template(
        "organiser/running_now.html", state=opened.state, view=view, key=key, is_leader=opened.is_leader
    )
    return unlisted(Response(part), tag)


@running.get("/<key>/<int:number>/day.geojson")
@public
def day_geojson(key: str, number: int) -> ResponseReturnValue:
    """Answer the stops and ways of a day, and what is near its stops."""
    with reading(engine()) as session:
        opened = open_day(session, key, number)
        view, _ = day_view(session, opened)
        plan = day_plan(session, opened)
        session.expunge_all()
    return unlisted(Response(json.dumps(day_features(opened.state, plan, view)), mimetype="application/geo+json"))


@running.post("/<key>/presses")
@public
@from_our_pages
def press(key: str) -> ResponseReturnValue:
    """Take presses of the leader, each once; answer which were taken."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise InputError("the presses cannot be read")
    received = now_ms()
    number = whole(body.get("day"), 1, 60)
    with writing(engine()) as session:
        opened = open_day(session, key, number, scopes=("leader",))
        presses = read_presses(body, opened, received_ms=received)
        add_presses(session, opened.departure, opened.number, presses)
    return jsonify({"taken": [each.name for each in presses]})


@running.post("/<key>/<int:number>/rest")
@public
@from_our_pages
def rest(key: str, number: int) -> ResponseReturnValue:
    """Plan the rest of the day again, and show it to the leader, who accepts it or not."""
    why, stop = request.form.get("why", ""), request.form.get("stop") or None
    if why not in ("rain", "closed"):
        raise InputError("say why the day is planned again: rain, or a closed sight")
    with reading(engine()) as session:
        opened = open_day(session, key, number, scopes=("leader",))
        plan = day_plan(session, opened)
        presses = stored_presses(session, opened, plan)
        session.expunge_all()
    minute = minute_of(datetime.now(UTC), on=plan.on, zone=opened.zone)
    # A page of a day to come is looked at before it begins.
    first = next((each.arrive for each in plan.table.stops if each.arrive is not None), minute)
    found = plan_again(plan, presses, why=why, key=stop, now=minute if presses else max(first, minute))
    kept = {new.key for new in found.stops}
    gone = [plan.stops[each.key].name for each in plan.table.stops if each.key in ahead_of(plan, presses) - kept]
    others = [name for name in gone if name not in {plan.stops[each].name for each in found.left_out}]
    return unlisted(Response(render_template("organiser/running_rest.html", rest=new_rest_view(plan, found, others))))


def open_day(session: Session, key: str, number: int | None, *, scopes: Sequence[str] = SCOPES) -> Opened:
    """Return what a link opens on a day of its departure, None: today's, or the first or last one.

    Raises
    ------
    NotFoundError
        The link does not exist or has ended, or the departure has no such day.
    """
    link = find_link(session, key, now=datetime.now(UTC), scopes=scopes)
    state = shown_state(link.district_code)
    departure = get_departure(session, link.district_code, link.departure_id or 0)
    n_day = len(departure.timetable)
    if number is None:
        today = datetime.now(ZoneInfo(state.district.timezone)).date()
        number = min(max((today - departure.first_day).days + 1, 1), n_day)
    if not 1 <= number <= n_day:
        raise NotFoundError("this departure has no day {number}", number=number)
    return Opened(link, departure, state, number)


def day_view(session: Session, opened: Opened) -> tuple[RunningView, str]:
    """Return what the page of a day shows, and its version."""
    tag = version_of(opened, mark_of(session, opened.departure.id))
    places = read_tour_places(session, opened.state.district.code)
    plan = day_plan(session, opened)
    presses = stored_presses(session, opened, plan)
    view = running_view(opened.state, opened.departure, plan, presses, places, with_repairs=opened.is_leader)
    return view, tag


def day_plan(session: Session, opened: Opened) -> DayPlan:
    """Return the day with hours, bookings and rules."""
    departure = opened.departure
    booked = {
        booking.stop
        for booking in list_bookings(session, [departure.id]).get(departure.id, [])
        if booking.day == opened.number and booking.state in KEPT_STATES
    }
    return make_day(
        opened.state,
        timetable_of(departure.timetable)[opened.number - 1],
        first_day=departure.first_day,
        places=read_tour_places(session, opened.state.district.code),
        booked=booked,
    )


def stored_presses(session: Session, opened: Opened, plan: DayPlan) -> list[Press]:
    """Return the presses of the day."""
    return list_presses(session, opened.departure.id, opened.number, on=plan.on, zone=opened.zone)


def version_of(opened: Opened, mark: EventMark) -> str:
    """Return what differs when the page of a day does."""
    facts = (
        opened.link.id, opened.departure.row_version, opened.number, mark.count, mark.last,
        opened.state.data_version, opened.state.snapshot is not None, lang(), is_large(),
    )  # fmt: skip
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def read_presses(body: dict[str, Any], opened: Opened, *, received_ms: int) -> list[Press]:
    """Return the presses of a request; their moments are put right by what the phone's clock says at sending.

    Raises
    ------
    InputError
        Something in it is of the wrong kind.
    """
    sent, sent_ms = body.get("presses"), whole(body.get("sent_ms"), 0, 10**15)
    if not isinstance(sent, list) or not 0 < len(sent) <= MAX_BATCH:
        raise InputError("from 1 to {limit} presses are taken at once", limit=MAX_BATCH)
    return [read_press(each, opened, received_ms=received_ms, sent_ms=sent_ms) for each in sent]


def read_press(sent: Any, opened: Opened, *, received_ms: int, sent_ms: int) -> Press:
    """Return one press of a request."""
    if not isinstance(sent, dict) or sent.get("kind") not in PRESS_KINDS:
        raise InputError("the presses cannot be read")
    device, stop, target = (sent.get(name) for name in ("device", "stop", "target"))
    if not isinstance(device, str) or not _DEVICE.fullmatch(device):
        raise InputError("the presses cannot be read")
    for text in (stop, target):
        if text is not None and (not isinstance(text, str) or not _KEY.fullmatch(text)):
            raise InputError("the presses cannot be read")
    ago_ms = max(0, sent_ms - whole(sent.get("at_ms"), 0, 10**15))
    at_ms = received_ms - ago_ms
    news = sent.get("rest") or []
    if not isinstance(news, list) or len(news) > MAX_BATCH:
        raise InputError("the presses cannot be read")
    minutes = sent.get("minutes")
    on = opened.departure.first_day + timedelta(days=opened.number - 1)
    return Press(
        device=device,
        number=whole(sent.get("number"), 1, MAX_NUMBER),
        at_ms=at_ms,
        minute=minute_of(datetime.fromtimestamp(at_ms / 1000.0, UTC), on=on, zone=opened.zone),
        kind=sent["kind"],
        stop=stop,
        minutes=None if minutes is None else whole(minutes, -24 * 60, 48 * 60),
        target=target,
        rest=tuple(_new_stop(new) for new in news),
    )


def _new_stop(sent: Any) -> NewStop:
    if not isinstance(sent, list) or len(sent) != 3 or not isinstance(sent[0], str) or not _KEY.fullmatch(sent[0]):
        raise InputError("the presses cannot be read")
    arrive = whole(sent[1], 0, 48 * 60)
    return NewStop(sent[0], arrive, whole(sent[2], arrive, 48 * 60))


def whole(value: Any, least: int, most: int) -> int:
    """Return a whole number of a request, or raise `InputError`."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError("the presses cannot be read")
    return value


def ahead_of(plan: DayPlan, presses: Sequence[Press]) -> set[str]:
    """Return the stops of a day that have not been reached, and the present one."""
    progress = progress_of(plan.table, presses)
    coming = progress.coming()
    return {*progress.ahead(), *(() if coming is None else (coming[0],))} - {progress.order[0]}


def participants_key(session: Session, opened: Opened) -> str | None:
    """Return the key that participants have, for the leader to pass on; None where there is none to be shown."""
    if not opened.is_leader:
        return None
    link = links_of(session, "participants", [opened.departure.id]).get(opened.departure.id)
    return None if link is None or link.ends_at <= datetime.now(UTC) else shown_key(link, config().secret_key)


def day_features(state: DistrictState, plan: DayPlan, view: RunningView) -> dict[str, Any]:
    """Return stops, ways and what is near as GeoJSON; the stops that are ahead or present are `role` ``stop``."""
    find_leg = legs_of(state)
    features: list[dict[str, Any]] = []
    shown = [row for row in view.rows if row.mark != "skipped"]
    for number, row in enumerate(shown):
        stop = plan.stops[row.key]
        here = [round(stop.lon, 6), round(stop.lat, 6)]
        if number:
            before = plan.stops[shown[number - 1].key]
            ends = (Stop(each.name, each.kind, each.lon, each.lat, 0) for each in (before, stop))
            way = find_leg(*ends).coordinates
            if len(way):
                line = {"type": "LineString", "coordinates": np.round(way, 6).tolist()}
                features.append(_feature(line, role="leg", stop=number + 1, mark=row.mark))
        point = {"type": "Point", "coordinates": here}
        features.append(_feature(point, role="stop", stop=number + 1, name=stop.name, mark=row.mark))
    for near in view.near:
        point = {"type": "Point", "coordinates": [round(near.lon, 6), round(near.lat, 6)]}
        features.append(_feature(point, role="near", kind=near.kind, name=near.name))
    return {"type": "FeatureCollection", "features": features, "sample": state.is_sample}


def _feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def now_ms() -> int:
    """Return the present moment in milliseconds since the epoch."""
    return int(datetime.now(UTC).timestamp() * 1000)


def midnight_ms(on: date, zone: ZoneInfo) -> int:
    """Return the moment at which a date begins in a zone, in milliseconds since the epoch."""
    return int(datetime.combine(on, time(), zone).timestamp() * 1000)


def unlisted(response: Response, tag: str | None = None) -> Response:
    """Return an answer that no search engine lists and no cache between keeps."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "private, no-cache"
    if tag is not None:
        response.set_etag(tag)
    return response
