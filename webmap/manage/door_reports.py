"""``/manage/reports``: door reports by place; staff confirm or clear them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.door_reports import clear_reports, list_reports
from geo.db.places import confirm_place, get_place, list_places
from geo.db.rider_tables import REPORT_KINDS, DoorReport
from geo.db.session import reading, writing
from geo.db.tables import Place
from webmap.logic.door_reports.rules import Report, read_door
from webmap.manage.views import manage
from webmap.web import viewer
from webmap.web.context import asked_district, engine
from webmap.web.security import requires
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
    """

    place: Place
    lines: tuple[ReportLine, ...]
    lately: dict[str, int]
    in_all: dict[str, int]
    reports: Sequence[DoorReport]


@manage.get("/reports")
@requires("planner", "editor")
def doors() -> ResponseReturnValue:
    """List the places with reports: those that riders are told of first."""
    now = datetime.now(UTC)
    with reading(engine()) as session:
        district = asked_district(session)
        rows = list_reports(session, district.code)
        places = {place.code: place for place in list_places(session, district.code)}
        return render_template(
            "manage/doors.html",
            district=district,
            matters=gather(rows, places, now),
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


def gather(rows: Sequence[DoorReport], places: dict[str, Place], now: datetime) -> list[Matter]:
    """Return reports by place, those that count first, then those that are shown, then the latest."""
    by_place: dict[str, list[DoorReport]] = {}
    for row in rows:
        if row.place_code in places:
            by_place.setdefault(row.place_code, []).append(row)
    matters = [_matter(places[code], found, now) for code, found in by_place.items()]
    # Stable sorts: within a rank the newest report, which is how `rows` come, stays first.
    return sorted(matters, key=lambda matter: (not any(line.is_heeded for line in matter.lines), not matter.lines))


def _matter(place: Place, rows: list[DoorReport], now: datetime) -> Matter:
    young = [Report(row.kind, row.service, row.at, row.person) for row in rows if row.cleared_at is None]
    return Matter(
        place=place,
        lines=door_lines(read_door(young, now), now, SERVICE_NAMES),
        lately=dict(Counter(row.kind for row in rows if row.at > now - LATELY)),
        in_all=dict(Counter(row.kind for row in rows)),
        reports=rows[:SHOWN],
    )
