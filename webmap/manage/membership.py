"""``/manage/membership``: how to become a member, as the union supplied it; ``/benefits`` shows it once it is there."""

from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db.offers import MembershipDraft, Picture, read_membership, save_membership
from geo.db.session import reading, writing
from geo.errors import GeoError
from webmap.logic.photos import MAX_BYTES, redraw
from webmap.logic.without_mobiles import require_public
from webmap.manage.blueprint import manage
from webmap.manage.refused_forms import Difference, find_differences, shows_refusal
from webmap.manage.versioned_form import back_to, read_form, sent_text, sent_version, show_form
from webmap.web import viewer
from webmap.web.access import requires, takes_files
from webmap.web.context import asked_district, engine


@dataclass(frozen=True)
class MembershipForm:
    """The fields of the form as texts, without the picture."""

    link: str = ""
    note: str = ""


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
            by=viewer.name(),
        )
    return back_to("manage.membership", gettext("Saved. The public page follows within seconds."))


@shows_refusal("manage.change_membership")
def membership_page(error: GeoError | None = None) -> ResponseReturnValue:
    """Return the form: as stored, or as written with the `error` that kept it from being saved."""
    with reading(engine()) as session:
        district = asked_district(session)
        found = read_membership(session, district.code)
        session.expunge_all()
    return show_form(
        "manage/membership.html",
        stored=MembershipForm(found.link or "", found.note or "") if found else MembershipForm(),
        written=read_form(MembershipForm) if error else None,
        error=error,
        version=found.version if found else 0,
        differences=_differences,
        district=district,
        membership=found,
    )


def sent_picture() -> Picture | None:
    """Return the uploaded picture, encoded again; None where none was sent.

    Raises
    ------
    InputError
        If it is not a picture that can be taken.
    """
    sent = request.files.get("picture")
    if sent is None or not sent.filename:
        return None
    image, facts = redraw(sent.read())
    return Picture(image=image, width=facts.width, height=facts.height, digest=facts.digest)


def _differences(stored: MembershipForm, written: MembershipForm) -> list[Difference]:
    return find_differences(
        {gettext("Link"): (stored.link, written.link), gettext("Note"): (stored.note, written.note)}
    )
