"""The set of a batch by one click: papers (page, PDF), GPX a day, ICS, KML, GeoJSON, the money, links to Amap."""

import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, json, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.session import reading
from geo.db.share_links import links_of, shown_key
from geo.errors import InputError, NotFoundError
from geo.tours.timetable import date_of
from webmap.logic.formats import gpx, icalendar, kml
from webmap.logic.itineraries import Itinerary, driven_segments, tour_features
from webmap.logic.map_links import drive_link
from webmap.logic.reports.own_form import SUFFIXES, fill_values
from webmap.logic.tours.departing import BatchView, read_season
from webmap.logic.tours.money import money_of
from webmap.logic.tours.money_sheet import MoneyWords, money_values, write_money
from webmap.logic.tours.paper import write_pdf
from webmap.organiser.batch import booking_rows, require_view, share_address
from webmap.organiser.batches import date_words
from webmap.organiser.build import today, utc_now
from webmap.organiser.papers import Facts, facts_of, papers_of
from webmap.organiser.views import STOP_KINDS, day_words, organiser, visit_words
from webmap.web.access import requires, takes_files
from webmap.web.context import config, district_state, engine, print_font
from webmap.web.pages import credits, render_page
from webmap.words.labels import BOOKING_STATES, RULE_VERDICTS
from webmap.words.names import file_name, marked

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_FORM_BYTES = 4 << 20


@organiser.get("/<code>/batches/<int:key>/set")
@requires("organiser")
def print_set(code: str, key: int) -> ResponseReturnValue:
    """Show all papers of a batch on one page that prints each on its own sheets."""
    facts = read_facts(code, key)
    return render_page(
        "organiser/set.html",
        state=facts.state,
        district=facts.state.district,
        code=code,
        it=facts.view.departure,
        papers=papers_of(facts),
        legs=amap_links(facts.view),
        can_print=current_app.extensions["fuchun_font"] is not None,
        n_day=len(facts.view.days),
    )


@organiser.get("/<code>/batches/<int:key>/set.zip")
@requires("organiser")
def set_archive(code: str, key: int) -> ResponseReturnValue:
    """Answer all files of a batch in one archive."""
    facts = read_facts(code, key)
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files_of(facts):
            archive.writestr(name, content)
    file.seek(0)
    return send_file(
        file, mimetype="application/zip", as_attachment=True, download_name=file_name(set_name(facts), "zip")
    )


@organiser.get("/<code>/batches/<int:key>/<paper>.pdf")
@requires("organiser")
def paper_pdf(code: str, key: int, paper: str) -> ResponseReturnValue:
    """Answer one paper of a batch as PDF."""
    facts = read_facts(code, key)
    found = next((each for each in papers_of(facts) if each.code == paper), None)
    if found is None:
        raise NotFoundError("there is no such paper")
    name = file_name(f"{found.title} {set_name(facts)}", "pdf")
    return send_file(BytesIO(write_pdf([found], print_font())), mimetype="application/pdf", download_name=name)


@organiser.get("/<code>/batches/<int:key>/day-<int:number>.gpx")
@requires("organiser")
def day_gpx(code: str, key: int, number: int) -> ResponseReturnValue:
    """Answer a day of a batch as GPX."""
    facts = read_facts(code, key)
    if not 1 <= number <= len(facts.view.days):
        raise NotFoundError("there is no day {value}", value=number)
    name = file_name(f"{set_name(facts)} {number}", "gpx")
    file = BytesIO(write_day_gpx(facts, number - 1))
    return send_file(file, mimetype=gpx.MEDIA_TYPE, as_attachment=True, download_name=name)


@organiser.get("/<code>/batches/<int:key>/tour.ics")
@requires("organiser")
def batch_ics(code: str, key: int) -> ResponseReturnValue:
    """Answer a batch as a calendar: an appointment a stop."""
    facts = read_facts(code, key)
    name = file_name(set_name(facts), "ics")
    return send_file(BytesIO(write_batch_ics(facts)), mimetype=icalendar.MEDIA_TYPE, download_name=name)


@organiser.get("/<code>/batches/<int:key>/tour.kml")
@requires("organiser")
def batch_kml(code: str, key: int) -> ResponseReturnValue:
    """Answer a batch as KML."""
    facts = read_facts(code, key)
    name = file_name(set_name(facts), "kml")
    return send_file(BytesIO(write_batch_kml(facts)), mimetype=kml.MEDIA_TYPE, as_attachment=True, download_name=name)


