"""``/manage/benefits``: the member benefits that ``/benefits`` shows."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from geo.db import offers as store
from geo.db.offers import BenefitDraft, BenefitFacts
from geo.db.session import reading, writing
from geo.errors import ConflictError, GeoError, InputError
from webmap.logic.published import require_public
from webmap.manage.hotspots import sent_version
from webmap.manage.refused_forms import find_differences, shows_refusal
from webmap.manage.views import manage
from webmap.web.context import asked_district, engine
from webmap.web.errors import kind_of
from webmap.web.security import requires


@dataclass(frozen=True)
class BenefitForm:
    """The fields of the form as texts."""

    position: str = ""
    title: str = ""
    text: str = ""
    source: str = ""
    link: str = ""
    valid_until: str = ""


@manage.get("/benefits")
@requires("editor")
def benefits() -> ResponseReturnValue:
    """List the benefits, with a form for a new one."""
    return list_page()


@manage.post("/benefits")
@requires("editor")
def add_benefit() -> ResponseReturnValue:
    """Store a new benefit."""
    draft = read_draft(read_form())
    with writing(engine()) as session:
        store.add_benefit(session, asked_district(session).code, draft, by=str(current_user.username))
    return told(gettext("Saved. The public page follows within seconds."))


@manage.get("/benefits/<int:number>")
@requires("editor")
def benefit(number: int) -> ResponseReturnValue:
    """Show the form of one benefit."""
    return benefit_page(number)


@manage.post("/benefits/<int:number>")
@requires("editor")
def save_benefit(number: int) -> ResponseReturnValue:
    """Save the form of one benefit."""
    draft = read_draft(read_form())
    with writing(engine()) as session:
        district = asked_district(session).code
        store.change_benefit(session, district, number, draft, version=sent_version(), by=str(current_user.username))
    return told(gettext("Saved. The public page follows within seconds."))


@manage.post("/benefits/<int:number>/remove")
@requires("editor")
def remove_benefit(number: int) -> ResponseReturnValue:
    """Remove a benefit."""
    with writing(engine()) as session:
        store.remove_benefit(session, asked_district(session).code, number, version=sent_version())
    return told(gettext("Removed."))


@shows_refusal("manage.add_benefit")
def list_page(error: GeoError | None = None) -> ResponseReturnValue:
    """Return the list; with the `error` that kept a new benefit from being stored, the form holds what was written."""
    with reading(engine()) as session:
        district = asked_district(session)
        found = store.list_benefits(session, district.code)
        following = str(min(max((each.position for each in found), default=0) + 1, store.MAX_POSITION))
        page = render_template(
            "manage/benefits.html",
            district=district,
            benefits=found,
            today=datetime.now(ZoneInfo(district.timezone)).date(),
            form=read_form() if error else BenefitForm(position=following),
            error=error.localized(gettext) if error else None,
        )
    return page, kind_of(error).status if error else 200


@shows_refusal("manage.save_benefit")
@shows_refusal("manage.remove_benefit")
def refused_benefit(error: GeoError) -> ResponseReturnValue:
    """Show the form of a benefit again."""
    return benefit_page((request.view_args or {})["number"], error=error)


def benefit_page(number: int, *, error: GeoError | None = None) -> ResponseReturnValue:
    """Return the form of a benefit: as stored, or as written with the `error` that kept it from being saved."""
    with reading(engine()) as session:
        district = asked_district(session)
        found = store.get_benefit(session, district.code, number)
        session.expunge_all()
    stored = form_of(found)
    has_form = error is not None and request.endpoint == "manage.save_benefit"
    form = read_form() if has_form else stored
    is_stale = isinstance(error, ConflictError)
    page = render_template(
        "manage/benefit.html",
        district=district,
        benefit=found,
        form=form,
        version=found.version if error is None or is_stale else sent_version(),
        error=error.localized(gettext) if error else None,
        differences=find_differences(_compared(stored, form)) if is_stale and has_form else [],
    )
    return page, kind_of(error).status if error else 200


def form_of(facts: BenefitFacts) -> BenefitForm:
    """Return a stored benefit as its form shows it."""
    return BenefitForm(
        position=str(facts.position),
        title=facts.title,
        text=facts.text or "",
        source=facts.source,
        link=facts.link or "",
        valid_until=facts.valid_until.isoformat() if facts.valid_until else "",
    )


def read_form() -> BenefitForm:
    """Return the sent form."""
    return BenefitForm(**{name: sent_text(name) for name in BenefitForm.__dataclass_fields__})


def sent_text(name: str) -> str:
    """Return what somebody wrote into a field; a browser sends line ends as CR LF."""
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def read_draft(form: BenefitForm) -> BenefitDraft:
    """Return what a form asks for.

    Raises
    ------
    InputError
        If the order is not a whole number, or the last day no date.
    """
    return BenefitDraft(
        position=whole_number(form.position or "0", gettext("Order")),
        title=require_public(form.title),
        text=require_public(form.text) or None,
        source=require_public(form.source),
        link=form.link or None,
        valid_until=_day(form.valid_until),
    )


def whole_number(text: str, name: str) -> int:
    """Return a whole number that somebody wrote, or raise `InputError`."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError("{name}: {value} is not a whole number", name=name, value=text)
    return int(text)


def told(words: str) -> ResponseReturnValue:
    """Say what was done, and lead back to the list."""
    flash(words)
    return redirect(url_for("manage.benefits", district=request.args.get("district")), 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError("{value} is not a date; write one such as 2026-12-31", value=text) from error


def _compared(stored: BenefitForm, written: BenefitForm) -> dict[str, tuple[str | None, str | None]]:
    return {
        gettext("Order"): (stored.position, written.position),
        gettext("Title"): (stored.title, written.title),
        gettext("Text"): (stored.text, written.text),
        gettext("Where it is announced"): (stored.source, written.source),
        gettext("Link"): (stored.link, written.link),
        gettext("Last day"): (stored.valid_until, written.valid_until),
    }
