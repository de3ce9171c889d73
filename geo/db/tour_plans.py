"""Plans of tours in the store: change them by version, undo, keep named versions, comment on them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from geo.db.tables import Tour, TourDay, TourStop
from geo.db.tour_tables import TourComment, TourPlan, TourPlanVersion
from geo.db.versioned import stale
from geo.errors import ConflictError, InputError, NotFoundError
from geo.texts import require_name

MAX_PLANS = 500
MAX_STEPS = 50
"""Steps of a plan that can be undone; the oldest are forgotten."""
MAX_COMMENTS = 500
MAX_COMMENT = 2_000
MAX_WRITER = 40
REMARKS = ("left_out", "seconds", "is_best")
"""What a solver says of a plan beside its days; a plan with other remarks is the same plan."""


@dataclass(frozen=True)
class SavedVersion:
    """A version of a plan that somebody has named."""

    id: int
    name: str
    saved_by: str
    saved_at: datetime


@dataclass(frozen=True)
class Comment:
    """A comment on a plan; `day` counts from 1, None: on the whole."""

    day: int | None
    writer: str
    text: str
    written_at: datetime


@dataclass(frozen=True)
class PublishedStop:
    """A stop of a tour that is published."""

    name: str
    kind: str
    place_code: str | None
    lon: float
    lat: float
    stay_min: int
    note: str | None = None


def list_plans(session: Session, district: str) -> Sequence[TourPlan]:
    """Return the plans of a district, the latest change first."""
    query = select(TourPlan).where(TourPlan.district_code == district).order_by(TourPlan.changed_at.desc())
    return session.scalars(query.limit(MAX_PLANS)).all()


def add_plan(
    session: Session, district: str, *, name: str, wish: Mapping[str, Any], is_sample: bool, by: str
) -> TourPlan:
    """Store a new plan that has not been solved yet."""
    plan = TourPlan(
        district_code=district,
        name=require_name(name),
        wish=dict(wish),
        is_sample=is_sample,
        created_by=by,
        changed_by=by,
    )
    session.add(plan)
    session.flush()
    session.refresh(plan)
    return plan


def get_plan(session: Session, district: str, number: int, *, is_locked: bool = False) -> TourPlan:
    """Return a plan, locked until the end of the transaction where asked.

    Raises
    ------
    NotFoundError
        There is no such plan in the district.
    """
    query = select(TourPlan).where(TourPlan.district_code == district, TourPlan.id == number)
    found: TourPlan | None = session.scalar(query.with_for_update() if is_locked else query)
    if found is None:
        raise NotFoundError("there is no plan {number} in this district", number=number)
    return found


def plan_of_tour(session: Session, district: str, code: str) -> TourPlan | None:
    """Return the plan that a published tour was made of, None where there is none."""
    query = select(TourPlan).where(TourPlan.district_code == district, TourPlan.tour_code == code)
    found: TourPlan | None = session.scalar(query.order_by(TourPlan.changed_at.desc()).limit(1))
    return found


def plan_mark(plan: TourPlan) -> str:
    """Return a mark of the days that a plan has now, empty before there are any.

    A plan's own job counts no version (people go on working meanwhile), so the mark tells whether the days are those
    that somebody has seen. It depends on the chosen plan, its places and its limits, not on why wishes are left out.
    """
    if plan.content is None or plan.facts is None:
        return ""
    chosen = plan.content["styles"][plan.content["chosen"]]
    days = {name: value for name, value in chosen.items() if name not in REMARKS}
    shown = [plan.wish, days, plan.facts["problem"], plan.facts["places"]]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:12]


def require_seen(plan: TourPlan, seen: str) -> None:
    """Refuse an act upon days of a locked plan that whoever acts has not seen.

    Raises
    ------
    ConflictError
        The days are others than those of the mark `seen`; see `plan_mark`.
    """
    if plan_mark(plan) != seen:
        raise ConflictError(
            "a better plan has been found since you looked; nothing was saved: look at it and try again"
        )


def change_plan(session: Session, district: str, number: int, *, version: int, by: str) -> TourPlan:
    """Return a plan, locked, whose present state is kept as a step that can be undone.

    The caller sets what changes; a job that is still looking for better plans no longer replaces it.

    Raises
    ------
    NotFoundError
    StaleError
        It has changed since `version`.
    """
    plan = get_plan(session, district, number, is_locked=True)
    if plan.row_version != version:
        raise stale(plan.name)
    _keep(session, plan, name=None, by=by)
    old = (
        select(TourPlanVersion.id)
        .where(TourPlanVersion.plan_id == number, TourPlanVersion.name.is_(None))
        .order_by(TourPlanVersion.id.desc())
        .offset(MAX_STEPS)
    )
    session.execute(delete(TourPlanVersion).where(TourPlanVersion.id.in_(old)))
    plan.job_id = None
    plan.changed_by = by
    return plan


def flush_plan(session: Session, plan: TourPlan) -> TourPlan:
    """Write a changed plan and return it as the database has it."""
    session.flush()
    session.refresh(plan)
    return plan


def undo(session: Session, district: str, number: int, *, version: int, by: str) -> TourPlan:
    """Take a plan one step back.

    Raises
    ------
    ConflictError
        There is no step to take back.
    StaleError
    """
    plan = get_plan(session, district, number, is_locked=True)
    if plan.row_version != version:
        raise stale(plan.name)
    last: TourPlanVersion | None = session.scalar(
        select(TourPlanVersion)
        .where(TourPlanVersion.plan_id == number, TourPlanVersion.name.is_(None))
        .order_by(TourPlanVersion.id.desc())
        .limit(1)
    )
    if last is None:
        raise ConflictError("there is nothing to undo")
    plan.wish, plan.facts, plan.content = last.wish, last.facts, last.content
    plan.job_id, plan.changed_by = None, by
    session.delete(last)
    return flush_plan(session, plan)


def count_steps(session: Session, number: int) -> int:
    """Return how many steps of a plan can be undone."""
    steps = select(func.count()).where(TourPlanVersion.plan_id == number, TourPlanVersion.name.is_(None))
    return int(session.scalar(steps) or 0)


def name_version(session: Session, district: str, number: int, *, version: int, seen: str, name: str, by: str) -> None:
    """Keep the present state of a plan, whose mark is `seen`, under a name.

    Raises
    ------
    InputError
        The name is empty.
    ConflictError
        Its job has found other days.
    StaleError
    """
    plan = get_plan(session, district, number, is_locked=True)
    if plan.row_version != version:
        raise stale(plan.name)
    require_seen(plan, seen)
    if not name.strip():
        raise InputError("Give the version a name")
    _keep(session, plan, name=require_name(name.strip()), by=by)
    session.flush()


def list_versions(session: Session, number: int) -> list[SavedVersion]:
    """Return the named versions of a plan, the latest first."""
    query = select(TourPlanVersion).where(TourPlanVersion.plan_id == number, TourPlanVersion.name.is_not(None))
    rows = session.scalars(query.order_by(TourPlanVersion.id.desc()))
    return [SavedVersion(row.id, row.name or "", row.saved_by, row.saved_at) for row in rows]


def restore_version(
    session: Session, district: str, number: int, version_id: int, *, version: int, by: str
) -> TourPlan:
    """Make a named version the present state again; that is a step that can be undone."""
    plan = change_plan(session, district, number, version=version, by=by)
    found = session.get(TourPlanVersion, version_id)
    if found is None or found.plan_id != number or found.name is None:
        raise NotFoundError("there is no version {number} of this plan", number=version_id)
    plan.wish, plan.facts, plan.content = found.wish, found.facts, found.content
    return flush_plan(session, plan)


def add_comment(session: Session, plan: TourPlan, *, day: int | None, writer: str, text: str) -> None:
    """Store a comment.

    Raises
    ------
    InputError
        A name or a text is missing or too long.
    ConflictError
        There are too many comments.
    """
    writer, text = writer.strip(), text.strip()
    if not writer or not text:
        raise InputError("Write your name and what you think")
    if len(writer) > MAX_WRITER or len(text) > MAX_COMMENT:
        raise InputError("a comment has at most {limit} characters, a name {name}", limit=MAX_COMMENT, name=MAX_WRITER)
    count = session.scalar(select(func.count()).where(TourComment.plan_id == plan.id)) or 0
    if count >= MAX_COMMENTS:
        raise ConflictError("there are {count} comments already; no more are taken", count=count)
    session.add(TourComment(district_code=plan.district_code, plan_id=plan.id, day=day, writer=writer, text=text))
    session.flush()


def list_comments(session: Session, number: int) -> list[Comment]:
    """Return the comments on a plan, the latest first."""
    query = select(TourComment).where(TourComment.plan_id == number).order_by(TourComment.id.desc())
    return [Comment(row.day, row.writer, row.text, row.written_at) for row in session.scalars(query)]


def publish(
    session: Session,
    plan: TourPlan,
    *,
    name: str,
    summary: str | None,
    days: Sequence[tuple[str, Sequence[PublishedStop]]],
) -> str:
    """Store a plan as a tour of ``/tours``, in place of the one it was stored as before; return the tour's code.

    `days` are (time of departure ``HH:MM``, stops).
    """
    code = plan.tour_code or f"plan-{plan.id}"
    session.execute(delete(Tour).where(Tour.district_code == plan.district_code, Tour.code == code))
    district = plan.district_code
    session.add(
        Tour(
            district_code=district,
            code=code,
            name=require_name(name),
            summary=summary,
            days=[
                TourDay(
                    district_code=district,
                    number=number,
                    start=start,
                    stops=[
                        TourStop(
                            district_code=district,
                            number=k,
                            name=stop.name,
                            kind=stop.kind,
                            place_code=stop.place_code,
                            stay_min=stop.stay_min,
                            note=stop.note,
                            geom=f"SRID=4326;POINT({stop.lon!r} {stop.lat!r})",
                        )
                        for k, stop in enumerate(stops, 1)
                    ],
                )
                for number, (start, stops) in enumerate(days, 1)
            ],
        )
    )
    plan.tour_code = code
    session.flush()
    return code


def _keep(session: Session, plan: TourPlan, *, name: str | None, by: str) -> None:
    session.add(
        TourPlanVersion(
            district_code=plan.district_code,
            plan_id=plan.id,
            name=name,
            wish=plan.wish,
            facts=plan.facts,
            content=plan.content,
            saved_by=by,
        )
    )
