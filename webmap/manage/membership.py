"""``/manage/membership``: how to become a member, as the union supplied it; ``/benefits`` shows it once it is there."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from geo.db.offers import MembershipDraft, Picture, read_membership, save_membership
from geo.db.session import reading, writing
from geo.errors import ConflictError, GeoError
from webmap.logic.photos import MAX_BYTES, redraw
from webmap.logic.published import require_public
from webmap.manage.benefits import sent_text
from webmap.manage.hotspots import sent_version
from webmap.manage.refused_forms import find_differences, shows_refusal
from webmap.manage.views import manage
from webmap.web.context import asked_district, engine
from webmap.web.errors import kind_of
from webmap.web.security import requires, takes_files


@manage.get("/membership")
@requires("editor")
def membership() -> ResponseReturnValue:
    """Show the form."""
    return membership_page()


@manage.post("/membership")
@requires("editor")
@takes_files(MAX_BYTES)
def change_membership() -> ResponseReturnValue:
    """Save the form."""
    with writing(engine()) as session:
        save_membership(
            session,
            asked_district(session).code,
            MembershipDraft(link=sent_text("link"), note=require_public(sent_text("note"))),
            picture=sent_picture(),
            drop_picture="remove" in request.form,
            version=sent_version(),
            by=str(current_user.username),
        )
    flash(gettext("Saved. The public page follows within seconds."))
    return redirect(url_for("manage.membership", district=request.args.get("district")), 303)


@shows_refusal("manage.change_membership")
def membership_page(error: GeoError | None = None) -> ResponseReturnValue:
    """Return the form: as stored, or as written with the `error` that kept it from being saved."""
    with reading(engine()) as session:
        district = asked_district(session)
        found = read_membership(session, district.code)
        session.expunge_all()
    stored = {name: (getattr(found, name) or "") if found else "" for name in ("link", "note")}
    form = {name: sent_text(name) for name in stored} if error else stored
    is_stale = isinstance(error, ConflictError)
    labels = {"link": gettext("Link"), "note": gettext("Note")}
    compared: dict[str, tuple[str | None, str | None]] = {labels[name]: (stored[name], form[name]) for name in stored}
    page = render_template(
        "manage/membership.html",
        district=district,
        membership=found,
        form=form,
        version=sent_version() if error and not is_stale else (found.version if found else 0),
        error=error.localized(gettext) if error else None,
        differences=find_differences(compared) if is_stale else [],
    )
    return page, kind_of(error).status if error else 200


def sent_picture() -> Picture | None:
    """Return the uploaded picture, encoded again; None where none was sent.

    Raises
    ------
    InputError
        If it is no picture that can be taken.
    """
    sent = request.files.get("picture")
    if sent is None or not sent.filename:
        return None
    image, facts = redraw(sent.read())
    return Picture(image=image, width=facts.width, height=facts.height, digest=facts.digest)
