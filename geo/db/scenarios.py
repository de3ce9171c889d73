"""Siting scenarios that planners save under a name: the question, the sites, and what they came to when saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.db.planner_tables import Scenario
from geo.db.versioned import add_row, change_row, get_row, lock_row, remove_row
from geo.drawing import checked_name
from geo.errors import ConflictError, NotFoundError

MAX_SCENARIOS = 200
"""Scenarios of a district."""


@dataclass(frozen=True, kw_only=True)
class ScenarioDraft:
    """What is saved: `question`, `changes` and `saved` are JSON objects of `webmap.logic.siting`; `year` of a phase."""

    name: str
    year: int | None
    question: Mapping[str, Any]
    changes: Mapping[str, Any]
    saved: Mapping[str, Any]
    is_sample: bool


@dataclass(frozen=True, kw_only=True)
class ScenarioFacts(ScenarioDraft):
    """A scenario as it is stored; `version` is to be named by who changes it."""

    id: int
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime
    version: int


def list_scenarios(session: Session, district: str) -> list[ScenarioFacts]:
    """Return the scenarios of a district, the latest change first."""
    found = select(Scenario).where(Scenario.district_code == district)
    rows = session.scalars(found.order_by(Scenario.changed_at.desc(), Scenario.id.desc()).limit(MAX_SCENARIOS))
    return [_facts(row) for row in rows]


def get_scenario(session: Session, district: str, number: int) -> ScenarioFacts:
    """Return one scenario, or raise `NotFoundError`."""
    return _facts(get_row(session, _one(district, number), missing=_missing(number)))


def add_scenario(session: Session, district: str, draft: ScenarioDraft, *, by: str) -> ScenarioFacts:
    """Save a new scenario as the account `by`.

    Raises
    ------
    InputError
        If it has no name.
    ConflictError
        If the district has `MAX_SCENARIOS` already.
    """
    count = session.scalar(select(func.count()).select_from(Scenario).where(Scenario.district_code == district)) or 0
    if count >= MAX_SCENARIOS:
        raise ConflictError("there are {count} scenarios; remove one first", count=count)
    row = Scenario(district_code=district, created_by=by, changed_by=by, **_values(draft))
    return _facts(add_row(session, row))


def change_scenario(
    session: Session, district: str, number: int, draft: ScenarioDraft, *, version: int, by: str
) -> ScenarioFacts:
    """Replace what is saved under a number.

    Raises
    ------
    InputError
        If it has no name.
    NotFoundError, StaleError
        There is none; somebody has changed it since `version`.
    """
    row = lock_row(session, _one(district, number), version=version, missing=_missing(number))
    return _facts(change_row(session, row, _values(draft), by=by))


def remove_scenario(session: Session, district: str, number: int, *, version: int) -> None:
    """Remove a scenario; errors as `change_scenario`."""
    remove_row(session, _one(district, number), version=version, missing=_missing(number))


def _one(district: str, number: int) -> Any:
    return select(Scenario).where(Scenario.district_code == district, Scenario.id == number)


def _values(draft: ScenarioDraft) -> dict[str, Any]:
    return {
        "name": checked_name(draft.name),
        "year": draft.year,
        "question": dict(draft.question),
        "changes": dict(draft.changes),
        "saved": dict(draft.saved),
        "is_sample": draft.is_sample,
    }


def _missing(number: int) -> NotFoundError:
    return NotFoundError("there is no scenario {number}", number=number)


def _facts(row: Scenario) -> ScenarioFacts:
    return ScenarioFacts(
        id=row.id,
        name=row.name,
        year=row.year,
        question=row.question,
        changes=row.changes,
        saved=row.saved,
        is_sample=row.is_sample,
        created_by=row.created_by,
        created_at=row.created_at,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        version=row.row_version,
    )
