"""From a gap on ``/plan`` to an entry of the ledger: the question travels in the address, and is asked once more."""

from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from werkzeug.datastructures import MultiDict

from geo.db import ledger
from geo.db.ledger import NewEntry
from geo.db.session import reading, writing
from geo.errors import InputError
from webmap.logic import coverage
from webmap.logic.coverage.plan_question import read_question
from webmap.logic.ledger import promise
from webmap.logic.live import DistrictState
from webmap.manage.views import engine, manage
from webmap.web.pages import district_state
from webmap.web.security import requires


@manage.get("/gaps/new")
@requires("planner")
def new_gap() -> ResponseReturnValue:
    """Show what an entry of a gap would promise, and ask who looks after it."""
    state = district_state()
    entry = read_entry(state, request.args)
    with reading(engine()) as session:
        others = ledger.find_entries(session, state.district.code, entry.place_key or "")
    return render_template("manage/new_gap.html", district=state.district, entry=entry, others=others)


@manage.post("/gaps/new")
@requires("planner")
def add_gap() -> ResponseReturnValue:
    """Make the entry."""
    state = district_state()
    texts = {name: request.form.get(name, "").replace("\0", "").strip() or None for name in ("name", "owner", "note")}
    entry = read_entry(state, request.args, **texts)
    with writing(engine()) as session:
        stored = ledger.add_entry(session, state.district.code, entry, by=str(current_user.username))
    return redirect(url_for("manage.gap", number=stored.id, district=request.args.get("district")), 303)


def read_entry(state: DistrictState, args: MultiDict[str, str], **texts: str | None) -> NewEntry:
    """Return the gap that an address names by the question it was found by, counted anew.

    Raises
    ------
    InputError
        If the question is none of those that ``/plan`` asks.
    NotFoundError
        If nobody is missed there any more.
    """
    asked = read_asked(args)
    return promise(state, asked, place_key=args.get("gap", ""), **texts)


def read_asked(args: MultiDict[str, str]) -> coverage.Asked:
    """Return the question of an address; its moment stands there as a moment, not as an hour of some week."""
    question = read_question(args)
    at: Any = args.get("at") or None
    if at is not None:
        try:
            at = datetime.fromisoformat(at)
        except ValueError as error:
            raise InputError("at: {value} is no moment that can be reckoned with", value=at) from error
        if at.tzinfo is None:
            raise InputError("at: {value} is no moment that can be reckoned with", value=at.isoformat())
    return coverage.Asked(
        mode=question.mode,
        minutes=question.minutes,
        services=question.services,
        at=at,
        layers=coverage.read_layers(question.layers),
        area=question.area or None,
    )
