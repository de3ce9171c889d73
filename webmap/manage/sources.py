"""The page of loaded files."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.session import reading
from geo.db.sources import list_sources
from geo.db.tables import Source
from webmap.manage.blueprint import manage
from webmap.manage.listing import Column, Filter, local, make_listing, send_sheet, wants_sheet
from webmap.web.access import requires
from webmap.web.context import asked_district, engine
from webmap.words.labels import LAYERS


@manage.get("/sources")
@requires("editor", "viewer")
def sources() -> ResponseReturnValue:
    """List the loaded files of a district."""
    with reading(engine()) as session:
        district = asked_district(session)
        found = list_sources(session, district.code)
        layers = dict.fromkeys(each.layer.partition(":")[0] for each in found)
        listing = make_listing(
            found,
            columns=(
                Column[Source](
                    gettext("Layer"), lambda each: str(LAYERS.get(each.layer.partition(":")[0], each.layer))
                ),
                Column(gettext("File"), lambda each: each.file_name),
                Column(gettext("Licence"), lambda each: each.licence),
                Column(gettext("Attribution"), lambda each: each.attribution),
                Column(gettext("Rows read"), lambda each: each.rows_read),
                Column(gettext("Rows stored"), lambda each: each.rows_stored),
                Column(gettext("Rows rejected"), lambda each: each.rows_rejected),
                Column(gettext("Date of the data"), lambda each: each.data_date),
                Column(gettext("Loaded"), lambda each: local(each.loaded_at, district.timezone)),
                Column("SHA-256", lambda each: each.checksum),
            ),
            filters=(
                Filter[Source](
                    "layer",
                    gettext("Layer"),
                    {layer: str(LAYERS.get(layer, layer)) for layer in layers},
                    lambda each: [each.layer.partition(":")[0]],
                ),
                Filter(
                    "rejected",
                    gettext("Rows rejected"),
                    {"yes": gettext("some"), "no": gettext("none")},
                    lambda each: ["yes" if each.rows_rejected else "no"],
                ),
            ),
        )
        if wants_sheet():
            return send_sheet(listing, title=gettext("Data sources"), district=district)
        return render_template("manage/sources.html", district=district, listing=listing)
