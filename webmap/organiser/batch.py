"""One batch of a tour: its details and state, the units with their links, and what is booked."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from geo.db.bookings import save_booking
from geo.db.departure_tables import Departure, DepartureUnit
from geo.db.departures import (
    add_unit,
    change_departure,
    change_unit,
    get_departure,
    list_units,
    remove_departure,
    remove_unit,
)
from geo.db.session import reading, writing
from geo.db.share_links import links_of, open_link, shown_key
from geo.errors import InputError, NotFoundError
from geo.tours.collisions import place_key
from geo.tours.departures import BOOKING_STATES, DEPARTURE_STATES
from geo.tours.register import TourPlace
from webmap.logic.district_state import DistrictState
from webmap.logic.tours.departing import BatchView, read_season, timetable_of_tour
from webmap.logic.tours.money import expected_cost, money_of
from webmap.logic.tours.money_sheet import NAMES
from webmap.logic.tours.season_changes import move_batch
from webmap.organiser.batches import back, collision_words, date_words, labelled, sent_day
from webmap.organiser.build import sent_number, sent_version, utc_now
from webmap.organiser.views import STOP_KINDS, organiser
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.addresses import site_address
from webmap.web.context import config, district_state, engine
from webmap.web.pages import render_page

TEXTS = ("notice", "leader_name", "leader_phone", "meeting", "bring", "rain_plan")
NUMBERS = ("min_people", "capacity", "staff_men", "staff_women")
COUNTS = ("head_count", "coaches", "coach_seats", "drivers", "guides", "leaders")
MAX_TEXT = 1_000
COACH = 1
"""Number of the coach among the bookings of the whole departure (day 0)."""
AFTER = timedelta(days=30)
"""How long after the last day the links of participants and leader still work: for feedback."""


@organiser.get("/<code>/batches/<int:key>")
@requires("organiser")
def batch(code: str, key: int) -> ResponseReturnValue:
    """Show a batch."""
    state = district_state()
    with reading(engine()) as session:
        season = read_season(session, state)
        view = require_view(season.batches.get(key), code, key)
        links = links_of(session, "unit", [unit.id for unit in view.units])
        opened = {scope: links_of(session, scope, [key]).get(key) for scope in ("participants", "leader")}
        session.expunge_all()
    secret = config().secret_key
    unit_links = {
        number: url_for("organiser.answer", key=shown, _external=True)
        for number, link in links.items()
        if link.ends_at > utc_now() and (shown := shown_key(link, secret))
    }
    return render_page(
        "organiser/batch.html",
        state=state,
        district=state.district,
        code=code,
        view=view,
        it=view.departure,
        unit_links=unit_links,
        unit_ends={number: link.ends_at for number, link in links.items()},
        reminder=reminder(view, unit_links),
        without_link=[unit for unit in view.unanswered if unit.id not in unit_links],
        opened=opened,
        keys={scope: link and shown_key(link, secret) for scope, link in opened.items()},
        collision_words=lambda collision: collision_words(season, collision),
        date_words=date_words,
        states=DEPARTURE_STATES,
        booking_states=BOOKING_STATES,
        rows=booking_rows(view, season.places),
        form_fields=NAMES,
        share_address=share_address,
        stop_kinds=STOP_KINDS,
        money=money_of(view, state.district.code),
        local=lambda moment: moment.astimezone(ZoneInfo(state.district.timezone)).strftime("%m-%d %H:%M"),
        today=utc_now().date(),
    )


@organiser.post("/<code>/batches/<int:key>")
@requires("organiser")
def change_batch(code: str, key: int) -> ResponseReturnValue:
    """Save the details of a batch, or remove it."""
    state, version, by = district_state(), sent_version(), viewer.name()
    district = state.district.code
    with writing(engine()) as session:
        departure = get_departure(session, district, key)
        _require_tour(departure, code)
        if request.form.get("do") == "remove":
            remove_departure(session, district, key, version=version)
            flash(gettext("Batch %(number)s has been removed.", number=departure.number))
            return back(code)
        if request.form.get("do") == "retime":
            _, days = timetable_of_tour(session, state, code)
            change_departure(session, district, key, {"timetable": days}, version=version, by=by)
            flash(gettext("The batch has the tour's present days."))
            return back(code, key)
        values = sent_details()
        first_day = sent_day("first_day")
        words = gettext("Saved.")
        if first_day != departure.first_day:
            moved, asked = move_batch(session, district, key, first_day, version=version, by=by)
            version = moved.row_version
            if asked:
                words += gettext("%(count)s bookings are to be asked for again.", count=asked)
        change_departure(session, district, key, values, version=version, by=by)
    flash(words)
    return back(code, key)


@organiser.post("/<code>/batches/<int:key>/units")
@requires("organiser")
def add_units(code: str, key: int) -> ResponseReturnValue:
    """Add units, a line each: the name and, after a space, tab or comma, the quota; each gets a link."""
    state, by = district_state(), viewer.name()
    with writing(engine()) as session:
        departure = get_departure(session, state.district.code, key)
        _require_tour(departure, code)
        lines = [line for line in request.form.get("units", "").replace("\0", "").splitlines() if line.strip()]
        if not lines:
            raise InputError("Write a unit a line, with its quota behind the name")
        for line in lines:
            name, quota = _unit_of(line)
            unit = add_unit(session, departure, name=name, quota=quota, by=by)
            open_unit_link(state, session, departure, unit)
        count = len(lines)
    flash(ngettext("%(num)s unit has been added.", "%(num)s units have been added.", count))
    return back(code, key)


@organiser.post("/<code>/batches/<int:key>/units/<int:unit>")
@requires("organiser")
def change_one_unit(code: str, key: int, unit: int) -> ResponseReturnValue:
    """Change the quota of a unit, remove it, or replace its link."""
    state = district_state()
    with writing(engine()) as session:
        departure = get_departure(session, state.district.code, key)
        _require_tour(departure, code)
        if request.form.get("do") == "remove":
            remove_unit(session, state.district.code, unit, version=sent_version())
            flash(gettext("The unit has been removed."))
        elif request.form.get("do") == "quota":
            quota = sent_number("quota") if request.form.get("quota") else None
            changed = change_unit(
                session, state.district.code, unit, {"quota": quota}, version=sent_version(), by=viewer.name()
            )
            flash(gettext("Saved: %(name)s.", name=changed.name))
        else:
            row = session.get(DepartureUnit, unit)
            if row is None or row.departure_id != key:
                raise NotFoundError("there is no unit {number} in this district", number=unit)
            open_unit_link(state, session, departure, row)
            flash(gettext("The unit has a new link; the earlier one has ended."))
    return back(code, key)


@organiser.post("/<code>/batches/<int:key>/links")
@requires("organiser")
def open_links(code: str, key: int) -> ResponseReturnValue:
    """Replace the links of participants and leader, or make those of units that have not answered and have none."""
    state = district_state()
    with writing(engine()) as session:
        departure = get_departure(session, state.district.code, key)
        _require_tour(departure, code)
        if request.form.get("do") == "units":
            units = [unit for unit in list_units(session, [key])[key] if unit.answered_at is None]
            there = links_of(session, "unit", [unit.id for unit in units])
            for unit in units:
                link = there.get(unit.id)
                if link is None or link.ends_at <= utc_now() or not shown_key(link, config().secret_key):
                    open_unit_link(state, session, departure, unit)
            flash(gettext("The units that have not answered have links now."))
            return back(code, key)
        until = end_of(state, departure) + AFTER
        for scope in ("participants", "leader"):
            open_link(
                session,
                state.district.code,
                scope,
                departure.id,
                until=until,
                by=viewer.name(),
                secret=config().secret_key,
            )
    flash(gettext("Participants and leader have new links; earlier ones have ended."))
    return back(code, key)


@organiser.post("/<code>/batches/<int:key>/bookings")
@requires("organiser")
def book(code: str, key: int) -> ResponseReturnValue:
    """Save what is booked at a stop."""
    state = district_state()
    day, stop = sent_number("day"), sent_number("stop")
    with writing(engine()) as session:
        season = read_season(session, state)
        view = require_view(season.batches.get(key), code, key)
        row = next((row for row in booking_rows(view, season.places) if (row["day"], row["stop"]) == (day, stop)), None)
        if row is None:
            raise NotFoundError("there is no such stop in this batch")
        save_booking(
            session,
            view.departure,
            day=day,
            stop=stop,
            name=row["name"],
            kind=row["kind"],
            values=sent_booking(),
            version=sent_version(),
            by=viewer.name(),
        )
    flash(gettext("Saved: %(name)s.", name=row["name"]))
    return back(code, key)


def sent_details() -> dict[str, Any]:
    """Return the details of a batch as the form has them; an empty number is not known."""
    values: dict[str, Any] = {name: _text(name) for name in TEXTS}
    values |= {name: sent_number(name) or None for name in NUMBERS}
    values |= {name: sent_number(name) for name in COUNTS}
    if values["coaches"] < 1 or values["coach_seats"] < 1:
        raise InputError("There is at least one coach with one seat")
    staff = values["drivers"] + values["guides"] + values["leaders"]
    if (values["staff_men"] or 0) + (values["staff_women"] or 0) > staff:
        raise InputError(
            "drivers, guides and leaders are {count} together; men and women among them are more", count=staff
        )
    values["state"] = request.form.get("state", "")
    if values["state"] not in DEPARTURE_STATES:
        raise InputError("{value} is not something that can be done here", value=values["state"][:40])
    return values


def sent_booking() -> dict[str, Any]:
    """Return what the form says of a booking."""
    state = request.form.get("state", "")
    if state not in BOOKING_STATES:
        raise InputError("{value} is not something that can be done here", value=state[:40])
    return {
        "state": state,
        "contact": _text("contact"),
        "number": _text("number"),
        "booked_on": sent_day("booked_on") if request.form.get("booked_on") else None,
        "planned_cost": sent_cents("planned"),
        "actual_cost": sent_cents("actual"),
        "note": _text("note"),
    }


def sent_cents(name: str) -> int | None:
    """Return an amount of yuan of the sent form in cents, None where there is none."""
    text = request.form.get(name, "").replace(",", "").strip()
    if not text:
        return None
    whole, _, part = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) < 9 and (not part or part.isdigit()) and len(part) < 3):
        raise InputError("{value} is not an amount in yuan; write e.g. 1280 or 1280.50", value=text[:20])
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def booking_rows(view: BatchView, places: Mapping[str, TourPlace]) -> list[dict[str, Any]]:
    """Return what may be booked: the coach, then every stop that is visited; each with its booking or None.

    `expected` is its cost at the prices of the register, in cents; None where one is not known.
    """
    there = {(booking.day, booking.stop): booking for booking in view.bookings}
    rows: list[dict[str, Any]] = [
        {
            "day": 0,
            "stop": COACH,
            "name": str(gettext("Coach")),
            "kind": "coach",
            "booking": there.get((0, COACH)),
            "expected": None,
        }
    ]
    for day in view.days:
        for number, stop in enumerate(day.stops, 1):
            if stop.kind not in ("start", "end"):
                booking = there.get((day.number, number))
                expected = expected_cost(view, stop, places.get(place_key(stop)))
                rows.append(
                    {
                        "day": day.number, "stop": number, "name": stop.name, "kind": stop.kind, "booking": booking,
                        "expected": expected,
                    }
                )  # fmt: skip
    return rows


def reminder(view: BatchView, links: dict[int, str]) -> str:
    """Return the text that asks the units that have not answered, with the link of each; empty where all have."""
    if not view.unanswered:
        return ""
    it = view.departure
    head = gettext(
        "%(tour)s, batch %(number)s (%(dates)s): please enter your numbers. Numbers only, no names.",
        tour=it.name,
        number=it.number,
        dates=date_words(it.first_day, it.last_day),
    )
    none = gettext("no link")
    lines = [labelled(unit.name, links.get(unit.id, none)) for unit in view.unanswered]
    return "\n".join([str(head), *lines])


def open_unit_link(state: DistrictState, session: Any, departure: Departure, unit: DepartureUnit) -> None:
    """Give a unit a link for its numbers that ends when the batch leaves."""
    zone = ZoneInfo(state.district.timezone)
    until = datetime.combine(departure.first_day, time(), zone).astimezone(UTC)
    open_link(session, state.district.code, "unit", unit.id, until=until, by=viewer.name(), secret=config().secret_key)


def share_address(key: str) -> str:
    """Return the address of a link for participants or the leader."""
    return f"{site_address()}/b/{key}"


def end_of(state: DistrictState, departure: Departure) -> datetime:
    """Return the end of the last day of a departure."""
    zone = ZoneInfo(state.district.timezone)
    return datetime.combine(departure.last_day + timedelta(days=1), time(), zone).astimezone(UTC)


def require_view(view: BatchView | None, code: str, key: int) -> BatchView:
    """Return a batch of a tour, or raise `NotFoundError`."""
    if view is None or view.departure.tour_code != code:
        raise NotFoundError("there is no departure {number} in this district", number=key)
    return view


def _require_tour(departure: Departure, code: str) -> None:
    if departure.tour_code != code:
        raise NotFoundError("there is no departure {number} in this district", number=departure.id)


def _unit_of(line: str) -> tuple[str, int | None]:
    name, _, last = line.strip().replace("，", " ").replace(",", " ").replace("\t", " ").rpartition(" ")
    if name.strip() and last.isascii() and last.isdigit() and len(last) < 6:
        return name.strip(), int(last)
    return line.strip(), None


def _text(name: str) -> str | None:
    text = request.form.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()
    if len(text) > MAX_TEXT:
        raise InputError("at most {limit} characters are kept", limit=MAX_TEXT)
    return text or None
