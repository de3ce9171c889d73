"""API endpoints for the ledger of gaps: list, add, show and change entries."""

import json
from datetime import UTC, date, datetime
from typing import Any

import shapely
from flask import g
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from geo.coverage.question import CoverageQuestion
from geo.db import ledger
from geo.db.ledger import EntryChange, EntryFacts
from geo.db.session import reading, writing
from webmap.api.views import api, state
from webmap.logic.ledger_outcome import entry_of_gap, measured_for
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import engine
from webmap.web.json_answers import mark_json


@api.get("/gap-entries")
@requires("planner")
def list_gap_entries() -> ResponseReturnValue:
    """Answer the entries of a district, those with most people first."""
    here = state()
    with reading(engine()) as session:
        found = ledger.list_entries(session, here.district.code, state=g.query.get("state"))
    return {"entries": [entry_as_json(each) for each in found], **mark_json(here)}


@api.post("/gap-entries")
@requires("planner")
def add_gap_entry() -> ResponseReturnValue:
    """Make an entry of a gap."""
    body, here = g.body, state()
    new = entry_of_gap(
        here,
        CoverageQuestion.read(body),
        place_key=body["gap"],
        translate=gettext,
        name=body.get("name"),
        office=body.get("office"),
        owner=body.get("owner"),
        due_on=_day(body.get("due_on")),
        note=body.get("note"),
    )
    with writing(engine()) as session:
        stored = ledger.add_entry(session, here.district.code, new, by=viewer.name())
    return entry_as_json(stored), 201


@api.get("/gap-entries/<int:number>")
@requires("planner")
def gap_entry(number: int) -> ResponseReturnValue:
    """Answer one entry."""
    with reading(engine()) as session:
        return entry_as_json(ledger.get_entry(session, state().district.code, number))


@api.put("/gap-entries/<int:number>")
@requires("planner")
def change_gap_entry(number: int) -> ResponseReturnValue:
    """Change an entry; one that is opened is measured."""
    body, here = g.body, state()
    change = EntryChange(
        version=body["version"],
        name=body["name"],
        state=body["state"],
        reason=body.get("reason"),
        owner=body.get("owner"),
        station_code=body.get("station"),
        note=body.get("note"),
        office=body.get("office"),
        due_on=_day(body.get("due_on")),
        progress=body.get("progress"),
        next_step=body.get("next_step"),
        is_sure=body.get("sure", False),
    )
    with writing(engine()) as session:
        entry = ledger.get_entry(session, here.district.code, number)
        ready = measured_for(here, entry, change, now=datetime.now(UTC))
        return entry_as_json(ledger.change_entry(session, here.district.code, number, ready, by=viewer.name()))


def entry_as_json(entry: EntryFacts) -> dict[str, Any]:
    """Return an entry as the document describes it."""
    question = entry.question
    return {
        "id": entry.id,
        "name": entry.name,
        "lon": round(entry.lon, 6),
        "lat": round(entry.lat, 6),
        "outline": json.loads(shapely.to_geojson(shapely.set_precision(entry.outline, 1e-6, mode="pointwise"))),
        "town": entry.region_code,
        "gap": entry.place_key,
        "mode": question.mode,
        "minutes": question.minutes,
        "services": list(question.services),
        "at": question.at.isoformat() if question.at else None,
        "layers": dict(question.layers),
        "area": question.area,
        "kind": question.kind,
        "promised": entry.promised,
        "unit": entry.unit,
        "cause": entry.cause,
        "sample": entry.is_sample,
        "state": entry.state,
        "reason": entry.reason,
        "office": entry.office,
        "owner": entry.owner,
        "due_on": entry.due_on.isoformat() if entry.due_on else None,
        "progress": entry.progress,
        "next_step": entry.next_step,
        "station": entry.station_code,
        "measured": entry.measured.as_json() if entry.measured is not None else None,
        "created_by": entry.created_by,
        "created_at": entry.created_at.isoformat(),
        "changed_at": entry.changed_at.isoformat(),
        "version": entry.version,
        "notes": [
            {
                "state": note.state,
                "text": note.text,
                "written_by": note.written_by,
                "written_at": note.written_at.isoformat(),
            }
            for note in entry.notes
        ],
    }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
