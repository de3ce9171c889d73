"""``/manage/``: the workbench (工作台): what waits for whoever has logged in, the target of the year, and the map."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from geo.db import ledger
from geo.db.changes import Filter, list_matters
from geo.db.districts import list_districts
from geo.db.door_reports import places_to_settle
from geo.db.session import reading, writing
from geo.db.sources import list_sources
from geo.db.tables import District
from geo.db.targets import TargetFacts, get_target, set_target
from geo.db.visits import counted_in
from geo.errors import GeoError
from webmap.logic import workbench as logic
from webmap.logic.district_state import DistrictState
from webmap.logic.workbench import Waiting
from webmap.manage.blueprint import manage
from webmap.manage.refused_forms import shows_refusal
from webmap.manage.versioned_form import back_to, sent_text, sent_version, whole_number
from webmap.web import viewer
from webmap.web.access import requires, staff
from webmap.web.context import asked_district, engine, live
from webmap.web.errors import kind_of

RECENT = 3
"""Changes that an empty workbench shows."""


@dataclass(frozen=True)
class Line:
    """A matter as the workbench shows it: in words, with the page where it is dealt with."""

    waiting: Waiting
    words: str
    address: str
    request: str | None = None


@manage.get("/")
@staff
def workbench() -> ResponseReturnValue:
    """Show what waits."""
    return workbench_page()


@manage.post("/target")
@requires("planner")
def save_target() -> ResponseReturnValue:
    """Enter the target of this year; an empty number removes it."""
    with writing(engine()) as session:
        district = asked_district(session)
        number = sent_text("stations")
        set_target(
            session,
            district.code,
            today_of(district).year,
            stations=whole_number(number, gettext("Stations to be opened")) if number else 0,
            source=sent_text("source"),
            version=sent_version(),
            by=viewer.name(),
        )
    return back_to("manage.workbench", gettext("Saved."))


@shows_refusal("manage.save_target")
def workbench_page(error: GeoError | None = None) -> ResponseReturnValue:
    """Return the workbench, with the `error` that kept a target from being saved."""
    with reading(engine()) as session:
        if not list_districts(session):
            return render_template("manage/workbench_empty.html")
        district = asked_district(session)
        state = live().state(district.code)
        today = today_of(district)
        entries = ledger.list_entries(session, district.code) if viewer.may("planner") or viewer.may("viewer") else []
        lines = list(waiting_lines(session, district, state, entries, today))
        target = get_target(session, district.code, today.year)
        recent = [] if lines or not viewer.may("planner") else recent_matters(session, district)
        session.expunge_all()
    spots = [
        {"kind": line.waiting.kind, "name": spot.name, "lon": spot.lon, "lat": spot.lat}
        for line in lines
        for spot in line.waiting.spots
    ]
    page = render_template(
        "manage/workbench.html",
        district=district,
        state=state,
        today=today,
        lines=lines,
        spots=spots,
        stations=[[place.lon, place.lat] for place in logic.stations_of(state)],
        target=target,
        form=read_form() if error else stored(target),
        progress=logic.progress_of(entries, today.year, today),
        recent=recent,
        error=error.localized(gettext) if error else None,
    )
    return page, kind_of(error).status if error else 200


def waiting_lines(
    session: Session, district: District, state: DistrictState, entries: Sequence[ledger.EntryFacts], today: date
) -> Iterator[Line]:
    """Yield what waits for the account that asks: only what it may deal with or read, and of its towns."""
    towns = viewer.own_towns(district.code)
    stations = logic.stations_of(state, towns)
    place = request.args.get("district")
    if viewer.may("planner") or viewer.may("editor"):
        codes = places_to_settle(session, district.code)
        if towns:
            own = {each.code for each in state.places if each.region_code in towns}
            codes = [code for code in codes if code in own]
        for found in logic.doors_waiting(state, codes):
            words = ngettext("%(num)s station was reported on", "%(num)s stations were reported on", found.number)
            yield Line(found, words, url_for("manage.doors", state="open", district=place))
    for found in logic.overdue_waiting(entries, today):
        words = ngettext("%(num)s entry of the ledger is overdue", "%(num)s entries are overdue", found.number)
        days = gettext("by %(days)s days at most", days=found.days)
        yield Line(found, f"{words} · {days}", url_for("manage.gaps", overdue="1", district=place))
    if not (viewer.may("editor") or viewer.may("viewer") or viewer.may("planner")):
        return
    may_list = viewer.may("editor") or viewer.may("viewer")
    listed = url_for("manage.places", confirmed="due", district=place) if may_list else ""
    for found in logic.unconfirmed_waiting(stations, datetime.now(UTC)):
        words = gettext(
            "%(num)s stations were not confirmed in %(days)s days", num=found.number, days=logic.CONFIRM_AFTER.days
        )
        yield Line(found, words, listed)
    for found in logic.visits_waiting(stations, counted_in(session, district.code, last_month(today))):
        month = last_month(today)
        words = gettext(
            "%(num)s stations have not reported visits of %(month)s", num=found.number, month=f"{month:%Y-%m}"
        )
        yield Line(found, words, "", request=reminder(found, month))
    if viewer.may("planner"):
        for found in logic.rejected_waiting(list_sources(session, district.code)):
            words = gettext("%(num)s rows were not loaded", num=found.number)
            yield Line(found, words, url_for("manage.sources", rejected="yes", district=place))


def reminder(waiting: Waiting, month: date) -> str:
    """Return what is sent to stations that have not reported their visits."""
    return str(
        gettext(
            "Please report the visits of %(month)s: %(names)s.",
            month=f"{month:%Y-%m}",
            names=gettext(", ").join(waiting.names),
        )
    )


def recent_matters(session: Session, district: District) -> list[Any]:
    """Return the latest changes."""
    return list_matters(session, Filter(districts=(district.code,)), shown=1)[:RECENT]


def today_of(district: District) -> date:
    """Return the day it is in a district."""
    return datetime.now(ZoneInfo(district.timezone)).date()


def last_month(today: date) -> date:
    """Return the first day of the month before.

    >>> last_month(date(2026, 1, 31))
    datetime.date(2025, 12, 1)
    """
    return date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)


def stored(target: TargetFacts | None) -> dict[str, str]:
    """Return the fields of the form as stored."""
    if target is None:
        return {"stations": "", "source": "", "version": "0"}
    return {"stations": str(target.stations), "source": target.source, "version": str(target.version)}


def read_form() -> dict[str, str]:
    """Return the fields of the form as somebody wrote them."""
    return {"stations": sent_text("stations"), "source": sent_text("source"), "version": str(sent_version())}