@organiser.get("/<code>/batches/<int:key>/tour.geojson")
@requires("organiser")
def batch_geojson(code: str, key: int) -> ResponseReturnValue:
    """Answer a batch as GeoJSON."""
    return Response(write_batch_geojson(read_facts(code, key)), mimetype="application/geo+json")


@organiser.get("/<code>/batches/<int:key>/money.xlsx")
@requires("organiser")
def money_sheet(code: str, key: int) -> ResponseReturnValue:
    """Answer the money of a batch as a workbook."""
    facts = read_facts(code, key)
    file = BytesIO(write_batch_money(facts))
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name=file_name(set_name(facts), "xlsx"))


@organiser.post("/<code>/batches/<int:key>/form")
@requires("organiser")
@takes_files(MAX_FORM_BYTES)
def fill_own_form(code: str, key: int) -> ResponseReturnValue:
    """Fill the office's own form about a batch."""
    facts = read_facts(code, key)
    sent = request.files.get("form")
    suffix = Path(sent.filename or "").suffix.lower() if sent else ""
    if sent is None or suffix not in SUFFIXES:
        raise InputError("{file} is no form: send an XLSX or DOCX file", file=(sent.filename if sent else None) or "-")
    with TemporaryDirectory() as folder:
        form, target = Path(folder) / f"form{suffix}", Path(folder) / f"filled{suffix}"
        sent.save(form)
        fill_values(form, target, batch_values(facts), made_at=datetime.now(UTC))
        content = BytesIO(target.read_bytes())
    name = file_name(f"{Path(sent.filename or '').stem} {set_name(facts)}", suffix[1:])
    return send_file(content, as_attachment=True, download_name=name, mimetype="application/octet-stream")


def files_of(facts: Facts) -> list[tuple[str, bytes]]:
    """Return the files of a set by name; papers are left out where no font with Chinese was found to print with."""
    files: list[tuple[str, bytes]] = []
    if current_app.extensions["fuchun_font"] is not None:
        files += [(file_name(paper.title, "pdf"), write_pdf([paper], print_font())) for paper in papers_of(facts)]
    for number in range(len(facts.view.days)):
        name = gettext("Day %(number)s", number=number + 1)
        files.append((file_name(name, "gpx"), write_day_gpx(facts, number)))
    name = set_name(facts)
    return [
        *files,
        (file_name(name, "ics"), write_batch_ics(facts)),
        (file_name(name, "kml"), write_batch_kml(facts)),
        (file_name(name, "geojson"), write_batch_geojson(facts)),
        (file_name(name, "xlsx"), write_batch_money(facts)),
    ]


def read_facts(code: str, key: int) -> Facts:
    """Return what the papers of a batch are made of, or raise `NotFoundError`."""
    state = district_state()
    with reading(engine()) as session:
        season = read_season(session, state)
        link = links_of(session, "participants", [key]).get(key)
        session.expunge_all()
    shown = None if link is None or link.ends_at <= utc_now() else shown_key(link, config().secret_key)
    view = require_view(season.batches.get(key), code, key)
    return facts_of(state, season, view, today(state), page=None if shown is None else share_address(shown))


def set_name(facts: Facts) -> str:
    """Return what the files of a batch are called; a sample's say so."""
    it = facts.view.departure
    number = gettext("Batch %(number)s", number=it.number)
    return marked(facts.state, f"{it.name} {number} {it.first_day.isoformat()}")


def write_day_gpx(facts: Facts, index: int) -> bytes:
    """Return a day (from 0) as GPX: its stops as waypoints, its way as a track."""
    day, timed = facts.view.days[index], facts.timed[index]
    on = date_of(facts.view.departure.first_day, day)
    return gpx.write_gpx(
        name=" · ".join((set_name(facts), gettext("Day %(number)s", number=day.number))),
        description=day_words(timed),
        attribution=" · ".join(credits(facts.state)),
        waypoints=[
            gpx.Waypoint(
                visit.stop.lon, visit.stop.lat, f"{number} {visit.stop.name}", visit_words(visit), visit.stop.kind
            )
            for number, visit in enumerate(timed.visits, 1)
        ],
        tracks=[gpx.Track(date_words(on), day_words(timed), driven_segments(timed))],
    )


