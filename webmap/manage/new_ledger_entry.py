"""``/manage/gaps/new``: a gap of ``/plan`` becomes an entry of the ledger; its people are counted again."""

from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from geo.coverage.question import read_moment
from geo.db import ledger
from geo.db.ledger import NewEntry
from geo.db.session import reading, writing
from webmap.logic.coverage.plan_question import read_plan_question
from webmap.logic.district_state import DistrictState
from webmap.logic.ledger_outcome import entry_of_gap
from webmap.manage.blueprint import manage
from webmap.manage.versioned_form import sent_date, sent_text
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import district_state, engine


@manage.get("/gaps/new")
@requires("planner")
def new_gap() -> ResponseReturnValue:
    """Show the baseline that an entry of a gap would have, and ask who is in charge."""
    state = district_state()
    entry = read_entry(state, request.args)
    with reading(engine()) as session:
        others = ledger.find_entries(session, state.district.code, entry.outline)
    return render_template("manage/new_gap.html", district=state.district, entry=entry, others=others)


@manage.post("/gaps/new")
@requires("planner")
def add_gap() -> ResponseReturnValue:
    """Make the entry."""
    state = district_state()
    texts = {name: sent_text(name).replace("\0", "").strip() or None for name in ("name", "office", "owner", "note")}
    entry = read_entry(state, request.args, due_on=sent_date("due_on"), **texts)
    with writing(engine()) as session:
        stored = ledger.add_entry(session, state.district.code, entry, by=viewer.name())
    return redirect(url_for("manage.gap", number=stored.id, district=request.args.get("district")), 303)


def read_entry(
    state: DistrictState, args: MultiDict[str, str], *, due_on: date | None = None, **texts: str | None
) -> NewEntry:
    """Return the gap that an address names by the question it was found by, counted again.

    Raises
    ------
    InputError
        If the question is none of those that ``/plan`` asks.
    NotFoundError
        If nobody is missed there any more.
    """
    # The moment is written there as a moment, not as an hour of some week.
    question = read_plan_question(args).coverage_question(at=read_moment(args.get("at")))
    return entry_of_gap(state, question, place_key=args.get("gap", ""), translate=gettext, due_on=due_on, **texts)
