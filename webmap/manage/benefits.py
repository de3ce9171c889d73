"""``/manage/benefits``: the member benefits that ``/benefits`` shows."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.db import offers as store
from geo.db.offers import BenefitDraft, BenefitFacts
from geo.db.session import reading, writing
from geo.errors import GeoError, InputError
from webmap.logic.without_mobiles import require_public
from webmap.manage.blueprint import manage
from webmap.manage.listing import Column, Filter, local, make_listing, send_sheet, wants_sheet
from webmap.manage.refused_forms import Difference, find_differences, shows_refusal
from webmap.manage.versioned_form import back_to, is_refused, read_form, sent_version, show_form, whole_number
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import asked_district, engine


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
    draft = read_draft(read_form(BenefitForm))
    with writing(engine()) as session:
        store.add_benefit(session, asked_district(session).code, draft, by=viewer.name())
    return back_to("manage.benefits", gettext("Saved. The public page follows within seconds."))


@manage.get("/benefits/<int:number>")
@requires("editor")
def benefit(number: int) -> ResponseReturnValue:
    """Show the form of one benefit."""
    return benefit_page(number)


@manage.post("/benefits/<int:number>")
@requires("editor")
def save_benefit(number: int) -> ResponseReturnValue:
    """Save the form of one benefit."""
    draft = read_draft(read_form(BenefitForm))
    with writing(engine()) as session:
        district = asked_district(session).code
        store.change_benefit(session, district, number, draft, version=sent_version(), by=viewer.name())
    return back_to("manage.benefits", gettext("Saved. The public page follows within seconds."))


@manage.post("/benefits/<int:number>/remove")
@requires("editor")
def remove_benefit(number: int) -> ResponseReturnValue:
    """Remove a benefit."""
    with writing(engine()) as session:
        store.remove_benefit(session, asked_district(session).code, number, version=sent_version())
    return back_to("manage.benefits", gettext("Removed."))


@shows_refusal("manage.add_benefit")
def list_page(error: GeoError | None = None) -> ResponseReturnValue:
    """Return the list; with the `error` that kept a new benefit from being stored, the form holds what was written."""
    with reading(engine()) as session:
        district = asked_district(session)
        found = store.list_benefits(session, district.code)
        today = datetime.now(ZoneInfo(district.timezone)).date()
        listing = make_listing(
            found,
            columns=(
                Column[BenefitFacts](gettext("Order"), lambda each: each.position),
                Column(gettext("Title"), lambda each: each.title),
                Column(gettext("Where it is announced"), lambda each: each.source),
                Column(gettext("Last day"), lambda each: each.valid_until),
                Column(gettext("Last changed"), lambda each: each.changed_by),
                Column(gettext("Time"), lambda each: local(each.changed_at, district.timezone)),
            ),
            filters=(
                Filter[BenefitFacts](
                    "shown",
                    gettext("State"),
                    {"yes": gettext("shown"), "no": gettext("over, not shown")},
                    lambda each: ["no" if each.valid_until and each.valid_until < today else "yes"],
                ),
            ),
        )
        if wants_sheet():
            return send_sheet(listing, title=gettext("Member benefits"), district=district)
        following = str(min(max((each.position for each in found), default=0) + 1, store.MAX_POSITION))
        return show_form(
            "manage/benefits.html",
            stored=BenefitForm(position=following),
            written=read_form(BenefitForm) if error else None,
            error=error,
            district=district,
            listing=listing,
            today=today,
        )


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
    return show_form(
        "manage/benefit.html",
        stored=form_of(found),
        written=read_form(BenefitForm) if is_refused("manage.save_benefit", error) else None,
        error=error,
        version=found.version,
        differences=_differences,
        district=district,
        benefit=found,
    )


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


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError("{value} is not a date; write one such as 2026-12-31", value=text) from error


def _differences(stored: BenefitForm, written: BenefitForm) -> list[Difference]:
    fields: dict[str, tuple[str | None, str | None]] = {
        gettext("Order"): (stored.position, written.position),
        gettext("Title"): (stored.title, written.title),
        gettext("Text"): (stored.text, written.text),
        gettext("Where it is announced"): (stored.source, written.source),
        gettext("Link"): (stored.link, written.link),
        gettext("Last day"): (stored.valid_until, written.valid_until),
    }
    return find_differences(fields)
