"""``/plan/sites/candidates``: the candidate sites as a table, and a box to paste names, addresses and positions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.crs import CRS_NAMES
from geo.db.candidates import add_candidates, read_candidates, set_willingness
from geo.db.districts import district_outline, require_outline
from geo.db.session import reading, writing
from geo.errors import InputError
from geo.records import CandidateRecord
from webmap.logic.siting.pasted import PastedLine, odd_candidates, read_pasted, record_of
from webmap.planner.chosen_plan import read_number
from webmap.planner.views import planner
from webmap.planner.willingness import WILLINGNESS_WORDS
from webmap.web.access import requires
from webmap.web.context import district_state, engine
from webmap.web.pages import render_page

MAX_SHOWN = 2000
"""Candidates on a map."""


@planner.get("/plan/sites/candidates")
@requires("planner", "viewer")
def site_candidates() -> ResponseReturnValue:
    """Show the candidates and the box to paste more."""
    return _render("", "wgs84", [])


@planner.post("/plan/sites/candidates")
@requires("planner")
def paste_candidates() -> ResponseReturnValue:
    """Add what was pasted; lines whose place is not sure are shown with what they might be, and are not stored."""
    state = district_state()
    text, crs = request.form.get("text", ""), request.form.get("crs", "wgs84")
    if crs not in CRS_NAMES:
        raise InputError("{value} is none of {known}", value=crs, known=", ".join(CRS_NAMES))
    with writing(engine()) as session:
        outline = require_outline(session, state.district.code)
        lines = read_pasted(state, text, crs=crs, outline=outline)
        sure = [record_of(line) for line in lines if line.is_sure]
        added = add_candidates(session, state.district.code, sure)
    flash(gettext("%(added)s candidates added; %(known)s were there already.", added=added, known=len(sure) - added))
    left = [line for line in lines if not line.is_sure]
    if not left:
        return redirect(url_for("planner.site_candidates", district=request.args.get("district")), 303)
    return _render("\n".join(line.text for line in left), crs, left)


@planner.post("/plan/sites/candidates/<code>")
@requires("planner")
def answer_of_host(code: str) -> ResponseReturnValue:
    """Record what the host of a candidate says, with the day."""
    state = district_state()
    with writing(engine()) as session:
        said = set_willingness(
            session,
            state.district.code,
            code,
            request.form.get("willingness", ""),
            version=read_number("version"),
            on=datetime.now(state.calendar.zone).date(),
        )
    flash(gettext("%(name)s: noted.", name=said.name))
    return redirect(url_for("planner.site_candidates", district=request.args.get("district")), 303)


def shown_candidates(candidates: Sequence[CandidateRecord]) -> list[dict[str, Any]]:
    """Return the candidates as maps draw them, at most `MAX_SHOWN`."""
    return [
        {"code": each.code, "name": each.name, "lon": each.lon, "lat": each.lat, "willingness": each.willingness}
        for each in candidates[:MAX_SHOWN]
    ]


def _render(text: str, crs: str, left: list[PastedLine]) -> str:
    state = district_state()
    with reading(engine()) as session:
        found = read_candidates(session, state.district.code)
        outline = district_outline(session, state.district.code)
    return render_page(
        "planner/candidates.html",
        state=state,
        candidates=found,
        shown_candidates=shown_candidates(found),
        willingness=WILLINGNESS_WORDS,
        text=text,
        crs=crs,
        left=left,
        odd=odd_candidates(state, found, outline),
    )
