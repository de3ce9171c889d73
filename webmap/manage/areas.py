"""``/manage/areas``: the list of key areas and the form of one; the map is for drawing them."""

from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db import areas as store
from geo.db.areas import AreaDraft, AreaFacts
from geo.db.session import reading, writing
from geo.errors import GeoError
from webmap.manage.blueprint import manage
from webmap.manage.listing import Column, Filter, local, make_listing, send_sheet, wants_sheet
from webmap.manage.refused_forms import Difference, find_differences, shows_refusal
from webmap.manage.versioned_form import back_to, is_refused, read_form, sent_version, show_form
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import asked_district, engine


@dataclass(frozen=True)
class AreaForm:
    """The fields of the form as texts."""

    name: str = ""
    note: str = ""


@manage.get("/areas")
@requires("planner")
def areas() -> ResponseReturnValue:
    """List the key areas of a district."""
    with reading(engine()) as session:
        district = asked_district(session)
        found = store.list_areas(session, district.code)
    sources = {each.file_name or "": each.file_name or gettext("drawn by hand") for each in found}
    listing = make_listing(
        found,
        columns=(
            Column[AreaFacts](gettext("Code"), lambda area: area.code),
            Column(gettext("Name"), lambda area: area.name),
            Column("km²", lambda area: round(area.km2, 2)),
            Column(gettext("Source"), lambda area: area.file_name or gettext("drawn by hand")),
            Column(gettext("Note"), lambda area: area.note),
            Column(gettext("Last changed"), lambda area: local(area.changed_at, district.timezone)),
        ),
        filters=(
            Filter[AreaFacts](
                "source",
                gettext("Source"),
                {name or "-": words for name, words in sources.items()} if len(sources) > 1 else {},
                lambda area: [area.file_name or "-"],
            ),
        ),
    )
    if wants_sheet():
        return send_sheet(listing, title=gettext("Key areas"), district=district, is_sample=district.status == "sample")
    return render_template("manage/areas.html", district=district, listing=listing)


@manage.get("/areas/<code>")
@requires("planner")
def area(code: str) -> ResponseReturnValue:
    """Show the form of one key area."""
    return area_page(code)


@manage.post("/areas/<code>")
@requires("planner")
def save_area(code: str) -> ResponseReturnValue:
    """Save the form of one key area; where it lies is changed on the map."""
    form = read_form(AreaForm)
    with writing(engine()) as session:
        district = asked_district(session)
        geometry = store.get_area(session, district.code, code).geometry
        draft = AreaDraft(name=form.name, code=code, note=form.note or None, geometry=geometry)
        by = viewer.name()
        store.change_area(session, district.code, code, draft, version=sent_version(), by=by)
    return back_to("manage.areas", gettext("Saved."))


@manage.post("/areas/<code>/remove")
@requires("planner")
def remove_area(code: str) -> ResponseReturnValue:
    """Remove a key area."""
    with writing(engine()) as session:
        district = asked_district(session)
        store.remove_area(session, district.code, code, version=sent_version())
    return back_to("manage.areas", gettext("Removed."))


@shows_refusal("manage.save_area")
@shows_refusal("manage.remove_area")
def refused_area(error: GeoError) -> ResponseReturnValue:
    """Show the form of a key area again."""
    return area_page((request.view_args or {})["code"], error=error)


def area_page(code: str, *, error: GeoError | None = None) -> ResponseReturnValue:
    """Return the form of a key area: as stored, or as written with the `error` that kept it from being saved."""
    with reading(engine()) as session:
        district = asked_district(session)
        found = store.get_area(session, district.code, code)
    return show_form(
        "manage/area.html",
        stored=AreaForm(found.name, found.note or ""),
        written=read_form(AreaForm) if is_refused("manage.save_area", error) else None,
        error=error,
        version=found.version,
        differences=_differences,
        district=district,
        area=found,
    )


def _differences(stored: AreaForm, written: AreaForm) -> list[Difference]:
    return find_differences(
        {gettext("Name"): (stored.name, written.name), gettext("Note"): (stored.note, written.note)}
    )
