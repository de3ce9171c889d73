"""``/manage/districts``: the districts of this site; an administrator renames, hides, chooses and deletes them."""

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.districts import (
    Holding,
    create_district,
    holdings,
    list_districts,
    names_version,
    publish_plan,
    rename_district,
    require_no_limits,
    resolve_district,
    set_default,
    set_hidden,
)
from geo.db.session import reading, writing
from geo.db.tables import District
from geo.errors import ConflictError, GeoError
from webmap.manage.blueprint import manage
from webmap.manage.jobs import job_address
from webmap.manage.refused_forms import shows_refusal
from webmap.manage.versioned_form import back_to, is_refused, sent_text
from webmap.web.access import requires
from webmap.web.context import engine
from webmap.web.errors import kind_of
from webmap.web.jobs import ask


@dataclass(frozen=True)
class DistrictRow:
    """A district and what it holds."""

    district: District
    holdings: list[Holding]


@manage.get("/districts")
@requires("admin")
def districts() -> ResponseReturnValue:
    """List the districts, with the form of one of them beside it."""
    return districts_page()


@manage.post("/districts")
@requires("admin")
def add_district() -> ResponseReturnValue:
    """Add an empty district, which is hidden until an administrator shows it, and lead to its first data."""
    code, name = sent_text("code").strip(), sent_text("name").strip()
    with writing(engine()) as session:
        create_district(session, code, name=name)
    return redirect(url_for("manage.load_page", district=code), 303)


@manage.post("/districts/<code>")
@requires("admin")
def change_district(code: str) -> ResponseReturnValue:
    """Rename a district."""
    with writing(engine()) as session:
        version = request.form.get("version", "")
        rename_district(session, code, name=sent_text("name"), name_en=sent_text("name_en"), version=version)
    return back_to("manage.districts", gettext("Saved. Every page follows within seconds."), chosen=code)


@manage.post("/districts/<code>/shown")
@requires("admin")
def show_district(code: str) -> ResponseReturnValue:
    """Hide a district from the public, or show it again."""
    with writing(engine()) as session:
        set_hidden(session, code, is_hidden=request.form.get("hidden") == "yes")
    return back_to("manage.districts", gettext("Saved. Every page follows within seconds."), chosen=code)


@manage.post("/districts/<code>/plan")
@requires("admin")
def publish_district_plan(code: str) -> ResponseReturnValue:
    """Let everybody read the planning pages of a district, or staff alone."""
    with writing(engine()) as session:
        publish_plan(session, code, is_public=request.form.get("public") == "yes")
    return back_to("manage.districts", gettext("Saved. Every page follows within seconds."), chosen=code)


@manage.post("/districts/default")
@requires("admin")
def choose_default() -> ResponseReturnValue:
    """Set the district that addresses mean which name none."""
    with writing(engine()) as session:
        set_default(session, sent_text("code") or None)
    return back_to("manage.districts", gettext("Saved. Every page follows within seconds."))


@manage.get("/districts/<code>/delete")
@requires("admin")
def deletion(code: str) -> ResponseReturnValue:
    """Show what would go with a district, and ask once more."""
    return deletion_page(code)


@manage.post("/districts/<code>/delete")
@requires("admin")
def delete(code: str) -> ResponseReturnValue:
    """Start the job that makes a backup and deletes a district."""
    with reading(engine()) as session:
        district = resolve_district(session, code)
        require_no_limits(session, code)
        if sent_text("name") != district.name:
            raise ConflictError("Write the name of the district, {name}, to delete it", name=district.name)
    job = ask("delete-district", {}, district=code)
    return redirect(job_address(job.id, keeps_district=False), 303)


@shows_refusal("manage.delete")
def refused_deletion(error: GeoError) -> ResponseReturnValue:
    """Show what would go, and why it did not."""
    return deletion_page((request.view_args or {})["code"], error=error)


@shows_refusal("manage.add_district")
@shows_refusal("manage.change_district")
@shows_refusal("manage.show_district")
@shows_refusal("manage.choose_default")
def districts_page(error: GeoError | None = None) -> ResponseReturnValue:
    """Return the list, with the `error` that kept a change from being saved."""
    with reading(engine()) as session:
        rows = [DistrictRow(each, holdings(session, each.code)) for each in list_districts(session)]
        session.expunge_all()
    wanted = (request.view_args or {}).get("code") or request.args.get("chosen")
    chosen = next((row for row in rows if row.district.code == wanted), rows[0] if rows else None)
    page = render_template(
        "manage/districts.html",
        rows=rows,
        chosen=chosen,
        written=request.form if is_refused("manage.change_district", error) else None,
        version=names_version(chosen.district) if chosen else None,
        error=error.localized(gettext) if error else None,
    )
    return page, kind_of(error).status if error else 200


def deletion_page(code: str, *, error: GeoError | None = None) -> ResponseReturnValue:
    """Return what would go with a district."""
    with reading(engine()) as session:
        row = DistrictRow(resolve_district(session, code), holdings(session, code))
        session.expunge_all()
    page = render_template("manage/district_deletion.html", row=row, error=error.localized(gettext) if error else None)
    return page, kind_of(error).status if error else 200
