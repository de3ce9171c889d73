"""What leaves ``/plan/sites`` on paper: a chapter of a report in its forms, the office's own form, the wall map."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import shapely
from flask import Response, request, send_file
from flask.typing import ResponseReturnValue

from geo.coverage.question import CoverageQuestion
from geo.db.photos import read_photos
from geo.db.planner_tables import CandidatePhoto
from geo.db.session import reading
from geo.errors import InputError, NotFoundError
from webmap.logic.district_state import DistrictState
from webmap.logic.fonts import find_font
from webmap.logic.reports.numbers import compute_report
from webmap.logic.reports.own_form import SUFFIXES, fill_values
from webmap.logic.reports.plan_map import draw_plan_map
from webmap.logic.reports.report_text import ReportText
from webmap.logic.reports.shapes import read_shapes
from webmap.logic.reports.sites_document import SitesDocument, write_sites_document
from webmap.logic.reports.sites_files import (
    site_layer,
    write_sites_package,
    write_sites_webpage,
    write_sites_workbook,
)
from webmap.logic.reports.wall_map import SIZES
from webmap.logic.siting.by_hand import outline_of_site
from webmap.logic.siting.sites_question import Spot
from webmap.planner.chosen_plan import read_chosen
from webmap.planner.sites_form_values import plan_values
from webmap.planner.sites_map_words import map_words
from webmap.planner.sites_text import describe_plan, plan_sentences, site_name
from webmap.planner.views import planner
from webmap.web.access import requires, takes_files
from webmap.web.context import district_state, engine
from webmap.web.downloads import name_download
from webmap.web.i18n import lang
from webmap.words.names import file_name

FORMS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "gpkg": "application/geopackage+sqlite3",
    "txt": "text/plain",
}
"""Forms of the chapter on proposed sites, and their media types."""
WRITERS = {"docx": write_sites_document, "xlsx": write_sites_workbook, "html": write_sites_webpage}
MAX_FORM_BYTES = 5 << 20


@planner.get("/plan/sites/chapter.<form>")
@requires("planner", "viewer")
def sites_document(form: str) -> ResponseReturnValue:
    """Answer a plan as a chapter of a report: what it gains, the table of proposed sites, a page a site."""
    return _document(form)


@planner.post("/plan/sites/chapter.<form>")
@requires("planner", "viewer")
def sites_document_by_hand(form: str) -> ResponseReturnValue:
    """Answer a plan that a hand has changed as a chapter of a report; its sites are too many for an address."""
    return _document(form)


def _document(form: str) -> Response:
    if form not in FORMS:
        raise NotFoundError("there is no report in the form {form}", form=form)
    state = district_state()
    chosen = read_chosen(state, request.values)
    codes = [site["option"]["code"] for site in chosen.plan["sites"]]
    with reading(engine()) as session:
        photos = read_photos(session, state.district.code, codes, of=CandidatePhoto)
    content = describe_plan(state, chosen.asked, chosen.answer, chosen.plan, chosen.candidates, photos)
    if form == "txt":
        body = "\n".join(plan_sentences(state, chosen.asked, chosen.answer, chosen.plan)).encode()
    elif form == "gpkg":
        body = write_sites_package(content, _layers(state, chosen.question, chosen.plan, content))
    else:
        body = WRITERS[form](content)
    name = file_name(content.title, form)
    return name_download(Response(body, mimetype=FORMS[form]), name)


@planner.get("/plan/sites/wall-map.pdf")
@requires("planner", "viewer")
def sites_wall_map() -> ResponseReturnValue:
    """Answer a plan as a wall map (PDF): its sites numbered, whom they newly reach, and the list beside the map."""
    return _wall_map()


@planner.post("/plan/sites/wall-map.pdf")
@requires("planner", "viewer")
def sites_wall_map_by_hand() -> ResponseReturnValue:
    """Answer a plan that a hand has changed as a wall map."""
    return _wall_map()


def _wall_map() -> Response:
    size = request.values.get("size", "a3")
    if size not in SIZES:
        raise InputError("size {value} is none of {sizes}", value=size, sizes=", ".join(SIZES))
    state = district_state()
    chosen = read_chosen(state, request.values)
    report = compute_report(state, chosen.question, made_at=datetime.now(UTC), lang=lang())
    with reading(engine()) as session:
        shapes = read_shapes(session, state, chosen.question, report)
    words = map_words(state, chosen)
    content = draw_plan_map(report, shapes, ReportText(report, lang()), find_font(os.environ), plan=words, size=size)
    name = file_name(f"{words.title} {size.upper()}", "pdf")
    return send_file(BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)


@planner.post("/plan/sites/form")
@requires("planner")
@takes_files(lambda config: MAX_FORM_BYTES)
def fill_sites_form() -> ResponseReturnValue:
    """Fill the office's own form, an XLSX or DOCX file with ``{{fields}}``, with a plan."""
    state = district_state()
    sent = request.files.get("form")
    suffix = Path(sent.filename or "").suffix.lower() if sent else ""
    if sent is None or suffix not in SUFFIXES:
        raise InputError("{file} is no form: send an XLSX or DOCX file", file=(sent.filename if sent else None) or "-")
    chosen = read_chosen(state, request.form)
    content = describe_plan(state, chosen.asked, chosen.answer, chosen.plan, chosen.candidates)
    values = plan_values(state, chosen, content, {each.code: each for each in chosen.candidates})
    with TemporaryDirectory() as folder:
        form, target = Path(folder) / f"form{suffix}", Path(folder) / f"filled{suffix}"
        sent.save(form)
        fill_values(form, target, values, made_at=datetime.now(UTC))
        filled = BytesIO(target.read_bytes())
    name = file_name(f"{Path(sent.filename or '').stem} {content.title}", suffix[1:])
    return send_file(filled, as_attachment=True, download_name=name, mimetype=FORMS[suffix[1:]])


def _layers(
    state: DistrictState, question: CoverageQuestion, plan: Mapping[str, Any], content: SitesDocument
) -> dict[str, gpd.GeoDataFrame]:
    """Return the sites as points, and the land around the people whom each would newly reach."""
    options = [site["option"] for site in plan["sites"]]
    if not options:
        raise InputError("there is no plan to enter yet")
    rows = [
        {
            "number": number,
            "name": site_name(site["option"]),
            "kind": site["option"]["kind"],
            "host": site["option"]["host"] or "",
            "cost": site["option"]["cost"],
            "adds": site["gain"],
            "photo": page.photo_address,
        }
        for number, (site, page) in enumerate(zip(plan["sites"], content.pages, strict=True), start=1)
    ]
    outlines = [outline_of_site(state, question, Spot(each["name"], each["lon"], each["lat"])) for each in options]
    points = [shapely.Point(each["lon"], each["lat"]) for each in options]
    numbers = [{"number": row["number"], "name": row["name"]} for row in rows]
    return {"proposed_sites": site_layer(rows, points), "reach": site_layer(numbers, outlines)}
