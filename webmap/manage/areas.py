"""``/manage/areas``: the list of key areas and the form of one; the map is for drawing them."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from geo.db import areas as store
from geo.db.areas import AreaDraft
from geo.db.session import reading, writing
from geo.errors import ConflictError, GeoError
from webmap.manage.hotspots import sent_version
from webmap.manage.refused_forms import find_differences, shows_refusal
from webmap.manage.views import manage
from webmap.web.context import asked_district, engine
from webmap.web.errors import kind_of
from webmap.web.security import requires


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
        return render_template("manage/areas.html", district=district, areas=store.list_areas(session, district.code))


@manage.get("/areas/<code>")
@requires("planner")
def area(code: str) -> ResponseReturnValue:
    """Show the form of one key area."""
    return area_page(code)


@manage.post("/areas/<code>")
@requires("planner")
def save_area(code: str) -> ResponseReturnValue:
    """Save the form of one key area; where it lies is changed on the map."""
    form = read_form()
    with writing(engine()) as session:
        district = asked_district(session)
        geometry = store.get_area(session, district.code, code).geometry
        draft = AreaDraft(name=form.name, code=code, note=form.note or None, geometry=geometry)
        by = str(current_user.username)
        store.change_area(session, district.code, code, draft, version=sent_version(), by=by)
    flash(gettext("Saved."))
    return back_to_list()


@manage.post("/areas/<code>/remove")
@requires("planner")
def remove_area(code: str) -> ResponseReturnValue:
    """Remove a key area."""
    with writing(engine()) as session:
        district = asked_district(session)
        store.remove_area(session, district.code, code, version=sent_version())
    flash(gettext("Removed."))
    return back_to_list()


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
    stored = AreaForm(found.name, found.note or "")
    has_form = error is not None and request.endpoint == "manage.save_area"
    form = read_form() if has_form else stored
    is_stale = isinstance(error, ConflictError)
    compared: dict[str, tuple[str | None, str | None]] = {
        gettext("Name"): (stored.name, form.name),
        gettext("Note"): (stored.note, form.note),
    }
    page = render_template(
        "manage/area.html",
        district=district,
        area=found,
        form=form,
        version=found.version if error is None or is_stale else sent_version(),
        error=error.localized(gettext) if error else None,
        differences=find_differences(compared) if is_stale and has_form else [],
    )
    return page, kind_of(error).status if error else 200


def read_form() -> AreaForm:
    """Return the sent form."""
    return AreaForm(**{name: request.form.get(name, "").strip() for name in AreaForm.__dataclass_fields__})


def back_to_list() -> ResponseReturnValue:
    """Lead back to the list."""
    return redirect(url_for("manage.areas", district=request.args.get("district")), 303)
