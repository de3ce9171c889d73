"""Import places of tours from a table, without leaving the page of places: what is not understood is listed by row."""

from pathlib import Path
from tempfile import TemporaryDirectory

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.session import writing
from geo.errors import InputError
from loaders.storing.tour_places import load_tour_places
from webmap.logic.jobs.files import uploaded_name
from webmap.organiser.views import organiser
from webmap.web.access import requires, takes_files
from webmap.web.context import district_state, engine

MAX_TABLE_BYTES = 8 * 1024 * 1024
TABLES = (".csv", ".xlsx")
MOST_LISTED = 8
"""Rejected rows that the answer names."""


@organiser.post("/places/import")
@requires("organiser")
@takes_files(MAX_TABLE_BYTES)
def import_places() -> ResponseReturnValue:
    """Store the rows of a sent table; places of the same codes are replaced, others stay unless all are to go."""
    district = district_state().district.code
    sent = request.files.get("file")
    if sent is None or not (sent.filename or "").lower().endswith(TABLES):
        raise InputError("Choose a table: .csv or .xlsx")
    with TemporaryDirectory(prefix="fuchun-places-") as folder:
        path = Path(folder) / uploaded_name(sent.filename or "")
        sent.save(path)
        with writing(engine()) as session:
            report = load_tour_places(session, path, district=district, keep="replace" not in request.form)
    flash(gettext("%(stored)s of %(read)s places were imported.", stored=report.stored, read=report.read))
    for each in [*report.notes, *report.rejected][:MOST_LISTED]:
        where = gettext("Row %(row)s: ", row=each.row) if each.row is not None else ""
        flash(where + each.localized(gettext))
    return redirect(url_for("organiser.tour_places", district=request.args.get("district")), 303)
