"""``/manage/reports``: door reports by place; staff confirm or clear them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.door_reports import clear_reports, list_reports
from geo.db.places import confirm_place, get_place, list_places
from geo.db.regions import town_names
from geo.db.rider_tables import REPORT_KINDS, DoorReport
from geo.db.session import reading, writing
from geo.db.tables import Place
from webmap.logic.door_reports.rules import Report, read_door
from webmap.manage.blueprint import manage
from webmap.manage.listing import Column, Filter, Listing, local, make_listing, send_sheet, wants_sheet
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import asked_district, engine
from webmap.words.door_reports import ReportLine, door_lines
from webmap.words.labels import FOUND
from webmap.words.labels import SERVICES as SERVICE_NAMES

SHOWN = 8
"""Reports of one place that are listed one by one."""
LATELY = timedelta(days=1)


@dataclass(frozen=True)
class Matter:
    """The reports of one place.

    Attributes
    ----------
    place : Place
    lines : tuple of ReportLine
        What riders read of it now; empty when all reports have expired or are cleared.
    lately, in_all : dict of kind to int
        Reports in the last day, and of those that are kept.
    reports : sequence of DoorReport
        The newest first, at most `SHOWN`.
    is_open : bool
        Somebody found something amiss, and nobody has dealt with it.
    """

    place: Place
    lines: tuple[ReportLine, ...]
    lately: dict[str, int]
    in_all: dict[str, int]
    reports: Sequence[DoorReport]
    is_open: bool


@manage.get("/reports")
@requires("planner", "editor")
def doors() -> ResponseReturnValue:
    """List the places with reports: those that riders are told of first."""
    now = datetime.now(UTC)
    with reading(engine()) as session:
        district = asked_district(session)
        rows = list_reports(session, district.code)
        places = {place.code: place for place in list_places(session, district.code)}
        listing = matter_listing(gather(rows, places, now), town_names(session, district.code), district.timezone)
        if wants_sheet():
            is_sample = district.status == "sample"
            return send_sheet(listing, title=gettext("Reports from the doors"), district=district, is_sample=is_sample)
        return render_template(
            "manage/doors.html",
            district=district,
            listing=listing,
            kinds=REPORT_KINDS,
            found=FOUND,
            now=now,
        )


@manage.post("/reports/doors/<code>")
@requires("planner", "editor")
def settle_reports(code: str) -> ResponseReturnValue:
    """Clear the reports of a place; with ``confirm``, note that somebody has made sure of it as well."""
    now = datetime.now(UTC)
    is_confirmed = "confirm" in request.form
    with writing(engine()) as session:
        district = asked_district(session)
        place = get_place(session, district.code, code)
        viewer.require_town(district.code, place.region_code)
        name = place.name
        if is_confirmed:
            confirm_place(session, district.code, code, at=now)
        clear_reports(session, district.code, code, by=viewer.name(), now=now)
    said = gettext("%(name)s is confirmed.", name=name) if is_confirmed else gettext("Put aside: %(name)s", name=name)
    flash(said)
    return redirect(url_for("manage.doors", district=request.args.get("district")))


def matter_listing(matters: Sequence[Matter], towns: Mapping[str, str], timezone: str) -> Listing[Matter]:
    """Return the places with reports, with the columns and filters of their list."""

    def counted(matter: Matter) -> str:
        return str(gettext(", ")).join(f"{FOUND[kind]} {number}" for kind, number in matter.in_all.items())

    return make_listing(
        matters,
        columns=(
            Column[Matter](gettext("Code"), lambda matter: matter.place.code),
            Column(gettext("Place"), lambda matter: matter.place.name),
            Column(gettext("Town"), lambda matter: towns.get(matter.place.region_code or "")),
            Column(gettext("Reports in 30 days"), counted),
            Column(gettext("The latest"), lambda matter: local(matter.reports[0].at, timezone)),
            Column(gettext("State"), lambda matter: gettext("not settled") if matter.is_open else gettext("settled")),
        ),
        filters=(
            Filter[Matter](
                "state",
                gettext("State"),
                {"open": gettext("not settled"), "settled": gettext("settled")},
                lambda matter: ["open" if matter.is_open else "settled"],
            ),
            Filter("town", gettext("Town"), towns, lambda matter: [matter.place.region_code or ""]),
            Filter(
                "kind",
                gettext("What was found"),
                {kind: str(FOUND[kind]) for kind in REPORT_KINDS},
                lambda matter: matter.in_all,
            ),
        ),
    )


def gather(rows: Sequence[DoorReport], places: dict[str, Place], now: datetime) -> list[Matter]:
    """Return reports by place, those that count first, then those that are shown, then the latest."""
    by_place: dict[str, list[DoorReport]] = {}
    for row in rows:
        if row.place_code in places:
            by_place.setdefault(row.place_code, []).append(row)
    matters = [_matter(places[code], found, now) for code, found in by_place.items()]
    # Stable sorts: within a rank the newest report, which is how `rows` come, stays first.
    return sorted(
        matters,
        key=lambda matter: (not any(line.is_heeded for line in matter.lines), not matter.lines, not matter.is_open),
    )


def _matter(place: Place, rows: list[DoorReport], now: datetime) -> Matter:
    young = [Report(row.kind, row.service, row.at, row.person) for row in rows if row.cleared_at is None]
    return Matter(
        place=place,
        lines=door_lines(read_door(young, now), now, SERVICE_NAMES),
        lately=dict(Counter(row.kind for row in rows if row.at > now - LATELY)),
        in_all=dict(Counter(row.kind for row in rows)),
        reports=rows[:SHOWN],
        is_open=any(row.cleared_at is None and row.kind != "open" for row in rows),
    )