def write_batch_ics(facts: Facts) -> bytes:
    """Return a calendar with an appointment a stop in the district's zone: at the day's start if no time is known."""
    it, zone = facts.view.departure, ZoneInfo(facts.state.district.timezone)
    appointments = []
    for day, timed in zip(facts.view.days, facts.timed, strict=True):
        midnight = datetime.combine(date_of(it.first_day, day), datetime.min.time(), zone)
        for number, (stop, visit) in enumerate(zip(day.stops, timed.visits, strict=True), 1):
            arrives = timed.start_min if visit.arrives_min is None else visit.arrives_min
            appointments.append(
                icalendar.Appointment(
                    uid=f"departure-{it.id}-{day.number}-{number}-{facts.state.district.code}@fuchun-map",
                    sequence=it.row_version - 1,
                    changed_at=it.changed_at,
                    title=marked(facts.state, stop.name),
                    starts_at=midnight + timedelta(minutes=arrives),
                    # An appointment without length is none: at the ends of a day it has a minute.
                    ends_at=midnight + timedelta(minutes=arrives + max(1, stop.stay_min)),
                    place=" · ".join(part for part in (stop.name, facts.address(stop)) if part),
                    description=visit_words(visit),
                    link=None,
                    is_cancelled=it.state == "cancelled",
                )
            )
    return icalendar.write_ics(appointments, name=set_name(facts), zone=zone)


def write_batch_kml(facts: Facts) -> bytes:
    """Return a batch as KML: a folder a day."""
    folders = [
        kml.Folder(
            str(gettext("Day %(number)s", number=timed.number)),
            [
                kml.Mark(visit.stop.lon, visit.stop.lat, f"{number} {visit.stop.name}", visit_words(visit))
                for number, visit in enumerate(timed.visits, 1)
            ],
            driven_segments(timed),
        )
        for timed in facts.timed
    ]
    return kml.write_kml(set_name(facts), folders, attribution=" · ".join(credits(facts.state)))


def write_batch_geojson(facts: Facts) -> bytes:
    """Return a batch as GeoJSON: stops, driven legs, and the steps between them."""
    it = facts.view.departure
    features = tour_features(Itinerary(it.tour_code, it.name, None, facts.timed))
    more = {"name": set_name(facts), "sample": facts.state.is_sample}
    return json.dumps({**features, **more}).encode()


def write_batch_money(facts: Facts) -> bytes:
    """Return the money of a batch as a workbook."""
    return write_money(batch_values(facts), money_words(facts))


def batch_values(facts: Facts) -> Any:
    """Return the values of a batch for the workbook and for forms."""
    return money_values(
        facts.view,
        money_of(facts.view, facts.state.district.code),
        booking_rows(facts.view, facts.places),
        money_words(facts),
        today=facts.today,
        kind=lambda code: str(STOP_KINDS.get(code, gettext("Coach") if code == "coach" else code)),
        state=lambda code: str(BOOKING_STATES[code]),
    )


def money_words(facts: Facts) -> MoneyWords:
    """Return the words of the workbook in the reader's language."""
    verdict = str(RULE_VERDICTS[money_of(facts.view, facts.state.district.code).verdict])
    heads = {
        "sums": gettext("Sums"), "stops": gettext("Stops"), "units": gettext("Units"), "tour": gettext("Tour"),
        "batch": gettext("Batch"), "first_day": gettext("First day"), "last_day": gettext("Last day"),
        "days": gettext("Days"), "people": gettext("People"), "coaches": gettext("Coaches"),
        "leader": gettext("Leader"), "planned": gettext("Planned, yuan"), "actual": gettext("Actual, yuan"),
        "planned_head_day": gettext("Planned a head and day, yuan"),
        "actual_head_day": gettext("Actual a head and day, yuan"), "limit": gettext("Limit a head and day, yuan"),
        "verdict": gettext("Verdict"), "citation": gettext("Citation"), "date": gettext("Date"),
        "day": gettext("Day"), "name": gettext("Name"), "kind": gettext("Kind"), "state": gettext("State"),
        "contact": gettext("Contact"), "number": gettext("Booking number"), "quota": gettext("Quota"),
        "men": gettext("Men"), "women": gettext("Women"), "couples": gettext("Couples"),
        "platform_workers": gettext("Platform workers"),
    }  # fmt: skip
    return MoneyWords({name: str(text) for name, text in heads.items()}, verdict, facts.mark)


def amap_links(view: BatchView) -> list[tuple[int, str, str]]:
    """Return a link to Amap for each leg, so that every stop is in one: day, names of its ends, address."""
    links = []
    for day in view.days:
        ends = [(stop.lon, stop.lat, stop.name) for stop in day.stops]
        for start, end in pairwise(ends):
            links.append((day.number, f"{start[2]} → {end[2]}", drive_link(start, end)))
    return links
