"""``/manage/usage``: how often riders used the site (使用情况), as totals by day, station and what was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.session import reading
from geo.db.usage import read_counts
from webmap.logic import usage as logic
from webmap.logic.usage import ALWAYS, UsageTable, shown
from webmap.manage.blueprint import manage
from webmap.manage.listing import Column, Filter, make_listing, send_sheet, wants_sheet
from webmap.manage.workbench import today_of
from webmap.web.access import requires
from webmap.web.context import asked_district, engine, live
from webmap.words.labels import SERVICES

SPANS = (7, 30, 90, 365)
"""Days that can be looked at."""
BARS_TALL = 96


@dataclass(frozen=True)
class StationUse:
    """Totals of a station: answers in which it came first, ways shown to it, its page opened by QR code."""

    code: str
    name: str
    first: int
    go: int
    qr: int


@dataclass(frozen=True)
class ChoiceUse:
    """Totals of something that can be asked for: how often it was, and how often it was not to be had in time."""

    name: str
    asked: int
    missed: int


@dataclass(frozen=True)
class Bar:
    """A day of the chart; `top` and `height` in its units."""

    day: date
    number: str
    top: float
    height: float


@manage.get("/usage")
@requires("planner", "editor", "viewer")
def usage() -> ResponseReturnValue:
    """Show the totals of the last days."""
    days = asked_days()
    with reading(engine()) as session:
        district = asked_district(session)
        last = today_of(district)
        first = last - timedelta(days=days - 1)
        table = logic.tabulate(read_counts(session, district.code, first=first, last=last), first=first, last=last)
        session.expunge_all()
    state = live().state(district.code)
    names = {place.code: place.name for place in state.places}
    towns = {region.code: region.name for region in state.regions}
    town_of = {place.code: place.region_code for place in state.places}
    listing = make_listing(
        station_rows(table, names),
        columns=(
            Column[StationUse](gettext("Code"), lambda row: row.code),
            Column(gettext("Name"), lambda row: row.name),
            Column(gettext("First in answers"), lambda row: shown(row.first)),
            Column(gettext("Ways shown"), lambda row: shown(row.go)),
            Column(gettext("Opened by QR code"), lambda row: shown(row.qr)),
        ),
        filters=(Filter[StationUse]("town", gettext("Town"), towns, lambda row: [town_of.get(row.code) or ""]),),
    )
    if wants_sheet():
        title = gettext("Use by riders, %(first)s to %(last)s", first=first, last=last)
        return send_sheet(listing, title=title, district=district, is_sample=state.is_sample)
    return render_template(
        "manage/usage.html",
        district=district,
        table=table,
        days=days,
        spans=SPANS,
        listing=listing,
        choices=choice_rows(table),
        bars=bars_of(table),
        tall=BARS_TALL,
        shown=shown,
    )


def asked_days() -> int:
    """Return how many days the address asks for."""
    asked = request.args.get("days", "")
    return int(asked) if asked in map(str, SPANS) else 30


def station_rows(table: UsageTable, names: Mapping[str, str]) -> list[StationUse]:
    """Return the stations that were used at all, the most used first; one that is gone goes by its code."""
    rows = [
        StationUse(code, names.get(code, code), found.get("first", 0), found.get("go", 0), found.get("qr", 0))
        for code, found in table.by_station.items()
    ]
    return sorted(rows, key=lambda row: (-row.go, -row.first, row.code))


def choice_rows(table: UsageTable) -> list[ChoiceUse]:
    """Return what was asked for, that first which was missed most often."""
    rows = [
        ChoiceUse(
            str(gettext("24 hours") if code == ALWAYS else SERVICES.get(code, code)),
            found.get("asked", 0),
            found.get("missed", 0),
        )
        for code, found in table.by_choice.items()
    ]
    return sorted(rows, key=lambda row: (-row.missed, -row.asked, row.name))


def bars_of(table: UsageTable) -> list[Bar]:
    """Return the answers of each day as bars; a day of a few is drawn as low as one of none is not."""
    numbers = {day: found.get("answer", 0) for day, found in table.by_day.items()}
    most = max([*numbers.values(), logic.FEW])
    bars = []
    for day, number in numbers.items():
        height = BARS_TALL * max(number, logic.FEW if number else 0) / most
        bars.append(Bar(day, shown(number), BARS_TALL - height, height))
    return bars
