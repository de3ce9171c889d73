"""What participants said after departures, without names; totals by tour."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.db.departure_tables import Departure, DepartureFeedback
from geo.errors import ConflictError, InputError
from geo.tours.departures import PACES_FELT

MAX_FEEDBACK = 2_000
"""Of one departure."""
MAX_TEXT = 1_000
MAX_LISTED = 200


@dataclass(frozen=True)
class FeedbackTotals:
    """How many answered, the mean of their ratings from 1 to 5, and how many found the pace tight, right or loose."""

    answers: int
    rating: float
    paces: Mapping[str, int]


@dataclass(frozen=True)
class FeedbackText:
    """What somebody wrote after a departure."""

    number: int
    rating: int
    text: str
    written_at: datetime


def add_feedback(session: Session, departure: Departure, *, rating: int, pace: str | None, text: str) -> None:
    """Store what a participant says.

    Raises
    ------
    InputError
        The rating is not from 1 to 5, the pace is none of `PACES_FELT`, or the text is too long.
    ConflictError
        Many more have answered than came.
    """
    text = text.strip()
    if not 1 <= rating <= 5:
        raise InputError("Choose from 1 to 5")
    if pace is not None and pace not in PACES_FELT:
        raise InputError("{value} is not a pace", value=pace[:40])
    if len(text) > MAX_TEXT:
        raise InputError("at most {limit} characters are kept", limit=MAX_TEXT)
    counted = select(func.count()).where(DepartureFeedback.departure_id == departure.id)
    if (session.scalar(counted) or 0) >= MAX_FEEDBACK:
        raise ConflictError("no more feedback is taken for this departure")
    session.add(
        DepartureFeedback(
            district_code=departure.district_code,
            departure_id=departure.id,
            rating=rating,
            pace=pace,
            text=text or None,
        )
    )
    session.flush()


def feedback_totals(session: Session, district: str, tour_code: str) -> FeedbackTotals | None:
    """Return the totals over all departures of a tour, None where nobody has answered."""
    of_tour = (
        select(DepartureFeedback.rating, DepartureFeedback.pace, func.count())
        .join(Departure, Departure.id == DepartureFeedback.departure_id)
        .where(Departure.district_code == district, Departure.tour_code == tour_code)
        .group_by(DepartureFeedback.rating, DepartureFeedback.pace)
    )
    rows = [(rating, pace, count) for rating, pace, count in session.execute(of_tour)]
    answers = sum(count for _, _, count in rows)
    if not answers:
        return None
    mean = sum(rating * count for rating, _, count in rows) / answers
    return FeedbackTotals(
        answers, mean, {each: sum(count for _, pace, count in rows if pace == each) for each in PACES_FELT}
    )


def list_feedback(session: Session, district: str, tour_code: str) -> list[FeedbackText]:
    """Return what was written after the departures of a tour, the latest first."""
    query = (
        select(Departure.number, DepartureFeedback)
        .join(Departure, Departure.id == DepartureFeedback.departure_id)
        .where(
            Departure.district_code == district, Departure.tour_code == tour_code, DepartureFeedback.text.is_not(None)
        )
        .order_by(DepartureFeedback.id.desc())
        .limit(MAX_LISTED)
    )
    return [FeedbackText(number, row.rating, row.text or "", row.written_at) for number, row in session.execute(query)]
